import StoredSeries

/// What became of what was received, counted by device and civil day of arrival.
///
/// Messages: received = decoded + duplicate + quarantined + refused + retained.
/// Readings: decoded = stored + duplicate + conflict + refused by reason + unplaced; of the stored,
/// some late.
///
/// Raw values are column numbers in blocks and stand in the table `ledger`: never renumbered.
public enum LedgerCounter: UInt8, Sendable, CaseIterable {
    /// Messages that the session thread took from the broker.
    case messagesReceived = 10
    /// Messages whose payload was read.
    case messagesDecoded = 11
    /// Messages that the broker delivered again although they are in the store.
    case messagesDuplicate = 12
    /// Messages that could not be read.
    case messagesQuarantined = 13
    /// Messages of topics that no profile names.
    case messagesRefused = 14
    /// Messages that the broker had kept from before and that say no time: nobody knows how old.
    case messagesRetained = 15
    /// Of the messages received, those that were sent at QoS 0: others may have been lost on the
    /// way, and nobody counts these.
    case messagesAtMostOnce = 16
    /// Messages that never came, by the numbers that devices give theirs: suspected, and outside
    /// the balance. Less than 0 on a day when messages came of which an earlier day had missed the
    /// numbers.
    case messagesMissing = 17
    /// Messages that the broker says it dropped because a client's queue was full: suspected, since
    /// they may have been for another client, and outside the balance.
    case messagesDroppedByBroker = 18
    /// Rows of the store that did not read back and were set aside; outside the balance. What they
    /// held stays counted as what it was, but for the counts of a commit's own row.
    case rowsDamaged = 19
    /// Readings that the profiles found in decoded messages.
    case readingsDecoded = 20
    /// Readings that are in the file, as themselves or in a window.
    case readingsStored = 21
    /// Readings that stood in the file already.
    case readingsDuplicate = 22
    /// Readings with another value for an instant that had one.
    case readingsConflict = 23
    /// Readings outside the profile's plausible range.
    case readingsImplausible = 24
    /// Fields that were wanted and could not be read as a value.
    case readingsUnreadable = 25
    /// Readings older than the policy accepts.
    case readingsTooLate = 26
    /// Readings of a series that stands in the file with another kind or unit, or of more series
    /// than the payloads of one topic may name.
    case readingsRedefined = 27
    /// Readings that arrived while the clock was not set, and have no time yet.
    case readingsUnplaced = 28
    /// Readings that had no time and went, the oldest first, because too many waited for one.
    case readingsAbandoned = 29
    /// Of the stored readings, those whose window had been settled.
    case readingsLate = 30
    /// Readings in the rows that were set aside, where their number is known: stored or unplaced
    /// before, and counted as that still.
    case readingsDamaged = 31
}

/// Counts of one device on one day.
public struct LedgerCounts: Sendable, Equatable {
    private var counts = [Int64](repeating: 0, count: LedgerCounts.capacity)
    private static let capacity = 32

    public init() {}

    public subscript(counter: LedgerCounter) -> Int64 {
        get { counts[Int(counter.rawValue)] }
        set { counts[Int(counter.rawValue)] = newValue }
    }

    /// Whether nothing was counted.
    public var isEmpty: Bool { counts.allSatisfy { $0 == 0 } }

    /// Adds another day's or device's counts.
    public mutating func add(_ other: LedgerCounts) {
        for index in counts.indices { counts[index] += other.counts[index] }
    }

    /// Takes counts back that were added before.
    public mutating func subtract(_ other: LedgerCounts) {
        for index in counts.indices { counts[index] -= other.counts[index] }
    }

    /// Messages received less what became of them: 0 where the ledger balances.
    public var messagesUnaccounted: Int64 {
        self[.messagesReceived] - self[.messagesDecoded] - self[.messagesDuplicate]
            - self[.messagesQuarantined] - self[.messagesRefused] - self[.messagesRetained]
    }

    /// Readings decoded less what became of them: 0 where the ledger balances.
    public var readingsUnaccounted: Int64 {
        self[.readingsDecoded] - self[.readingsStored] - self[.readingsDuplicate]
            - self[.readingsConflict] - self[.readingsImplausible] - self[.readingsUnreadable]
            - self[.readingsTooLate] - self[.readingsRedefined] - self[.readingsUnplaced]
            - self[.readingsAbandoned]
    }
}

/// Which device and day a count belongs to.
public struct LedgerKey: Hashable, Sendable {
    /// The civil day of arrival as yyyymmdd; ``unplacedDay`` where nobody knows it.
    public var day: Int32
    /// The device's number in this store.
    public var device: DeviceID

    /// Stands for the day of what arrived while the clock was not set.
    public static let unplacedDay: Int32 = 0

    public init(day: Int32, device: DeviceID) {
        self.day = day
        self.device = device
    }
}
