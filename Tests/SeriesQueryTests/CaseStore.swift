import Foundation
import SeriesQuery
import SeriesStore
import StoredSeries
import Telemetry

/// A real store that holds what a case file loads.
final class CaseStore {
    private let folder: String
    private let file: CaseFile
    private let writer: StoreWriter

    init(_ file: CaseFile) throws {
        self.file = file
        let url = FileManager.default.temporaryDirectory
            .appending(path: "socle-query-tests-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
        folder = url.path(percentEncoded: false)
        writer = try StoreWriter(
            path: folder + "/town.sqlite", zone: file.zone, isManaged: false)
        try load()
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    private func load() throws {
        let device = writer.catalogue.intern(device: "case")
        for descriptor in file.descriptors {
            _ = try writer.catalogue.intern(descriptor, device: device)
        }
        var batch = CommitBatch()
        for load in file.loads {
            guard let key = SeriesKey(parsing: load.series),
                let series = writer.catalogue.series(key)
            else { throw CaseFile.Fault(line: 0, text: "unknown series \(load.series)") }
            let states = writer.catalogue.entries[Int(series)].descriptor.states
            for (time, text) in load.readings {
                let parsed = Value(parsing: Array(text.utf8).span)
                let state = states.first { $0.value == text }.map { Value($0.key) }
                guard let value = state ?? parsed else {
                    throw CaseFile.Fault(line: 0, text: "no value \(text)")
                }
                batch.readings.append(Reading(series: series, time: time, value: value))
            }
        }
        try writer.commit(batch, time: file.now)
    }

    /// Settles what came before an instant.
    func settle(before instant: Int64) throws { try writer.settle(now: instant + 600_000) }

    func compact() throws { try writer.compact() }

    /// The answer in lines of CSV, or one line `error …`.
    func answer(_ words: [String], tier: Tier? = nil) throws -> [String] {
        try StoreReader(path: folder + "/town.sqlite").snapshot { snapshot in
            do {
                var query = try question(words)
                if let tier { query.tier = tier }
                let plan = try query.plan(snapshot.series)
                var writer = AnswerWriter(
                    .csv, statistics: plan.statistics, zone: snapshot.zone, isEpoch: false)
                var rows: [UInt8] = []
                try query.run(plan, snapshot.series) { writer.append($0, to: &rows) }
                return (writer.head() + String(decoding: rows, as: UTF8.self) + writer.tail())
                    .split(separator: "\n").map(String.init)
            } catch let error as QueryError {
                return ["error \(error)"]
            }
        }
    }

    /// Reads the options of `socle query`.
    private func question(_ words: [String]) throws -> SeriesQuery {
        var query = SeriesQuery(selectors: [], now: file.now)
        var words = words[...]
        while let word = words.popFirst() {
            guard word.hasPrefix("--") else {
                query.selectors.append(try Selector(parsing: word))
                continue
            }
            let argument = words.popFirst() ?? ""
            switch word {
            case "--from": query.from = try time(argument)
            case "--to": query.to = try time(argument)
            case "--last": (query.from, query.to) = (try time("now-" + argument), file.now)
            case "--every": query.step = CivilStep(parsing: argument)
            case "--stat":
                query.statistics = argument.split(separator: ",")
                    .compactMap { Statistic(rawValue: String($0)) }
            case "--tier": query.tier = Tier.allCases.first { $0.name == argument }
            default: throw CaseFile.Fault(line: 0, text: "no option \(word)")
            }
        }
        return query
    }

    private func time(_ text: String) throws -> Int64 {
        guard let time = TimeExpression.instant(text, now: file.now, zone: file.zone) else {
            throw CaseFile.Fault(line: 0, text: "no time \(text)")
        }
        return time
    }
}
