extension Doctor {
    /// LIMIT: an outage that nobody notices before the next working morning.
    private static let outageSeconds = 86_400

    /// How much the broker keeps while the gateway is away.
    static func queueFindings(_ facts: BrokerFacts) -> [Finding] {
        guard let file = facts.file else {
            return [
                Finding(
                    .warning, "limits", at: facts.address,
                    Wording(
                        "a broker does not tell its limits" + sentence(need(facts)).english,
                        "un courtier ne dit pas ses limites" + sentence(need(facts)).french),
                    remedy: Wording(
                        "give its file: --file /etc/mosquitto/mosquitto.conf",
                        "donnez son fichier : --file /etc/mosquitto/mosquitto.conf"))
            ]
        }
        return [outageFinding(file, facts), windowFinding(file), unacknowledgedFinding(file)]
            + [expirationFinding(file, facts)].compactMap(\.self)
    }

    private static func outageFinding(_ file: MosquittoFile, _ facts: BrokerFacts) -> Finding {
        let bytesDecide = file.integer("max_queued_messages", default: 1_000) == 0
        let name = bytesDecide ? "max_queued_bytes" : "max_queued_messages"
        let place = file.place(of: name)
        let need = sentence(need(facts))
        guard let capacity = facts.queueCapacity(file) else {
            return Finding(
                .ok, "queue", at: place,
                Wording(
                    "the broker keeps what its memory holds" + need.english,
                    "le courtier garde ce que contient sa mémoire" + need.french))
        }
        let count = Wording.count(capacity)
        guard let seconds = survivableSeconds(capacity, facts.messagesPerMinute) else {
            return Finding(
                .fault, "queue", at: place,
                Wording(
                    "the queue holds \(count.english) messages, and later ones are dropped",
                    "la file garde \(count.french) messages, les suivants sont perdus"),
                remedy: queueRemedy)
        }
        let length = Wording.duration(seconds: seconds)
        let isEnough = seconds >= outageSeconds
        return Finding(
            isEnough ? .ok : .fault, "queue", at: place,
            Wording(
                "the queue holds \(count.english) messages, an outage of \(length.english)"
                    + need.english,
                "la file garde \(count.french) messages, soit une absence de \(length.french)"
                    + need.french),
            remedy: isEnough ? nil : queueRemedy)
    }

    private static let queueRemedy = Wording(
        "max_queued_messages 0 and max_queued_bytes 0, as --drop-in prints",
        "max_queued_messages 0 et max_queued_bytes 0, comme l'écrit --drop-in")

    /// For how long a queue takes in what comes; nil where the rate is not known.
    static func survivableSeconds(_ capacity: Int, _ messagesPerMinute: Double?) -> Int? {
        guard let messagesPerMinute, messagesPerMinute > 0 else { return nil }
        return Int(min(Double(capacity) / messagesPerMinute * 60, 1e12))
    }

    /// What a day takes at the present rate; nil where that is not known.
    private static func need(_ facts: BrokerFacts) -> Wording? {
        guard let rate = facts.messagesPerMinute, rate > 0 else { return nil }
        let messages = Int(min((rate * Double(outageSeconds) / 60).rounded(.up), 1e12))
        let count = Wording.count(messages)
        let memory = Wording.megabytes(facts.queueBytes(messages))
        return Wording(
            "24 hours need \(count.english) messages and about \(memory.english)",
            "24 heures demandent \(count.french) messages et environ \(memory.french)")
    }

    /// What follows in the same text.
    private static func sentence(_ wording: Wording?) -> Wording {
        guard let wording else { return Wording("", "") }
        return Wording("; " + wording.english, " ; " + wording.french)
    }

    private static func windowFinding(_ file: MosquittoFile) -> Finding {
        let bytes = file.integer("max_inflight_bytes", default: 0)
        guard bytes > 0 else {
            return Finding(
                .ok, "window", at: file.place(of: "max_inflight_messages"),
                Wording(
                    "the gateway's receive_maximum takes the place of max_inflight_messages",
                    "receive_maximum de la passerelle remplace max_inflight_messages"))
        }
        return Finding(
            .warning, "window", at: file.place(of: "max_inflight_bytes"),
            Wording(
                "max_inflight_bytes \(bytes) makes commits small and many",
                "max_inflight_bytes \(bytes) multiplie les petits enregistrements"),
            remedy: Wording("max_inflight_bytes 0", "max_inflight_bytes 0"))
    }

    private static func unacknowledgedFinding(_ file: MosquittoFile) -> Finding {
        let name = "queue_qos0_messages"
        guard !file.boolean(name, default: false) else {
            return Finding(
                .ok, "qos0", at: file.place(of: name),
                Wording(
                    "messages at QoS 0 are queued too while the gateway is away",
                    "les messages QoS 0 attendent aussi en l'absence de la passerelle"))
        }
        return Finding(
            .warning, "qos0", at: file.place(of: name),
            Wording(
                "messages at QoS 0 are dropped while the gateway is away",
                "les messages QoS 0 sont perdus en l'absence de la passerelle"),
            remedy: Wording(
                "queue_qos0_messages true, or let devices publish at QoS 1",
                "queue_qos0_messages true, ou faites publier les appareils en QoS 1"))
    }

    /// Nil where the broker keeps sessions as long as clients ask.
    private static func expirationFinding(
        _ file: MosquittoFile, _ facts: BrokerFacts
    ) -> Finding? {
        let name = "persistent_client_expiration"
        guard let seconds = file.expirationSeconds, seconds < facts.sessionExpirySeconds else {
            return nil
        }
        let length = Wording.duration(seconds: seconds)
        return Finding(
            seconds < outageSeconds * 3 ? .fault : .warning, "expiration", at: file.place(of: name),
            Wording(
                "the broker drops the session after \(length.english), before session_expiry",
                "le courtier oublie la session après \(length.french), avant session_expiry"),
            remedy: Wording(
                "remove it, or raise it to 2w", "supprimez-le, ou portez-le à 2w"))
    }
}

extension MosquittoFile {
    /// For how long any client's session is kept: a whole number and h, d, w, m or y; nil for ever.
    var expirationSeconds: Int? {
        guard let text = settings["persistent_client_expiration"]?.text, let unit = text.last,
            let number = Int(text.dropLast()), (0...1_000_000).contains(number)
        else { return nil }
        let hours: [Character: Int] = ["h": 1, "d": 24, "w": 168, "m": 720, "y": 8_760]
        return hours[unit].map { number * $0 * 3_600 }
    }
}
