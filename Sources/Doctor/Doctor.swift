/// What would lose data, wear the card or leak, and how to mend it.
///
/// Facts are gathered apart (``MachineFacts``, and the command line for what other rooms know);
/// each check is a function from facts to findings, and asks the machine nothing.
public enum Doctor {
    /// What is to be said of a gateway's board, files and settings.
    public static func examine(_ facts: StationFacts) -> [Finding] {
        libraryFindings(facts) + settingFindings(facts.settings) + fileFindings(facts)
            + volumeFindings(facts) + clockFindings(facts.clock) + ledgerFindings(facts.ledger)
    }

    /// What is to be said of the broker.
    public static func examine(broker facts: BrokerFacts) -> [Finding] {
        connectionFindings(facts) + queueFindings(facts) + persistenceFindings(facts)
            + counterFindings(facts)
    }
}

/// What one check found.
public struct Finding: Sendable, Equatable {
    /// How bad it is. The names stand in machine formats.
    public enum Mark: String, Sendable, CaseIterable {
        case ok
        /// Wears the card, leaks, or loses data together with something else.
        case warning
        /// Would lose data.
        case fault
    }

    public let mark: Mark
    /// Which check, by a name that does not change: `store_mode`.
    public let check: String
    /// Where: a file, with its line where there is one, a key, or a topic.
    public let place: String
    public let what: Wording
    /// What mends it; nil where there is nothing to do.
    public let remedy: Wording?

    init(
        _ mark: Mark, _ check: String, at place: String, _ what: Wording, remedy: Wording? = nil
    ) {
        self.mark = mark
        self.check = check
        self.place = place
        self.what = what
        self.remedy = remedy
    }
}

/// One text in both languages; machine formats take the English one.
public struct Wording: Sendable, Equatable {
    public let english: String
    public let french: String

    init(_ english: String, _ french: String) {
        self.english = english
        self.french = french
    }
}
