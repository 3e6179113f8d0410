extension Doctor {
    /// LIMIT: seconds of queued messages that a power cut may take. Shorter ones write the whole
    /// queue to the card more often.
    private static let autosaveMaximum = 600
    private static let autosaveSeconds = 300

    /// What the broker keeps over its own end.
    static func persistenceFindings(_ facts: BrokerFacts) -> [Finding] {
        guard let file = facts.file else { return [] }
        let plugins = ["plugin", "global_plugin"].compactMap { file.settings[$0] }
        if let plugin = plugins.first(where: { $0.text.contains("persist") }) {
            return [
                Finding(
                    .ok, "persistence", at: plugin.place,
                    Wording(
                        "a plugin writes the queue within seconds",
                        "un greffon écrit la file en quelques secondes"))
            ]
        }
        guard file.boolean("persistence", default: false) else {
            return [
                Finding(
                    .fault, "persistence", at: file.place(of: "persistence"),
                    Wording(
                        "sessions and queue are gone when the broker ends",
                        "sessions et file disparaissent quand le courtier s'arrête"),
                    remedy: Wording(
                        "persistence true, as --drop-in prints",
                        "persistence true, comme l'écrit --drop-in"))
            ]
        }
        return [
            Finding(
                .ok, "persistence", at: file.place(of: "persistence"),
                Wording(
                    "sessions and queue outlive the broker's end",
                    "sessions et file survivent à l'arrêt du courtier")),
            autosaveFinding(file),
        ]
    }

    private static func autosaveFinding(_ file: MosquittoFile) -> Finding {
        let seconds = file.integer("autosave_interval", default: 1_800)
        let place = file.place(of: "autosave_interval")
        if file.boolean("autosave_on_changes", default: false) {
            return Finding(
                .ok, "autosave", at: file.place(of: "autosave_on_changes"),
                Wording(
                    "the queue is written after \(seconds) changes",
                    "la file est écrite après \(seconds) changements"))
        }
        guard seconds == 0 || seconds > autosaveMaximum else {
            let length = Wording.duration(seconds: seconds)
            return Finding(
                .ok, "autosave", at: place,
                Wording(
                    "a power cut takes at most \(length.english) of what is queued",
                    "une coupure de courant emporte au plus \(length.french) de la file"))
        }
        let length =
            seconds == 0
            ? Wording("everything", "tout ce qui est")
            : Wording(
                "the last \(Wording.duration(seconds: seconds).english) of what is",
                "les dernières \(Wording.duration(seconds: seconds).french) de ce qui est")
        return Finding(
            .warning, "autosave", at: place,
            Wording(
                "a power cut takes \(length.english) queued",
                "une coupure de courant emporte \(length.french) dans la file"),
            remedy: Wording(
                "autosave_interval \(autosaveSeconds)", "autosave_interval \(autosaveSeconds)"))
    }

    /// A file for mosquitto's `include_dir` after which ``examine(broker:)`` finds nothing in the
    /// broker's settings.
    ///
    /// - Parameter file: what it has now; nil for Debian's own, which names its persistence.
    public static func dropIn(for file: MosquittoFile?) -> String {
        var lines = [
            "# What the gateway has not taken yet waits in the broker: all of it, on disk.",
            "persistence true",
        ]
        // A second persistence_location is an error to mosquitto.
        if let file, file.settings["persistence_location"] == nil {
            lines.append("persistence_location /var/lib/mosquitto/")
        }
        lines += [
            "autosave_interval \(autosaveSeconds)", "max_queued_messages 0", "max_queued_bytes 0",
            "queue_qos0_messages true",
        ]
        if file?.boolean("autosave_on_changes", default: false) == true {
            lines.append("autosave_on_changes false")
        }
        if file?.integer("max_inflight_bytes", default: 0) ?? 0 > 0 {
            lines.append("max_inflight_bytes 0")
        }
        if file?.expirationSeconds != nil { lines.append("persistent_client_expiration 1y") }
        return lines.joined(separator: "\n") + "\n"
    }
}
