import Testing

@testable import TownSimulation

/// What someone who knows real buildings would look for in a year's data.
@Suite struct TownLifeTests {
    @Test(arguments: [
        ("town/mairie/meter/main", "energy"), ("town/ecole/meter/main", "energy"),
        ("town/mairie/water/w1", "index"), ("town/ecole/water/w1", "index"),
        ("town/gymnase/pv/roof", "energy"), ("town/mairie/network/router", "octets_in"),
        ("town/mairie/network/router", "octets_out"), ("town/ecole/network/router", "octets_in"),
    ])
    func countersNeverFallAndGetOn(topic: String, name: String) throws {
        let indexes = try TownYear.samples(topic).map { try $0.payload.integer(name) }
        #expect(zip(indexes, indexes.dropFirst()).allSatisfy { $0 <= $1 })
        #expect(try #require(indexes.last) > indexes[0] + 100_000)
    }

    @Test func energyIsPowerOverTime() throws {
        let samples = try TownYear.samples("town/mairie/meter/main")
        let power = try samples.dropFirst().map { try $0.payload.number("power") }
        let rise =
            try samples[samples.count - 1].payload.integer("energy")
            - samples[0].payload.integer("energy")
        let hours = Double(TownYear.interval) / Double(hour)
        #expect(abs(power.reduce(0, +) * hours - Double(rise)) < 5)
    }

    @Test func electricityFollowsOpeningHours() throws {
        let samples = try TownYear.samples("town/mairie/meter/main").filter { $0.day.month == 3 }
        func mean(_ hours: Range<Double>, weekdays: ClosedRange<Int>) throws -> Double {
            try samples.filter {
                hours.contains($0.hour) && weekdays.contains($0.day.weekday)
            }.map { try $0.payload.number("power") }.mean
        }
        let morning = try mean(9..<11.5, weekdays: 0...4)
        let lunch = try mean(12.5..<13.2, weekdays: 0...4)
        let night = try mean(1..<4, weekdays: 0...6)
        let sunday = try mean(9..<17, weekdays: 6...6)
        #expect(morning > 1.4 * lunch && lunch > 1.5 * night)
        #expect(sunday < 1.3 * night)
    }

    @Test func outdoorTemperatureHasSeasonsAndDays() throws {
        let samples = try TownYear.samples("town/mairie/weather/roof")
        func mean(month: Int, hours: Range<Double> = 0..<24) throws -> Double {
            try samples.filter { $0.day.month == month && hours.contains($0.hour) }
                .map { try $0.payload.number("temperature") }.mean
        }
        #expect((0...9).contains(try mean(month: 1)))
        #expect((16...24).contains(try mean(month: 7)))
        #expect(try mean(month: 7, hours: 15..<18) > mean(month: 7, hours: 3..<6) + 5)
        let all = try samples.map { try $0.payload.number("temperature") }
        #expect(try #require(all.min()) > -15 && #require(all.max()) < 42)
    }

    @Test func heatingWorksInWinterAndRestsInSummer() throws {
        let gas = try TownYear.samples("town/mairie/gas/g1")
        func pulses(month: Int) throws -> Int64 {
            try gas.filter { $0.day.month == month }.map { try $0.payload.integer("pulses") }
                .reduce(0, +)
        }
        #expect(try pulses(month: 1) > 10 * pulses(month: 7))
        #expect(try pulses(month: 7) > 0, "hot water is wanted in summer too")
        let boiler = try TownYear.samples("town/mairie/boiler/b1")
        let states = try boiler.map { ($0, try $0.payload.word("state")) }
        #expect(Set(states.map(\.1)) == ["off", "heating", "hot_water", "fault"])
        #expect(!states.contains { (5...9).contains($0.0.day.month) && $0.1 == "heating" })
        for (sample, state) in states where state == "heating" {
            #expect(try sample.payload.number("flow") >= sample.payload.number("return") - 0.5)
        }
    }

    @Test func gasIsWhatTheBoilerBurns() throws {
        let gas = try TownYear.samples("town/mairie/gas/g1")
        let boiler = try TownYear.samples("town/mairie/boiler/b1")
        for (gas, boiler) in zip(gas, boiler)
        where try ["off", "fault"].contains(boiler.payload.word("state")) {
            #expect(try gas.payload.integer("pulses") == 0)
        }
    }

    @Test func coldNightsAreSetBackAndWarmedBeforeTheStaffComes() throws {
        let room = try TownYear.samples("town/mairie/room/accueil").filter {
            $0.day.month == 1 && $0.day.isWorkday && $0.day.weekday > 0
        }
        func mean(_ hours: Range<Double>) throws -> Double {
            try room.filter { hours.contains($0.hour) }
                .map { try $0.payload.number("temperature") }.mean
        }
        let day = try mean(9..<17)
        #expect((19...22.5).contains(day))
        #expect(try mean(3..<4.5) < day - 1.5)
        #expect(try mean(8..<8.5) > day - 1)
    }

    @Test(arguments: ["r1", "r2"])
    func airIsUsedUpInLessonsAndRenewedAtNight(room: String) throws {
        let samples = try TownYear.samples("town/ecole/room/\(room)")
        let lessons = samples.filter {
            [11, 12, 1].contains($0.day.month) && $0.day.hasLessons
        }
        let late = try lessons.filter { (11..<11.5).contains($0.hour) }
            .map { try $0.payload.number("co2") }
        #expect((1_000...2_500).contains(late.mean))
        for sample in samples where (2..<6).contains(sample.hour) {
            #expect(try sample.payload.number("co2") < 500)
        }
        let summer = try samples.filter { $0.day.month == 8 }.map { try $0.payload.number("co2") }
        #expect(try #require(summer.max()) < 440)
    }

    @Test func co2DecaysAsAirIsChanged() throws {
        let samples = try TownYear.samples("town/ecole/room/r1")
        let evening = samples.filter { $0.day.hasLessons && (17..<23.9).contains($0.hour) }
        for (left, right) in zip(evening, evening.dropFirst()) where left.day == right.day {
            // 9 ppm of noise on either side.
            #expect(try right.payload.number("co2") <= left.payload.number("co2") + 18)
        }
    }

    @Test func roomsStayWithinWhatPeopleKnow() throws {
        for room in ["ecole/room/r1", "ecole/room/r4", "mairie/room/accueil"] {
            for sample in try TownYear.samples("town/\(room)") {
                #expect((400...2_500).contains(try sample.payload.number("co2")))
                #expect((12...35).contains(try sample.payload.number("temperature")))
                let humidity = try sample.payload.number("humidity")
                #expect((10...95).contains(humidity) && humidity * 2 == (humidity * 2).rounded())
            }
        }
    }

    @Test func sunMakesPowerByDayAndMoreInSummer() throws {
        let roof = try TownYear.samples("town/gymnase/pv/roof")
        var energy: [Int: Double] = [:]
        for sample in roof {
            let power = try sample.payload.number("power")
            energy[sample.day.month, default: 0] += power * Double(TownYear.interval) / Double(hour)
            #expect((0...Photovoltaics.powerMax).contains(power))
            if sample.hour < 4.5 || sample.hour > 22.5 { #expect(power == 0) }
        }
        let yield = energy.values.reduce(0, +) / Photovoltaics.powerPeak
        #expect((950...1_300).contains(yield), "kWh a year and kW of panels near Orléans")
        #expect(try #require(energy[6]) > 3 * #require(energy[12]))
    }

    @Test(arguments: ["cab1", "cab2"])
    func lampsBurnAtNightOnly(cabinet: String) throws {
        let lighting = try TownYear.samples("town/voirie/lighting/\(cabinet)")
        let sky = try TownYear.samples("town/mairie/weather/roof")
        for (sample, sky) in zip(lighting, sky) {
            let isOn = try sample.payload.word("state") == "on"
            #expect(try (sample.payload.number("power") > 100) == isOn)
            if try sky.payload.number("irradiance") > 10 { #expect(!isOn) }
            if sample.hour < 4 || sample.hour > 23.2 { #expect(isOn) }
        }
        let states = try lighting.map { try $0.payload.word("state") }
        let changes = zip(states, states.dropFirst()).count { $0 != $1 }
        #expect((729...731).contains(changes), "on once and off once a day")
    }

    @Test func aLeakShowsInTheNightsOfOneWeek() throws {
        let water = try TownYear.samples("town/mairie/water/w1")
        var nights: [Int64: [Int64]] = [:]
        for sample in water where (1..<5).contains(sample.hour) {
            nights[sample.day.number, default: []].append(try sample.payload.integer("index"))
        }
        let leaking = try nights.filter { try #require($0.value.last) - $0.value[0] > 20 }
            .keys.sorted()
        try #require(leaking.count == 7)
        #expect(CivilDay(number: leaking[0]).weekday == 0 && leaking[6] == leaking[0] + 6)
    }

    @Test func networkFollowsPeopleAndTheNightlyBackup() throws {
        let router = try TownYear.samples("town/mairie/network/router").filter {
            $0.day.month == 3 && $0.day.isWorkday
        }
        func clients(_ hours: Range<Double>) throws -> Double {
            try router.filter { hours.contains($0.hour) }.map { try $0.payload.number("clients") }
                .mean
        }
        #expect(try clients(9..<11) > 3 * clients(22..<24))
        func upload(_ hours: Range<Double>) throws -> Double {
            try zip(router, router.dropFirst()).filter { hours.contains($1.hour) }
                .map {
                    Double(try $1.payload.integer("octets_out") - $0.payload.integer("octets_out"))
                }
                .mean
        }
        #expect(try upload(1.7..<2.3) > 5 * upload(9..<11))
        #expect(try upload(1.7..<2.3) > 50 * upload(4..<6))
    }

    @Test func theLineIsCutRarelyAndSilent() throws {
        let router = try TownYear.samples("town/mairie/network/router")
        let cut = router.filter { !$0.payload.has("latency_ms") }
        #expect(!cut.isEmpty && cut.count < router.count / 200)
        for (left, right) in zip(router, router.dropFirst())
        where !right.payload.has("latency_ms") {
            #expect(try left.payload.integer("octets_in") == right.payload.integer("octets_in"))
        }
        for sample in router where sample.payload.has("latency_ms") {
            #expect((5...100).contains(try sample.payload.number("latency_ms")))
        }
    }

    @Test(arguments: [Int64(300_000), 900_000, 3_600_000, 86_400_000])
    func winterBalancesAtAnyInterval(interval: Int64) throws {
        var gas = 0.0
        var co2Max = 0.0
        let town = TownModel(
            seed: TownYear.seed, from: newYear2026, until: newYear2026 + 28 * day,
            interval: interval)
        for message in town where message.topic.hasSuffix("g1") || message.topic.hasSuffix("r1") {
            let payload = message.fields
            if payload.has("pulses") { gas += try payload.number("pulses") }
            if payload.has("co2") { co2Max = max(co2Max, try payload.number("co2")) }
        }
        // Four winter weeks of a building of this size: 500 to 1,500 m³.
        #expect((50_000...150_000).contains(gas))
        #expect((400...2_500).contains(co2Max))
    }
}
