import SeriesQuery
import StoredSeries
import Telemetry
import Windows

/// One row of a table.
struct TableRow {
    let descriptor: SeriesDescriptor
    let time: Int64
    /// Of a window, in the order of the scan's statistics; nil for what it has not.
    var values: [QueryValue?] = []
    /// Of a reading, and the number of the state that it is.
    var reading: Double?
    var state: Int64?
    var tier: Tier?

    /// What stands in a column. What was measured is REAL, so that SQL divides it as such.
    func cell(
        _ column: TableColumn, statistics: [Statistic], zone: CivilZone, scan: TableScan
    ) -> StoredValue {
        switch column {
        case .series: return .text(descriptor.key.description)
        case .metric: return .text(descriptor.key.metric)
        case .label(let name): return descriptor.key.label(name).map { .text($0) } ?? .null
        case .labels: return .text(labels)
        case .kind: return .text(descriptor.kind.name)
        case .unit: return .text(descriptor.unit)
        case .tier: return tier.map { .text($0.name) } ?? .null
        case .time: return .integer(time)
        case .start: return .text(rfc3339(time, zone: zone))
        case .statistic(let statistic):
            guard let index = statistics.firstIndex(of: statistic) else { return .null }
            return values[index].map(cell) ?? .null
        case .value: return reading.map { .real($0) } ?? .null
        case .name:
            guard descriptor.kind == .state, let state else { return .null }
            return .text(descriptor.states[state] ?? String(state))
        case .argument(let argument):
            return scan.value([.selector, .step, .since, .until][argument.rawValue])
        }
    }

    /// A JSON object.
    private var labels: String {
        let members = descriptor.key.labels.map { jsonString($0.name) + ":" + jsonString($0.value) }
        return "{" + members.joined(separator: ",") + "}"
    }

    private func cell(_ value: QueryValue) -> StoredValue {
        switch value {
        case .exact(let sum): return .real(sum.double)
        case .rounded(let number): return .real(number)
        case .count(let count): return .integer(count)
        case .name(let name): return .text(name)
        case .durations(let list):
            let members = list.map { jsonString($0.name) + ":" + doubleText($0.seconds) }
            return .text("{" + members.joined(separator: ",") + "}")
        }
    }
}
