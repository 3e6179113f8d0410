import ArgumentParser
import CSQLiteMemory
import Simulation

/// Runs simulations by hand: `swift run simulator --seed 7 --hours 24`.
@main
struct Simulator: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Runs the gateway on a virtual clock, with faults, from a seed.",
        subcommands: [Days.self, PowerCuts.self, LostTimes.self, FailingCalls.self],
        defaultSubcommand: Days.self)
}

/// Everything that can go wrong in a day.
struct Days: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "days", abstract: "Hours with outages, reordering, duplicates and clock steps."
    )

    @Option(help: "The first seed.") var seed: UInt64 = 1
    @Option(help: "How many seeds.") var count: UInt64 = 1
    @Option(help: "Simulated hours of each.") var hours: Int64 = 24

    func run() throws {
        for seed in seed..<seed + count {
            let simulation = try Simulation.run(.day(seed: seed, minutes: hours * 60))
            print("seed \(seed): \(simulation.summary)")
        }
    }
}

/// Power cuts with torn and reordered writes.
struct PowerCuts: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "power-cuts", abstract: "Many power cuts, each at some call of the disk's.")

    @Option(help: "The first seed.") var seed: UInt64 = 1
    @Option(help: "How many power cuts.") var cuts = 2_000

    func run() throws {
        var made = 0
        var messages = 0
        var seed = seed
        while made < cuts {
            let simulation = try Simulation.run(.powerCuts(seed: seed))
            made += simulation.troubles[.powerCut, default: 0]
            messages += simulation.messageCount
            seed += 1
        }
        print("\(made) power cuts, \(messages) messages: none lost, none counted twice")
    }
}

/// Power cuts that take the time.
struct LostTimes: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "lost-times",
        abstract: "Hours of a board that does not know the time after a power cut.")

    @Option(help: "The first seed.") var seed: UInt64 = 1
    @Option(help: "How many seeds.") var count: UInt64 = 1
    @Flag(help: "Minutes with many messages a second and a clock that is set wrong, too.")
    var wrong = false

    func run() throws {
        for seed in seed..<seed + count {
            let options: SimulationOptions =
                wrong ? .wrongTimes(seed: seed) : .lostTimes(seed: seed)
            let simulation = try Simulation.run(options)
            print("seed \(seed): \(simulation.summary)")
        }
    }
}

/// Fails each call of the disk's in turn.
struct FailingCalls: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "failing-calls",
        abstract: "Fails the first call of the disk's, the second, … until all succeed.")

    @Option(help: "The seed.") var seed: UInt64 = 1
    @Flag(help: "Fail SQLite's allocations in place of the disk's calls.") var memory = false
    @Option(help: "Try every so many-th only.") var stride = 1

    func run() throws {
        if memory { return try failAllocations() }
        for kind in FaultyDisk.Fault.allCases {
            var calls = 0
            while try Simulation.run(.failingCall(kind, after: calls, seed: seed)).disk.hasFailed {
                calls += stride
            }
            print("\(kind): each of \(calls) calls failed once, nothing lost or counted twice")
        }
    }

    /// SQLite's memory is the process's, so that this needs a process of its own.
    private func failAllocations() throws {
        guard socle_sqlite_memory_install() == 0 else {
            throw ValidationError("SQLite was in use before its memory could be replaced")
        }
        var count = 0
        var hasFailed = true
        while hasFailed {
            socle_sqlite_memory_fail_after(count)
            // GRDB ends a process that has no memory for a connection: a kill like any other.
            _ = try Simulation.run(.quietMinutes(seed: seed)) {
                socle_sqlite_memory_count($0 ? 1 : 0)
            }
            hasFailed = socle_sqlite_memory_failures() > 0
            if hasFailed { count += stride }
        }
        print("memory: each of \(count) allocations failed once, nothing lost or counted twice")
    }
}
