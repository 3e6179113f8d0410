// A made-up French town near Orléans, for demonstrations and tests: its town hall, school,
// gymnasium and street lighting send the messages that such devices send, over any period, in the
// order of time, and always the same for the same seed.
//
// The figures follow one another as in life: the sun and the clouds drive temperature,
// photovoltaics and lighting; the civil calendar (opening hours, school and public holidays, summer
// time) drives occupancy; occupancy and weather drive heating, electricity, water, CO2 and the
// network. Rare things happen too: a boiler fault, a line that is cut, a leak in one week of each
// year.
//
// Only the standard library is used and every operation is one that IEEE 754 rounds correctly, so
// that a seed makes the same bytes on every machine.

/// One MQTT message of the made-up town.
public struct TownMessage: Sendable, Equatable {
    /// When the device sends it, milliseconds since 1970 UTC; the payload says the same.
    public var time: Int64
    /// The topic, such as `town/mairie/meter/main`.
    public var topic: String
    /// JSON in UTF-8.
    public var payload: [UInt8]
    /// Whether the device asks the broker to keep the message: states are kept, measurements not.
    public var isRetained: Bool
}

/// The town as a sequence of messages in the order of time.
///
/// Each device sends one message an interval, each at its own moment of it, so that the messages
/// are spread evenly. A value: a copy continues from the same point with the same messages. Nothing
/// is kept of what was sent, so a year costs no more memory than an hour.
public struct TownModel: Sequence, IteratorProtocol, Sendable {
    private let start: Int64
    private let end: Int64
    private let interval: Int64
    private var town: Town
    private var roundStart: Int64
    private var deviceIndex = 0

    /// A town over the half-open period `start..<end`.
    ///
    /// - Parameters:
    ///   - seed: which town; equal seeds give equal messages.
    ///   - start: milliseconds since 1970 UTC, from 1970 to 2199.
    ///   - end: likewise; an end that is not after the start makes no message.
    ///   - interval: milliseconds between two messages of a device, 1 ms to 1 day. Up to 15 minutes
    ///     rooms and boiler follow the day's course closely; coarser ones still balance.
    public init(seed: UInt64, from start: Int64, until end: Int64, interval: Int64) {
        precondition(Self.periodSupported.contains(start), "the town exists from 1970 to 2199")
        precondition(end <= Self.periodSupported.upperBound, "the town exists from 1970 to 2199")
        precondition((1...86_400_000).contains(interval), "an interval is 1 ms to 1 day")
        self.start = start
        self.end = end
        self.interval = interval
        roundStart = start
        town = Town(seed: seed, start: start, interval: interval)
    }

    /// 1970-01-01 to 2199-12-31, milliseconds.
    public static let periodSupported: ClosedRange<Int64> = 0...7_258_118_399_999

    /// How many devices send a message each interval.
    public var deviceCount: Int { Town.devices.count }

    /// How many messages the whole period has, exactly.
    ///
    /// - Complexity: O(`deviceCount`).
    public var messageCount: Int {
        var count: Int64 = 0
        for index in 0..<deviceCount {
            let first = start + offset(of: index)
            if first < end { count += (end - first - 1) / interval + 1 }
        }
        return Int(count)
    }

    /// The next message, nil when the period is over.
    ///
    /// - Complexity: O(1), one allocation: the payload.
    public mutating func next() -> TownMessage? {
        let time = roundStart + offset(of: deviceIndex)
        // Offsets rise within a round and stay below the interval, so nothing later is in time.
        guard time < end else { return nil }
        let device = Town.devices[deviceIndex]
        let message = TownMessage(
            time: time, topic: device.topic, payload: town.payload(of: device.kind, at: time),
            isRetained: device.isRetained)
        deviceIndex += 1
        if deviceIndex == deviceCount {
            deviceIndex = 0
            roundStart += interval
        }
        return message
    }

    /// When within the interval a device sends, milliseconds below `interval`, rising by device.
    private func offset(of index: Int) -> Int64 {
        Int64(index) * interval / Int64(deviceCount)
    }
}
