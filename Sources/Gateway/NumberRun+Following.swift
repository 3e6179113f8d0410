import SeriesStore

/// How numbers follow one another. A numbering with a modulus begins again from 0 behind its last
/// number; one without goes on.
extension NumberRun {
    /// How far back a number may come and fill its gap, or be known as sent again, and how far
    /// ahead one is believed at once: the window that IPsec keeps against replays (RFC 4303).
    static let reach: Int64 = 64

    /// What a number is to a run.
    enum Fit: Equatable {
        case next
        /// It goes on behind so many that have not come.
        case skip(Int64)
        /// It had not come.
        case late
        /// It came before.
        case known

        /// Whether the run comes further by it.
        var isProgress: Bool {
            switch self {
            case .next, .skip: true
            case .late, .known: false
            }
        }
    }

    /// nil where it is neither before the run's newest number nor behind it, within ``reach``.
    ///
    /// A fall is a roll-over only where it skips less than a sixteenth of the modulus: a device
    /// that begins anew falls as well, from anywhere.
    func fit(_ number: Int64, modulus: Int64?) -> Fit? {
        let ahead = Self.distance(last, number, modulus)
        let behind = Self.distance(number, last, modulus)
        if ahead == 0 { return .known }
        if ahead == 1 { return .next }
        let reach = min(Self.reach, max((modulus ?? .max) / 4, 1))
        if behind > 0, behind <= reach {
            return missing & Self.bit(behind) == 0 ? .known : .late
        }
        let limit = number > last ? reach : min(reach, max((modulus ?? .max) / 16, 1))
        return ahead > 1 && ahead <= limit ? .skip(ahead - 1) : nil
    }

    /// Takes a number that fits.
    mutating func take(_ number: Int64, _ fit: Fit, modulus: Int64?) {
        switch fit {
        case .known: break
        case .late: missing &= ~Self.bit(Self.distance(number, last, modulus))
        case .next: advance(to: number, skipping: 0)
        case .skip(let skipped): advance(to: number, skipping: skipped)
        }
    }

    private mutating func advance(to number: Int64, skipping skipped: Int64) {
        missing = missing << (skipped + 1) | Self.newest(skipped)
        last = number
    }

    /// The bit of the number that lies so far back, 1 to 64.
    private static func bit(_ back: Int64) -> UInt64 { 1 << UInt64(back - 1) }

    /// The bits of so many numbers before the newest.
    static func newest(_ count: Int64) -> UInt64 { count < 64 ? 1 << UInt64(count) - 1 : .max }

    /// How many steps lead on from one number to the other; negative where none do.
    static func distance(_ from: Int64, _ to: Int64, _ modulus: Int64?) -> Int64 {
        let difference = to - from
        guard let modulus, difference < 0 else { return difference }
        return difference + modulus
    }
}
