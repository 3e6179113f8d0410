import ArgumentParser
import SeriesQuery
import SeriesStore
import StoredSeries
import Telemetry
import Windows

extension MeterCommand {
    /// `socle meter list`
    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "list",
            abstract: say("All that was entered.", "Tout ce qui a été saisi."))

        @Argument(
            help: ArgumentHelp(say("Metric name or *.", "Grandeur ou *."), valueName: "selector"))
        var selector = "*"
        @OptionGroup var store: StoreOptions
        @Option(help: "table · csv")
        var format: String?

        func run() throws {
            let selector = try Selector(parsing: selector)
            try store.snapshot { snapshot in
                let journal = try snapshot.meterJournal()
                let wanted = journal.entries.filter { entry in
                    selector.matches(descriptor(of: entry, snapshot).key)
                }
                let inForce = journal.inForce
                switch format ?? (Terminal.isOutput ? "table" : "csv") {
                case "table": printTable(wanted, inForce: inForce, snapshot)
                case "csv": printCSV(wanted, inForce: inForce, snapshot)
                case let name:
                    throw Failure(noFormat: name, known: "table csv")
                }
            }
        }

        private func descriptor(
            of entry: MeterEntry, _ snapshot: StoreSnapshot
        ) -> SeriesDescriptor {
            snapshot.catalogue.entries[Int(entry.series)].descriptor
        }

        private func printTable(
            _ entries: [MeterEntry], inForce: Set<Int64>, _ snapshot: StoreSnapshot
        ) {
            var table = Table([
                (say("entry", "saisie"), .right), (say("series", "série"), .name),
                (say("replaced", "remplacé"), .left), (say("old index", "ancien index"), .right),
                (say("new index", "nouvel index"), .right), (say("unit", "unité"), .left),
                (say("serial", "n° de série"), .left), (say("entered", "saisi"), .left),
                (say("by", "par"), .left), (say("state", "état"), .left),
            ])
            for entry in entries {
                let descriptor = descriptor(of: entry, snapshot)
                var cells = ["", "", "", ""]
                var state = ""
                switch entry.statement {
                case .replacement(let replacement, let serial):
                    cells = [
                        wallClockText(replacement.time, zone: snapshot.zone),
                        grouped(replacement.oldIndex.description),
                        grouped(replacement.newIndex.description), serial,
                    ]
                    state =
                        inForce.contains(entry.id)
                        ? say("holds", "en vigueur") : say("void", "sans effet")
                case .withdrawal(let number):
                    state = say("withdraws \(number)", "annule \(number)")
                }
                table.add([
                    String(entry.id), descriptor.key.description, cells[0], cells[1], cells[2],
                    descriptor.unit, cells[3], wallClockText(entry.entered, zone: snapshot.zone),
                    entry.enteredBy, state,
                ])
            }
            Terminal.write(table.text(width: Terminal.width))
        }

        private func printCSV(
            _ entries: [MeterEntry], inForce: Set<Int64>, _ snapshot: StoreSnapshot
        ) {
            Terminal.write(
                "entry,series,unit,time,old_index,new_index,serial,entered,by,withdraws,holds\n")
            for entry in entries {
                let descriptor = descriptor(of: entry, snapshot)
                var cells = ["", "", "", ""]
                var withdrawn = ""
                switch entry.statement {
                case .replacement(let replacement, let serial):
                    cells = [
                        rfc3339(replacement.time, zone: snapshot.zone),
                        replacement.oldIndex.description,
                        replacement.newIndex.description, csvField(serial),
                    ]
                case .withdrawal(let number): withdrawn = String(number)
                }
                let row =
                    [
                        String(entry.id), csvField(descriptor.key.description),
                        csvField(descriptor.unit),
                    ] + cells + [
                        rfc3339(entry.entered, zone: snapshot.zone), csvField(entry.enteredBy),
                        withdrawn,
                        inForce.contains(entry.id) ? "yes" : "no",
                    ]
                Terminal.write(row.joined(separator: ",") + "\n")
            }
        }
    }
}
