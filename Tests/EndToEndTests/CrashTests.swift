import Glibc
import PrivateBroker
import Testing

extension EndToEnd {
    /// `kill -9` of the gateway at moments of a seed's choice: nothing is lost, nothing is counted
    /// twice, and the file is whole each time. `scripts/crash` makes hundreds of them.
    struct CrashTests {
        /// At the entry of a system call, under load.
        @Test(
            .enabled(if: Tracer.isUsable, Tracer.absence),
            arguments: CrashPlan.lives(
                of: .receiving, .committing, .syncing, .acknowledging, .unread, .anyKind))
        func killedAtACall(life: CrashLife) throws { try live(life) }

        /// After a time, under load.
        @Test(arguments: CrashPlan.lives(of: .anyTime, .anyTimeUnread))
        func killedAtAnyTime(life: CrashLife) throws { try live(life) }

        /// A gateway that finds windows which are due settles them at its first message.
        @Test(
            .enabled(if: Tracer.isUsable, Tracer.absence), arguments: CrashPlan.lives(of: .settling)
        )
        func killedWhileSettling(life: CrashLife) throws {
            try live(life) { try $0.makeWindowsDue() }
        }

        private func live(
            _ life: CrashLife, prepare: (CrashTown) throws -> Void = { _ in }
        ) throws {
            var generator = life.generator
            let town = try CrashTown()
            // From the first subscription on, the broker keeps messages for the gateway.
            try town.station.start()
            for kill in 0..<life.kills {
                try prepare(town)
                let choice = CrashChoice(life.moment, &generator)
                try town.crash(choice)
                try town.expectSound("\(life.testDescription), kill \(kill): \(choice)")
            }
            try town.expectEachOnce(life)
        }

        /// With the gateway stopped: settling, compaction, and giving pages back are killed at any
        /// of their writes, and what is there remains exact each time.
        @Test(
            .enabled(if: Tracer.isUsable, Tracer.absence),
            arguments: CrashPlan.lives(of: .compacting))
        func killedWhileCompacting(life: CrashLife) throws {
            var generator = life.generator
            let town = try CrashTown()
            for kill in 0..<life.kills {
                try town.station.start()
                try town.publish(.random(in: 200...4_000, using: &generator))
                try town.station.awaitStored(town.sent)
                #expect(try town.station.stop() == 0)
                let point = try town.crashCompaction(&generator)
                let place = "\(life.testDescription), kill \(kill) at \(point)"
                try town.expectSound("\(place)")
                #expect(try town.compare().differences.isEmpty, "\(place)")
            }
            #expect(try town.station.socle("store", "compact").code == 0)
            try town.expectEachOnce(life)
        }
    }
}
