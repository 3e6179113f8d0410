import Simulation
import Testing

/// The gateway on a virtual clock with a broker and a disk that go wrong. Each failure names its
/// seed: `swift run simulator` runs it again, and many more of them.
struct SimulationTests {
    /// Six hours with outages, disconnections, reordering, resends, kills and a clock that is set
    /// wrong.
    @Test(arguments: 1...6 as ClosedRange<UInt64>)
    func everyWindowIsExact(seed: UInt64) throws {
        try Simulation.run(.day(seed: seed, minutes: 240))
    }

    @Test(arguments: 1...12 as ClosedRange<UInt64>)
    func powerCutsTakeNothingThatWasAcknowledged(seed: UInt64) throws {
        let simulation = try Simulation.run(.powerCuts(seed: seed))
        #expect(simulation.troubles[.powerCut, default: 0] > 0)
    }

    /// One call of many fails; by hand, each of them: `swift run simulator failing-calls`.
    @Test(arguments: FaultyDisk.Fault.allCases)
    func aFailingCallCostsNothing(kind: FaultyDisk.Fault) throws {
        var calls = 0
        while try Simulation.run(.failingCall(kind, after: calls, seed: 1)).disk.hasFailed {
            calls += 29
        }
        #expect(calls > 200)
    }

    @Test(arguments: 1...2 as ClosedRange<UInt64>)
    func aFullDiskIsWaitedOut(seed: UInt64) throws {
        let simulation = try Simulation.run(.fullDisk(seed: seed))
        #expect(simulation.troubles[.fullDisk, default: 0] > 0)
    }

    /// A worn card that takes twenty seconds for each sync: no connection is lost to silence.
    @Test(arguments: 1...2 as ClosedRange<UInt64>)
    func aSlowDiskIsWaitedFor(seed: UInt64) throws {
        let simulation = try Simulation.run(.slowDisk(seed: seed))
        #expect(simulation.silenceCount == 0)
    }

    /// Connections that end while the broker delivers again, and then delivers that again.
    @Test(arguments: 1...2 as ClosedRange<UInt64>)
    func redeliveriesThatAreCutOffCountOnce(seed: UInt64) throws {
        let simulation = try Simulation.run(.deadlySlowDisk(seed: seed))
        #expect(simulation.silenceCount > 10)
    }

    @Test(arguments: 1...3 as ClosedRange<UInt64>)
    func readingsWithATimeOutliveAnOldSnapshot(seed: UInt64) throws {
        try Simulation.run(.oldSnapshots(seed: seed))
    }

    /// A board that does not know the time after a power cut: what came meanwhile counts at its
    /// right time once the clock is set, and is counted as unplaced where the power was cut again
    /// before.
    @Test(arguments: 1...8 as ClosedRange<UInt64>)
    func readingsWaitForTheClock(seed: UInt64) throws {
        let simulation = try Simulation.run(.lostTimes(seed: seed))
        #expect(simulation.placedCount > 0, "seed \(seed)")
    }

    /// A clock that was ahead before the power cut: what came before it was set anew counts behind
    /// what came then, and nothing falls on it.
    @Test(arguments: [1, 3] as [UInt64])
    func whatIsPlacedComesBehindTheRunBefore(seed: UInt64) throws {
        let simulation = try Simulation.run(.wrongTimes(seed: seed))
        #expect(simulation.heldBackCount > 0, "seed \(seed)")
    }

    /// The same seed is the same course: a failing one can be looked at.
    @Test func aSeedReproduces() throws {
        let first = try Simulation.run(.day(seed: 9, minutes: 60))
        let second = try Simulation.run(.day(seed: 9, minutes: 60))
        #expect(first.summary == second.summary)
        #expect(first.disk.callCount == second.disk.callCount)
    }
}
