import DeviceProfiles
import Foundation
import PayloadDecoding
import StrictYAML
import Telemetry

/// Takes any bytes for a device's message: readings or a fault, and twice the same.
///
/// One thread; the decoder is used again for each message, as a gateway's is.
public final class HostilePayload {
    private var decoder: MessageDecoder
    private var message = DecodedMessage()
    private let profileCount: Int

    /// 2026-03-29, an hour after the clocks changed.
    private static let arrival: Int64 = 1_774_749_600_000

    /// How many readings the last message had.
    public private(set) var readingCount = 0

    /// With the profiles of this repository, and one that takes any value of each format of which
    /// it has none.
    public init() throws {
        let set = try ProfileSet(parsing: Seeds.profileFiles() + Self.anyValues)
        profileCount = set.profiles.count
        decoder = MessageDecoder(set)
    }

    static let formats = [
        "cayenne-lpp", "collectd", "openmetrics", "senml-cbor", "telegraf-json",
    ]

    /// Behind all others by name, so that seeds know their places.
    private static var anyValues: [(name: String, text: String)] {
        formats.map { format in
            (
                "zz-\(format).yaml",
                """
                profile: zz-\(format)
                title: { en: any, fr: tout }
                source: made up
                match: { topic: "zz/\(format)/{device}" }
                decode: \(format)
                readings:
                  - { metric: any, from: "{name}", unit: "1", kind: gauge }
                tests:
                  - { topic: zz/\(format)/a, payload: "", expect: {} }
                """
            )
        }
    }

    /// Sparkplug B, whose messages need those before them: a birth, and what follows it.
    private func takeSession(_ bytes: [UInt8]) {
        var session = SparkplugSession()
        var list = FieldList()
        let (birth, data) = (Array(bytes[..<(bytes.count / 2)]), Array(bytes[(bytes.count / 2)...]))
        try? session.decode(birth.span, .nodeBirth, into: &list)
        try? session.decode(data.span, .nodeData, into: &list)
        try? session.decode(bytes.span, .nodeBirth, into: &list)
        try? session.decode(bytes.span, .nodeData, into: &list)
    }

    private static let topic = Array("application/1/device/0000000000000001/event/up".utf8)

    /// - Parameter bytes: of which the first chooses the profile, and 255 Sparkplug B.
    /// - Throws: ``Deviation``.
    public func take(_ bytes: [UInt8]) throws {
        readingCount = 0
        guard let choice = bytes.first else { return }
        if choice == 255 { return takeSession(Array(bytes.dropFirst())) }
        let profile = Int(choice) % profileCount
        let payload = Array(bytes.dropFirst())
        let first = decode(payload, profile)
        readingCount = first?.readings.count ?? 0
        guard decode(payload, profile) == first else {
            throw Deviation(description: "the same bytes, read again, say something else")
        }
    }

    private func decode(_ payload: [UInt8], _ profile: Int) -> Outcome? {
        let topic = Self.topic
        do throws(DecodeFault) {
            try decoder.decode(
                profile: profile, topic: topic.span, payload: payload.span,
                arrival: Self.arrival, into: &message)
        } catch {
            return nil
        }
        return Outcome(
            readings: message.readings, refusals: message.refusals, time: message.time)
    }

    private struct Outcome: Equatable {
        let readings: [DecodedReading]
        let refusals: [RefusedField]
        let time: Int64
    }
}

/// Takes any bytes for the text of a device profile: a profile or faults, each with its line.
public enum HostileProfile {
    /// - Throws: ``Deviation``.
    public static func take(_ bytes: [UInt8]) throws {
        let text = String(decoding: bytes, as: UTF8.self)
        do throws(YAMLFaults) {
            for profile in try ProfileSet(parsing: [("devices/p.yaml", text)]).profiles {
                _ = profile.runTests()
            }
        } catch {
            guard !error.all.isEmpty, error.all.allSatisfy({ !$0.message.isEmpty }) else {
                throw Deviation(description: "refused without a reason")
            }
        }
    }
}
