import PayloadDecoding
import Telemetry

/// One kind of device: its topics, its payload and the readings in it.
public struct Profile: Sendable {
    /// The file's name without `.yaml`.
    public let name: String
    /// What the device is called, by language (`en`, `fr`).
    public let titles: [String: String]
    /// Where the maker documents topics and payload.
    public let source: String
    /// The readings, in the file's order.
    public let readings: [ProfileReading]

    /// The device's numbering of its messages, nil where it has none.
    public let sequence: SequenceRule?

    /// The payload's format.
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

        /// Whether the format itself names its values, which ``FieldRule`` chooses from.
        var namesFields: Bool { self != .json && self != .text }
    }

    let file: String
    /// The line of `match`.
    let matchLine: Int
    let template: TopicTemplate
    let exceptions: [TopicFilter]
    /// Literals and names of captures that make the device's identity.
    let device: [DevicePart]
    let format: Format
    let time: TimeRule?
    let rules: [ReadingRule]
    let examples: [ProfileExample]

    /// A piece of a device's identity.
    enum DevicePart: Sendable {
        case literal(String)
        case capture(String)
    }

    // LIMIT: the largest real device lists 60; the decoder keeps room for so many.
    /// The most readings of one profile.
    public static var readingCountMax: Int { 256 }

    /// The MQTT filter of the profile's topics.
    public var subscriptionFilter: String { template.filter.text }

    /// The device and the series of a topic, nil where the topic is not the profile's.
    ///
    /// - Parameter topic: split in levels.
    func match(_ topic: [[UInt8]], profileIndex: Int) -> DeviceMatch? {
        guard let values = template.captures(topic),
            !exceptions.contains(where: { $0.matches(topic) })
        else { return nil }
        let captures = Dictionary(uniqueKeysWithValues: zip(template.captureNames, values))
        let identity = device.map { part in
            switch part {
            case .literal(let text): text
            case .capture(let name): captures[name] ?? ""
            }
        }
        let series = rules.map { rule in
            SeriesDescriptor(
                key: SeriesKey(
                    metric: rule.metric, labels: captures.merging(rule.labels) { $1 }),
                kind: rule.kind, unit: rule.unit, step: rule.step, horizon: rule.horizon,
                states: rule.states, modulus: rule.modulus)
        }
        return DeviceMatch(
            profileIndex: profileIndex, device: identity.joined(), series: series,
            labelNames: rules.map { rule in rule.field?.labels.map(\.name) ?? [] })
    }
}

/// A reading as a profile declares it, for listings.
public struct ProfileReading: Sendable {
    public let metric: String
    /// Labels beside those of the topic.
    public let labels: [String: String]
    public let kind: MetricKind
    /// The UCUM code of the stored unit.
    public let unit: String
    /// Where it stands in payloads, nil for texts.
    public let path: String?
}

/// What a topic stands for.
public struct DeviceMatch: Sendable {
    /// The place in ``ProfileSet/profiles``.
    public let profileIndex: Int
    /// The device's identity in the ledger.
    public let device: String
    /// One series for each of the profile's readings, in their order; where the payload says some
    /// of its labels, without these.
    public let series: [SeriesDescriptor]
    /// The names of the labels that the payload says, for each reading.
    public let labelNames: [[String]]

    /// The series of a reading.
    public func series(of reading: DecodedReading, in message: DecodedMessage) -> SeriesDescriptor {
        var descriptor = series[Int(reading.readingIndex)]
        let names = labelNames[Int(reading.readingIndex)]
        if names.isEmpty { return descriptor }
        var labels: [String: String] = [:]
        for label in descriptor.key.labels { labels[label.name] = label.value }
        let values = message.labelBytes[reading.labels].split(separator: 0)
        for (name, value) in zip(names, values) {
            labels[name] = String(decoding: value, as: UTF8.self)
        }
        descriptor.key = SeriesKey(metric: descriptor.key.metric, labels: labels)
        return descriptor
    }
}
