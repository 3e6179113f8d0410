import StrictYAML
import Telemetry

/// A place of a draft that becomes a reading.
struct DraftReading {
    let value: DraftValue
    let guess: MetricGuess
    /// Of a state.
    var map: [(word: String, number: Int64)] = []
    var label: (name: String, value: String)?

    /// Metric and own label.
    var series: String {
        SeriesKey(
            metric: guess.metric, labels: label.map { [$0.name: $0.value] } ?? [:]
        ).description
    }
}

/// Which places of a draft become readings, and why the others do not.
struct DraftReadings {
    private(set) var kept: [DraftReading] = []
    private(set) var dropped: [ProfileDraft.Dropped] = []

    init(
        _ values: DraftValues, _ vocabulary: MetricVocabulary?, _ hints: DeviceHints,
        _ group: CapturedGroup
    ) {
        let guesser = MetricGuesser(vocabulary: vocabulary)
        for value in values.all {
            let names = value.steps == nil ? [] : Array(value.names.reversed())
            let hint = hints.hint(topics: group.topics, names: names)
            switch Self.reading(value, guesser, hint) {
            case .success(let reading) where kept.count < Profile.readingCountMax:
                kept.append(reading)
            case .success: drop(value, because: "a profile has 256 readings at most")
            case .failure(let refusal): drop(value, because: refusal.reason)
            }
        }
        for topic in group.topics {
            for refusal in hints.refused[topic] ?? [] {
                dropped.append(
                    ProfileDraft.Dropped(
                        place: maskedTopic(refusal.place), sample: nil, reason: refusal.reason))
            }
        }
    }

    private mutating func drop(_ value: DraftValue, because reason: FaultText) {
        dropped.append(
            ProfileDraft.Dropped(place: value.place, sample: value.shownSample, reason: reason))
    }

    private struct Refusal: Error { let reason: FaultText }

    private static func reading(
        _ value: DraftValue, _ guesser: MetricGuesser, _ hint: ValueHint?
    ) -> Result<DraftReading, Refusal> {
        if value.samples.isEmpty { return .failure(Refusal(reason: "it never had a value")) }
        if value.identifies {
            return .failure(Refusal(reason: "it may identify a device or a person"))
        }
        if value.steps != nil, value.from == nil {
            return .failure(Refusal(reason: "a profile cannot write this place"))
        }
        guard let form = value.form else { return .failure(Refusal(reason: "a text")) }
        guard let guess = guesser.guess(value.names, form, hint: hint) else {
            return .failure(
                Refusal(reason: "no metric is known for it: write a reading where it is wanted"))
        }
        guard guess.kind == .state else {
            return .success(DraftReading(value: value, guess: guess))
        }
        let map = StateWords.map(
            value.samples, states: guess.states, name: value.names.first ?? "")
        guard let map else {
            return .failure(Refusal(reason: "not all of its words are known: map them"))
        }
        return .success(DraftReading(value: value, guess: guess, map: map))
    }

    /// Gives readings of one metric a label, by what tells their places apart.
    mutating func tellApart() {
        let places = Dictionary(grouping: kept.indices, by: { kept[$0].guess.metric })
        for indices in places.values where indices.count > 1 {
            var texts = indices.map { kept[$0].value.words }
            while let first = texts[0].first, texts.allSatisfy({ $0.first == first }) {
                for index in texts.indices { texts[index].removeFirst() }
            }
            while let last = texts[0].last, texts.allSatisfy({ $0.last == last }) {
                for index in texts.indices { texts[index].removeLast() }
            }
            let arePhases = texts.allSatisfy { Self.phases.contains($0.joined()) }
            for (place, text) in zip(indices, texts) {
                let word = text.isEmpty ? "main" : text.joined(separator: "_")
                kept[place].label = (arePhases ? "phase" : "part", word)
            }
        }
    }

    private static let phases: Set<String> = ["a", "b", "c", "n", "l1", "l2", "l3"]
}

extension DraftValue {
    /// The words of its place, from the document on.
    fileprivate var words: [String] {
        (steps ?? []).flatMap { step -> [String] in
            switch step {
            case .index(let index): [String(index)]
            case .name(let name):
                snakeCase(name).split(whereSeparator: { !$0.isLetter && !$0.isNumber })
                    .map(String.init)
            }
        }
    }
}
