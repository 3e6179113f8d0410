import NaiveModel

/// What goes wrong in a simulation, and how it ends.
extension Simulation {
    mutating func makeTrouble() throws {
        for recovery in recoveries where recovery.due <= time.elapsed { recover(recovery.action) }
        recoveries.removeAll { $0.due <= time.elapsed }
        while let next = schedule.last, next.due <= time.elapsed {
            schedule.removeLast()
            if next.trouble != .powerCut { troubles[next.trouble, default: 0] += 1 }
            try make(next.trouble)
        }
    }

    /// When what goes wrong, the latest first: each moment is as likely as any other.
    static func schedule(
        _ options: SimulationOptions, from start: Int64, using random: inout SplitMix64
    ) -> [(due: Int64, trouble: SimulationOptions.Trouble)] {
        let length = options.minutes * 60_000
        var schedule: [(due: Int64, trouble: SimulationOptions.Trouble)] = []
        for trouble in SimulationOptions.Trouble.allCases {
            let expected = options.rates[trouble, default: 0] * Double(options.minutes) / 60
            // A day has its three outages with every seed; what is rarer comes by luck.
            let luck = expected < 2 ? Double.random(in: 0..<1, using: &random) : 0
            for _ in 0..<Int(expected + luck) {
                schedule.append((start + Int64.random(in: 0..<length, using: &random), trouble))
            }
        }
        return schedule.sorted { $0.due > $1.due }
    }

    private mutating func make(_ trouble: SimulationOptions.Trouble) throws {
        let now = time.elapsed
        switch trouble {
        case .disconnection:
            if Bool.random(using: &random) { broker.breakConnection() } else { broker.restart() }
        case .outage:
            broker.breakConnection()
            broker.isReachable = false
            recoveries.append(
                (now + Int64.random(in: 60_000...2_400_000, using: &random), .broker))
        case .reordering: broker.reorder(&random)
        case .kill:
            disk.die()
            try restart(as: .kill)
        case .killAfterCommit:
            publishBurst()
            diesAfterCommit = true
        case .slowUplink:
            link.isSlow = true
            recoveries.append((now + Int64.random(in: 20_000...120_000, using: &random), .uplink))
        case .powerCut: cutPower(withinCalls: 400)
        case .ioError:
            disk.fail(
                .ioError, after: Int.random(in: 0...100, using: &random),
                count: Int.random(in: 1...40, using: &random))
        case .fullDisk:
            disk.fail(.full, after: 0, count: .max)
            recoveries.append((now + 600_000, .disk))
        case .clockStep where isClockWrong || !witness.isClockSet(): break
        case .clockStep:
            let step = options.clockSteps.randomElement(using: &random) ?? 0
            time.stepWall(by: step)
            recoveries.append((now + 300_000, .clock(by: -step)))
            // The next process knows no other clock.
            if Bool.random(using: &random) { try make(.kill) }
        case .lostSession:
            let lost = broker.loseSession().filter { !witness.oracle.stored.contains($0.id) }
            lostByBroker.formUnion(lost.map(\.id))
        case .oldSnapshot:
            broker.takeSnapshot()
            recoveries.append(
                (now + Int64.random(in: 10_000...300_000, using: &random), .snapshot))
        }
    }

    mutating func cutPower(withinCalls count: Int) {
        disk.fail(.powerCut, after: Int.random(in: 0..<count, using: &random))
        troubles[.powerCut, default: 0] += 1
    }

    mutating func recover(_ action: Recovery) {
        switch action {
        case .broker:
            broker.isReachable = true
        case .disk: disk.heal()
        case .time:
            // By the network, which the kernel knows of, or by somebody.
            time.lost = 0
            time.isSynchronised = Bool.random(using: &random)
        case .uplink:
            // Acknowledgements of more than a window may be on their way.
            switch Int.random(in: 0..<3, using: &random) {
            case 0: broker.breakConnection()
            case 1: broker.restart()
            default: break
            }
            link.isSlow = false
        case .clock(let step): time.stepWall(by: step)
        case .snapshot:
            let lost = broker.restoreSnapshot()
                .filter { !witness.oracle.stored.contains($0.id) }
            lostByBroker.formUnion(lost.map(\.id))
        }
    }

    /// The power is back; a board without a clock of its own does not know the time.
    mutating func startMachine() {
        bootNumber += 1
        if options.losesTime { time.advance(by: 10_000) }
        time.startMachine()
        guard options.losesTime else { return }
        // Whoever had set the clock wrong: that went with the power.
        for case (_, .clock(let step)) in recoveries { time.stepWall(by: step) }
        recoveries.removeAll {
            switch $0.action {
            case .clock, .time: true
            default: false
            }
        }
        let due = time.elapsed + Int64.random(in: 0...options.unsetMaximum, using: &random)
        recoveries.append((due, .time))
        // Now and then it is a saved time that is restored so late, and taken for the right one.
        if Int.random(in: 0..<4, using: &random) == 0 {
            let step = Int64.random(in: 10_000...3_000_000, using: &random)
            time.stepWall(by: -step)
            recoveries.append(
                (due + Int64.random(in: 0...600_000, using: &random), .clock(by: step)))
        }
        let shown = [
            60_000, time.rightWall - Int64.random(in: 10_000...3_600_000, using: &random),
            2_145_916_800_000,
        ].randomElement(using: &random)
        time.lost = time.rightWall - (shown ?? 0)
        time.isSynchronised = false
    }

    /// So many messages at once that a commit is due.
    private mutating func publishBurst() {
        for emission in workload.burst(of: options.receiveMaximum, at: trueNow) {
            publish(emission)
        }
    }

    private var isClockWrong: Bool {
        time.lost != 0
            || recoveries.contains { if case .clock = $0.action { true } else { false } }
    }

    /// Kills the process between a commit and the answer to its fence.
    mutating func killAfterCommit() throws {
        diesAfterCommit = false
        try restart(as: .kill)
        publishBurst()
    }

    /// The process ends without a word, and a new one starts on what it left.
    mutating func restart(as end: FaultyDisk.End) throws {
        disk.die()
        board?.vanish()
        board = nil
        disk.revive(&random, as: end)
        if end == .powerCut { startMachine() }
        // Now and then the power goes again at once.
        if end == .powerCut, Int.random(in: 0..<4, using: &random) == 0 {
            cutPower(withinCalls: 40)
        }
        try startBoard()
        // The power cut may have come at any point, so the file is looked at each time.
        try checkFile()
    }
}
