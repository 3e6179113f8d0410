/// One measured value of one series at one time, as it travels from the decoder to the store.
///
/// Readings of a window form a set: (`time`, `sequence`) tells two of them apart, so that the same
/// reading delivered, resent or replayed twice is one reading.
@frozen
public struct Reading: BitwiseCopyable, Sendable {
    /// Milliseconds since 1970-01-01T00:00:00Z.
    public var time: Int64
    /// The value's mantissa or double, see ``Value/bits``.
    public var bits: Int64
    /// Which series, as the store's catalogue numbers them.
    public var series: SeriesID
    /// Tells readings of one millisecond apart that have no time of their own: 0 for the
    /// first; readings with a device's time always have 0.
    public var sequence: UInt16
    /// The value's scale, see ``Value/scale``.
    public var scale: Int8
    /// How far the time and the value can be trusted.
    public var quality: ReadingQuality

    @inlinable
    public init(
        series: SeriesID, time: Int64, value: Value, sequence: UInt16 = 0,
        quality: ReadingQuality = []
    ) {
        self.time = time
        bits = value.bits
        self.series = series
        self.sequence = sequence
        scale = value.scale
        self.quality = quality
    }

    /// The measured value.
    @inlinable
    public var value: Value { Value(bits: bits, scale: scale) }
}

/// A series' number in one store: dense, from 0, never reused.
public typealias SeriesID = UInt32

/// What is known about a reading's time.
@frozen
public struct ReadingQuality: OptionSet, BitwiseCopyable, Sendable {
    public let rawValue: UInt8

    @inlinable
    public init(rawValue: UInt8) { self.rawValue = rawValue }

    /// The device sent the time; without this flag it is the time of arrival.
    public static var deviceTime: ReadingQuality { ReadingQuality(rawValue: 1) }
    /// The device's time was missing or implausible, and the time of arrival stands in for it.
    public static var timeReplaced: ReadingQuality { ReadingQuality(rawValue: 2) }
    /// The window had been settled when the reading arrived.
    public static var late: ReadingQuality { ReadingQuality(rawValue: 4) }
}
