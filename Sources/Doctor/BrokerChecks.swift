extension Doctor {
    /// What the broker says when it is asked.
    static func connectionFindings(_ facts: BrokerFacts) -> [Finding] {
        switch facts.connection {
        case .notTried: return []
        case .refusedVersion:
            return [
                Finding(
                    .fault, "protocol", at: facts.address,
                    Wording(
                        "the broker speaks MQTT v3.1.1 at most: no session expiry, 20 messages on "
                            + "the way",
                        "le courtier ne parle que MQTT v3.1.1 : ni durée de session, ni plus de "
                            + "20 messages en route"),
                    remedy: Wording(
                        "install mosquitto 2.0 or newer", "installez mosquitto 2.0 ou plus récent")
                )
            ]
        case .accepted:
            let version = facts.figures[BrokerFacts.prefix + BrokerFacts.version]
            return [
                Finding(
                    .ok, "protocol", at: facts.address,
                    Wording("the broker speaks MQTT v5", "le courtier parle MQTT v5"))
            ]
                + (version.map { [versionFinding($0, facts)] } ?? [])
        }
    }

    private static func versionFinding(_ version: String, _ facts: BrokerFacts) -> Finding {
        let isOld = version.hasPrefix("mosquitto version 1.")
        return Finding(
            isOld ? .warning : .ok, "version", at: facts.address, Wording(version, version),
            remedy: isOld
                ? Wording("install 2.0 or newer", "installez la 2.0 ou une plus récente") : nil)
    }

    /// What the broker has dropped already.
    static func counterFindings(_ facts: BrokerFacts) -> [Finding] {
        guard facts.connection == .accepted else { return [] }
        let topic = BrokerFacts.prefix + BrokerFacts.dropped
        guard let count = facts.figure(BrokerFacts.dropped) else {
            // A broker may say nothing of drops before the first one.
            guard facts.figures.isEmpty else {
                return [
                    Finding(
                        .ok, "dropped", at: topic,
                        Wording(
                            "the broker announces no dropped message",
                            "le courtier n'annonce aucun message perdu"))
                ]
            }
            return [
                Finding(
                    .warning, "dropped", at: topic,
                    Wording(
                        "the broker does not tell what it drops",
                        "le courtier ne dit pas ce qu'il perd"),
                    remedy: Wording(
                        "let the gateway's user read $SYS/#, and keep sys_interval above 0",
                        "laissez le compte de la passerelle lire $SYS/#, et sys_interval non nul"))
            ]
        }
        let number = Wording.count(Int(min(count, 1e15)))
        if count < 1 {
            return [
                Finding(
                    .ok, "dropped", at: topic,
                    Wording(
                        "no message dropped since the broker's start",
                        "aucun message perdu depuis le démarrage du courtier"))
            ]
        }
        let isGoingOn = (facts.figure(BrokerFacts.droppingRate) ?? 0) > 0
        return [
            Finding(
                isGoingOn ? .fault : .warning, "dropped", at: topic,
                isGoingOn
                    ? Wording(
                        "\(number.english) messages dropped since the broker's start, some of "
                            + "them lately",
                        "\(number.french) messages perdus depuis le démarrage du courtier, dont "
                            + "de récents")
                    : Wording(
                        "\(number.english) messages dropped since the broker's start",
                        "\(number.french) messages perdus depuis le démarrage du courtier"),
                remedy: Wording(
                    "raise the broker's limits: socle doctor broker --drop-in",
                    "relevez les limites du courtier : socle doctor broker --drop-in"))
        ]
    }
}
