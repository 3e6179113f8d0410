import SeriesQuery
import Telemetry

/// A time on the command line.
struct TimeOption {
    /// `--from`
    let name: String
    let text: String
    let zone: CivilZone

    /// The time to read from or to. What the clocks showed twice or never is taken, and said.
    func instant(now: Int64) throws -> Int64 {
        let time = try clockTime(now: now)
        let taken = rfc3339(time.instant, zone: zone)
        switch time {
        case .once: break
        case .never:
            complain(
                say(
                    "socle: \(name): the clocks were set forward past '\(text)'; "
                        + "taken is \(taken)",
                    "socle: \(name) : l'heure d'été a sauté « \(text) » ; "
                        + "pris : \(taken)"))
        case .twice(_, let second):
            complain(
                say(
                    "socle: \(name): the clocks showed '\(text)' twice; taken is \(taken), "
                        + "not \(rfc3339(second, zone: zone))",
                    "socle: \(name) : les horloges ont montré deux fois « \(text) » ; "
                        + "pris : \(taken), et non \(rfc3339(second, zone: zone))"))
        }
        return time.instant
    }

    /// The time of something that is written for good: it must have been on the clocks once.
    func exactInstant(now: Int64) throws -> Int64 {
        switch try clockTime(now: now) {
        case .once(let instant): return instant
        case .never(_, let earlier, let later):
            throw Failure(
                .usage,
                say(
                    "\(name): the clocks were set forward past '\(text)'; write "
                        + "\(rfc3339(earlier, zone: zone)) or \(rfc3339(later, zone: zone))",
                    "\(name) : l'heure d'été a sauté « \(text) » ; écrivez "
                        + "\(rfc3339(earlier, zone: zone)) ou \(rfc3339(later, zone: zone))"))
        case .twice(let first, let second):
            throw Failure(
                .usage,
                say(
                    "\(name): the clocks showed '\(text)' twice; write "
                        + "\(rfc3339(first, zone: zone)) or \(rfc3339(second, zone: zone))",
                    "\(name) : les horloges ont montré deux fois « \(text) » ; écrivez "
                        + "\(rfc3339(first, zone: zone)) ou \(rfc3339(second, zone: zone))"))
        }
    }

    private func clockTime(now: Int64) throws -> ClockTime {
        if let time = TimeExpression.clockTime(text, now: now, zone: zone) { return time }
        throw Failure(
            .usage,
            say(
                "\(name): '\(text)' is no time; write 2026-03-29, '2026-03-29 14:00' or now-36h",
                "\(name) : « \(text) » n'est pas une date ; écrivez 2026-03-29, "
                    + "'2026-03-29 14:00' ou now-36h"))
    }
}
