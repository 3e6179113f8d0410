import ArgumentParser
import MQTTSession
import SeriesStore
import StoredSeries

/// `socle store`
struct StoreCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "store",
        abstract: say("The store's file.", "Le fichier de la base."),
        subcommands: [
            Statistics.self, StoreVerifyCommand.self, Compact.self, StoreBackupCommand.self,
            StoreRestoreCommand.self,
        ])

    struct Statistics: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "stats", abstract: say("Sizes and counts.", "Tailles et nombres."))
        @OptionGroup var store: StoreOptions

        func run() throws {
            let path = try store.path()
            try store.snapshot { try show($0.statistics(path: path)) }
        }

        private func show(_ statistics: StoreStatistics) {
            var table = Table([(say("part", "partie"), .name), ("", .right), ("", .right)])
            func add(_ name: String, _ count: Int?, _ bytes: Int64?) {
                table.add([
                    name, count.map { grouped(String($0)) } ?? "",
                    bytes.map { grouped(String($0)) + say(" bytes", " octets") } ?? "",
                ])
            }
            add(say("file", "fichier"), nil, statistics.fileBytes)
            add(say("write-ahead log", "journal"), nil, statistics.logBytes)
            add(say("devices", "appareils"), statistics.deviceCount, nil)
            add(say("series", "séries"), statistics.seriesCount, nil)
            add(
                say("readings waiting", "relevés en attente"), statistics.hotReadingCount, nil)
            add(
                say("windows to compact", "fenêtres à compacter"), statistics.waitingWindowCount,
                nil)
            for tier in statistics.tiers {
                let name = say("tier ", "palier ") + tier.tier.name
                add(name, tier.windows, Int64(tier.bytes))
            }
            Terminal.write(table.text(width: Terminal.width))
        }
    }

    struct Compact: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "compact",
            abstract: say(
                "Settles what is due, compacts and shrinks the file.",
                "Clôture ce qui doit l'être, compacte et réduit le fichier."))
        @OptionGroup var store: StoreOptions

        func run() throws {
            let path = try store.path()
            // Opening for writing would make a file where there is none.
            _ = try StoreReader(path: path)
            let now = try store.timeToWrite(path: path)
            let writer = try StoreWriter(path: path, isManaged: true)
            writer.onSetAside = { complain("socle: \(Failure.text(of: $0))") }
            try writer.settle(now: now, backfills: true)
            let moved = try writer.compact(sealing: StoreWriter.sealingTime(now: now))
            try writer.shrink()
            Terminal.write(
                counted(
                    moved, ("window compacted", "windows compacted"),
                    ("fenêtre compactée", "fenêtres compactées")) + "\n")
        }
    }
}
