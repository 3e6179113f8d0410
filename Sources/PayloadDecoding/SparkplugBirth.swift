/// The metrics that one birth message announced: what their aliases, types and units are in the
/// messages that follow.
struct SparkplugBirth: Sendable {
    struct Metric: Sendable {
        /// Bytes of ``SparkplugBirth/texts``.
        let name: Range<Int>
        let unit: Range<Int>
        let typeNumber: UInt32
    }

    /// The name of the device; empty for the edge node's own metrics.
    let device: [UInt8]
    private(set) var metrics: [Metric] = []
    private(set) var texts: [UInt8] = []
    private var places: [[UInt8]: Int] = [:]
    private var aliasPlaces: [UInt64: Int] = [:]

    init(device: Span<UInt8>) {
        var name: [UInt8] = []
        for index in device.indices { name.append(device[index]) }
        self.device = name
    }

    /// What it counts against ``SparkplugSession/metricsMax``; the device counts for one. One name
    /// may have several aliases.
    var metricCount: Int { max(metrics.count, aliasPlaces.count) + 1 }
    /// What it counts against ``SparkplugSession/textBytesMax``.
    var textSize: Int { texts.count + device.count }

    /// Takes a metric of the birth message. One without a name announces nothing. An alias of two
    /// names refuses the message, since no data could be told apart.
    mutating func add(_ metric: SparkplugMetric, _ payload: Span<UInt8>) throws(PayloadError) {
        guard !metric.name.isEmpty else { return }
        let key = bytes(payload, metric.name)
        let place: Int
        if let known = places[key] {
            // Births may hold a metric's history: several values of one name.
            place = known
        } else {
            place = metrics.count
            places[key] = place
            metrics.append(
                Metric(
                    name: append(key), unit: append(bytes(payload, metric.unit)),
                    typeNumber: metric.typeNumber))
        }
        guard let alias = metric.alias else { return }
        if let other = aliasPlaces.updateValue(place, forKey: alias), other != place {
            throw .duplicateKey(offset: metric.offset)
        }
    }

    /// The metric of a data message, by its name or else its alias.
    func metric(_ metric: SparkplugMetric, _ payload: Span<UInt8>) -> Metric? {
        let place =
            metric.name.isEmpty
            ? metric.alias.flatMap { aliasPlaces[$0] } : places[bytes(payload, metric.name)]
        return place.map { metrics[$0] }
    }

    private mutating func append(_ text: [UInt8]) -> Range<Int> {
        let start = texts.count
        texts += text
        return start..<texts.count
    }

    private func bytes(_ payload: Span<UInt8>, _ range: Range<Int>) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(range.count)
        for index in range { bytes.append(payload[index]) }
        return bytes
    }
}
