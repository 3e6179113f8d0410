import SeriesStore
import StoredSeries

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
    func kept(_ id: SequenceID) -> Int64? { states[id]?.run.last }

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
    /// A greater leap is a new beginning: LoRaWAN's MAX_FCNT_GAP.
    private static let leapMax: Int64 = 16_384

    /// Takes the next number; the result is as in ``MessageSequences/follow(_:_:modulus:)``.
    ///
    /// What breaks the sequence is believed once the next number confirms it, as in RTP (RFC 3550,
    /// A.1): a number alone changes nothing.
    mutating func follow(_ number: Int64, modulus: Int64?) -> Int64 {
        let fit = run.fit(number, modulus: modulus)
        if isNextAside(number, fit, modulus) { return turn(to: number, modulus) }
        guard let fit else { return followAside(number, modulus) }
        run.take(number, fit, modulus: modulus)
        forgetAside(behind: fit, modulus)
        switch fit {
        case .next: return 0
        case .skip(let skipped): return skipped
        case .late: return -1
        case .known:
            // Sent again, or a device that begins anew soon after it began.
            if number <= 1, number != run.last { begin(with: number, .beginning) }
            return 0
        }
    }

    /// Whether the number goes on what lies beside the run, and that is no older part of the run.
    private func isNextAside(
        _ number: Int64, _ fit: NumberRun.Fit?, _ modulus: Int64?
    ) -> Bool {
        guard let aside, aside.run.fit(number, modulus: modulus) == .next else { return false }
        return switch (aside.meaning, fit) {
        case (_, .next), (.gap, _): false
        case (.leap, _): true
        case (_, .skip): false
        case (.beginning, _), (.former, _): true
        }
    }

    /// Forgets what lies beside the run where that has come so far that it means nothing any more.
    private mutating func forgetAside(behind fit: NumberRun.Fit, _ modulus: Int64?) {
        guard let aside, fit.isProgress else { return }
        let ahead = NumberRun.distance(aside.run.last, run.last, modulus)
        let isOver =
            switch aside.meaning {
            case .beginning: fit == .next
            case .leap: run.last >= aside.run.last
            case .former: (0...NumberRun.reach).contains(ahead)
            case .gap: ahead < 0 || ahead > min(Self.leapMax, (modulus ?? .max) / 4 * 3)
            }
        if isOver { self.aside = nil }
    }

    /// What lay beside the run is the run from now on.
    private mutating func turn(to number: Int64, _ modulus: Int64?) -> Int64 {
        guard var aside else { return 0 }
        let before = run
        aside.run.take(number, .next, modulus: modulus)
        run = aside.run
        if aside.meaning == .leap { return closeLeap(from: before) }
        self.aside = Aside(before, .former)
        return aside.meaning == .beginning ? Int64(run.missing.nonzeroBitCount) : 0
    }

    /// A leap is confirmed: what it left out is missing.
    private mutating func closeLeap(from before: NumberRun) -> Int64 {
        let skipped = run.last - before.last - 1
        let near = min(skipped, NumberRun.reach)
        run.missing &= NumberRun.newest(near)
        let missing = skipped - near + Int64(run.missing.nonzeroBitCount)
        run.missing |= before.missing << (skipped + 1)
        aside = skipped > near ? Aside(before, .gap(missing)) : nil
        return missing
    }

    /// Takes a number that does not fit the run.
    private mutating func followAside(_ number: Int64, _ modulus: Int64?) -> Int64 {
        guard var aside, let fit = aside.run.fit(number, modulus: modulus) else {
            let isLeap = number > run.last && number - run.last <= Self.leapMax
            begin(with: number, isLeap ? .leap : .beginning)
            return 0
        }
        if fit == .known, number <= 1 {
            begin(with: number, .beginning)
            return 0
        }
        aside.run.take(number, fit, modulus: modulus)
        self.aside = aside
        switch (aside.meaning, fit) {
        case (.beginning, _), (.leap, _), (_, .known): return 0
        case (.former, .late): return -1
        case (.former, _):
            // Back to what there was before, as after messages of long ago.
            self.aside = Aside(run, .former)
            run = aside.run
            if case .skip(let skipped) = fit { return skipped }
            return 0
        case (.gap(let missing), _):
            self.aside = missing > 1 ? Aside(aside.run, .gap(missing - 1)) : nil
            return -1
        }
    }

    private mutating func begin(with number: Int64, _ meaning: Meaning) {
        aside = Aside(NumberRun(last: number, missing: meaning == .leap ? .max : 0), meaning)
    }
}
