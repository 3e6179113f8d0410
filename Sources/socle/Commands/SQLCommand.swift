import ArgumentParser
import SQLiteExtension
import SeriesQuery
import SeriesStore
import StoredSeries
import Telemetry

/// `socle sql`
struct SQLCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sql",
        abstract: say("SQL over what was measured.", "SQL sur ce qui a été mesuré."),
        discussion: say(
            """
            Tables: windows (of one tier: base unless tier = '15m', '1h' or '1d'), readings,
            resample(selector, step, since, until), and those of docs/format/store.md. Times are
            epoch milliseconds (time) and RFC 3339 (start).
            Examples:
            socle sql "SELECT start, mean FROM windows WHERE metric = 'co2' AND tier = '1h'"
            socle sql "SELECT series, sum(increase) FROM resample('energy', '1d', 'now-30d')
            GROUP BY series"
            """,
            """
            Tables : windows (d'un palier : base sauf si tier = '15m', '1h' ou '1d'), readings,
            resample(sélecteur, pas, début, fin), et celles de docs/format/store.md. Les dates sont
            en millisecondes epoch (time) et RFC 3339 (start).
            Exemples :
            socle sql "SELECT start, mean FROM windows WHERE metric = 'co2' AND tier = '1h'"
            socle sql "SELECT series, sum(increase) FROM resample('energy', '1d', 'now-30d')
            GROUP BY series"
            """))

    @Argument(
        help: ArgumentHelp(
            say("One statement that reads.", "Une requête de lecture."), valueName: "statement"))
    var statement: String
    @OptionGroup var store: StoreOptions
    @Option(help: "table · csv · json · ndjson")
    var format: String?

    func run() throws {
        let name = format ?? (Terminal.isOutput ? "table" : "csv")
        guard ["table", "csv", "json", "ndjson"].contains(name) else {
            throw Failure(noFormat: name, known: "table csv json ndjson")
        }
        let reader = try StoreReader(path: store.path(), extension: SQLiteExtension.entryPoint)
        try store.snapshot(of: reader) { snapshot in
            switch name {
            case "table": try printTable(snapshot)
            case "csv": try printCSV(snapshot)
            default: try printObjects(snapshot, isArray: name == "json")
            }
        }
    }

    private func printTable(_ snapshot: StoreSnapshot) throws {
        var names: [String] = []
        var rows: [[StoredValue]] = []
        try snapshot.answer(to: statement, head: { names = $0 }, { rows.append($0) })
        let columns = names.enumerated().map { index, name -> (String, Table.Alignment) in
            let isText = rows.contains { $0[index].isText }
            return (name, name == "series" ? .name : isText ? .left : .right)
        }
        var table = Table(columns)
        for row in rows { table.add(row.map(\.plainText)) }
        Terminal.write(table.text(width: Terminal.width))
    }

    private func printCSV(_ snapshot: StoreSnapshot) throws {
        func write(_ fields: [String]) {
            Terminal.write(fields.map(csvField).joined(separator: ",") + "\n")
        }
        try snapshot.answer(to: statement, head: write, { write($0.map(\.plainText)) })
    }

    private func printObjects(_ snapshot: StoreSnapshot, isArray: Bool) throws {
        var names: [String] = []
        var count = 0
        if isArray { Terminal.write("[") }
        func write(_ row: [StoredValue]) {
            let members = zip(names, row).map { "\($0):\($1.json)" }
            let object = "{" + members.joined(separator: ",") + "}"
            Terminal.write(isArray ? (count == 0 ? "\n" : ",\n") + object : object + "\n")
            count += 1
        }
        try snapshot.answer(to: statement, head: { names = $0.map(jsonString) }, write)
        if isArray { Terminal.write(count == 0 ? "]\n" : "\n]\n") }
    }
}

extension StoredValue {
    fileprivate var isText: Bool {
        switch self {
        case .text, .blob: true
        case .null, .integer, .real: false
        }
    }

    /// As the machine formats print it; nothing for NULL, hexadecimal digits for bytes.
    fileprivate var plainText: String {
        switch self {
        case .null: ""
        case .integer(let number): String(number)
        case .real(let number): doubleText(number)
        case .text(let text): text
        case .blob(let bytes):
            bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
        }
    }

    fileprivate var json: String {
        switch self {
        case .null: "null"
        case .integer: plainText
        case .real(let number): number.isFinite ? plainText : "null"
        case .text, .blob: jsonString(plainText)
        }
    }
}
