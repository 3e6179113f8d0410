/// Which fields of a window are wanted; whoever reads windows may leave the others as an empty
/// window has them. Its start and its count are always there.
///
/// Each field of a kind that depends on the order of readings tells of the windows beside it: of
/// these all are read.
public struct WindowFields: OptionSet, Sendable {
    public let rawValue: UInt8

    public init(rawValue: UInt8) { self.rawValue = rawValue }

    public static let sum = WindowFields(rawValue: 1)
    /// Minimum and maximum.
    public static let extremes = WindowFields(rawValue: 2)
    /// The last reading and its time.
    public static let last = WindowFields(rawValue: 4)
    /// Late readings and revisions.
    public static let late = WindowFields(rawValue: 8)
    public static let all: WindowFields = [.sum, .extremes, .last, .late]
}
