import PrivateBroker
import Testing

/// A folder in which command lines are tried.
extension TemporaryFolder {
    /// Runs a command line of words without spaces. `@name` is a file of the folder and `@devices`
    /// the folder of the profiles that the program comes with.
    func socle(
        _ command: String, locale: String = "C.UTF-8", columns: Int? = nil, output: String? = nil
    ) throws -> Outcome {
        let words = command.split(separator: " ").map { word in
            if word == "@devices" { return Surroundings.devices }
            return word.hasPrefix("@") ? path(String(word.dropFirst())) : String(word)
        }
        return try runSocle(words, in: self, locale: locale, columns: columns, output: output)
    }

    /// A small store, `town.sqlite`, and the recording that it was made of.
    func makeStore() throws {
        let series = #""active_power{site=""mairie""}""#
        try write(
            "\(series),1768348800000,100\n\(series),1768350600000,200.5\n"
                + "\(series),1768352400000,-3\n", to: "readings.csv")
        let outcome = try socle("import @readings.csv --store @town.sqlite")
        try #require(outcome.code == 0, "\(outcome.errors)")
    }

    /// A small store, `meters.sqlite`, with a counter whose meter was replaced between 08:50 and
    /// 09:10 of 2026-03-12, and a second counter.
    func makeMeters() throws {
        let readings = [(0, 4000), (20, 4050), (50, 4100), (70, 1000), (110, 1030)]
        let rows = ["hall", "school"].flatMap { device in
            readings.map { minutes, total in
                "\"energy{device=\"\"\(device)\"\"}\","
                    + "\(1_773_298_800_000 + minutes * 60_000),\(total)\n"
            }
        }
        try write(rows.joined(), to: "meters.csv")
        let outcome = try socle("import @meters.csv --store @meters.sqlite --kind counter")
        try #require(outcome.code == 0, "\(outcome.errors)")
    }
}
