extension Doctor {
    /// The libraries that durability rests on.
    static func libraryFindings(_ facts: StationFacts) -> [Finding] {
        [mosquittoFinding(facts), sqliteFinding(facts.sqliteVersion)]
    }

    private static func mosquittoFinding(_ facts: StationFacts) -> Finding {
        let version = facts.mosquittoVersion
        guard !facts.withholdsAcknowledgements else {
            return Finding(
                .ok, "libmosquitto", at: "libmosquitto",
                Wording(
                    "\(version) keeps acknowledgements back until readings are stored",
                    "la \(version) retient les acquittements jusqu'à l'enregistrement durable"))
        }
        return Finding(
            .fault, "libmosquitto", at: "libmosquitto",
            Wording(
                "\(version) is not known to keep acknowledgements back, so socle run refuses it",
                "la \(version) n'est pas connue pour retenir les acquittements : socle run la "
                    + "refuse"),
            remedy: Wording("install 2.0 or 2.1", "installez la 2.0 ou la 2.1"))
    }

    /// The oldest SQLite that the tests of crashes and power cuts ran with.
    private static let oldestSQLite = [3, 40, 0]

    private static func sqliteFinding(_ version: String) -> Finding {
        let parts = version.split(separator: ".").compactMap { Int($0) }
        guard parts.lexicographicallyPrecedes(oldestSQLite) else {
            return Finding(
                .ok, "sqlite", at: "SQLite",
                Wording(
                    "\(version); each commit is synced to the medium (synchronous=FULL)",
                    "\(version) ; chaque enregistrement est écrit sur le support "
                        + "(synchronous=FULL)"))
        }
        return Finding(
            .warning, "sqlite", at: "SQLite",
            Wording(
                "\(version) is older than any that Socle was tested with",
                "la \(version) est plus ancienne que celles avec lesquelles Socle a été essayé"),
            remedy: Wording("install 3.40 or newer", "installez la 3.40 ou une plus récente"))
    }

    /// LIMIT: below a day, a broken board that is replaced tomorrow has lost its session; below
    /// three, one that stops on a Friday night.
    private static let (expiryFault, expiryWarning) = (86_400, 3 * 86_400)
    /// LIMIT: commits more frequent than this are mostly pages around a few readings.
    private static let commitMinimum = 1_000

    /// What the configuration asks for.
    static func settingFindings(_ settings: StationFacts.Settings) -> [Finding] {
        [commitFinding(settings), keepAliveFinding(settings), expiryFinding(settings)]
            + [transportFinding(settings)].compactMap(\.self)
    }

    private static func commitFinding(_ settings: StationFacts.Settings) -> Finding {
        let milliseconds = settings.commitMilliseconds
        guard milliseconds < commitMinimum else {
            let length = Wording.duration(seconds: milliseconds / 1_000)
            return Finding(
                .ok, "commit_interval", at: "commit_interval",
                Wording(
                    "the broker's memory keeps a message for \(length.english) at most before it "
                        + "is durable",
                    "un message reste au plus \(length.french) dans la mémoire du courtier avant "
                        + "d'être durable"))
        }
        return Finding(
            .warning, "commit_interval", at: "commit_interval",
            Wording(
                "\(milliseconds) ms writes to the card many times a second",
                "\(milliseconds) ms : la carte est écrite plusieurs fois par seconde"),
            remedy: Wording("set it to 5s", "mettez 5s"))
    }

    private static func keepAliveFinding(_ settings: StationFacts.Settings) -> Finding {
        let seconds = settings.keepAliveSeconds
        guard seconds * 1_000 >= 4 * settings.commitMilliseconds else {
            return Finding(
                .fault, "keep_alive", at: "broker.keep_alive",
                Wording(
                    "less than four times commit_interval: a slow commit costs the connection",
                    "moins de quatre fois commit_interval : un enregistrement lent coûte la "
                        + "connexion"),
                remedy: Wording("set it to 2m", "mettez 2m"))
        }
        return Finding(
            .ok, "keep_alive", at: "broker.keep_alive",
            Wording(
                "a slow commit does not cost the connection",
                "un enregistrement lent ne coûte pas la connexion"))
    }

    private static func expiryFinding(_ settings: StationFacts.Settings) -> Finding {
        let seconds = settings.sessionExpirySeconds
        let length = Wording.duration(seconds: seconds)
        let mark: Finding.Mark =
            seconds < expiryFault ? .fault : seconds < expiryWarning ? .warning : .ok
        return Finding(
            mark, "session_expiry", at: "broker.session_expiry",
            Wording(
                "the broker drops session and queue when the gateway is away for \(length.english)",
                "le courtier oublie session et file d'attente après \(length.french) d'absence de "
                    + "la passerelle"),
            remedy: mark == .ok ? nil : Wording("set it to 7d", "mettez 7d"))
    }

    /// Nil for a broker on this machine.
    private static func transportFinding(_ settings: StationFacts.Settings) -> Finding? {
        let host = settings.brokerHost
        if host == "localhost" || host == "::1" || host.hasPrefix("127.") { return nil }
        guard !settings.brokerHasTLS else {
            return Finding(
                .ok, "tls", at: "broker.tls",
                Wording(
                    "readings travel encrypted from \(host)",
                    "les relevés viennent chiffrés de \(host)"))
        }
        return Finding(
            .warning, "tls", at: "broker.tls",
            Wording(
                "readings and password travel in the clear to and from \(host)",
                "relevés et mot de passe circulent en clair vers \(host)"),
            remedy: Wording(
                "give the broker a certificate, and name its authority in tls.ca_file",
                "donnez un certificat au courtier, et nommez son autorité dans tls.ca_file"))
    }
}
