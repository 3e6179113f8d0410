import Foundation
import PrivateBroker
import Testing

extension EndToEnd {
    /// What `check` finds could not run.
    struct CheckTests {
        private let folder: TemporaryFolder

        init() throws {
            folder = try TemporaryFolder()
            try folder.write("late_limit: none\n", to: "policy.yaml")
            for name in ["file.pem", "devices/file"] { try folder.write("", to: name) }
        }

        private func check(_ lines: [String]) throws -> Outcome {
            try folder.write(lines.joined(separator: "\n") + "\n", to: "socle.yaml")
            return try folder.socle("check --config @socle.yaml")
        }

        /// Each fault names the line of socle.yaml and the path, and says what to do.
        @Test func pathsThatAreNotThereAreFaults() throws {
            let outcome = try check([
                "store: no/town.sqlite", "devices: no-devices", "policy: no-policy.yaml",
                "broker:", "  user: socle", "  tls:", "    ca_file: no-ca.pem",
                "    cert_file: devices", "    key_file: no-key.pem",
            ])
            #expect(outcome.code == 78)
            let expected = [
                (1, "no"), (2, "no-devices"), (3, "no-policy.yaml"), (7, "no-ca.pem"),
                (8, "devices"), (9, "no-key.pem"),
            ]
            #expect(outcome.messages.count == expected.count, "\(outcome.errors)")
            for (message, (line, path)) in zip(outcome.messages, expected) {
                #expect(message.hasPrefix("socle: \(folder.path("socle.yaml")):\(line): "))
                #expect(message.contains(folder.path(path) + ","), "\(message)")
            }
        }

        /// A configuration, two profiles and a policy, each with several faults: all of them at
        /// once, by file and line, and none that only follows from another.
        @Test func everyFaultOfEveryFileIsFoundAtOnce() throws {
            func profile(_ name: String, _ readings: [String], expect: String) -> String {
                """
                profile: \(name)
                title: { en: A, fr: B }
                source: this test
                match: { topic: "\(name)/{device}" }
                decode: json
                readings:
                \(readings.map { "  - " + $0 }.joined(separator: "\n"))
                tests:
                  - { topic: \(name)/x, payload: '{"v":1,"w":"x"}', expect: \(expect) }
                  - { topic: elsewhere, payload: '{}', expect: {} }

                """
            }
            try folder.write(
                profile(
                    "one",
                    [
                        "{ metric: le-vel, from: $.v, unit: '1', kind: gauge }",
                        "{ metric: heat, from: v, unit: '1', kind: gage }",
                    ], expect: "{ heat: 1 }"), to: "own/one.yaml")
            try folder.write(
                profile(
                    "two",
                    [
                        "{ metric: level, from: $.v, unit: '1', kind: gauge }",
                        "{ metric: heat, from: $.w, unit: '1', kind: gauge }",
                    ], expect: "{ level: 1, heat: 2 }"), to: "own/two.yaml")
            try folder.write("late_limit: soon\nextra: 1\n", to: "policy.yaml")
            let outcome = try check([
                "devices: own", "policy: policy.yaml", "zone: Europe/Pari", "store: no/town.sqlite",
            ])
            #expect(outcome.code == 78)
            let places = outcome.messages.compactMap {
                $0.firstMatch(of: #/^socle: .*?([a-z]+\.yaml:\d+): /#).map { String($0.1) }
            }
            #expect(
                places == [
                    "one.yaml:7", "one.yaml:8", "one.yaml:8", "two.yaml:10", "two.yaml:11",
                    "policy.yaml:1", "policy.yaml:2", "socle.yaml:3", "socle.yaml:4",
                ], "\(outcome.errors)")
            #expect(
                outcome.errors.contains(
                    "fails: reading heat from $.w: found the text 'x', expected a number"))
        }

        @Test func theClockIsAutoOrTrusted() throws {
            let outcome = try check([
                "policy: policy.yaml", "clock: sometimes", "devices: \(Surroundings.devices)",
            ])
            #expect(outcome.code == 78)
            #expect(
                outcome.messages == [
                    "socle: \(folder.path("socle.yaml")):2: 'clock' in the configuration must be "
                        + "one of auto, trusted"
                ])
        }

        /// The same faults at the same places, in the reader's language.
        @Test func faultsSpeakTheReadersLanguage() throws {
            try folder.write(
                "zone: Europe/Pari\nbroker:\n  port: 99999\n  hots: x\n", to: "socle.yaml")
            try folder.write(
                """
                profile: bad
                match: { topic: "bad/+" }
                decode: json
                readings:
                  - { metric: level, from: level, unit: "1", kind: gage }

                """, to: "own/bad.yaml")
            let path = folder.path("socle.yaml")
            let configuration = try folder.socle(
                "check --config @socle.yaml", locale: "fr_FR.UTF-8")
            #expect(
                configuration.messages
                    == [
                        "socle: \(folder.path("devices")) : pas de profils ; mettez-y des profils "
                            + "d'appareils, ou indiquez leur dossier par « devices »",
                        "socle: \(path):1 : pas de fuseau horaire « Europe/Pari » ; "
                            + "écrivez Europe/Paris, Indian/Reunion, ...",
                        "socle: \(path):3 : « port » dans le courtier (broker) doit être un nombre "
                            + "entier de 1 à 65535",
                        "socle: \(path):4 : clé inconnue « hots » dans le courtier (broker) ; "
                            + "sont connues : host, port, client_id, user, password_file, tls, "
                            + "keep_alive, session_expiry, receive_maximum",
                    ].map(typeset))
            let profile = try folder.socle("devices test --devices @own", locale: "fr_FR.UTF-8")
            #expect(profile.code == 78)
            for expected in [
                "un profil : la clé « source » manque ; ajoutez-la",
                "bad.yaml:2 : le sujet bad/+ contient un joker",
                "« kind » dans un relevé doit être l'un de : gauge, counter, amount, state",
            ] {
                #expect(profile.errors.contains(typeset(expected)), "\(profile.errors)")
            }
        }

        @Test func aPasswordFileThatIsNotThereIsAFault() throws {
            let outcome = try check([
                "devices: \(Surroundings.devices)", "broker:", "  user: socle",
                "  password_file: no-password",
            ])
            #expect(outcome.code == 78)
            #expect(
                outcome.messages == [
                    "socle: \(folder.path("socle.yaml")):4: the password file "
                        + "\(folder.path("no-password")) cannot be opened; "
                        + "check that it exists and may be read"
                ])
        }

        /// Files of the right kind that the user may not read, and a folder not to be written.
        @Test(.enabled(if: Visitor.isPossible, "setpriv is not installed"))
        func pathsThatMayNotBeUsedAreFaults() throws {
            try folder.write(
                "store: town.sqlite\nbroker:\n  tls: { ca_file: file.pem }\n"
                    + "devices: \(Surroundings.devices)\n", to: "socle.yaml")
            for (name, mode) in [("file.pem", 0), ("", 0o555)] {
                try FileManager.default.setAttributes(
                    [.posixPermissions: mode], ofItemAtPath: folder.path(name))
            }
            let outcome = try Visitor.run("check --config @socle.yaml", in: folder)
            #expect(outcome.code == 78)
            #expect(outcome.messages.count == 2, "\(outcome.errors)")
            #expect(outcome.errors.contains("socle.yaml:1: 'store' needs "))
            #expect(outcome.errors.contains("socle.yaml:3: 'ca_file' needs "))
        }

        /// A station whose files are all there.
        @Test func whatCanRunIsOK() throws {
            let outcome = try check([
                "devices: \(Surroundings.devices)", "policy: policy.yaml",
                "broker: { tls: { ca_file: file.pem } }",
            ])
            #expect(outcome.code == 0, "\(outcome.errors)")
            #expect(outcome.output.hasPrefix("ok: "))
        }
    }
}
