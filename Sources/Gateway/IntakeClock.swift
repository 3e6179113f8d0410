import MQTTSession
import MessageRing
import SeriesStore

/// Whether what comes in has a time, as the session says in order with the messages.
enum IntakeClock: Sendable {
    case set
    /// The clock is not set in this run of the machine: the kernel's boot id.
    case unset(boot: String)
    /// It was set, and what came before has not got its time.
    case justSet(Placement)

    var isUnset: Bool {
        if case .unset = self { true } else { false }
    }

    /// - Parameters:
    ///   - start: when the machine started, milliseconds since 1970 UTC.
    ///   - commitTime: when the newest commit with a time was made; 0 for none.
    mutating func set(start: Int64, after commitTime: Int64, lateLimit: Int64?) {
        guard case .unset(let boot) = self else { return }
        self = .justSet(
            Placement(boot: boot, start: start, after: commitTime, lateLimit: lateLimit))
    }

    /// What came before has its time, if the clock is set.
    mutating func didPlace() {
        if case .justSet = self { self = .set }
    }

    /// What a commit knows of the time. It is made no earlier than what it holds arrived, though
    /// the clock was set back: after a restart, times of arrival begin behind it.
    func moment(wall: Int64, uptime: Int64, newestArrival: Int64) -> CommitMoment {
        let time = max(wall, newestArrival)
        return switch self {
        case .set: .placed(time)
        case .unset(let boot): .unplaced(BootMoment(boot: boot, uptime: uptime, wall: wall))
        case .justSet(let placement):
            .placing(BootMoment(boot: placement.boot, uptime: uptime, wall: time), placement)
        }
    }
}

extension Placement {
    /// By the rule that holds for all arrivals after a start.
    init(boot: String, start: Int64, after commitTime: Int64, lateLimit: Int64?) {
        self.init(
            boot: boot, start: start,
            floor: ArrivalClock.floor(after: commitTime, now: start) ?? 0, lateLimit: lateLimit)
    }
}

extension MessageHeader {
    /// When the message arrived, milliseconds since 1970 UTC; nil while the clock was not set.
    var placedArrival: Int64? { flags.contains(.unplaced) ? nil : arrival }
}
