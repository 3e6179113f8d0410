/// What the label of a group says of its value.
enum TeleinformationLabel: Equatable {
    /// Names the meter or the delivery point, and so a household.
    case identifier
    /// Never a number, even where it has only digits.
    case text
    /// A quantity, whose unit is at that place of ``teleinformationUnits``.
    case quantity(Int)
    /// A number or a word without a unit.
    case plain

    init(_ label: Span<UInt8>) {
        if identifiers.index(of: label) != nil {
            self = .identifier
        } else if texts.index(of: label) != nil {
            self = .text
        } else if let unit = teleinformationUnits.firstIndex(where: {
            $0.labels.index(of: label) != nil
        }) {
            self = .quantity(unit)
        } else {
            self = .plain
        }
    }
}

private let identifiers = WordTable(["ADCO", "ADSC", "PRM"])

/// Names, messages, calendars, and the status word, which is hexadecimal.
private let texts = WordTable([
    "OPTARIF", "PTEC", "DEMAIN", "HHPHC", "NGTF", "LTARF", "STGE", "MSG1", "MSG2", "PJOURF+1",
    "PPOINTE", "PPOT",
])

/// Units as UCUM writes them, and the labels whose values have them.
let teleinformationUnits: [(code: StaticString, labels: WordTable)] = [
    (
        "W.h",
        WordTable(
            [
                "BASE", "HCHC", "HCHP", "EJPHN", "EJPHPM", "BBRHCJB", "BBRHPJB", "BBRHCJW",
                "BBRHPJW", "BBRHCJR", "BBRHPJR", "EAST", "EAIT", "EASF10",
            ] + numbered("EASF0", 1...9) + numbered("EASD0", 1...4))
    ),
    ("V.A.h{reactive}", WordTable(numbered("ERQ", 1...4))),
    (
        "A",
        WordTable(
            ["IINST", "IMAX", "ISOUSC", "ADPS"] + numbered("IINST", 1...3)
                + numbered("IMAX", 1...3) + numbered("ADIR", 1...3) + numbered("IRMS", 1...3))
    ),
    ("V", WordTable(numbered("URMS", 1...3) + numbered("UMOY", 1...3))),
    ("kV.A", WordTable(["PREF", "PCOUP"])),
    (
        "V.A",
        WordTable(
            [
                "PAPP", "SINSTS", "SINSTI", "SMAXSN", "SMAXSN-1", "SMAXIN", "SMAXIN-1",
                "SMAXSN1-1", "SMAXSN2-1", "SMAXSN3-1",
            ] + numbered("SINSTS", 1...3) + numbered("SMAXSN", 1...3))
    ),
    ("W", WordTable(["CCASN", "CCASN-1", "CCAIN", "CCAIN-1", "PMAX"])),
    ("min", WordTable(["PEJP"])),
]

private func numbered(_ label: String, _ numbers: ClosedRange<Int>) -> [String] {
    numbers.map { label + String($0) }
}
