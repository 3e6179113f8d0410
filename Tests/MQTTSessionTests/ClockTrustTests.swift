import Testing

@testable import MQTTSession

/// When a clock is believed. No test looks at the machine.
struct ClockTrustTests {
    /// 2026-11-24T12:00:00Z.
    private let now: Int64 = 1_795_521_600_000
    private let uptime: Int64 = 40_000

    /// A board without a clock of its own, whose newest commit was ten minutes ago.
    private var board: ClockTrust.Beginning {
        var beginning = ClockTrust.Beginning()
        beginning.newestCommitTime = now - 600_000
        return beginning
    }

    private func trust(
        wall: Int64, _ change: (inout ClockTrust.Beginning) -> Void = { _ in }
    ) -> ClockTrust {
        var beginning = board
        change(&beginning)
        return ClockTrust(beginning, wall: wall, uptime: uptime)
    }

    /// Whatever it shows: it may be the time of the last shutdown, or none at all.
    @Test(arguments: [0, -3_600_000, 378_691_200_000] as [Int64])
    func aBoardWithoutAClockIsNotBelieved(beyond: Int64) {
        #expect(!trust(wall: now + beyond).isSet)
        #expect(!trust(wall: 60_000).isSet)
    }

    /// What a command that writes asks, which has no time to wait.
    @Test func aTimeThatCannotBeIsKnown() {
        #expect(!ClockTrust.isPlausible(60_000, newestCommitTime: 0))
        #expect(!ClockTrust.isPlausible(ClockTrust.earliest - 1, newestCommitTime: 0))
        #expect(ClockTrust.isPlausible(ClockTrust.earliest, newestCommitTime: 0))
        #expect(ClockTrust.isPlausible(now - 3_600_000, newestCommitTime: now))
        #expect(!ClockTrust.isPlausible(now - 3_600_001, newestCommitTime: now))
    }

    @Test func theKernelsWordCounts() {
        #expect(trust(wall: now) { $0.isSynchronised = true }.isSet)
        // The newest commit was made by a clock that was far ahead.
        #expect(trust(wall: now - 86_400_000) { $0.isSynchronised = true }.isSet)
        #expect(!trust(wall: ClockTrust.earliest - 1) { $0.isSynchronised = true }.isSet)
    }

    @Test func aClockThatIsKeptMustBePlausible() {
        #expect(trust(wall: now) { $0.isKept = true }.isSet)
        #expect(trust(wall: now - 4_200_000) { $0.isKept = true }.isSet)
        #expect(!trust(wall: now - 4_200_001) { $0.isKept = true }.isSet)
        // Its battery is empty, and nothing was committed before.
        #expect(
            !trust(wall: 946_684_800_000) { ($0.isKept, $0.newestCommitTime) = (true, 0) }.isSet)
    }

    @Test func whatWasSetStaysSet() {
        #expect(trust(wall: now) { $0.wasSet = true }.isSet)
        #expect(ClockTrust.always.isSet)
        var clock = trust(wall: now) { $0.isSynchronised = true }
        clock.look(wall: 0, uptime: uptime + 1_000, isSynchronised: false)
        #expect(clock.isSet)
    }

    @Test func theNetworkSetsIt() {
        var clock = trust(wall: 60_000)
        clock.look(wall: 61_000, uptime: uptime + 1_000, isSynchronised: false)
        #expect(!clock.isSet)
        clock.look(wall: now, uptime: uptime + 2_000, isSynchronised: true)
        #expect(clock.isSet)
    }

    /// By hand, of which the kernel makes nothing: forwards or back, but to no time that cannot be.
    @Test(
        arguments: [
            (60_000, 0, true), (378_691_200_000, 0, true), (60_000, -4_300_000, false),
            (-5_000, 0, true), (-4_999, 0, false), (0, 0, false),
        ] as [(Int64, Int64, Bool)])
    func somebodySetsIt(shown: Int64, beyond: Int64, isSet: Bool) {
        let wrong = shown == 60_000 || shown > now ? shown : now + shown
        var clock = trust(wall: wrong)
        clock.look(wall: wrong + 1_000, uptime: uptime + 1_000, isSynchronised: false)
        #expect(!clock.isSet)
        clock.look(wall: now + 2_000 + beyond, uptime: uptime + 2_000, isSynchronised: false)
        #expect(clock.isSet == isSet)
    }

    /// While the gateway was not looking: it was killed, and started anew.
    @Test func somebodySetItMeanwhile() {
        #expect(trust(wall: now) { $0.lead = 60_000 }.isSet)
        let nearly = now - uptime + 4_999
        #expect(!trust(wall: now) { $0.lead = nearly }.isSet)
    }
}
