import BlockCodec
import HostileBytes
import StoredSeries
import Telemetry
import Testing
import Windows

/// Numbers that nothing which was measured has: they are refused where they are read, before sums
/// of them overflow.
struct ImpossibleNumberTests {
    private static let start: Int64 = 1_774_699_200_000

    /// A window of each kind, and what makes it impossible.
    struct Fault: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let kind: MetricKind
        let change: @Sendable (inout Window) -> Void

        init(
            _ name: String, _ kind: MetricKind, _ change: @escaping @Sendable (inout Window) -> Void
        ) {
            testDescription = name
            self.kind = kind
            self.change = change
        }
    }

    private static let faults = [
        Fault("start behind all calendars", .gauge) { $0.start = .max - 60_000 },
        Fault("start before all calendars", .amount) { $0.start = .min },
        Fault("first time", .counter) { $0.firstTime = calendarInstants.upperBound + 1 },
        Fault("last time", .state) { $0.lastTime = calendarInstants.upperBound + 1 },
        Fault("count", .gauge) { $0.count = 1 << 36 },
        Fault("late readings below none", .gauge) { $0.lateCount = -1 },
        Fault("revisions", .amount) { $0.revision = .max },
        Fault("resets", .counter) { $0.resets = .max },
        Fault("transitions", .state) { $0.transitions = .max },
        Fault("covered time", .steppedGauge) { $0.covered = -1 },
        Fault("time in a state", .state) {
            $0.durations = [Window.StateDuration(state: 1, milliseconds: .max)]
        },
    ]

    private func read(_ window: Window, _ kind: MetricKind) throws -> Int {
        var writer = WindowColumnWriter(kind: kind)
        writer.add(window, of: 0)
        let coder = BlockCoder()
        let blob = coder.encode(
            kind: WindowColumns.blockKind(kind), rowCount: 1, columns: writer.columns)
        let block = try coder.open(blob, at: StoredBlock.Location(table: "blocks", row: 9))
        return try WindowColumns.rows(from: block, kind: kind) { _, _ in true }.count
    }

    @Test(arguments: faults)
    func windowsAreRefused(_ fault: Fault) throws {
        let reading = Reading(series: 0, time: Self.start, value: Value(1))
        var window = Window(reading, start: Self.start, kind: fault.kind)
        #expect(try read(window, fault.kind) == 1)
        fault.change(&window)
        // The writer subtracts times: those of the faulty window stay near each other.
        if window.start != Self.start {
            (window.firstTime, window.lastTime) = (window.start, window.start)
        }
        #expect(
            throws: StoreError.damaged(
                table: "blocks", row: 9, reason: "a window with impossible numbers")
        ) { try read(window, fault.kind) }
    }

    /// A hundred bytes may stand for a million equal windows, which nobody wrote.
    @Test func moreWindowsThanAnybodyWritesAreRefused() throws {
        let coder = BlockCoder()
        for (count, isSound) in [(1 << 16, true), (1 << 20, false)] {
            let columns = [UInt8(2), 3].map {
                BlockColumn(id: $0, values: Array(repeating: 1, count: count))
            }
            let blob = coder.encode(kind: 17, rowCount: count, columns: columns)
            #expect(blob.count < 100)
            let block = try coder.open(blob, at: StoredBlock.Location(table: "blocks", row: 1))
            let rows = try? WindowColumns.rows(from: block, kind: .gauge) { _, start in start == 0 }
            #expect((rows != nil) == isSound, "\(count)")
        }
    }

    @Test func readingsAreRefused() throws {
        let coder = BlockCoder()
        for (time, isSound) in [
            (Self.start, true), (Int64.max, false), (calendarInstants.lowerBound - 1, false),
        ] {
            let blob = coder.encode(
                kind: ReadingColumns.blockKind, rowCount: 1,
                columns: ReadingColumns.columns(
                    of: [Reading(series: 0, time: time, value: Value(1))]))
            let block = try coder.open(blob, at: StoredBlock.Location(table: "segments", row: 1))
            let readings = try? ReadingColumns.readings(from: block) { _, _ in true }
            #expect((readings != nil) == isSound, "\(time)")
        }
    }

    /// A store answers with an error where a series, a place or a meter's entry has such numbers.
    @Test func rowsAreRefused() throws {
        let hostile = try HostileStore()
        let changes: [(String, (inout StoreInput) -> Void)] = [
            ("a step of ages", { $0.step = .max }), ("a step below 0", { $0.step = -60_000 }),
            ("a horizon of ages", { $0.horizon = .max }),
            ("a meter replaced in no year", { $0.meterTime = .max }),
            ("a block of no year", { ($0.firstStart, $0.lastStart) = (.min, .max) }),
        ]
        // A counter with an entry of its meters, in blocks, and a question for it alone.
        var sound = StoreInput(Seeds.stores[8])
        sound.question = 4
        try hostile.take(sound.serialized)
        #expect(hostile.rowCount ?? 0 > 0)
        for (name, change) in changes {
            var input = sound
            change(&input)
            try hostile.take(input.serialized)
            #expect(hostile.rowCount == nil, "\(name)")
        }
    }
}
