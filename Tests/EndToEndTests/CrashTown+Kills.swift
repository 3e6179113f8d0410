import Foundation
import Glibc
import PrivateBroker
import Testing

extension CrashTown {
    /// Starts the gateway, publishes, and kills it.
    func crash(_ choice: CrashChoice) throws {
        switch choice.blow {
        case .delay(let milliseconds):
            if station.daemon == nil { try station.start() }
            let end = ContinuousClock.now + .milliseconds(milliseconds)
            try publish(burst: choice.burst, most: choice.most) { ContinuousClock.now >= end }
            try station.kill()
        case .call(let name, let number, let place):
            try crash(choice, KillPoint(call: name, number: number), on: place)
        }
    }

    private func crash(
        _ choice: CrashChoice, _ point: KillPoint, on place: CrashChoice.Place
    ) throws {
        var point = point
        let log = station.store + "-wal"
        switch place {
        case .anywhere, .logFromStart:
            if place == .logFromStart { point.paths = [log] }
            try station.stop()
            try station.startWithoutBroker(by: Tracer.runner(killingAt: point))
            try publishUntilKilled(choice)
        case .log, .connection:
            if station.daemon == nil { try station.start() }
            let gateway = try #require(station.daemon)
            point.paths =
                place == .log
                ? [log] : [try Tracer.socket(of: gateway, to: station.broker.port)]
            let tracer = try Tracer.attach(to: gateway, killingAt: point, in: station.folder)
            try publishUntilKilled(choice)
            _ = try tracer.waitForExit(within: .seconds(20))
        }
    }

    private func publishUntilKilled(_ choice: CrashChoice) throws {
        try publish(burst: choice.burst, most: choice.most) { station.daemon?.isRunning != true }
        try station.awaitKill()
    }

    /// Runs `socle store compact` and kills it at one of its writes.
    ///
    /// - Returns: the write.
    func crashCompaction(_ generator: inout SeededGenerator) throws -> KillPoint {
        let writes = try compactionWrites()
        let point = try #require(writes.randomElement(using: &generator))
        let outcome = try run(Tracer.runner(killingAt: point) + compaction(of: station.store))
        #expect(outcome.code == 128 + SIGKILL, "\(point): \(outcome.errors)")
        return point
    }

    /// The writes of a compaction, found out with a copy of the store.
    private func compactionWrites() throws -> [KillPoint] {
        let copy = station.folder.path("copy.sqlite")
        let endings = ["", "-wal"]
        for ending in endings {
            try? FileManager.default.removeItem(atPath: copy + ending)
            if FileManager.default.fileExists(atPath: station.store + ending) {
                try FileManager.default.copyItem(
                    atPath: station.store + ending, toPath: copy + ending)
            }
        }
        let log = station.folder.path("calls.log")
        let recorder = Tracer.recorder(
            of: Self.writingCalls, on: endings.map { copy + $0 }, to: log)
        let outcome = try run(recorder + compaction(of: copy))
        #expect(outcome.code == 0, "\(outcome.errors)")
        return Tracer.points(
            in: station.folder.text(of: "calls.log"), on: endings.map { station.store + $0 })
    }

    private func compaction(of store: String) -> [String] {
        [Surroundings.socle, "store", "compact", "--store", store]
    }

    private func run(_ words: [String]) throws -> Outcome {
        try EndToEndTests.run(words[0], Array(words.dropFirst()), in: station.folder)
    }

    static let writingCalls = ["pwrite64", "fdatasync", "fsync", "ftruncate", "unlink", "write"]
}
