/// All devices of the town with what they remember between two messages.
///
/// Devices are stepped one by one in the order of their messages. What one takes from another (the
/// gas meter from the boiler, the meter from the burner) is as it was at the other's last message.
struct Town: Sendable {
    private var clock: TownClock
    private let climate: Climate
    private var townHallMeter: ElectricityMeter
    private var schoolMeter: ElectricityMeter
    private var boiler: Boiler
    private var townHallWater: WaterMeter
    private var schoolWater: WaterMeter
    private var rooms: [Room]
    private var photovoltaics: Photovoltaics
    private var lighting: [LightingCabinet]
    private var routers: [Router]

    /// - Parameter interval: milliseconds between two messages of a device.
    init(seed: UInt64, start: Int64, interval: Int64) {
        let noise = Noise(seed: seed)
        let hours = Double(interval) / 3_600_000
        clock = TownClock(start: start)
        climate = Climate(noise: noise.stream(1))
        townHallMeter = ElectricityMeter(.townHall, noise: noise.stream(2), hours: hours)
        schoolMeter = ElectricityMeter(.school, noise: noise.stream(3), hours: hours)
        boiler = Boiler(noise: noise.stream(4), hours: hours)
        townHallWater = WaterMeter(.townHall, noise: noise.stream(5), hours: hours)
        schoolWater = WaterMeter(.school, noise: noise.stream(6), hours: hours)
        photovoltaics = Photovoltaics(noise: noise.stream(7), hours: hours)
        lighting = [
            LightingCabinet(luminaires: 38, noise: noise.stream(8)),
            LightingCabinet(luminaires: 57, noise: noise.stream(9)),
        ]
        routers = [
            Router(.townHall, noise: noise.stream(10), hours: hours),
            Router(.school, noise: noise.stream(11), hours: hours),
        ]
        rooms = RoomUse.allCases.map { use in
            Room(use, noise: noise.stream(20 + UInt64(use.rawValue)), hours: hours)
        }
    }

    /// Steps one device to `time` and returns the payload that it then sends.
    mutating func payload(of device: DeviceKind, at time: Int64) -> [UInt8] {
        let day = clock.day(at: time)
        let now = Moment(
            time: time, day: day, minute: clock.minute(at: time),
            weather: climate.weather(at: time, day: day))
        var payload = PayloadWriter(time: time)
        switch device {
        case .townHallMeter: townHallMeter.advance(to: now, boiler: boiler, into: &payload)
        case .schoolMeter: schoolMeter.advance(to: now, boiler: nil, into: &payload)
        case .boiler: boiler.advance(to: now, into: &payload)
        case .gas: payload.field("pulses", boiler.takeGasPulses())
        case .townHallWater: townHallWater.advance(to: now, into: &payload)
        case .schoolWater: schoolWater.advance(to: now, into: &payload)
        case .room(let use): rooms[use.rawValue].advance(to: now, into: &payload)
        case .photovoltaics: photovoltaics.advance(to: now, into: &payload)
        case .lighting(let index): lighting[index].report(at: now, into: &payload)
        case .router(let index): routers[index].advance(to: now, into: &payload)
        case .weatherStation: now.weather.report(into: &payload)
        }
        return payload.finish()
    }
}

extension Town {
    /// A device as the broker sees it.
    struct Device: Sendable {
        let topic: String
        let kind: DeviceKind
        var isRetained = false
    }

    /// The devices in the order in which they send; the boiler stands before its gas meter.
    static let devices: [Device] = [
        Device(topic: "town/mairie/meter/main", kind: .townHallMeter),
        Device(topic: "town/mairie/boiler/b1", kind: .boiler, isRetained: true),
        Device(topic: "town/mairie/gas/g1", kind: .gas),
        Device(topic: "town/mairie/water/w1", kind: .townHallWater),
        Device(topic: "town/mairie/room/accueil", kind: .room(.frontDesk)),
        Device(topic: "town/mairie/network/router", kind: .router(0)),
        Device(topic: "town/mairie/weather/roof", kind: .weatherStation),
        Device(topic: "town/ecole/meter/main", kind: .schoolMeter),
        Device(topic: "town/ecole/water/w1", kind: .schoolWater),
        Device(topic: "town/ecole/room/r1", kind: .room(.firstClass)),
        Device(topic: "town/ecole/room/r2", kind: .room(.secondClass)),
        Device(topic: "town/ecole/room/r3", kind: .room(.library)),
        Device(topic: "town/ecole/room/r4", kind: .room(.afterSchoolCare)),
        Device(topic: "town/ecole/network/router", kind: .router(1)),
        Device(topic: "town/gymnase/pv/roof", kind: .photovoltaics),
        Device(topic: "town/voirie/lighting/cab1", kind: .lighting(0), isRetained: true),
        Device(topic: "town/voirie/lighting/cab2", kind: .lighting(1), isRetained: true),
    ]
}

/// Which part of the town makes a device's payload.
enum DeviceKind: Sendable {
    case townHallMeter, schoolMeter
    case boiler, gas
    case townHallWater, schoolWater
    case room(RoomUse)
    case photovoltaics
    case lighting(Int)
    case router(Int)
    case weatherStation
}

/// The two buildings that people work in.
enum Building: Sendable {
    case townHall, school
}

/// What every device knows of an instant.
struct Moment: Sendable {
    /// Milliseconds since 1970 UTC.
    let time: Int64
    /// The civil day in Paris.
    let day: CivilDay
    /// Minutes since local midnight as the clock on the wall shows them, 0..<1440.
    let minute: Double
    let weather: Weather
}
