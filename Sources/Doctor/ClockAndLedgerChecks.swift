extension Doctor {
    /// Whether times of arrival can be trusted.
    static func clockFindings(_ clock: StationFacts.Clock) -> [Finding] {
        [realTimeClockFinding(clock), synchronisationFinding(clock)]
    }

    private static func realTimeClockFinding(_ clock: StationFacts.Clock) -> Finding {
        guard !clock.isKept else {
            return Finding(
                .ok, "rtc", at: "/dev/rtc",
                clock.hasRealTimeClock
                    ? Wording("the board has a clock of its own", "la carte a une horloge à pile")
                    : Wording(
                        "the host of this virtual machine keeps the time",
                        "l'hôte de cette machine virtuelle garde l'heure"))
        }
        return Finding(
            .warning, "rtc", at: "/dev/rtc",
            Wording(
                "no clock of its own: after a power cut, readings wait for their time until the "
                    + "network is back",
                "pas d'horloge à pile : après une coupure, les relevés attendent leur date "
                    + "jusqu'au retour du réseau"),
            remedy: Wording(
                "fit a battery-backed clock, such as a DS3231",
                "ajoutez une horloge à pile, par exemple un DS3231"))
    }

    private static func synchronisationFinding(_ clock: StationFacts.Clock) -> Finding {
        guard clock.isSynchronised == false else {
            return Finding(
                .ok, "clock", at: "adjtimex",
                clock.isSynchronised == true
                    ? Wording("the clock is synchronised", "l'horloge est synchronisée")
                    : Wording(
                        "the kernel does not say whether the clock is synchronised",
                        "le noyau ne dit pas si l'horloge est synchronisée"))
        }
        return Finding(
            .warning, "clock", at: "adjtimex",
            Wording(
                "the clock is not synchronised: readings without a time of their own get a wrong "
                    + "one",
                "l'horloge n'est pas synchronisée : les relevés sans date propre en reçoivent une "
                    + "fausse"),
            remedy: Wording(
                "apt install systemd-timesyncd or chrony, and let NTP through",
                "apt install systemd-timesyncd ou chrony, et laissez passer NTP"))
    }

    /// LIMIT: of a hundred messages, this many that are not kept are a profile's fault and no
    /// accident.
    private static let lostPercentFault = 1

    /// What the profiles could not read in the last days.
    static func ledgerFindings(_ ledger: LedgerFacts?) -> [Finding] {
        guard let ledger, ledger.messagesReceived > 0 else { return [] }
        return [
            unplacedFinding(ledger.readingsUnplaced),
            lossFinding(
                "quarantined", "mis en quarantaine", ledger.messagesQuarantined, of: ledger,
                Wording("in quarantine: no profile could read them", "en quarantaine, illisibles"),
                remedy: Wording(
                    "socle ledger --quarantine names their topics, and socle devices decode says "
                        + "what of them the profile cannot read",
                    "socle ledger --quarantine nomme leurs sujets, et socle devices decode dit "
                        + "ce que le profil ne peut en lire")),
            lossFinding(
                "refused", "refusé", ledger.messagesRefused, of: ledger,
                Wording(
                    "refused: no profile names their topic",
                    "refusés : aucun profil ne nomme leur sujet"),
                remedy: Wording(
                    "add a profile for them, or unsubscribe",
                    "ajoutez un profil pour eux, ou désabonnez-vous")),
            refusalFinding(ledger.refusals),
        ]
    }

    private static func unplacedFinding(_ count: Int) -> Finding {
        guard count > 0 else {
            return Finding(
                .ok, "unplaced", at: "socle ledger",
                Wording("every reading has its time", "chaque relevé a sa date"))
        }
        let number = Wording.count(count)
        let ending = count == 1 ? "" : "s"
        return Finding(
            .warning, "unplaced", at: "socle ledger",
            Wording(
                "\(number.english) reading\(ending) of earlier starts without a time: the clock "
                    + "was never set",
                "\(number.french) relevé\(ending) de démarrages précédents sans date : l'horloge "
                    + "n'a jamais été mise à l'heure"),
            remedy: Wording(
                "fit a battery-backed clock, let NTP through, or see 'clock' in socle.yaml",
                "ajoutez une horloge à pile, laissez passer NTP, ou voyez « clock » dans "
                    + "socle.yaml"))
    }

    private static func lossFinding(
        _ check: String, _ french: String, _ count: Int, of ledger: LedgerFacts,
        _ reason: Wording, remedy: Wording
    ) -> Finding {
        let days = Wording.duration(seconds: ledger.days * 86_400)
        guard count > 0 else {
            return Finding(
                .ok, check, at: "socle ledger",
                Wording(
                    "no message of the last \(days.english) was \(check)",
                    "depuis \(days.french), aucun message n'a été \(french)"))
        }
        let share = Wording.share(count, of: ledger.messagesReceived)
        let number = Wording.count(count)
        let ending = count == 1 ? "" : "s"
        return Finding(
            count * 100 < ledger.messagesReceived * lostPercentFault ? .warning : .fault, check,
            at: "socle ledger",
            Wording(
                "\(number.english) message\(ending) of the last \(days.english), \(share.english), "
                    + reason.english,
                "\(number.french) message\(ending) depuis \(days.french), soit \(share.french), "
                    + reason.french),
            remedy: remedy)
    }
}
