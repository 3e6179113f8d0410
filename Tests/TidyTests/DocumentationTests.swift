import Testing

/// What README.md and ARCHITECTURE.md say is so.
struct DocumentationTests {
    private func document(_ name: String) throws -> String {
        try #require(Repository.text(name), "\(name) is missing")
    }

    /// Lines of code blocks, without a prompt.
    private func commands(_ text: String) -> [Substring] {
        var isCode = false
        return text.split(separator: "\n").compactMap { line in
            if line.hasPrefix("```") {
                isCode.toggle()
                return nil
            }
            return isCode ? line.drop { $0 == " " || $0 == "$" } : nil
        }
    }

    @Test func scriptsOfTheReadmeAreThere() throws {
        for line in commands(try document("README.md")) {
            for match in line.matches(of: /(?:^|[\s;&|(.\/])(scripts\/[\w.\/-]+)/) {
                let path = String(match.1)
                #expect(Repository.exists(path), "README.md: \(path) is missing")
                #expect(Repository.isExecutable(path), "README.md: \(path) cannot be run")
            }
        }
    }

    /// `socle store verify`: the words are registered, one below the other.
    @Test func commandsOfTheReadmeAreThere() throws {
        let known = Set(Self.commandNames)
        #expect(known.isSuperset(of: ["query", "run", "store"]))
        for line in commands(try document("README.md")) {
            for match in line.matches(of: /(?:^|[\s;&|(\/])socle ([a-z]+)/) {
                let name = String(match.1)
                #expect(known.contains(name), "README.md: socle \(name) does not exist")
            }
        }
    }

    /// The names of the commands that `socle` registers.
    private static var commandNames: [String] {
        let root = Repository.text("Sources/socle/Socle.swift") ?? ""
        let registered = root.matches(of: /(\w+Command)\.self/).map { String($0.1) }
        let text = Repository.sources.filter { $0.room == "socle" }.map(\.text).joined()
        return registered.compactMap { type in
            guard let declaration = text.firstRange(of: "struct \(type): ParsableCommand") else {
                return nil
            }
            let body = text[declaration.upperBound...].prefix(400)
            guard let name = body.firstMatch(of: /commandName: "(\w+)"/) else { return nil }
            return String(name.1)
        }
    }

    @Test func everyRoomIsInTheArchitecture() throws {
        let text = try document("ARCHITECTURE.md")
        for room in RoomTests.rooms + RoomTests.libraries {
            #expect(text.contains("`\(room)`"), "ARCHITECTURE.md does not name `\(room)`")
        }
    }

    /// Paths in code spans that begin with a folder of this repository exist.
    @Test(arguments: ["README.md", "ARCHITECTURE.md"])
    func pathsAreThere(name: String) throws {
        let text = try document(name)
        for match in text.matches(of: /`((?:Sources|Tests|docs|scripts|devices)\/[\w.\/+-]+)`/) {
            #expect(Repository.exists(String(match.1)), "\(name): \(match.1) is missing")
        }
    }
}
