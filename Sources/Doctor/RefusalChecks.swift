extension Doctor {
    /// LIMIT: of a hundred readings of a device, this many that are refused are no accident.
    private static let refusedPercentWarning = 1

    /// Whether a device sends readings in vain: its messages are read, and the ledger balances.
    static func refusalFinding(_ devices: [LedgerFacts.Refusals]) -> Finding {
        let noticeable = devices.filter {
            $0.total > 0 && $0.total * 100 >= $0.readings * refusedPercentWarning
        }
        guard let worst = noticeable.max(by: { $0.total < $1.total }) else {
            return Finding(
                .ok, "readings_refused", at: "socle ledger",
                Wording(
                    "no device had a noticeable share of its readings refused since yesterday",
                    "depuis hier, aucun appareil n'a eu une part notable de relevés refusés"))
        }
        let (reason, remedy) = mainReason(worst)
        let part = Wording.count(worst.total)
        let whole = Wording.count(worst.readings)
        let share = Wording.share(worst.total, of: worst.readings)
        let others = Wording.count(noticeable.count - 1)
        let more =
            noticeable.count == 1
            ? Wording("", "")
            : Wording("; other devices: \(others.english)", " ; autres : \(others.french)")
        return Finding(
            .warning, "readings_refused", at: "socle ledger",
            Wording(
                "\(part.english) of \(whole.english) readings of \(worst.device) since yesterday, "
                    + "\(share.english), refused, mostly as \(reason.english)\(more.english)",
                "depuis hier, \(part.french) relevés de \(worst.device) sur \(whole.french), soit "
                    + "\(share.french), refusés, surtout comme \(reason.french)\(more.french)"),
            remedy: remedy)
    }

    /// The reason that most of a device's readings were refused for, and what mends it.
    private static func mainReason(
        _ device: LedgerFacts.Refusals
    ) -> (reason: Wording, remedy: Wording) {
        switch max(device.tooLate, device.implausible, device.unreadable, device.redefined) {
        case device.tooLate:
            (
                Wording("too late", "trop tardifs"),
                Wording(
                    "set the device's clock, or raise late_limit in the policy",
                    "mettez l'appareil à l'heure, ou augmentez late_limit dans la politique")
            )
        case device.implausible:
            (
                Wording("implausible", "invraisemblables"),
                Wording(
                    "see the device, or widen 'valid' in its profile",
                    "voyez l'appareil, ou élargissez « valid » dans son profil")
            )
        case device.unreadable:
            (
                Wording("unreadable", "illisibles"),
                Wording(
                    "correct the profile: socle devices decode says what it cannot read",
                    "corrigez le profil : socle devices decode dit ce qu'il ne peut lire")
            )
        default:
            (
                Wording("of another kind or unit", "d'un autre genre ou d'une autre unité"),
                Wording(
                    "give the profile the store's kind and unit, or the reading a new name",
                    "donnez au profil le genre et l'unité de la base, ou au relevé un autre nom")
            )
        }
    }
}
