import ArgumentParser
import Telemetry

/// `--from` and `--to`: the range of times that a command reads.
struct RangeOptions: ParsableArguments {
    // Taken as they stand: `--from -1h` is a bad time and not a missing one.
    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(say("Begin of the range.", "Début de la période.")))
    var from: String?
    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(say("End of the range.", "Fin de la période.")))
    var to: String?

    /// Both edges in milliseconds since 1970 UTC; nil where the range is open.
    ///
    /// - Throws: ``Failure`` of usage, for what is no time.
    func instants(zone: CivilZone, now: Int64) throws -> (from: Int64?, to: Int64?) {
        func instant(_ name: String, _ text: String?) throws -> Int64? {
            try text.map { try TimeOption(name: name, text: $0, zone: zone).instant(now: now) }
        }
        return (try instant("--from", from), try instant("--to", to))
    }
}
