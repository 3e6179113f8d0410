import ArgumentParser
import DeviceProfiles
import Foundation
import Gateway
import MQTTSession
import SeriesQuery
import Telemetry

/// Where profiles lie.
struct ProfileOptions: ParsableArguments {
    @OptionGroup var configuration: ConfigurationOptions
    @Option(help: ArgumentHelp(say("Folder of profiles.", "Dossier des profils.")))
    var devices: String?

    /// The folder that is named, that of the configuration, or `./devices`.
    func load() throws -> ProfileSet {
        if let devices { return try ProfileSet.load(directory: devices) }
        if configuration.path != nil {
            return try ProfileSet.load(directory: configuration.load().devices)
        }
        return try ProfileSet.load(directory: "devices")
    }
}

/// `socle devices`
struct DevicesCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "devices",
        abstract: say("Device profiles.", "Les profils d'appareils."),
        subcommands: [List.self, Show.self, Test.self, Decode.self, Learn.self])

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "list", abstract: say("All profiles.", "Tous les profils."))
        @OptionGroup var profiles: ProfileOptions

        func run() throws {
            var table = Table([
                (say("profile", "profil"), .name), (say("topics", "sujets"), .name),
                (say("readings", "relevés"), .right), (say("title", "titre"), .name),
            ])
            let language = Language.current == .french ? "fr" : "en"
            for parts in try profiles.load().files {
                let filters = parts.flatMap(\.subscriptionFilters)
                table.add([
                    parts[0].name,
                    filters.count > 3
                        ? filters[0]
                            + say(
                                " and \(filters.count - 1) more", " et \(filters.count - 1) autres")
                        : filters.joined(separator: " "),
                    String(parts.reduce(0) { $0 + $1.readings.count }),
                    parts[0].titles[language] ?? parts[0].titles["en"] ?? "",
                ])
            }
            Terminal.write(table.text(width: Terminal.width))
        }
    }

    struct Test: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "test",
            abstract: say("Runs the profiles' examples.", "Vérifie les exemples des profils."))
        @Argument(help: ArgumentHelp(say("Only these.", "Seulement ceux-ci."), valueName: "name"))
        var names: [String] = []
        @OptionGroup var profiles: ProfileOptions

        func run() throws {
            // Loading runs all examples and reports the faults of all files.
            let set = try profiles.load()
            for name in names where !set.profiles.contains(where: { $0.name == name }) {
                throw Failure(
                    .noInput, say("no profile '\(name)'", "pas de profil « \(name) »"))
            }
            var failures = 0
            for parts in set.files where names.isEmpty || names.contains(parts[0].name) {
                let outcomes = parts.flatMap { $0.runTests() }
                for outcome in outcomes {
                    guard let failure = outcome.failure else { continue }
                    failures += 1
                    complain("socle: \(parts[0].name):\(outcome.line): \(text(of: failure))")
                }
                let count = counted(
                    outcomes.count, ("example", "examples"), ("exemple", "exemples"))
                Terminal.write("\(parts[0].name): \(count)\n")
            }
            if failures > 0 {
                throw Failure(
                    .no,
                    counted(
                        failures, ("example fails", "examples fail"),
                        ("exemple échoue", "exemples échouent")))
            }
        }
    }

    struct Decode: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "decode",
            abstract: say(
                "Shows what a message would be read as.",
                "Montre ce qui serait lu d'un message."))
        @Option(help: ArgumentHelp(say("The message's topic.", "Le sujet du message.")))
        var topic: String
        @Option(help: ArgumentHelp(say("Payload in hexadecimal.", "Contenu en hexadécimal.")))
        var hex: String?
        @Option(help: ArgumentHelp(say("Payload in base64.", "Contenu en base64.")))
        var base64: String?
        @Argument(
            help: ArgumentHelp(
                say(
                    "File of the payload, - for standard input.",
                    "Fichier du contenu, - : entrée."),
                valueName: "file"))
        var file: String?
        @OptionGroup var profiles: ProfileOptions

        func run() throws {
            let set = try profiles.load()
            let bytes = try payload()
            let topicBytes = Array(topic.utf8)
            let matches = set.matches(topic: topicBytes.span)
            if matches.isEmpty {
                throw Failure(
                    .badInput,
                    say(
                        "no profile names the topic \(topic); see socle devices list",
                        "aucun profil ne nomme le sujet \(topic) ; voyez socle devices list"))
            }
            var decoder = MessageDecoder(set)
            let taken = matches.first {
                decoder.accepts(profile: $0.profileIndex, payload: bytes.span)
            }
            guard let match = taken else {
                throw Failure(.badInput, untaken(bytes, &decoder, set, matches))
            }
            let profile = set.profiles[match.profileIndex]
            var message = DecodedMessage()
            do throws(DecodeFault) {
                try decoder.decode(
                    profile: match.profileIndex, topic: topicBytes.span, payload: bytes.span,
                    arrival: clockMilliseconds(), into: &message)
            } catch {
                let reason = text(of: profile.refusalText(of: error, payload: bytes.span))
                throw Failure(
                    .badInput,
                    say(
                        "quarantined by profile \(profile.name): \(error.code): \(reason)",
                        "mis en quarantaine par le profil \(profile.name) : \(error.code) : "
                            + "\(reason)"))
            }
            for reading in message.readings {
                Terminal.write(line(reading, match.series(of: reading, in: message)))
            }
            Terminal.finish()
            if message.readings.isEmpty, message.refusals.isEmpty, message.droppedCount == 0 {
                complain(
                    say(
                        "socle: \(profile.name): nothing in this message is a reading",
                        "socle : \(profile.name) : rien dans ce message n'est un relevé"))
            }
            for refusal in profile.refusalTexts(of: message, payload: bytes.span) {
                complain("socle: \(profile.name): \(text(of: refusal))")
            }
        }

        /// Why no profile of a topic takes a message.
        private func untaken(
            _ bytes: [UInt8], _ decoder: inout MessageDecoder, _ set: ProfileSet,
            _ matches: [DeviceMatch]
        ) -> String {
            guard decoder.isDocument(bytes.span) else {
                return say(
                    "the message is not JSON, by which its profile is chosen",
                    "le message n'est pas du JSON, d'après lequel son profil est choisi")
            }
            let names = matches.prefix(3).map { set.profiles[$0.profileIndex].name }
            let list = names.joined(separator: ", ") + (matches.count > 3 ? ", …" : "")
            return say(
                "no profile of the topic takes this message by its 'where' or 'model'"
                    + " (\(matches.count): \(list))",
                "aucun profil du sujet ne prend ce message par « where » ou « model »"
                    + " (\(matches.count) : \(list))")
        }

        private func payload() throws -> [UInt8] {
            if let hex {
                let digits = hex.filter { !$0.isWhitespace }
                let bytes = stride(from: 0, to: digits.count, by: 2).compactMap { offset in
                    UInt8(digits.dropFirst(offset).prefix(2), radix: 16)
                }
                if digits.count % 2 == 0, bytes.count * 2 == digits.count { return bytes }
                throw Failure(.usage, say("--hex: no hexadecimal", "--hex : pas d'hexadécimal"))
            }
            if let base64 {
                if let data = Data(base64Encoded: base64) { return Array(data) }
                throw Failure(.usage, say("--base64: no base64", "--base64 : pas de base64"))
            }
            if file == nil || file == "-" {
                return Array(FileHandle.standardInput.readDataToEndOfFile())
            }
            guard let file, let data = FileManager.default.contents(atPath: file) else {
                throw Failure(
                    .noInput, say("cannot read \(file ?? "")", "impossible de lire \(file ?? "")"))
            }
            return Array(data)
        }

        private func line(_ reading: DecodedReading, _ series: SeriesDescriptor) -> String {
            let labels = series.key.labels
                .map { jsonString($0.name) + ":" + jsonString($0.value) }.joined(separator: ",")
            return "{\"metric\":\(jsonString(series.key.metric)),\"labels\":{\(labels)},"
                + "\"unit\":\(jsonString(series.unit)),\"kind\":\(jsonString(series.kind.name)),"
                + "\"time\":\(jsonString(rfc3339(reading.time, offsetSeconds: 0))),"
                + "\"value\":\(reading.value)}\n"
        }
    }
}
