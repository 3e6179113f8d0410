/// What there is to know of a gateway's board, files and settings.
public struct StationFacts: Sendable {
    /// Where the configuration stands.
    public var configurationPath = "socle.yaml"
    /// The version of libmosquitto, and whether it is known to keep acknowledgements back.
    public var mosquittoVersion = ""
    public var withholdsAcknowledgements = false
    public var sqliteVersion = ""
    public var settings = Settings()
    public var storePath = "town.sqlite"
    /// Nil where there is no store yet.
    public var store: FileFacts?
    /// The key beside the store; nil where there is none.
    public var key: FileFacts?
    public var log = Log()
    /// The file system of the store's folder; nil where it is not known.
    public var volume: Volume?
    public var clock = Clock()
    /// Nil where there is no store.
    public var ledger: LedgerFacts?

    public init() {}

    /// What the configuration says.
    public struct Settings: Sendable {
        public var commitMilliseconds = 5_000
        public var keepAliveSeconds = 120
        public var sessionExpirySeconds = 7 * 86_400
        public var brokerHost = "127.0.0.1"
        public var brokerHasTLS = false

        public init() {}
    }

    /// The write-ahead log beside the store.
    public struct Log: Sendable, Equatable {
        public var bytes = 0
        /// Bytes past which it has not been emptied for long.
        public var usualBytesMax = Int.max
        /// Processes that read the store just now, by number and name.
        public var holders: [String] = []

        public init() {}
    }

    /// A file system.
    public struct Volume: Sendable, Equatable {
        /// As the kernel names it: `ext4`.
        public var kind: String
        public var freeBytes: Int

        public init(kind: String, freeBytes: Int) {
            self.kind = kind
            self.freeBytes = freeBytes
        }
    }

    /// What keeps the time.
    public struct Clock: Sendable, Equatable {
        /// Whether the board knows the time when it starts.
        public var hasRealTimeClock = true
        /// Whether the machine is a virtual one, whose host keeps the time.
        public var isVirtual = false
        /// Whether the kernel's clock is being kept right; nil where it does not say.
        public var isSynchronised: Bool? = true

        public init() {}

        /// Whether something keeps the time while the machine is off.
        public var isKept: Bool { hasRealTimeClock || isVirtual }
    }
}

/// A file's size and who may read it.
public struct FileFacts: Sendable, Equatable {
    public var bytes: Int
    /// The permission bits.
    public var mode: UInt32

    public init(bytes: Int, mode: UInt32) {
        self.bytes = bytes
        self.mode = mode
    }
}

/// What the ledger says of the last days.
public struct LedgerFacts: Sendable, Equatable {
    /// Civil days that are summed here, today's included.
    public var days = 0
    public var messagesReceived = 0
    public var messagesQuarantined = 0
    /// Messages of topics that no profile names.
    public var messagesRefused = 0
    /// Readings stored in these days, and in all the days of the ledger.
    public var readingsStored = 0
    public var readingsStoredEver = 0
    /// Readings of earlier runs of the machine, whose clock was never set.
    public var readingsUnplaced = 0
    /// Rows of the store that did not read back, or are not as they were written.
    public var rowsDamaged = 0
    /// Of each device that sent readings today or yesterday, what was refused of them.
    public var refusals: [Refusals] = []

    public init() {}
}

extension LedgerFacts {
    /// The readings of one device that were refused, today and yesterday.
    public struct Refusals: Sendable, Equatable {
        public var device: String
        /// All that its messages had.
        public var readings: Int
        /// Older than the policy's `late_limit`.
        public var tooLate = 0
        /// Outside the profile's `valid` range.
        public var implausible = 0
        /// Fields that were no values.
        public var unreadable = 0
        /// Of another kind or unit than the store has.
        public var redefined = 0

        public init(device: String, readings: Int) {
            (self.device, self.readings) = (device, readings)
        }

        /// All reasons together.
        var total: Int { tooLate + implausible + unreadable + redefined }
    }
}
