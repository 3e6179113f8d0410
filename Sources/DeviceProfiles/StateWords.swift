/// The words of a state with two numbers, as devices write them.
enum StateWords {
    /// What stands for 0 and for 1.
    private static let pairs: [(String, String)] = [
        ("off", "on"), ("false", "true"), ("0", "1"), ("no", "yes"), ("closed", "open"),
        ("close", "open"), ("offline", "online"), ("inactive", "active"), ("clear", "detected"),
        ("free", "occupied"), ("dry", "wet"), ("normal", "low"), ("ok", "alarm"),
    ]

    /// Whether it is one of these words.
    static func isKnown(_ word: String) -> Bool {
        pairs.contains { $0.0 == word.lowercased() || $0.1 == word.lowercased() }
    }

    /// The `map` of a reading: words that were heard, with the other one of their pair, and their
    /// numbers; nil where one of them is not known.
    ///
    /// - Parameter name: of the value; Zigbee's `contact` is true where the door is closed.
    static func map(
        _ heard: [String], states: [Int64: String], name: String
    ) -> [(word: String, number: Int64)]? {
        var map: [(word: String, number: Int64)] = []
        func add(_ word: String, _ number: Int64) {
            if !map.contains(where: { $0.word == word }) { map.append((word, number)) }
        }
        let isTwofold = Set(states.keys) == [0, 1]
        let own = isTwofold ? [(states[0] ?? "", states[1] ?? "")] : []
        for word in heard {
            if let pair = pair(of: word, in: own + (isTwofold ? pairs : [])) {
                let isReversed = name.lowercased() == "contact" && pair.no.lowercased() == "false"
                add(pair.no, isReversed ? 1 : 0)
                add(pair.yes, isReversed ? 0 : 1)
            } else if let number = states.first(where: { $0.value == word.lowercased() })?.key {
                add(word, number)
            } else {
                return nil
            }
        }
        // A state is called by the first word for its number.
        let names = Set(map.map(\.number)).sorted().compactMap { number in
            states[number].map { (word: $0, number: number) }
        }
        for name in names { map.removeAll { $0.word == name.word && $0.number == name.number } }
        return map.isEmpty && names.isEmpty ? nil : names + map
    }

    /// Both words of a pair, in the case of the one that was heard.
    private static func pair(
        of word: String, in pairs: [(String, String)]
    ) -> (no: String, yes: String)? {
        let small = word.lowercased()
        guard let (no, yes) = pairs.first(where: { $0.0 == small || $0.1 == small }) else {
            return nil
        }
        if word == small { return (no, yes) }
        if word == word.uppercased() { return (no.uppercased(), yes.uppercased()) }
        return (titled(no), titled(yes))
    }

    private static func titled(_ word: String) -> String {
        word.prefix(1).uppercased() + word.dropFirst()
    }
}
