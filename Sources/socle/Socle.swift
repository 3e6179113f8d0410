import ArgumentParser
import Foundation
import Glibc

/// The command line: arguments in, one call, printing.
@main
struct Socle: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "socle",
        abstract: say(
            "The telemetry foundation of a town.", "Le socle de télémétrie d'une commune."),
        subcommands: [
            RunCommand.self, StatusCommand.self, CheckCommand.self, QueryCommand.self,
            SeriesCommand.self, SQLCommand.self,
            LedgerCommand.self, DoctorCommand.self, DevicesCommand.self, ImportCommand.self,
            ExportCommand.self, ReplayCommand.self, SimulateCommand.self, ProbeCommand.self,
            StoreCommand.self, MeterCommand.self, VersionCommand.self,
        ])

    static func main() {
        // A reader that has seen enough (`| head`) ends us quietly.
        signal(SIGPIPE, SIG_DFL)
        do {
            var command = try parseArguments()
            try command.run()
            Terminal.finish()
        } catch {
            // What was answered goes before what is said about it.
            Terminal.finish()
            guard let failure = Failure(error) else { end(error) }
            for line in failure.message.split(separator: "\n") { complain("socle: \(line)") }
            Foundation.exit(failure.code.rawValue)
        }
    }

    /// A command that is named first is parsed alone, in a third of the time: no other one is made
    /// ready. What does not parse so is told about by the whole program's parser.
    private static func parseArguments() throws -> any ParsableCommand {
        let arguments = CommandLine.arguments.dropFirst()
        let named = configuration.subcommands.first {
            $0.configuration.commandName == arguments.first
        }
        let alone = try? named?.parseAsRoot(Array(arguments.dropFirst()))
        return try alone ?? parseAsRoot()
    }

    /// What the arguments themselves come to: help that was asked for is an answer as any other.
    private static func end(_ error: any Error) -> Never {
        let code = exitCode(for: error)
        let text = argumentText(fullMessage(for: error))
        if code.isSuccess { Terminal.write(text + "\n") } else { complain(text) }
        Terminal.finish()
        Foundation.exit(code.rawValue)
    }
}
