import Telemetry

/// What a counter rose between two windows.
public struct CounterRise: Sendable, Equatable {
    /// What is to be added to the increases inside the two. Negative where a fall turns out to be
    /// none that the later window begins with.
    public var increase = ExactSum()
    public var resets: Int64 = 0
}

/// Where a counter stands after the readings so far, and what it rises with those that follow.
///
/// - A fall to a half or less is in doubt until the next reading. Where that is as high as before
///   the fall, the reading between was a fault: it adds nothing and takes nothing. Where it is
///   lower, it confirms the fall, and the rise belongs to it. So a fall is booked with the reading
///   that follows it, and the last reading of all may be one that is not booked yet.
/// - A fall that is believed is a roll-over where the counter has a modulus and went from the
///   uppermost tenth of its range to the lowest. Any other is a reset: the device began again from
///   zero, so what it shows is what it counted since.
/// - A meter that was replaced is never guessed from a fall. The journal of the meters says it, and
///   the old meter rises to its last index, the new one from its first.
public struct CounterEnd: Sendable {
    private var time: Int64
    private var last: Value
    /// The reading before the last one, where the last one fell from it and is in doubt.
    private(set) var fallenFrom: Value?

    /// The end of readings of which none is in doubt.
    init(time: Int64, last: Value) {
        self.time = time
        self.last = last
    }

    /// The end of a window.
    public init(of window: Window) {
        time = window.lastTime
        last = window.last
        fallenFrom = window.fallenFrom
    }

    /// Goes on to the end of the window that follows.
    ///
    /// - Returns: what lies between the two, for the later one.
    public mutating func advance(to next: Window, rule: WindowRule) -> CounterRise {
        let follower: Follower = next.count > 1 ? .reading(next.second) : .nothing
        let rise = advance(
            to: next.first, at: next.firstTime, followedBy: follower, rule: rule)
        if next.count > 1 { self = CounterEnd(of: next) }
        return rise
    }

    /// What is known of the reading after one.
    enum Follower {
        /// There is none yet.
        case nothing
        /// There is one, and its value where it is twice the one before or more.
        case reading(Value?)
    }

    /// Goes on to the next reading.
    mutating func advance(
        to value: Value, at time: Int64, followedBy follower: Follower, rule: WindowRule
    ) -> CounterRise {
        var rise = CounterRise()
        for replacement in rule.replacements
        where self.time < replacement.time && replacement.time <= time {
            step(to: replacement.oldIndex, followedBy: .reading(nil), rule, &rise)
            last = replacement.newIndex
        }
        step(to: value, followedBy: follower, rule, &rise)
        self.time = time
        return rise
    }

    private mutating func step(
        to value: Value, followedBy follower: Follower, _ rule: WindowRule,
        _ rise: inout CounterRise
    ) {
        defer { last = value }
        if let before = fallenFrom {
            fallenFrom = nil
            if before <= value {
                rise.increase.add(value)
                rise.increase.add(before, times: -1)
                return
            }
            rise.book(from: before, to: last, modulus: rule.modulus)
        }
        if value < last, value.isHalf(of: last) {
            switch follower {
            case .nothing:
                fallenFrom = last
                return
            case .reading(let second?) where last <= second:
                // The later window holds what it rose from the fault; it rose from before that.
                rise.increase.add(value)
                rise.increase.add(last, times: -1)
                return
            case .reading:
                break
            }
        }
        rise.book(from: last, to: value, modulus: rule.modulus)
    }
}

extension CounterRise {
    /// Adds what the total rose from one reading to the next, where both are believed.
    fileprivate mutating func book(from earlier: Value, to later: Value, modulus: Value?) {
        increase.add(later)
        if later < earlier {
            guard let modulus, isRollOver(from: earlier, to: later, modulus: modulus) else {
                resets += 1
                return
            }
            increase.add(modulus)
        }
        increase.add(earlier, times: -1)
    }
}

extension Value {
    /// Whether the value is half of the other one or less.
    func isHalf(of other: Value) -> Bool {
        isDecimal && other.isDecimal
            ? inFinestUnits * 2 <= other.inFinestUnits : double * 2 <= other.double
    }

    /// A decimal in units of 10^-18, the finest that there are: 2^63 × 10^18 fits 17 times.
    fileprivate var inFinestUnits: Int128 {
        Int128(bits) * Int128(powersOfTen[Int(Value.scaleMax) - Int(scale)])
    }
}

/// Whether a counter went from the uppermost tenth of its range to the lowest.
private func isRollOver(from earlier: Value, to later: Value, modulus: Value) -> Bool {
    guard Value(0) <= later, earlier < modulus else { return false }
    guard earlier.isDecimal, later.isDecimal, modulus.isDecimal else {
        return earlier.double >= modulus.double * 0.9 && later.double <= modulus.double * 0.1
    }
    return earlier.inFinestUnits * 10 >= modulus.inFinestUnits * 9
        && later.inFinestUnits * 10 <= modulus.inFinestUnits
}
