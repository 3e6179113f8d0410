import Telemetry
import Windows

/// The steps of which statistics are kept.
///
/// Raw values stand in the file: they are never renumbered.
public enum Tier: Int64, Sendable, CaseIterable {
    /// The series' own step: one minute unless its profile says otherwise.
    case base = 0
    case quarterHour = 900_000
    case hour = 3_600_000
    /// Civil days in the store's zone.
    case day = 86_400_000

    /// The start of this tier's window that holds an instant.
    public func windowStart(of instant: Int64, step: Int64, zone: CivilZone) -> Int64 {
        switch self {
        case .base: Windows.windowStart(of: instant, step: step)
        case .quarterHour, .hour: Windows.windowStart(of: instant, step: rawValue)
        case .day: zone.startOfDay(instant)
        }
    }

    /// The end of this tier's window that begins at an instant.
    public func windowEnd(from start: Int64, step: Int64, zone: CivilZone) -> Int64 {
        switch self {
        case .base: start + max(step, 1)
        case .quarterHour, .hour: start + rawValue
        case .day: zone.startOfDay(start + 26 * 3_600_000)
        }
    }

    /// The name on the command line.
    public var name: String {
        switch self {
        case .base: "base"
        case .quarterHour: "15m"
        case .hour: "1h"
        case .day: "1d"
        }
    }
}

extension Tier {
    /// The tiers that a series of that base step may have besides its own windows: those that its
    /// windows fill without crossing an edge. A civil day begins at a whole hour of UTC or at a
    /// part of one, so windows longer than an hour have no day.
    public static func above(step: Int64) -> [Tier] {
        if step == 0 { return [.quarterHour, .hour, .day] }
        return [.quarterHour, .hour, .day].filter { tier in
            let unit = tier == .day ? Tier.hour.rawValue : tier.rawValue
            return tier.rawValue > step && unit % step == 0
        }
    }

    /// The length of its windows; that of most, for civil days.
    package func length(step: Int64) -> Int64 { self == .base ? step : rawValue }
}

/// Remembers the civil day of the last instant: looking up a zone's rules costs more than a
/// comparison, and windows come in order.
package final class DayMemory {
    private let zone: CivilZone
    private var day: Range<Int64> = 0..<0

    package init(zone: CivilZone) {
        self.zone = zone
    }

    package func start(of instant: Int64) -> Int64 {
        if !day.contains(instant) {
            let start = zone.startOfDay(instant)
            day = start..<Tier.day.windowEnd(from: start, step: 0, zone: zone)
        }
        return day.lowerBound
    }
}
