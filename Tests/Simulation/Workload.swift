import DeviceProfiles
import NaiveModel
import StrictYAML
import Telemetry

/// The devices of a simulated town: what they measure, and how they send it.
///
/// A meter stamps its readings, keeps those that it could not send, and sends some of them twice or
/// out of order. A pulse counter has no clock: its messages count when they arrive.
struct Workload {
    /// A message, and what a gateway is to make of it.
    struct Emission {
        var message: SimulatedMessage
        /// The device's time, nil where it has no clock.
        var time: Int64?
        /// By series key; empty where the message cannot be read.
        var readings: [(series: SeriesKey, value: Value)]
        var isMalformed = false
    }

    private var random: SplitMix64
    private var newestID = 0
    private var totals: [Int64]
    private var lastEmissions: [Emission?]
    private let meterCount: Int
    private let pulseCount: Int
    /// When each device sends next, true time in milliseconds since 1970.
    private(set) var dueTimes: [Int64]
    private let period: ClosedRange<Int64>

    /// - Parameter period: milliseconds between two messages of a device.
    init(seed: UInt64, meters: Int, pulses: Int, period: ClosedRange<Int64>, from start: Int64) {
        random = SplitMix64(seed: seed)
        meterCount = meters
        pulseCount = pulses
        self.period = period
        let count = meters + pulses + 1
        totals = [Int64](repeating: 0, count: count)
        lastEmissions = [Emission?](repeating: nil, count: count)
        dueTimes = (0..<count).map { start + Int64($0) * 137 }
    }

    /// The topics of all devices.
    var topics: [String] {
        (0..<meterCount).map { "sim/meter/m\($0)" } + (0..<pulseCount).map { "sim/pulse/p\($0)" }
            + ["sim/pulse/loose"]
    }

    /// What the devices send up to now, in the order in which they send it.
    ///
    /// - Parameter now: the true time, which a meter's clock shows.
    mutating func emissions(until now: Int64) -> [Emission] {
        var emissions: [Emission] = []
        while let device = dueTimes.indices.min(by: { dueTimes[$0] < dueTimes[$1] }),
            dueTimes[device] <= now
        {
            emissions += self.emissions(of: device, at: dueTimes[device])
            dueTimes[device] += Int64.random(in: period, using: &random)
        }
        return emissions
    }

    /// Messages that come all at once, from devices without a clock.
    mutating func burst(of count: Int, at time: Int64) -> [Emission] {
        guard pulseCount > 0 else { return [] }
        return (0..<count).map { fresh(meterCount + $0 % pulseCount, at: time) }
    }

    private mutating func emissions(of device: Int, at time: Int64) -> [Emission] {
        var emission = fresh(device, at: time)
        // Now and then a device sends its last message again, or something that is no message.
        switch Int.random(in: 0..<20, using: &random) {
        case 0:
            guard var again = lastEmissions[device] else { break }
            newestID += 1
            again.message.id = newestID
            return Bool.random(using: &random) ? [again, emission] : [emission, again]
        case 1:
            emission.message.payload.removeLast()
            emission.readings = []
            emission.isMalformed = true
            return [emission]
        default:
            break
        }
        lastEmissions[device] = emission
        return [emission]
    }

    private mutating func fresh(_ device: Int, at time: Int64) -> Emission {
        newestID += 1
        if device < meterCount { return meter(device, at: time) }
        return pulse(device - meterCount, isLoose: device == meterCount + pulseCount)
    }

    private mutating func meter(_ number: Int, at time: Int64) -> Emission {
        // Now and then it begins again from zero.
        if Int.random(in: 0..<200, using: &random) == 0 { totals[number] = 0 }
        totals[number] += Int64.random(in: 0...900, using: &random)
        let power = Value(Int64.random(in: -500...90_000, using: &random), scale: 1)
        let state = Int64.random(in: 0...2, using: &random)
        let name = "m\(number)"
        return Emission(
            message: SimulatedMessage(
                id: newestID, topic: "sim/meter/\(name)",
                payload:
                    #"{"t":\#(time),"p":\#(power),"e":\#(totals[number]),"s":"\#(Self.states[Int(state)])"}"#
            ),
            time: time,
            readings: [
                (key("sim_power", name), power),
                (key("sim_energy", name), Value(totals[number])),
                (key("sim_state", name), Value(state)),
            ])
    }

    private mutating func pulse(_ number: Int, isLoose: Bool) -> Emission {
        // The first always says the same, so that nothing but its packet id names a message.
        let count = number == 0 ? 1 : Int64.random(in: 0...9, using: &random)
        let level =
            number == 0 ? Value(5) : Value(Int64.random(in: 0...4_000, using: &random), scale: 2)
        let name = isLoose ? "loose" : "p\(number)"
        return Emission(
            message: SimulatedMessage(
                id: newestID, topic: "sim/pulse/\(name)",
                payload: #"{"n":\#(count),"v":\#(level)}"#, qos: isLoose ? 0 : 1,
                isRetained: number == 1 && Bool.random(using: &random)),
            time: nil,
            readings: [(key("sim_pulses", name), Value(count)), (key("sim_level", name), level)])
    }

    private static let states = ["off", "idle", "busy"]

    private func key(_ metric: String, _ device: String) -> SeriesKey {
        SeriesKey(metric: metric, labels: ["device": device])
    }

    /// The profiles of these devices.
    ///
    /// - Parameter horizon: how long a meter's windows wait: `2h`.
    static func profiles(horizon: String) throws(YAMLFaults) -> ProfileSet {
        try ProfileSet(parsing: [
            ("sim-meter.yaml", meterProfile(horizon: horizon)), ("sim-pulse.yaml", pulseProfile),
        ])
    }

    private static func meterProfile(horizon: String) -> String {
        """
        profile: sim-meter
        title: { en: Simulated meter, fr: Compteur simulé }
        source: the simulation
        match: { topic: "sim/meter/{device}" }
        decode: json
        time: { from: $.t, epoch: ms }
        readings:
          - { metric: sim_power, from: $.p, unit: W, kind: gauge, horizon: \(horizon) }
          - { metric: sim_energy, from: $.e, unit: W.h, kind: counter, horizon: \(horizon) }
          - metric: sim_state
            from: $.s
            unit: "1"
            kind: state
            map: { "off": 0, idle: 1, busy: 2 }
            horizon: \(horizon)
        tests:
          - { topic: sim/meter/m1, payload: '{"p":1,"e":2,"s":"idle"}', expect: { sim_power: 1, sim_energy: 2, sim_state: 1 } }
        """
    }

    private static let pulseProfile = """
        profile: sim-pulse
        title: { en: Simulated pulse counter, fr: Compteur d'impulsions simulé }
        source: the simulation
        match: { topic: "sim/pulse/{device}" }
        decode: json
        readings:
          - { metric: sim_pulses, from: $.n, unit: "1", kind: amount }
          - { metric: sim_level, from: $.v, unit: "%", kind: gauge, weighting: time }
        tests:
          - { topic: sim/pulse/p1, payload: '{"n":1,"v":2}', expect: { sim_pulses: 1, sim_level: 2 } }
        """
}
