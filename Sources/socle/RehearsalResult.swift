/// What came of a rehearsed outage.
struct RehearsalResult {
    let seconds: Int
    var sent: Int64 = 0
    /// Whether the gateway stood still while it was to be away.
    var wasAway = false
    /// What the drill added to the ledger.
    var figures = RehearsalFigures()

    init(seconds: Int) { self.seconds = seconds }

    /// Writes it, and ends with 1 where it is not proved that each message counted once.
    func write() throws {
        let rows = [
            (say("outage", "absence"), "\(seconds) s"),
            (say("sent", "envoyés"), grouped("\(sent)")),
            (say("counted", "comptés"), grouped("\(figures.counted)")),
            (say("redelivered", "relivrés"), grouped("\(figures.redelivered)")),
            (say("missing", "manquants"), grouped("\(figures.missing)")),
            (say("broker drops", "pertes du courtier"), grouped("\(figures.dropped)")),
            (
                "verdict",
                doubts.isEmpty
                    ? say("each counted once", "chacun une fois")
                    : say("not proved", "pas prouvé")
            ),
        ]
        writeLines(rows)
        if !doubts.isEmpty {
            Terminal.finish()
            throw Failure(.no, doubts.joined(separator: say("; ", " ; ")))
        }
    }

    /// What speaks against it.
    private var doubts: [String] {
        var doubts: [String] = []
        let lost = sent - figures.counted
        if !wasAway { doubts.append(say("the gateway did not leave", "la passerelle est restée")) }
        if lost > 0 { doubts.append(say("\(lost) did not come", "\(lost) ne sont pas arrivés")) }
        if lost < 0 {
            doubts.append(say("\(-lost) counted twice", "\(-lost) comptés deux fois"))
        }
        if lost == 0, figures.missing != 0 {
            doubts.append(
                say("some are missing, some came twice", "il en manque, d'autres sont en double"))
        }
        if figures.dropped > 0 {
            doubts.append(
                say(
                    "the broker dropped \(figures.dropped), see socle doctor broker",
                    "le courtier en a perdu \(figures.dropped), voyez socle doctor broker"))
        }
        if figures.unaccounted != 0 {
            doubts.append(
                say("the ledger does not balance", "le bilan de réception ne tombe pas juste"))
        }
        return doubts
    }
}
