import Doctor

/// Writes what the doctor found: a paragraph a finding for people, a row for machines.
struct DoctorReport {
    let findings: [Finding]

    /// Writes it, and ends with 1 where something would lose data.
    ///
    /// - Parameter format: nil for the usual one.
    func write(as format: String?) throws {
        let format = format ?? (Terminal.isOutput ? "table" : "csv")
        guard
            let text = format == "table"
                ? paragraphs(width: Terminal.width) : rows.text(as: format)
        else { throw Failure(noFormat: format, known: "table csv json ndjson") }
        Terminal.write(text)
        let faults = findings.count { $0.mark == .fault }
        guard faults > 0 else { return }
        throw Failure(
            .no,
            faults == 1
                ? say("1 fault would lose data", "1 défaut ferait perdre des données")
                : say(
                    "\(faults) faults would lose data",
                    "\(faults) défauts feraient perdre des données"))
    }

    // MARK: - For people

    private func paragraphs(width: Int) -> String {
        findings.map { finding in
            var text = "\(word(finding.mark)) \(finding.place)" + say(": ", " : ")
            text += say(finding.what)
            if let remedy = finding.remedy { text += " → " + say(remedy) }
            return filled(text, width: width)
        }.joined()
    }

    private func say(_ wording: Wording) -> String {
        socle.say(wording.english, French(typesetting: wording.french))
    }

    private func say(_ english: String, _ french: French) -> String { socle.say(english, french) }

    private func word(_ mark: Finding.Mark) -> String {
        switch mark {
        case .ok: "ok"
        case .warning: say("warning", "attention")
        case .fault: say("fault", "défaut")
        }
    }

    /// A text on as many lines as it needs. What is longer than a line is cut.
    private func filled(_ text: String, width: Int) -> String {
        var lines = [""]
        for word in text.split(separator: " ") {
            var rest = word
            let line = lines[lines.count - 1]
            if line.isEmpty || line.count + 1 + rest.count <= width {
                lines[lines.count - 1] += (line.isEmpty ? "" : " ") + rest
                continue
            }
            while rest.count > width - 4 {
                lines.append("    " + rest.prefix(width - 4))
                rest = rest.dropFirst(width - 4)
            }
            if !rest.isEmpty { lines.append("    " + rest) }
        }
        return lines.text
    }

    // MARK: - For machines

    private var rows: MachineTable {
        var table = MachineTable(["mark", "check", "place", "finding", "remedy"])
        for finding in findings {
            table.add(
                [
                    finding.mark.rawValue, finding.check, finding.place, finding.what.english,
                    finding.remedy?.english ?? "",
                ].map { .text($0) })
        }
        return table
    }
}
