import ArgumentParser
import Doctor
import Foundation
import Gateway
import MQTTSession

/// `socle doctor`
struct DoctorCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: say(
            "What would lose data, wear the card or leak here, and how to mend it.",
            "Ce qui ferait perdre des données, userait la carte ou fuirait ici, et le remède."),
        subcommands: [Board.self, Broker.self, Drill.self], defaultSubcommand: Board.self)
}

extension DoctorCommand {
    /// `socle doctor`, or `socle doctor board`. A command of its own: options of a command that has
    /// others below it are not theirs.
    struct Board: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "board",
            abstract: say(
                "What this board would lose (without a word behind doctor).",
                "Ce que cette carte perdrait (sans autre mot après doctor)."))

        @OptionGroup var configuration: ConfigurationOptions
        @Option(help: "table · csv · json · ndjson")
        var format: String?

        func run() throws {
            let facts = try StationFacts(gathering: configuration.load())
            try DoctorReport(findings: Doctor.examine(facts)).write(as: format)
        }
    }

    /// `socle doctor broker`
    struct Broker: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "broker",
            abstract: say(
                "What the broker would lose, and the file that mends it.",
                "Ce que le courtier perdrait, et le fichier qui y remédie."),
            discussion: say(
                """
                Example: socle doctor broker --file /etc/mosquitto/mosquitto.conf
                To mend it: socle doctor broker --file /etc/mosquitto/mosquitto.conf --drop-in \
                | sudo tee /etc/mosquitto/conf.d/socle.conf, and restart mosquitto.
                """,
                """
                Exemple : socle doctor broker --file /etc/mosquitto/mosquitto.conf
                Pour y remédier : socle doctor broker --file /etc/mosquitto/mosquitto.conf \
                --drop-in | sudo tee /etc/mosquitto/conf.d/socle.conf, puis redémarrez mosquitto.
                """))

        @OptionGroup var broker: BrokerOptions
        @Option(
            help: ArgumentHelp(
                say("The broker's mosquitto.conf.", "Le mosquitto.conf du courtier."),
                valueName: "file"))
        var file: String?
        @Option(
            parsing: .unconditional,
            help: ArgumentHelp(
                say(
                    "Messages a minute; else as the ledger has it.",
                    "Messages par minute ; sinon d'après le bilan de réception.")))
        var rate: Double?
        @Flag(
            name: .customLong("drop-in"),
            help: ArgumentHelp(
                say(
                    "Print the file that mends it: /etc/mosquitto/conf.d/socle.conf.",
                    "Écrire le fichier qui y remédie : /etc/mosquitto/conf.d/socle.conf.")))
        var printsDropIn = false
        @Option(help: "table · csv · json · ndjson")
        var format: String?

        func run() throws {
            let settings = try mosquittoFile()
            if printsDropIn {
                Terminal.write(Doctor.dropIn(for: settings))
                return
            }
            var facts = BrokerFacts()
            facts.file = settings
            try gatherRate(&facts)
            try connect(&facts)
            try DoctorReport(findings: Doctor.examine(broker: facts)).write(as: format)
        }

        private func mosquittoFile() throws -> MosquittoFile? {
            guard let file else { return nil }
            guard let read = MosquittoFile.read(path: file) else {
                throw Failure(.noInput, say("cannot read \(file)", "impossible de lire \(file)"))
            }
            return read
        }

        private func gatherRate(_ facts: inout BrokerFacts) throws {
            if let rate {
                guard rate > 0, rate.isFinite else {
                    throw Failure(
                        .usage, say("--rate is more than 0", "--rate est supérieur à 0"))
                }
                facts.messagesPerMinute = rate
            }
            guard broker.configuration.path != nil else { return }
            let configuration = try broker.configuration.load()
            facts.sessionExpirySeconds = Int(configuration.broker.sessionExpiry)
            if rate == nil, FileManager.default.fileExists(atPath: configuration.store) {
                facts.messagesPerMinute = try messagesPerMinute(inStore: configuration.store)
            }
        }

        /// LIMIT: what a broker says of itself is retained: it comes at once, or never.
        private static let listening = Duration.seconds(5)

        /// Not where a file is all that was named.
        private func connect(_ facts: inout BrokerFacts) throws {
            let isNamed =
                broker.host != nil || broker.port != nil || broker.configuration.path != nil
            guard isNamed || file == nil else { return }
            let settings = try broker.settings(as: "doctor")
            facts.address = "\(settings.host):\(settings.port)"
            do {
                let subscriber = try MQTTSubscriber(settings, filters: BrokerFacts.topics)
                facts.connection = .accepted
                facts.figures = subscriber.messages(within: Self.listening) {
                    $0.count == BrokerFacts.topics.count
                }
            } catch .protocolVersion {
                facts.connection = .refusedVersion
            } catch {
                throw Failure(error, at: settings)
            }
        }
    }
}
