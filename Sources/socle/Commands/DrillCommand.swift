import ArgumentParser
import Gateway
import MQTTSession
import SeriesStore
import Telemetry

extension DoctorCommand {
    /// `socle doctor drill`
    struct Drill: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "drill",
            abstract: say(
                "Rehearses an outage with the gateway that runs.",
                "Répète une absence de la passerelle qui tourne."),
            discussion: say(
                """
                The gateway loses its connection for that long and comes back by itself; messages \
                go on meanwhile, and the ledger must have each of them once.
                Example: socle doctor drill --minutes 10
                """,
                """
                La passerelle perd sa connexion pendant ce temps et revient d'elle-même ; les \
                messages continuent, et le bilan de réception doit avoir chacun une fois.
                Exemple : socle doctor drill --minutes 10
                """))

        @OptionGroup var configuration: ConfigurationOptions
        @Option(
            parsing: .unconditional,
            help: ArgumentHelp(
                say("How long, in minutes.", "La durée, en minutes."), valueName: "n"))
        var minutes: Int?
        @Option(
            name: .customLong("for"), parsing: .unconditional,
            help: ArgumentHelp(
                say("How long, as in 30s or 10m.", "La durée, comme 30s ou 10m."),
                valueName: "length"))
        var length: String?

        func run() throws {
            let asked = try seconds()
            let loaded = try configuration.load()
            let least = Int32((loaded.commitMilliseconds * 4 + 999) / 1_000)
            let seconds = asked ?? max(60, least)
            try check(seconds, least: least)
            do {
                let process = try OutageDrill.gateway(store: loaded.store)
                let turn = try OutageDrill.Turn(store: loaded.store)
                defer { withExtendedLifetime(turn) {} }
                var broker = loaded.broker
                broker.clientID += "-drill-\(process)"
                let rehearsal = Rehearsal(
                    seconds: seconds, process: process,
                    commitInterval: loaded.commitMilliseconds,
                    reader: try StoreReader(path: loaded.store),
                    firstNumber: clockMilliseconds() * 1_000)
                try rehearsal.run(at: broker).write()
            } catch let refusal as OutageDrill.Refusal {
                throw Failure(refusal, store: loaded.store)
            }
        }

        /// A shorter absence cannot be told from a commit that is yet to come.
        private func check(_ seconds: Int32, least: Int32) throws {
            guard seconds < least else { return }
            throw Failure(
                .usage,
                say(
                    "\(seconds) s are too short: give --for \(least)s at least, four times the "
                        + "longest commit interval",
                    "\(seconds) s ne suffisent pas : donnez au moins --for \(least)s, quatre fois "
                        + "le plus long intervalle d'enregistrement"))
        }

        /// As it was asked for; nil: not at all.
        private func seconds() throws -> Int32? {
            guard let text = length ?? minutes.map({ "\($0)m" }) else { return nil }
            guard minutes == nil || length == nil, let milliseconds = parseDuration(text),
                (3...Int64(OutageDrill.secondsMax)).contains(milliseconds / 1_000)
            else {
                throw Failure(
                    .usage,
                    say(
                        "give either --minutes 1 to 60 or --for 3s to 60m",
                        "donnez soit --minutes de 1 à 60, soit --for de 3s à 60m"))
            }
            return Int32(milliseconds / 1_000)
        }
    }
}

extension Failure {
    fileprivate init(_ refusal: OutageDrill.Refusal, store: String) {
        switch refusal {
        case .noGateway:
            self.init(
                .unavailable,
                say(
                    "no gateway is running on \(store); start it with socle run",
                    "aucune passerelle ne tourne sur \(store) ; démarrez-la par socle run"))
        case .anotherDrill:
            self.init(
                .unavailable,
                say(
                    "another drill is running on \(store); wait for its end",
                    "un autre exercice est en cours sur \(store) ; attendez sa fin"))
        case .notAllowed(let process):
            self.init(
                .notAllowed,
                say(
                    "the gateway, process \(process), is another user's; run the drill as that "
                        + "user",
                    "la passerelle, processus \(process), est à un autre compte ; lancez "
                        + "l'exercice sous ce compte"))
        }
    }
}
