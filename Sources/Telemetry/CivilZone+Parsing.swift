extension CivilZone {
    /// The instant of `YYYY-MM-DD[ HH:MM[:SS]]` on this zone's clocks, nil where a text is none; a
    /// `T` may stand for the blank.
    ///
    /// A time that the clocks skip is the instant of the change; one that they show twice is the
    /// first of the two.
    public func instant(parsing text: String) -> Int64? { clockTime(parsing: text)?.instant }

    /// What the clocks made of `YYYY-MM-DD[ HH:MM[:SS]]`, nil where a text is none. A date alone
    /// is the first instant of its day.
    public func clockTime(parsing text: String) -> ClockTime? {
        let parts = text.split(
            omittingEmptySubsequences: false, whereSeparator: { $0 == " " || $0 == "T" })
        guard (1...2).contains(parts.count), let date = CivilDate(parsing: parts[0]) else {
            return nil
        }
        guard parts.count == 2 else { return .once(instant(of: date)) }
        let clock = parts[1].split(separator: ":", omittingEmptySubsequences: false)
        let numbers = clock.compactMap { digits($0, count: 2) }
        guard numbers.count == clock.count, (2...3).contains(numbers.count), numbers[0] < 24,
            numbers[1] < 60, numbers.count == 2 || numbers[2] < 60
        else { return nil }
        let seconds = numbers[0] * 3600 + numbers[1] * 60 + (numbers.count == 3 ? numbers[2] : 0)
        return clockTime(of: date, wallClock: seconds * 1000)
    }
}

extension CivilDate {
    /// The date of `YYYY-MM-DD`, nil where the calendar has none.
    public init?(parsing text: some StringProtocol) {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 3, let year = digits(parts[0], count: 4),
            let month = digits(parts[1], count: 2), let day = digits(parts[2], count: 2)
        else { return nil }
        self.init(year: Int(year), month: Int(month), day: Int(day))
        guard isValid else { return nil }
    }
}

/// A number of exactly so many digits and nothing else.
private func digits(_ text: some StringProtocol, count: Int) -> Int64? {
    guard text.utf8.count == count, text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else {
        return nil
    }
    return Int64(text)
}
