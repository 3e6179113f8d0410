import ArgumentParser
import DeviceProfiles
import Foundation
import Gateway
import MQTTSession
import StrictYAML
import Telemetry

extension DevicesCommand {
    struct Learn: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "learn",
            abstract: say(
                "Listens to devices and drafts profiles for those that have none.",
                "Écoute des appareils et ébauche un profil pour ceux qui n'en ont pas."))
        @Argument(
            help: ArgumentHelp(
                say("MQTT filter of the topics.", "Filtre MQTT des sujets."), valueName: "filter"))
        var filter: String
        @Option(
            name: .customLong("for"),
            help: ArgumentHelp(
                say("How long it listens: 60s.", "Durée d'écoute : 60s."),
                valueName: "length"))
        var length = "60s"
        @Option(
            help: ArgumentHelp(
                say("Ends after so many messages.", "S'arrête après autant de messages.")))
        var count: Int?
        @Option(
            help: ArgumentHelp(
                say("Folder that drafts are written to.", "Dossier où écrire les ébauches."),
                valueName: "folder"))
        var to: String?
        @Option(help: ArgumentHelp(say("The draft's name.", "Le nom de l'ébauche.")))
        var name: String?
        @Option(help: ArgumentHelp(say("Folder of profiles.", "Dossier des profils.")))
        var devices: String?
        @OptionGroup var broker: BrokerOptions

        // LIMIT: a look at a broker, not a recording.
        private static let lengthMax: Int64 = 86_400_000

        func run() throws {
            let length = try checkedLength()
            let set = try profiles()
            let heard = try listen(for: length)
            let messages = heard.topics.keys.sorted().flatMap { topic in
                (heard.topics[topic]?.payloads ?? []).map {
                    CapturedMessage(topic: topic, payload: $0)
                }
            }
            var lesson = Lesson(set)
            lesson.take(messages, counts: heard.topics.mapValues(\.count))
            Terminal.write(lesson.table.text(width: Terminal.width))
            let drafts = lesson.drafts(named: name)
            for draft in drafts { Terminal.write("\n" + Lesson.summary(draft)) }
            if to == nil {
                for draft in drafts {
                    if let text = draft.text { Terminal.write("\n# \(draft.name).yaml\n" + text) }
                }
            }
            Terminal.finish()
            try report(heard.otherCount, heard.topics.count)
            for draft in drafts { try write(draft) }
        }

        private func checkedLength() throws -> Int64 {
            guard isTopicFilter(filter) else {
                throw Failure(
                    .usage,
                    say(
                        "'\(filter)' is no MQTT filter: write + for one level and # at the end "
                            + "for any number",
                        "« \(filter) » n'est pas un filtre MQTT : écrivez + pour un niveau et # à "
                            + "la fin pour tous"))
            }
            if let count, count < 1 {
                throw Failure(.usage, say("--count is 1 or more", "--count va de 1 au maximum"))
            }
            if let name, name.isEmpty || !name.utf8.allSatisfy(Self.isNameByte) {
                throw Failure(
                    .usage,
                    say(
                        "--name is small letters, digits and -",
                        "--name : minuscules, chiffres et -"))
            }
            guard let milliseconds = parseDuration(length),
                (1...Self.lengthMax).contains(milliseconds)
            else { throw Failure(.usage, say("--for is 1s to 1d", "--for va de 1s à 1d")) }
            return milliseconds
        }

        private static func isNameByte(_ byte: UInt8) -> Bool {
            (0x61...0x7a).contains(byte) || (0x30...0x39).contains(byte) || byte == 0x2d
        }

        /// Those of the folder that is named, or of the configuration, or of `./devices` where that
        /// is there.
        private func profiles() throws -> ProfileSet {
            if let devices { return try ProfileSet.load(directory: devices) }
            if broker.configuration.path != nil {
                return try ProfileSet.load(directory: broker.configuration.load().devices)
            }
            guard FileManager.default.fileExists(atPath: "devices") else {
                return try ProfileSet(parsing: [])
            }
            return try ProfileSet.load(directory: "devices")
        }

        private func listen(
            for milliseconds: Int64
        ) throws -> (topics: [String: HeardTopic], otherCount: Int) {
            let settings = try broker.settings(as: "learn")
            var limits = HearingLimits()
            limits.messages = 16
            limits.size = 65_536
            do {
                let subscriber = try MQTTSubscriber(settings, filters: [filter], limits: limits)
                complain(
                    say(
                        "listening to \(filter) for \(length)",
                        "écoute de \(filter) pendant \(length)"))
                let heard = subscriber.listen(for: .milliseconds(milliseconds), count: count)
                if subscriber.isRefused {
                    throw Failure(
                        .notAllowed,
                        say(
                            "the broker does not let this user hear \(filter)",
                            "le courtier ne laisse pas ce compte entendre \(filter)"))
                }
                if subscriber.isLost {
                    complain(
                        say(
                            "socle: the broker ended the connection; this is what came before",
                            "socle : le courtier a coupé la connexion ; voici ce qui est venu "
                                + "avant"))
                }
                if !heard.topics.isEmpty { return heard }
            } catch let error as MQTTError {
                throw Failure(error, at: settings)
            }
            throw Failure(
                .noInput,
                say(
                    "no message of \(filter) came within \(length); devices may send rarely: "
                        + "give a longer --for",
                    "aucun message de \(filter) en \(length) ; certains appareils émettent "
                        + "rarement : donnez un --for plus long"))
        }

        /// What there was no room for.
        private func report(_ otherCount: Int, _ topicCount: Int) throws {
            guard otherCount > 0 else { return }
            let messages = counted(otherCount, ("message", "messages"), ("message", "messages"))
            complain(
                say(
                    "socle: \(messages) of topics beyond the first \(topicCount): narrow the "
                        + "filter",
                    "socle : \(messages) de sujets au-delà des \(topicCount) premiers : "
                        + "resserrez le filtre"))
        }

        private func write(_ draft: ProfileDraft) throws {
            guard let to, let text = draft.text else { return }
            let path = to + "/" + draft.name + ".yaml"
            do {
                try Data(text.utf8).write(
                    to: URL(filePath: path), options: [.withoutOverwriting])
            } catch CocoaError.fileWriteFileExists {
                throw Failure(
                    .cannotCreate,
                    say(
                        "\(path) is there already: give another --name or --to",
                        "\(path) existe déjà : donnez un autre --name ou --to"))
            } catch {
                throw Failure(
                    .cannotCreate,
                    say("cannot write \(path)", "impossible d'écrire \(path)")
                        + ": \(error.localizedDescription)")
            }
            Terminal.write(say("wrote \(path)", "écrit : \(path)") + "\n")
            Terminal.finish()
        }
    }
}
