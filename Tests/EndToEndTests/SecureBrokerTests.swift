import PrivateBroker
import Testing

extension EndToEnd {
    /// A broker that wants TLS and a password, as a town's should.
    @Suite(
        .enabled(if: Surroundings.program("openssl") != nil, "openssl is not installed"))
    struct SecureBrokerTests {
        private let folder: TemporaryFolder

        init() throws {
            folder = try TemporaryFolder()
            try makeCertificates()
            let passwords = try run(
                "/usr/bin/env",
                ["mosquitto_passwd", "-b", "-c", folder.path("passwords"), "gateway", "right"],
                in: folder)
            try #require(passwords.code == 0, "\(passwords.errors)")
            try folder.write("right\n", to: "password")
        }

        @Test func readingsComeThrough() throws {
            let station = try makeStation()
            try station.start()
            let recording = try folder.write(
                "bench,1768348800000,12.5\nbench,1768348860000,13\n", to: "two.csv")
            // Publishing goes by the same configuration, so over TLS as well.
            let replay = try station.socle("replay", recording)
            #expect(replay.code == 0, "\(replay.errors)")
            try station.awaitStored(2)
            #expect(try station.stop() == 0)
        }

        @Test func aWrongPasswordIsSaidAndSurvived() throws {
            try folder.write("wrong\n", to: "password")
            let station = try makeStation()
            try station.startWithoutBroker()
            try station.awaitLog("the broker refused: Not authorized")
            let file = try folder.write("a,0,1\n", to: "one.csv")
            let place = "127.0.0.1:\(station.broker.port)"
            let replay = try station.socle("replay", file)
            #expect(replay.code == 77)
            #expect(
                replay.messages == [
                    "socle: the MQTT broker at \(place) refused the login: Not authorized; "
                        + "check user and password_file of the configuration"
                ])
            #expect(station.daemon?.isRunning == true)
            #expect(try station.stop() == 0)
        }

        @Test func aBrokerOfAnotherAuthorityIsNotTrusted() throws {
            let station = try makeStation(authority: "stranger.crt")
            try station.startWithoutBroker()
            try station.awaitLog("TLS failed: check the broker's certificate")
            #expect(station.daemon?.isRunning == true)
            #expect(try station.stop() == 0)
        }

        private func makeStation(authority: String = "authority.crt") throws -> Station {
            try Station(
                folder: folder,
                access: [
                    "allow_anonymous false", "password_file \(folder.path("passwords"))",
                    "cafile \(folder.path("authority.crt"))",
                    "certfile \(folder.path("broker.crt"))",
                    "keyfile \(folder.path("broker.key"))",
                ],
                brokerOptions: [
                    "user: gateway", "password_file: password", "tls: { ca_file: \(authority) }",
                ])
        }

        /// An authority, a certificate of its for the loopback, and an authority that signed nothing.
        private func makeCertificates() throws {
            for name in ["authority", "stranger"] {
                try openssl(
                    "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2",
                    "-subj", "/CN=\(name)", "-keyout", "\(name).key", "-out", "\(name).crt")
            }
            try openssl(
                "req", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=127.0.0.1",
                "-keyout", "broker.key", "-out", "broker.csr")
            let extensions = try folder.write("subjectAltName=IP:127.0.0.1\n", to: "extensions")
            try openssl(
                "x509", "-req", "-in", "broker.csr", "-CA", "authority.crt", "-CAkey",
                "authority.key", "-CAcreateserial", "-days", "2", "-extfile", extensions,
                "-out", "broker.crt")
        }

        /// Runs openssl; names of certificates and keys are files of the folder.
        private func openssl(_ arguments: String...) throws {
            let endings = [".crt", ".key", ".csr"]
            let paths = arguments.map { argument in
                endings.contains(where: argument.hasSuffix) ? folder.path(argument) : argument
            }
            let outcome = try run("/usr/bin/env", ["openssl"] + paths, in: folder)
            try #require(outcome.code == 0, "\(outcome.errors)")
        }
    }
}
