import SeriesQuery
import Telemetry

/// The tables that a host sees.
enum SeriesTable: Int, CaseIterable {
    /// Windows as the store keeps them, of one tier at a time.
    case windows
    /// Readings of series that keep them, and those that wait for their window to settle.
    case readings
    /// Windows folded into intervals of any step, as `socle query` folds them.
    case resample

    var name: String {
        switch self {
        case .windows: "windows"
        case .readings: "readings"
        case .resample: "resample"
        }
    }

    /// In the order of the declaration; arguments come last.
    var columns: [TableColumn] {
        let name: [TableColumn] = [
            .series, .metric, .label("site"), .label("device"), .labels, .kind, .unit,
        ]
        let statistics = Statistic.allCases.map { TableColumn.statistic($0) }
        switch self {
        case .windows: return name + [.tier, .time, .start] + statistics
        case .readings: return name + [.time, .start, .value, .name]
        case .resample:
            let arguments = TableArgument.allCases.map { TableColumn.argument($0) }
            return name + [.time, .start] + statistics + arguments
        }
    }

    /// The statement that declares the table to SQLite.
    var declaration: String {
        "CREATE TABLE x(" + columns.map(\.declaration).joined(separator: ", ") + ")"
    }
}

/// The arguments of a table-valued function, in order.
enum TableArgument: Int, CaseIterable {
    case selector, step, since, until
}

/// One column of a table.
enum TableColumn: Equatable {
    case series, metric, labels, kind, unit, tier
    /// A label of its own.
    case label(String)
    /// Milliseconds since 1970 UTC, and as RFC 3339 in the store's zone.
    case time, start
    case statistic(Statistic)
    /// Of a reading; the name of a state.
    case value, name
    case argument(TableArgument)

    var declaration: String {
        switch self {
        case .series: "series TEXT"
        case .metric: "metric TEXT"
        case .labels: "labels TEXT"
        case .kind: "kind TEXT"
        case .unit: "unit TEXT"
        case .tier: "tier TEXT"
        case .label(let name): "\(name) TEXT"
        case .time: "time INTEGER"
        case .start: "start TEXT"
        // Any type: the last of a gauge is a number, that of a state a name.
        case .statistic(let statistic): "\"\(statistic.rawValue)\""
        case .value: "value REAL"
        case .name: "name TEXT"
        case .argument(let argument): "\(argument) HIDDEN"
        }
    }
}
