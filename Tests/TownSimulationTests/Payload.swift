import Testing

@testable import TownSimulation

/// A message's payload, read field by field; a field that is not there or of another form fails the
/// test that asks.
struct Payload {
    let bytes: [UInt8]

    func has(_ name: String) -> Bool { field(name) != nil }

    func integer(_ name: String) throws -> Int64 {
        let text = try #require(field(name), "\(name) in \(self)")
        return try #require(Int64(text), "\(name) in \(self)")
    }

    func number(_ name: String) throws -> Double {
        let text = try #require(field(name), "\(name) in \(self)")
        try #require(text.utf8.allSatisfy { "-.0123456789".utf8.contains($0) }, "\(self)")
        return try #require(Double(text), "\(name) in \(self)")
    }

    func word(_ name: String) throws -> String {
        let text = try #require(field(name), "\(name) in \(self)")
        try #require(text.hasPrefix("\"") && text.hasSuffix("\""), "\(self)")
        return String(text.dropFirst().dropLast())
    }

    private func field(_ name: String) -> String? {
        let prefix = Array("\"\(name)\":".utf8)
        let fields = bytes.dropFirst().dropLast().split(separator: UInt8(ascii: ","))
        guard let field = fields.first(where: { $0.starts(with: prefix) }) else { return nil }
        return String(decoding: field.dropFirst(prefix.count), as: UTF8.self)
    }
}

extension Payload: CustomStringConvertible {
    var description: String { String(decoding: bytes, as: UTF8.self) }
}

extension TownMessage {
    var fields: Payload { Payload(bytes: payload) }
}

/// A message of the town with its civil time beside it.
struct Sample {
    let topic: String
    let time: Int64
    let day: CivilDay
    /// Hours since local midnight.
    let hour: Double
    let payload: Payload
}

/// A year of one town, made once: what its devices tell is looked at from many sides.
enum TownYear {
    static let seed: UInt64 = 2026
    static let interval: Int64 = 1_800_000

    /// The samples of a device in the order of time.
    static func samples(_ topic: String) throws -> [Sample] {
        try #require(byTopic[topic], "no device \(topic)")
    }

    private static let byTopic: [String: [Sample]] = {
        var clock = TownClock(start: newYear2026)
        let town = TownModel(
            seed: seed, from: newYear2026, until: newYear2026 + 365 * dayLength,
            interval: interval)
        let samples = town.map { message in
            let day = clock.day(at: message.time)
            return Sample(
                topic: message.topic, time: message.time, day: day,
                hour: clock.minute(at: message.time) / 60, payload: message.fields)
        }
        return Dictionary(grouping: samples, by: \.topic)
    }()
}

extension Sequence<Double> {
    var mean: Double {
        let sum = reduce((total: 0.0, count: 0.0)) { ($0.total + $1, $0.count + 1) }
        return sum.count > 0 ? sum.total / sum.count : .nan
    }
}
