import CSQLiteExtension
import SeriesQuery
import StoredSeries
import Telemetry

/// What a host asks of a table: the constraints that are taken over from it.
///
/// SQLite checks each row against all of its own, so that these need only not leave a row out.
struct TableScan {
    /// Which constraint an argument belongs to, by the letter that `bestIndex` gave it.
    enum Constraint: Character {
        case series = "s"
        case metric = "m"
        case tier = "t"
        case timeIs = "="
        case timeAfter = ">"
        case timeFrom = "]"
        case timeBefore = "<"
        case timeThrough = "["
        case selector = "0"
        case step = "1"
        case since = "2"
        case until = "3"

        init?(_ column: TableColumn, _ operation: CInt) {
            let isEqual = operation == SQLITE_INDEX_CONSTRAINT_EQ
            switch column {
            case .series where isEqual: self = .series
            case .metric where isEqual: self = .metric
            case .tier where isEqual: self = .tier
            case .argument(let argument) where isEqual:
                self = [.selector, .step, .since, .until][argument.rawValue]
            case .time:
                switch operation {
                case SQLITE_INDEX_CONSTRAINT_EQ: self = .timeIs
                case SQLITE_INDEX_CONSTRAINT_GT: self = .timeAfter
                case SQLITE_INDEX_CONSTRAINT_GE: self = .timeFrom
                case SQLITE_INDEX_CONSTRAINT_LT: self = .timeBefore
                case SQLITE_INDEX_CONSTRAINT_LE: self = .timeThrough
                default: return nil
                }
            default: return nil
            }
        }

        /// Whether the answer depends on it: without it, it is another question.
        var isPartOfTheQuestion: Bool {
            switch self {
            case .tier, .selector, .step, .since, .until: true
            default: false
            }
        }
    }

    private var values: [Constraint: StoredValue] = [:]
    /// Closed range, nil where it is open.
    private(set) var from: Int64?
    private(set) var through: Int64?
    /// Bit 63 stands for that column and all behind it.
    let usedColumns: UInt64

    /// - Parameters:
    ///   - plan: letters of constraints, a blank, the columns that are used.
    ///   - arguments: one a letter.
    init(plan: String, arguments: [StoredValue]) {
        let parts = plan.split(separator: " ", omittingEmptySubsequences: false)
        usedColumns = parts.last.flatMap { UInt64($0) } ?? .max
        for (letter, argument) in zip(parts.first ?? "", arguments) {
            guard let constraint = Constraint(rawValue: letter) else { continue }
            values[constraint] = argument
            if let time = Self.time(argument) { limit(constraint, time) }
        }
    }

    private mutating func limit(_ constraint: Constraint, _ time: Int64) {
        switch constraint {
        case .timeIs:
            from = max(from ?? time, time)
            through = min(through ?? time, time)
        // A fraction was rounded down, so that this leaves no row out either.
        case .timeAfter: from = max(from ?? .min, time + 1)
        case .timeFrom: from = max(from ?? .min, time)
        case .timeBefore where isWhole(constraint): through = min(through ?? .max, time - 1)
        case .timeBefore, .timeThrough: through = min(through ?? .max, time)
        default: break
        }
    }

    private func isWhole(_ constraint: Constraint) -> Bool {
        if case .integer? = values[constraint] { true } else { false }
    }

    /// nil where nobody asked, or not by a text.
    func text(_ constraint: Constraint) -> String? {
        guard case .text(let text)? = values[constraint] else { return nil }
        return text
    }

    func value(_ constraint: Constraint) -> StoredValue { values[constraint] ?? .null }

    func isUsed(_ index: Int) -> Bool { usedColumns & (1 << UInt64(min(index, 63))) != 0 }

    private static func time(_ value: StoredValue) -> Int64? {
        switch value {
        case .integer(let number):
            return min(max(number, calendarInstants.lowerBound), calendarInstants.upperBound)
        case .real(let number) where !number.isNaN:
            let bounded = min(
                max(number, Double(calendarInstants.lowerBound)),
                Double(calendarInstants.upperBound))
            return Int64(bounded.rounded(.down))
        default: return nil
        }
    }

    /// What the keys of the series have that are asked for, nil where nothing is known of them.
    func pattern(of table: SeriesTable) throws -> KeyPattern? {
        if table == .resample {
            return try text(.selector).map { try Selector(parsing: $0).pattern }
        }
        if let series = text(.series) {
            guard let key = SeriesKey(parsing: series) else { return nil }
            return KeyPattern(metric: key.metric, labels: key.labels.map { ($0.name, $0.value) })
        }
        return text(.metric).map { KeyPattern(metric: $0) }
    }
}
