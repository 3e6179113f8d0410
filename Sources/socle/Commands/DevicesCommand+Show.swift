import ArgumentParser
import DeviceProfiles
import SeriesQuery
import Telemetry

extension DevicesCommand {
    struct Show: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "show",
            abstract: say(
                "What a profile reads, with units and plausible ranges.",
                "Ce que lit un profil, avec unités et bornes."))
        @Argument(
            help: ArgumentHelp(say("The profile's name.", "Le nom du profil."), valueName: "name"))
        var name: String
        @OptionGroup var profiles: ProfileOptions

        func run() throws {
            let set = try profiles.load()
            guard let parts = set.files.first(where: { $0[0].name == name }) else {
                throw Failure(
                    .noInput, say("no profile '\(name)'", "pas de profil « \(name) »"))
            }
            let language = Language.current == .french ? "fr" : "en"
            let first = parts[0]
            Terminal.write((first.titles[language] ?? first.titles["en"] ?? "") + "\n")
            Terminal.write(say("source: ", "source : ") + first.source + "\n")
            for topic in Set(parts.flatMap(\.topics)).sorted() {
                Terminal.write(say("topic: ", "sujet : ") + topic + "\n")
            }
            if !first.models.isEmpty {
                let models = first.models.joined(separator: ", ")
                Terminal.write(say("models: ", "modèles : ") + models + "\n")
            }
            Terminal.write("\n")
            Terminal.write(table(parts, set.vocabulary, language).text(width: Terminal.width))
        }

        private func table(
            _ parts: [Profile], _ vocabulary: MetricVocabulary?, _ language: String
        ) -> Table {
            var table = Table([
                (say("reading", "relevé"), .name), (say("unit", "unité"), .name),
                (say("kind", "genre"), .name), (say("plausible", "plausible"), .name),
                (say("from", "place"), .name), (say("what it is", "ce que c'est"), .name),
            ])
            for reading in parts.flatMap(\.readings) {
                let fixed = reading.labels.sorted { $0.key < $1.key }.map { "\($0)=\($1)" }
                let labels = fixed + reading.payloadLabels.map { $0 + "=…" }
                let title = vocabulary?.definitions[reading.metric]?.titles[language] ?? ""
                table.add([
                    reading.metric + (labels.isEmpty ? "" : "{\(labels.joined(separator: ","))}"),
                    reading.unit, kindName(reading.kind),
                    reading.range.map { "\($0.lowerBound) … \($0.upperBound)" } ?? "",
                    [reading.topic, reading.path].compactMap(\.self).joined(separator: " "),
                    title,
                ])
            }
            return table
        }

        private func kindName(_ kind: MetricKind) -> String {
            switch kind {
            case .gauge, .steppedGauge: say("gauge", "jauge")
            case .counter: say("counter", "compteur")
            case .amount: say("amount", "quantité")
            case .state: say("state", "état")
            }
        }
    }
}
