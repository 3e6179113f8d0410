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

    let file: String
    let match: MessageMatch
    /// Literals and names of captures that make the device's identity.
    let device: [DevicePart]
    let decoding: Decoding
    let time: TimeRule?
    let rules: [ReadingRule]
    var examples: [ProfileExample]

    /// A piece of a device's identity.
    enum DevicePart: Sendable {
        case literal(String)
        case capture(String)
    }

    // LIMIT: the largest real device lists 60; the decoder keeps room for so many.
    /// The most readings of one profile.
    public static var readingCountMax: Int { 256 }

    /// Whether it takes only some of the messages of its topics, by what is in them.
    public var asksPayloads: Bool { !match.guard.isEmpty }

    /// The topics as the profile writes them, with names in braces.
    public var topics: [String] { match.templates.map(\.text) }

    /// The LoRaWAN devices that it takes; empty where it does not ask.
    public var models: [String] { match.guard.models }

    /// Its topics, for messages.
    var topicText: String { match.templates.map(\.text).joined(separator: " and ") }

    /// The MQTT filters of the profile's topics.
    public var subscriptionFilters: [String] { match.templates.map(\.filter.text) }

    /// The device and the series of a topic, nil where the topic is not the profile's.
    ///
    /// - Parameter topic: split in levels.
    /// - Parameter template: the place of the one that is asked, nil for any.
    func match(
        _ topic: [[UInt8]], template: Int? = nil, profileIndex: Int
    ) -> DeviceMatch? {
        let places = template.map { $0..<$0 + 1 } ?? match.templates.indices
        guard let captures = places.lazy.compactMap({ match.captures(topic, template: $0) }).first
        else { return nil }
        var identity = ""
        for part in device {
            switch part {
            case .literal(let text): identity += text
            case .capture(let name): identity += captures[name] ?? ""
            }
        }
        // A topic of a node of Sparkplug has no device.
        if captures.count < match.captureNames.count, identity.hasSuffix("/") {
            identity.removeLast()
        }
        let series = rules.map { rule in
            SeriesDescriptor(
                key: SeriesKey(
                    metric: rule.metric, labels: captures.merging(rule.labels) { $1 }),
                kind: rule.kind, unit: rule.unit, step: rule.step, horizon: rule.horizon,
                states: rule.states, modulus: rule.modulus)
        }
        return DeviceMatch(
            profileIndex: profileIndex, device: identity, series: series,
            labelNames: rules.map(\.payloadLabels))
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
    /// The levels of its topic behind those of the profile, nil where there are none.
    public let topic: String?
    /// The labels that payloads say.
    public let payloadLabels: [String]
    /// The least and the greatest value that is believed, in the stored unit; nil for any.
    public let range: ClosedRange<Value>?

    init(_ rule: ReadingRule) {
        metric = rule.metric
        labels = rule.labels
        kind = rule.kind
        unit = rule.unit
        path = rule.placeText
        topic = rule.topic
        payloadLabels = rule.payloadLabels
        range = rule.valid
    }
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
