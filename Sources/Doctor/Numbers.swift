/// Numbers in a text for people, each language with its own marks.
extension Wording {
    /// `288,000`, and in French with narrow blanks.
    static func count(_ number: Int) -> Wording {
        Wording(grouped(number, by: ","), grouped(number, by: "\u{202F}"))
    }

    /// How long, in its largest unit, rounded down: `5 minutes`, `3 days`.
    static func duration(seconds: Int) -> Wording {
        let (length, english, french): (Int, String, String) =
            switch seconds {
            case ..<120: (1, "second", "seconde")
            case ..<7_200: (60, "minute", "minute")
            case ..<172_800: (3_600, "hour", "heure")
            default: (86_400, "day", "jour")
            }
        let number = max(0, seconds) / length
        let count = Wording.count(number)
        return Wording(
            "\(count.english) \(english)\(number == 1 ? "" : "s")",
            "\(count.french) \(french)\(number < 2 ? "" : "s")")
    }

    /// Bytes in megabytes of a million, rounded up; 0 is no megabyte.
    static func megabytes(_ bytes: Int) -> Wording {
        let count = Wording.count((max(0, bytes) + 999_999) / 1_000_000)
        return Wording("\(count.english) MB", "\(count.french) Mo")
    }

    /// A share of a whole with one decimal; a share that is no zero is not printed as one.
    static func share(_ part: Int, of whole: Int) -> Wording {
        let tenths = max(1, (part * 1_000 + whole / 2) / max(1, whole))
        return Wording("\(tenths / 10).\(tenths % 10)%", "\(tenths / 10),\(tenths % 10)\u{A0}%")
    }

    private static func grouped(_ number: Int, by mark: String) -> String {
        let digits = String(number)
        return digits.enumerated().reduce(into: "") { text, digit in
            let left = digits.count - digit.offset
            if digit.offset > 0, left % 3 == 0 { text += mark }
            text.append(digit.element)
        }
    }
}
