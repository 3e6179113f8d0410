import StrictYAML
import Testing

/// Sentences that can be said in another language.
struct FaultTextTests {
    private let key = "metrc"

    private func french(_ template: String) -> String? {
        [
            "unknown key '%1' in %2": "dans %2, clé inconnue « %1 »", "a reading": "un relevé",
            "between %1 and %2 %": "de %1 à %2 %",
        ][template]
    }

    @Test func aSentenceIsTheTextThatWasWritten() {
        let subject: FaultText = "a reading"
        let sentence: FaultText = "unknown key '\(key)' " + "in \(subject)"
        #expect(sentence.description == "unknown key 'metrc' in a reading")
        #expect(sentence.template == "unknown key '%1' in %2")
    }

    @Test func aTranslationMayTurnItAround() {
        let subject: FaultText = "a reading"
        let sentence: FaultText = "unknown key '\(key)' in \(subject)"
        #expect(sentence.text(french) == "dans un relevé, clé inconnue « metrc »")
        #expect(("no such sentence, \(key)" as FaultText).text(french) == "no such sentence, metrc")
    }

    /// What was found is not looked through for places to insert.
    @Test func percentSignsStay() {
        let sentence: FaultText = "between \(0) and \("%1") %"
        #expect(sentence.description == "between 0 and %1 %")
        #expect(sentence.text(french) == "de 0 à %1 %")
        #expect(("" as FaultText).isEmpty && !sentence.isEmpty)
    }
}
