import Testing

/// The faults of files have their French, and the French its faults.
struct TranslationTests {
    /// The templates that are translated, `%1` where something was found.
    private static let templates: [String] = [
        "FrenchFaults", "FrenchProfileFaults", "FrenchLayoutFaults",
    ].flatMap {
        (Repository.text("Sources/socle/\($0).swift") ?? "")
            .matches(of: /(?m)^    "((?:[^"\\]|\\.)*)":/).map { String($0.1) }
    }

    /// The rooms that read files by hand, with texts that go over several lines in one.
    private static let sources = Repository.sources
        .filter { ["StrictYAML", "Policy", "DeviceProfiles", "Gateway"].contains($0.room) }
        .map(\.text).joined().replacing(/"\s*\+\s*"/, with: "")

    @Test func thereAreTranslations() { #expect(Self.templates.count > 80) }

    @Test(arguments: templates)
    func translationsHaveTheirFault(template: String) {
        for constant in template.split(separator: /%\d/) {
            #expect(Self.sources.contains(constant), "nobody says '\(template)'")
        }
    }

    /// By the beginning of each sentence, up to what was found.
    @Test func faultsHaveTheirTranslation() {
        let starts = Self.sources.matches(
            of: /(?:fault\(|message:|remedy:|subject:|problem =)\s*"((?:[^"\\]|\\[^(])*)/
        ).map { String($0.1) }
        #expect(starts.count > 80)
        for start in Set(starts) {
            #expect(
                Self.templates.contains {
                    $0 == start || start.isEmpty || $0.hasPrefix(start + "%")
                }, "no French for '\(start)'")
        }
    }
}
