import Foundation
import PrivateBroker
import Testing

/// A store of some kinds of series in all places where windows lie, and the hosts that read it by
/// the library under test.
final class SQLTown {
    let folder: TemporaryFolder

    /// The library that `swift build` makes, or one that `SOCLE_EXTENSION` names.
    static let library =
        ProcessInfo.processInfo.environment["SOCLE_EXTENSION"]
        ?? Surroundings.built("libSocleExtension.so")
    /// Debian's: others are often built without loadable extensions.
    static let python = "/usr/bin/python3"

    static let series = [
        #"co2{device="d1",site="ecole"}"#, #"energy{device="m1",site="mairie"}"#,
        #"energy{device="m2",site="mairie"}"#, #"pulses{device="p1"}"#,
        #"raw_power{device="r1"}"#, #"valve{device="v1"}"#,
    ]
    private static let begin = 1_768_348_800_000

    init() throws {
        folder = try TemporaryFolder()
        try FileManager.default.copyItem(
            atPath: Self.library, toPath: folder.path("socle.so"))
        // Four days go into blocks. The fifth, with hours of the fourth, waits in batches.
        for days in [0..<4, 3..<5] {
            try load("gauges.csv", [0], days, "--kind gauge")
            try load("counters.csv", [1, 2], days, "--kind counter")
            try load("amounts.csv", [3], days, "--kind amount")
            try load("raw.csv", [4], days, "--kind gauge --step raw")
            try load("states.csv", [5], days, "--kind state")
            if days.lowerBound == 0 {
                try #require(folder.socle("store compact --store @town.sqlite").code == 0)
            }
        }
    }

    private func load(
        _ file: String, _ series: [Int], _ days: Range<Int>, _ options: String
    ) throws {
        var text = ""
        let shift = days.lowerBound > 0 ? 450_000 : 0
        for number in series {
            let name = Self.series[number].replacing("\"", with: "\"\"")
            for index in days.lowerBound * 48..<days.upperBound * 48 {
                let time = Self.begin + index * 1_800_000 + shift
                // Fractions that no double holds, and meters that fall to zero now and then.
                let value =
                    switch number {
                    case 1, 2: "\((index % 150) * 7).5"
                    case 5: "\(index % 7 / 5)"
                    default: "\(index * 37 % 101).1"
                    }
                text += "\"\(name)\",\(time),\(value)\n"
            }
        }
        try folder.write(text, to: file)
        let outcome = try folder.socle("import @\(file) --store @town.sqlite " + options)
        try #require(outcome.code == 0, "\(outcome.errors)")
    }

    /// Lines of `socle sql`, in CSV without the head.
    func sql(_ statement: String) throws -> [String] {
        let outcome = try runSocle(
            ["sql", statement, "--store", folder.path("town.sqlite"), "--format", "csv"],
            in: folder)
        try #require(outcome.code == 0, "\(outcome.errors)")
        return Array(lines(outcome.output).dropFirst())
    }

    /// Lines of the sqlite3 shell.
    func shell(_ statements: String..., store: String = "town.sqlite") throws -> Outcome {
        try run(
            "/usr/bin/env",
            ["-C", folder.path, "sqlite3", "-csv", "-cmd", ".load ./socle", store] + statements,
            in: folder)
    }

    /// What a script of Python's says, in the folder of the store.
    func python(_ script: String) throws -> Outcome {
        try folder.write(script, to: "script.py")
        return try run("/usr/bin/env", ["-C", folder.path, Self.python, "script.py"], in: folder)
    }
}

/// The lines of an answer, whoever ended them.
func lines(_ text: String) -> [String] {
    text.split(whereSeparator: \.isNewline).map(String.init)
}
