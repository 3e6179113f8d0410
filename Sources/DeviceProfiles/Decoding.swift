import PayloadDecoding

/// How a profile's payloads become readings: what is wrapped around the values, and their format.
struct Decoding: Sendable {
    /// The values' format.
    enum Format: String, CaseIterable {
        case json
        case text
        case influx
        case senml
        case senmlCBOR = "senml-cbor"
        case openMetrics = "openmetrics"
        case collectd
        case teleinformation = "tic"
        case cayenneLPP = "cayenne-lpp"
        case telegrafJSON = "telegraf-json"
        /// Line protocol or JSON, by the first byte.
        case telegraf
        case sparkplug
        /// As the profile's layout has them.
        case bytes
        case delimited
        /// Only as the network server has decoded them.
        case object

        /// Those that `decode` can name by a word.
        static var words: [String] {
            allCases.map(\.rawValue).filter { !["bytes", "delimited", "object"].contains($0) }
        }
    }

    /// What the values are wrapped in.
    enum Wrapping: Sendable, Equatable {
        case none
        case hexadecimal
        case base64
        /// An uplink of a LoRaWAN network server. Whether its decoded values count, where it has
        /// some, and otherwise the device's own frame.
        case lorawan(prefersObject: Bool)
    }

    var format: Format
    var wrapping = Wrapping.none
    /// Of ``Format/bytes``.
    var layout: ByteLayout?
    /// Of ``Format/delimited``.
    var delimited: DelimitedText?

    /// Whether the values have names, which ``FieldRule`` chooses from.
    var namesFields: Bool { format != .json && format != .text }

    var isLoRaWAN: Bool { if case .lorawan = wrapping { true } else { false } }
}
