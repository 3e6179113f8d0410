import ArgumentParser
import DeviceProfiles
import Foundation
import Gateway
import Logging

/// `socle run`
struct RunCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: say("The gateway, in the foreground.", "La passerelle, au premier plan."))

    @OptionGroup var configuration: ConfigurationOptions
    @Option(name: .customLong("log-level"), help: "debug · info · notice · warning · error")
    var logLevel = "info"

    func run() throws {
        guard let level = Logger.Level(rawValue: logLevel) else {
            throw Failure(
                .usage, say("no log level '\(logLevel)'", "pas de niveau « \(logLevel) »"))
        }
        LoggingSystem.bootstrap { StreamLogHandler.standardError(label: $0) }
        var logger = Logger(label: "socle")
        logger.logLevel = level
        try Gateway(configuration.loadAll(), logger: logger).run()
    }
}

/// `socle check`
struct CheckCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: say(
            "Checks configuration, profiles and policy without connecting.",
            "Vérifie configuration, profils et politique sans se connecter."))

    @OptionGroup var configuration: ConfigurationOptions

    func run() throws {
        let count = try configuration.loadAll().profiles.files.count
        Terminal.write(
            say("ok: ", "ok : ")
                + counted(count, ("profile", "profiles"), ("profil", "profils")) + "\n")
    }
}
