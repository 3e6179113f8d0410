import Testing

@testable import TownSimulation

/// 2026-01-01 00:00 in Paris, milliseconds since 1970 UTC.
let newYear2026: Int64 = 1_767_222_000_000
let hour: Int64 = 3_600_000
let day: Int64 = 86_400_000

@Suite struct TownModelTests {
    @Test(arguments: [UInt64(1), 7, .max])
    func sameSeedSameTown(seed: UInt64) {
        let town = TownModel(
            seed: seed, from: newYear2026, until: newYear2026 + 3 * day, interval: 600_000)
        let again = Array(town)
        #expect(Array(town) == again, "seed \(seed)")
        let other = TownModel(
            seed: seed &+ 1, from: newYear2026, until: newYear2026 + 3 * day, interval: 600_000)
        #expect(Array(other) != again, "seed \(seed)")
    }

    /// The bytes of a seed are the same on every machine and in every release: demonstrations and
    /// measurements can be repeated. A deliberate change of the town changes this number.
    @Test func bytesOfASeedStay() {
        var hash: UInt64 = 14_695_981_039_346_656_037
        let town = TownModel(
            seed: 2026, from: newYear2026, until: newYear2026 + 365 * day, interval: 3_600_000)
        for message in town {
            for byte in message.topic.utf8 + message.payload {
                hash = (hash ^ UInt64(byte)) &* 1_099_511_628_211
            }
        }
        #expect(hash == 14_639_764_670_334_553_394)
    }

    @Test func aCopyContinuesFromTheSamePoint() {
        var town = TownModel(
            seed: 3, from: newYear2026, until: newYear2026 + day, interval: 60_000)
        for _ in 0..<1_000 { _ = town.next() }
        #expect(Array(town) == Array(town))
    }

    @Test func messagesComeInTheOrderOfTimeAndInsideThePeriod() throws {
        var previous = newYear2026
        for message in TownModel(
            seed: 5, from: newYear2026, until: newYear2026 + day, interval: 61_000)
        {
            #expect(message.time >= previous && message.time < newYear2026 + day)
            #expect(try message.fields.integer("time") == message.time)
            previous = message.time
        }
    }

    @Test(arguments: [Int64(1), 16, 17, 18, 1_000, 59_999, 60_000, 86_400_000])
    func countIsExact(interval: Int64) {
        for length in [0, 1, interval - 1, interval, interval + 1, 7 * interval / 2] {
            let town = TownModel(
                seed: 1, from: newYear2026, until: newYear2026 + length, interval: interval)
            #expect(town.messageCount == Array(town).count, "length \(length)")
        }
        let backwards = TownModel(seed: 1, from: newYear2026, until: 0, interval: interval)
        #expect(backwards.messageCount == 0 && Array(backwards).isEmpty)
    }

    @Test func eachDeviceSendsOnceAnInterval() {
        let town = TownModel(
            seed: 9, from: newYear2026, until: newYear2026 + 10 * hour, interval: hour)
        let times = Dictionary(grouping: town, by: \.topic).mapValues { $0.map(\.time) }
        #expect(times.count == town.deviceCount)
        for (topic, times) in times {
            #expect(times.count == 10, "\(topic)")
            #expect(zip(times, times.dropFirst()).allSatisfy { $1 - $0 == hour }, "\(topic)")
        }
    }

    @Test func onlyStatesAreRetained() {
        let town = TownModel(
            seed: 9, from: newYear2026, until: newYear2026 + hour, interval: 600_000)
        for message in town {
            let isState = String(decoding: message.payload, as: UTF8.self).contains("\"state\"")
            #expect(message.isRetained == isState, "\(message.topic)")
        }
    }

    @Test func payloadsAreFlatJSONOfTheirReservedSize() {
        let grammar = /{"time":\d+(,"[a-z0-9_]+":(-?(0|[1-9]\d*)(\.\d+)?|"[a-z_]+"))+}/
        let town = TownModel(
            seed: 11, from: newYear2026, until: newYear2026 + 40 * day, interval: 6 * hour)
        for message in town {
            let text = String(decoding: message.payload, as: UTF8.self)
            #expect(text.wholeMatch(of: grammar) != nil && text.utf8.count <= 120, "\(text)")
        }
    }

    @Test func refusesPeriodsAndIntervalsOutsideItsLimits() async {
        await #expect(processExitsWith: .failure) {
            _ = TownModel(seed: 1, from: -1, until: 1, interval: 1)
        }
        await #expect(processExitsWith: .failure) {
            _ = TownModel(seed: 1, from: 0, until: 1, interval: 0)
        }
    }
}
