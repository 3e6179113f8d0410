import Telemetry

/// How the bytes of a kind of frame become named values: made from a profile, run by a
/// ``FrameReader``.
///
/// A layout is a list of items that are read one after the other; some hold further lists. Values
/// that have been read are numbered, so that conditions, bits and arithmetic can name them.
public struct ByteLayout: Sendable {
    /// What a number or text is called, and what becomes of it.
    public struct Field: Sendable {
        /// Empty for a value that only the layout uses.
        public var name: [UInt8] = []
        /// Its number among the layout's values.
        public var place: Int
        /// UCUM; empty where the layout says none.
        public var unit: [UInt8] = []
        /// Numbers of the frame that stand for nothing.
        public var sentinels: [Value] = []
        public var scale: Value?
        public var offset: Value?
        /// c0, c1, … of a polynomial, worked out after scale and offset; empty for none.
        public var polynomial: [Value] = []
        /// The digits after the point to which it is rounded.
        public var digits: Int8?

        public init(place: Int) { self.place = place }
    }

    /// A field in one piece: an enum would copy it with all its arrays for every use.
    public final class SharedField: Sendable {
        let field: Field

        public init(_ field: Field) { self.field = field }
    }

    /// One thing after the other in a frame. `at` is a place from the frame's start or, negative,
    /// from its end; reading does not go on from there.
    public enum Item: Sendable {
        case number(SharedField, FrameNumber, at: Int?)
        /// So many bytes as a text: ASCII, or two hexadecimal digits for each.
        case text(SharedField, size: Int, isHexadecimal: Bool, at: Int?)
        /// Bits of a whole number read before, `lowest` 0...62.
        case bits(SharedField, of: Int, lowest: Int, count: Int, isSigned: Bool)
        /// What arithmetic makes of values before.
        case computed(SharedField, Arithmetic)
        /// Bytes that say nothing; nil for all that follow.
        case skip(Int?)
        /// The time of what follows: units since `base`, in milliseconds since 1970.
        case time(FrameNumber, at: Int?, unitsPerSecond: Int64, base: Int64)
        /// The first whose conditions hold; none may.
        case cases([Case])
        case turns(Turns)
        case table(Table)
    }

    public struct Case: Sendable {
        public var conditions: [Condition]
        public var items: [Item]

        public init(conditions: [Condition], items: [Item]) {
            self.conditions = conditions
            self.items = items
        }
    }

    /// Holds where the subject is there, is a whole number and lies in one of the ranges.
    public struct Condition: Sendable {
        public enum Subject: Sendable {
            /// LoRaWAN's port.
            case port
            /// Bytes of the frame.
            case size
            /// The byte at a place of the frame.
            case byte(Int)
            case value(Int)
            case bit(Int, of: Int)
        }

        public var subject: Subject
        public var ranges: [ClosedRange<Int64>]

        public init(subject: Subject, ranges: [ClosedRange<Int64>]) {
            self.subject = subject
            self.ranges = ranges
        }
    }

    /// The same items again and again.
    public struct Turns: Sendable {
        public enum Count: Sendable {
            /// To the frame's end.
            case toEnd
            case fixed(Int)
            case value(Int)
        }

        public enum Step: Sendable {
            case milliseconds(Int64)
            /// Seconds.
            case formula(Arithmetic)
        }

        public var count: Count
        /// Bytes at the end that belong to no turn.
        public var leave = 0
        /// How far apart in time the turns are, nil where they are of one time.
        public var step: Step?
        /// Whether the first turn is the newest.
        public var isNewestFirst = true
        /// How many steps the newest turn lies before the time of the message.
        public var firstStep = 0
        public var items: [Item]

        public init(count: Count, items: [Item]) {
            self.count = count
            self.items = items
        }
    }

    /// Keys with their values behind them, to the frame's end.
    public struct Table: Sendable {
        public struct Entry: Sendable {
            /// The key's bytes as one number, the first one highest; only those of the mask count.
            public var key: UInt64
            public var mask: UInt64
            public var items: [Item]

            public init(key: UInt64, mask: UInt64, items: [Item]) {
                self.key = key
                self.mask = mask
                self.items = items
            }
        }

        /// Bytes, 1...4.
        public var keySize: Int
        /// The size of each value stands behind its key.
        public var length: FrameNumber?
        /// Whether a key that is not in the table refuses the frame; else reading ends there.
        public var refusesUnknown = false
        public var leave = 0
        public var entries: [Entry]

        public init(keySize: Int, entries: [Entry]) {
            self.keySize = keySize
            self.entries = entries
        }
    }

    public let items: [Item]
    /// How many values are numbered.
    public let valueCount: Int

    public init(items: [Item], valueCount: Int) {
        self.items = items
        self.valueCount = valueCount
    }
}
