import PayloadDecoding
import Telemetry

/// What a payload says, made once and filled again for each message.
public struct DecodedMessage: Sendable {
    /// Milliseconds since 1970: the device's time of the message, or that of the arrival.
    public internal(set) var time: Int64 = 0
    /// What the device's time is to be asked once the arrival is known, where it was not.
    public internal(set) var timeLimits = TimeLimits(futureMax: 0, pastMax: nil)
    /// Whose time it is.
    public internal(set) var quality: ReadingQuality = []
    /// The number that the device gave the message; nil where the profile or the payload has none.
    public internal(set) var sequenceNumber: Int64?
    /// What was read, in the order of the profile's readings.
    public internal(set) var readings: [DecodedReading] = []
    /// What was wanted and refused, in the order of the profile's readings.
    public internal(set) var refusals: [RefusedField] = []
    /// What payloads say of labels: see ``DecodedReading/labels``; and texts of refused fields.
    public internal(set) var labelBytes: [UInt8] = []
    /// What stands in the place of the device's time, where that is no time or cannot be true.
    public internal(set) var refusedTime: RefusedField?

    /// How many readings were outside their `valid` range.
    public var implausibleCount: Int { refusals.count { $0.isImplausible } }
    /// How many readings had something in their place that is no value of theirs, and how many
    /// parts of the payload could not be read.
    public var unreadableCount: Int { refusals.count { !$0.isImplausible } + droppedCount }
    /// Parts of the payload that could not be read and were left out, where the format has parts of
    /// their own: groups with a wrong checksum, what is behind a type that nobody knows.
    public internal(set) var droppedCount = 0

    /// Room for the readings of any profile.
    public init() {
        readings.reserveCapacity(Profile.readingCountMax)
        refusals.reserveCapacity(Profile.readingCountMax)
    }

    mutating func clear(time: Int64) {
        self.time = time
        timeLimits = TimeLimits(futureMax: 0, pastMax: nil)
        quality = []
        sequenceNumber = nil
        readings.removeAll(keepingCapacity: true)
        refusals.removeAll(keepingCapacity: true)
        refusedTime = nil
        droppedCount = 0
        labelBytes.removeAll(keepingCapacity: true)
    }

    /// Adds what came of the field of a reading.
    ///
    /// - Parameter labels: what it says of labels, in ``labelBytes``.
    mutating func add(
        _ outcome: ReadingRule.Outcome, of field: JSONField, at readingIndex: Int,
        labels: Range<Int> = 0..<0
    ) {
        switch outcome {
        case .value(let value):
            readings.append(
                DecodedReading(
                    readingIndex: UInt16(readingIndex), value: value, time: time, quality: quality,
                    labelStart: Int32(labels.lowerBound), labelEnd: Int32(labels.upperBound)))
        case .nothing: break
        case .implausible, .unreadable:
            refusals.append(
                RefusedField(
                    readingIndex: UInt16(readingIndex), field: field,
                    isImplausible: outcome == .implausible))
        }
    }
}

extension DecodedMessage {
    /// Refuses a value because of its unit.
    mutating func refuseUnit(_ unit: ArraySlice<UInt8>, at readingIndex: Int) {
        let start = labelBytes.count
        labelBytes += unit
        var refusal = RefusedField(
            readingIndex: UInt16(readingIndex),
            field: .string(start: start, end: labelBytes.count, hasEscapes: false),
            isImplausible: false)
        refusal.isUnit = true
        refusals.append(refusal)
    }
}

/// A field that is there and is no value of what it stands for.
public struct RefusedField: Sendable, Equatable, BitwiseCopyable {
    /// The place in ``Profile/readings``; of a time it says nothing.
    public let readingIndex: UInt16
    /// What came; its bytes are those of the payload, and of ``DecodedMessage/labelBytes`` where
    /// the reading chooses from named fields.
    let field: JSONField
    /// Whether it could be read, and cannot be true.
    public let isImplausible: Bool
    /// Whether what came is a unit, and not that of the reading.
    var isUnit = false
}

/// One value of a message.
public struct DecodedReading: Sendable, Equatable, BitwiseCopyable {
    /// The place in ``Profile/readings`` and ``DeviceMatch/series``.
    public let readingIndex: UInt16
    public let value: Value
    /// Milliseconds since 1970: the device's time, or that of the arrival.
    public let time: Int64
    /// Whose time it is.
    public let quality: ReadingQuality
    let labelStart: Int32
    let labelEnd: Int32

    /// Where ``DecodedMessage/labelBytes`` has the values of the labels that the payload says,
    /// in the order of ``DeviceMatch/labelNames`` and with a NUL behind each; empty where it says
    /// none.
    public var labels: Range<Int> { Int(labelStart)..<Int(labelEnd) }
}

/// Why a whole message is refused. Offsets count bytes of the payload.
public enum DecodeFault: Error, Equatable, Sendable, BitwiseCopyable {
    /// The payload is not JSON.
    case badJSON(offset: Int)
    /// The payload has strings that are not UTF-8.
    case badUTF8(offset: Int)
    /// A wanted member stands twice in its object.
    case duplicateKey(offset: Int)
    /// JSON is nested too deep.
    case tooDeep(offset: Int)
    /// The payload is not of the format that the profile names.
    case badPayload(offset: Int)
    /// A text payload is neither a number nor a word that the profile knows.
    case badText(offset: Int)
    /// The payload names another device than the topic.
    case wrongDevice
    /// The payload is larger than its format's limit.
    case tooLarge(size: Int)

    /// The reason's name in the ledger and the quarantine; never changes.
    public var code: String {
        switch self {
        case .badJSON: "bad_json"
        case .badUTF8: "bad_utf8"
        case .duplicateKey: "duplicate_key"
        case .tooDeep: "too_deep"
        case .badText: "bad_text"
        case .badPayload: "bad_payload"
        case .wrongDevice: "wrong_device"
        case .tooLarge: "too_large"
        }
    }

    init(_ error: PayloadError, in format: Decoding.Format) {
        switch error {
        case .syntax(let offset):
            switch format {
            case .json: self = .badJSON(offset: offset)
            case .text: self = .badText(offset: offset)
            default: self = .badPayload(offset: offset)
            }
        case .badUTF8(let offset): self = .badUTF8(offset: offset)
        case .tooDeep(let offset): self = .tooDeep(offset: offset)
        case .duplicateKey(let offset): self = .duplicateKey(offset: offset)
        case .tooLarge(let size): self = .tooLarge(size: size)
        }
    }
}
