import Testing

/// What every source file keeps to.
struct SourceTests {
    /// Files of one screenful of ideas: past this size a file holds two.
    private static let fileBytesMax = 20_000

    private var sources: [Repository.Source] { Repository.sources }

    @Test func sourcesAreThere() { #expect(sources.count > 50) }

    @Test func linesFitAndFilesAreSmall() {
        for source in sources {
            #expect(source.text.utf8.count <= Self.fileBytesMax, "\(source.path)")
            // An expectation for each line would take minutes.
            for (index, line) in source.lines.enumerated()
            where line.count > 100 || line.contains("\t") || line.last == " " {
                Issue.record("\(source.path):\(index + 1): \(line.count) columns, or blanks")
            }
        }
    }

    /// Bad input is an error and a broken invariant a precondition; nothing is left to do.
    @Test(arguments: ["fatalError(", "try!", " as!", "TODO", "FIXME", "assertionFailure("])
    func wordsThatAreNotUsed(word: String) {
        for source in sources {
            for (index, line) in source.lines.enumerated() where line.contains(word) {
                Issue.record("\(source.path):\(index + 1): \(word)")
            }
        }
    }

    @Test func onlyTheTerminalPrints() {
        for source in sources where source.path != "Sources/socle/Terminal.swift" {
            for (index, line) in source.lines.enumerated() {
                guard line.contains("rint(") || line.contains("dump(") else { continue }
                #expect(
                    line.firstMatch(of: /(^|[^\w.])(print|debugPrint|dump)\(/) == nil,
                    "\(source.path):\(index + 1): prints")
            }
        }
    }

    /// Whoever steps outside the language's guarantees says why it holds.
    @Test func unsafeCodeIsExplained() {
        for source in sources {
            let isUnsafe = source.lines.contains { line in
                (line.contains("unsafe") || line.contains("@unchecked"))
                    && line.firstMatch(of: /^\s*\/\//) == nil
                    && line.firstMatch(of: /\bunsafe\b|@unchecked Sendable/) != nil
            }
            if isUnsafe { #expect(source.text.contains("// SAFETY:"), "\(source.path)") }
        }
    }

    /// An ordering pairs with another, and the comment says with which.
    @Test func orderingsAreExplained() {
        for source in sources {
            for (index, line) in source.lines.enumerated()
            where line.contains("rdering: .")
                && line.firstMatch(
                    of:
                        /rdering: \.(acquiring|releasing|acquiringAndReleasing|sequentiallyConsistent)/
                ) != nil
            {
                let above = source.lines[max(0, index - 12)...index]
                #expect(
                    above.contains { $0.contains("// ORDERING:") }, "\(source.path):\(index + 1)")
            }
        }
    }

    @Test func namesSayWhatAThingIs() {
        for source in sources {
            let name = source.path.split(separator: "/").last ?? ""
            #expect(
                name.firstMatch(of: /Utils|Utilities|Helper|Manager|Common|Misc/) == nil,
                "\(source.path)")
        }
    }
}
