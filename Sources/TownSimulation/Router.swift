/// A building's router: octets at its interface to the outside, the round trip to the broker, and
/// how many devices are attached. While the line is cut there is no latency to report.
struct Router: Sendable {
    private let building: Building
    private let noise: Noise
    private let hours: Double
    private let outages: Episodes
    private var octetsIn: UInt64
    private var octetsOut: UInt64

    /// - Parameter hours: between two messages.
    init(_ building: Building, noise: Noise, hours: Double) {
        self.building = building
        self.noise = noise
        self.hours = hours
        outages = Episodes(
            noise: noise.stream(1), slot: 21_600_000, probability: 1 / 170,
            duration: 180_000...4_200_000)
        octetsIn = 3_000_000_000_000 + UInt64(4e12 * noise.uniform(-1))
        octetsOut = 600_000_000_000 + UInt64(9e11 * noise.uniform(-2))
    }

    mutating func advance(to now: Moment, into payload: inout PayloadWriter) {
        let people = people(now)
        let clients = fixedClients + people + 1.5 * noise.stream(2).white(now.time / 600_000)
        let isCut = outages.isActive(at: now.time)
        // Mbit/s: something is always talking; people download in bursts.
        let burst = noise.uniform(now.time)
        let activity = 0.25 + 1.9 * burst * burst * burst * burst
        let download = 0.11 + 0.42 * people * activity + 0.02 * noise.uniform(-now.time)
        let upload = 0.07 + 0.06 * people * activity + backup(now)
        if !isCut {
            octetsIn += octets(download)
            octetsOut += octets(upload)
        }
        payload.field("octets_in", octetsIn)
        payload.field("octets_out", octetsOut)
        if !isCut {
            payload.field("latency_ms", latency(now, load: download + upload), decimals: 1)
        }
        payload.field("clients", max(0, clients), decimals: 0)
    }

    /// Printers, telephones and door locks.
    private var fixedClients: Double { building == .townHall ? 11 : 6 }

    private func people(_ now: Moment) -> Double {
        switch building {
        case .townHall: 38 * Timetable.townHall(now)
        // Teachers and a trolley of tablets.
        case .school: 16 * Timetable.lessons(now) + 3 * Timetable.afterSchoolCare(now)
        }
    }

    /// Mbit/s of the nightly backup to the département's data centre: every night, 01:30 to about
    /// 02:40 from the town hall, a quarter of an hour from the school.
    private func backup(_ now: Moment) -> Double {
        let length =
            (building == .townHall ? 70 : 15) * (0.85 + 0.3 * noise.uniform(now.day.number))
        let isRunning = now.minute >= 90 && now.minute < 90 + length
        return isRunning ? 24 * (0.9 + 0.1 * noise.white(now.time)) : 0
    }

    /// What flows at so many Mbit/s between two messages.
    private func octets(_ megabits: Double) -> UInt64 {
        UInt64(max(0, megabits) * hours * 3_600 * 125_000)
    }

    /// Milliseconds: the fibre's own, queues behind the load, and now and then a hiccup.
    private func latency(_ now: Moment, load: Double) -> Double {
        let jitter = noise.stream(3).uniform(now.time)
        let hiccup = jitter > 0.995 ? 60 * noise.stream(4).uniform(now.time) : 0
        return 7.8 + 0.9 * jitter + 0.16 * load + hiccup
            + 0.6 * noise.stream(5).smooth(at: now.time, period: 47 * 60_000)
    }
}
