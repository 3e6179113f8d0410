import SeriesStore

/// The numbers that devices give their messages, followed from the store's newest commit on.
struct MessageSequences {
    private var states: [SequenceID: SequenceState]
    /// What moved since the last commit.
    private(set) var changed: [SequenceID: SequenceState] = [:]

    init(_ states: [SequenceID: SequenceState]) { self.states = states }

    /// Takes a number.
    ///
    /// - Parameter modulus: numbers are less than this, and begin again from 0; nil: they go on.
    /// - Returns: how many more messages are missing now; -1 where one came after all.
    mutating func follow(_ id: SequenceID, _ number: Int64, modulus: Int64?) -> Int64 {
        guard var state = states[id] else {
            set(SequenceState(last: number), id)
            return 0
        }
        let missing = state.follow(number, modulus: modulus)
        if states[id] != state { set(state, id) }
        return missing
    }

    /// What was kept of something that is no numbering; nil where nothing was.
    func kept(_ id: SequenceID) -> Int64? { states[id]?.last }

    /// Keeps it.
    mutating func keep(_ id: SequenceID, _ value: Int64) {
        if kept(id) != value { set(SequenceState(last: value), id) }
    }

    private mutating func set(_ state: SequenceState, _ id: SequenceID) {
        states[id] = state
        changed[id] = state
    }

    /// A commit holds what moved.
    mutating func changesAreCommitted() { changed.removeAll(keepingCapacity: true) }
}

extension SequenceState {
    /// How far back a number may come and fill its gap, or be known as sent again.
    private static let memory: Int64 = 64
    /// A greater leap is a new beginning: LoRaWAN's MAX_FCNT_GAP.
    private static let leapMax: Int64 = 16_384

    /// Takes the next number; the result is as in ``MessageSequences/follow(_:_:modulus:)``.
    ///
    /// Devices begin at 0 or 1 after a restart. So a fall to these is a new beginning, and a lower
    /// number that has come before was sent again. A numbering with a modulus rolls over where it
    /// falls by way of a tenth of its range at most; other falls are new beginnings too.
    mutating func follow(_ number: Int64, modulus: Int64?) -> Int64 {
        let forward = distance(last, number, modulus)
        let behind = distance(number, last, modulus)
        if forward == 0 { return 0 }
        if behind > 0, behind <= Self.memory {
            let bit: UInt64 = 1 << UInt64(behind - 1)
            if missing & bit != 0 {
                missing &= ~bit
                return -1
            }
            if number > 1, forward < 0 || behind < forward { return 0 }
        }
        let tenth = max((modulus ?? 0) / 10, 1)
        guard forward > 0, forward <= (number > last ? Self.leapMax : tenth) else {
            self = SequenceState(last: number)
            return 0
        }
        let skipped: UInt64 = (1 << UInt64(forward - 1)) &- 1
        missing = missing << UInt64(forward) | skipped
        last = number
        return forward - 1
    }

    /// How many steps lead on from one number to the other; negative where none do.
    private func distance(_ from: Int64, _ to: Int64, _ modulus: Int64?) -> Int64 {
        let difference = to - from
        guard let modulus, difference < 0 else { return difference }
        return difference + modulus
    }
}
