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

    /// 2026-03-29, an hour after the clocks changed.
    private static let arrival: Int64 = 1_774_749_600_000

    /// How many readings the last message had.
    public private(set) var readingCount = 0

    private var formats: [(profile: Int, topic: [UInt8])] = []

    /// The formats' names, in the order of their numbers; Sparkplug's sessions are 255.
    public static var formatNames: [String] { AnyFormat.all.map(\.name) }

    /// The first byte that means a format.
    public static func number(of name: String) -> UInt8? {
        name == "session" ? 255 : formatNames.firstIndex(of: name).map { UInt8($0) }
    }

    /// With a profile for each format that takes whatever it can hold.
    public init() throws {
        let set = try ProfileSet(parsing: AnyFormat.all.map(\.file))
        decoder = MessageDecoder(set)
        for format in AnyFormat.all {
            let place = set.profiles.firstIndex { $0.name == "any-\(format.name)" }
            formats.append((place ?? 0, Array(format.topic.utf8)))
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

    /// - Parameter bytes: of which the first chooses the format, in the order of ``AnyFormat/all``,
    ///   and 255 is a node of Sparkplug with two messages.
    /// - Throws: ``Deviation``.
    public func take(_ bytes: [UInt8]) throws {
        readingCount = 0
        guard let choice = bytes.first else { return }
        if choice == 255 { return takeSession(Array(bytes.dropFirst())) }
        let format = formats[Int(choice) % formats.count]
        let payload = Array(bytes.dropFirst())
        let first = decode(payload, format)
        readingCount = first?.readings.count ?? 0
        guard decode(payload, format) == first else {
            throw Deviation(description: "the same bytes, read again, say something else")
        }
    }

    private func decode(
        _ payload: [UInt8], _ format: (profile: Int, topic: [UInt8])
    ) -> Outcome? {
        _ = decoder.accepts(profile: format.profile, payload: payload.span)
        do throws(DecodeFault) {
            try decoder.decode(
                profile: format.profile, topic: format.topic.span, payload: payload.span,
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
