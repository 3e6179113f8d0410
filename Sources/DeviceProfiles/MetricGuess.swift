import Telemetry

/// What a value may be, by its name.
struct MetricGuess: Equatable {
    var metric: String
    var kind: MetricKind
    /// The unit in which it is stored.
    var unit: String
    /// The device's unit, where that is another one.
    var sourceUnit: String?
    /// Of a state: its numbers and their names.
    var states: [Int64: String] = [:]
    var scale: Value?
}

/// Guesses metrics from the names that makers give their values: by the vocabulary, where there is
/// one, and by a table of what many of them write.
struct MetricGuesser {
    let vocabulary: MetricVocabulary?

    /// What the values of a place look like.
    enum Form {
        case number
        /// Numbers that are 0 or 1.
        case binary
        /// Words, and `true` and `false`.
        case word
    }

    /// - Parameters:
    ///   - names: of the value and of what it is in, the innermost first.
    ///   - form: what the values look like.
    ///   - hint: what somebody else has said of the value.
    func guess(_ names: [String], _ form: Form, hint: ValueHint? = nil) -> MetricGuess? {
        let own = names.map(Self.normalised)
        var guesses: [(metric: String, unit: String?)] = []
        if let metric = hint?.deviceClass.flatMap({ MakersNames.deviceClasses[$0] }) {
            guesses.append((metric, nil))
        }
        guesses += Self.candidates(own, isWord: form == .word)
        for guess in guesses {
            let unit = hint?.unit.map { intendedUnitCode($0) ?? $0 } ?? guess.unit
            guard var found = definition(guess.metric, sourceUnit: unit),
                form == .binary || (found.kind == .state) == (form == .word)
            else { continue }
            found.scale = hint?.scale
            return found
        }
        return nil
    }

    /// Small letters with `_` between words.
    private static func normalised(_ name: String) -> String {
        let words = snakeCase(name).split(whereSeparator: { !$0.isLetter && !$0.isNumber })
        return words.joined(separator: "_")
    }

    // MARK: - Names

    private static func candidates(
        _ names: [String], isWord: Bool
    ) -> [(metric: String, unit: String?)] {
        for (place, name) in names.enumerated() {
            let isLast = place == names.count - 1
            let outer = isLast ? "" : names[place + 1]
            if !outer.isEmpty {
                let both = meanings(of: outer + "_" + name, isWord: isWord)
                if name == "total" || !both.isEmpty && MakersNames.generic.contains(name) {
                    return both
                }
            }
            if !isLast, MakersNames.generic.contains(name) || name.allSatisfy(\.isNumber) {
                continue
            }
            return meanings(of: name, isWord: isWord)
        }
        return []
    }

    /// By the name, without a unit at its end, without a number there, and without words before.
    private static func meanings(
        of name: String, isWord: Bool
    ) -> [(metric: String, unit: String?)] {
        var (stem, unit) = withoutUnit(name)
        var found = [(name, nil)] + [(stem, unit)]
        while let last = stem.last, last.isNumber { stem.removeLast() }
        if stem.last == "_" { stem.removeLast() }
        found.append((stem, unit))
        var words = stem.split(separator: "_")
        while words.count > 1 {
            if MakersNames.spoilers.contains(String(words.removeFirst())) { break }
            found.append((words.joined(separator: "_"), unit))
        }
        return found.flatMap { name, unit in meanings(ofWhole: name, unit, isWord: isWord) }
    }

    private static func meanings(
        ofWhole name: String, _ unit: String?, isWord: Bool
    ) -> [(metric: String, unit: String?)] {
        if isWord, let metric = MakersNames.states[name] { return [(metric, nil)] }
        let common = MakersNames.numbers[name].map { [($0.metric, unit ?? $0.unit)] } ?? []
        return [(name, unit)] + common
    }

    private static func withoutUnit(_ name: String) -> (String, String?) {
        guard let place = name.lastIndex(of: "_"),
            let unit = MakersNames.units[String(name[name.index(after: place)...])]
        else { return (name, nil) }
        return (String(name[..<place]), unit)
    }

    // MARK: - Definitions

    /// The metric, where it is known and the device's unit is one of its dimension.
    private func definition(_ metric: String, sourceUnit: String?) -> MetricGuess? {
        guard let (kind, units, states) = known(metric) else { return nil }
        var guess = MetricGuess(metric: metric, kind: kind, unit: units[0], states: states)
        guard let sourceUnit, kind != .state, sourceUnit != units[0] else { return guess }
        if units.contains(sourceUnit) {
            guess.unit = sourceUnit
        } else if UnitConversion(from: sourceUnit, to: units[0]) != nil {
            guess.sourceUnit = sourceUnit
        } else if metric == "battery" {
            return definition("battery_voltage", sourceUnit: sourceUnit)
        } else {
            return nil
        }
        return guess
    }

    private func known(_ metric: String) -> (MetricKind, [String], [Int64: String])? {
        guard let vocabulary else { return MakersNames.metrics[metric] }
        return vocabulary.definitions[metric].map { ($0.kind, $0.units, $0.states) }
    }
}
