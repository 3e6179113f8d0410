import Testing

@testable import MQTTSession

/// Which libraries a gateway starts with.
struct LibraryVersionTests {
    @Test(arguments: ["2.0.0", "2.0.11", "2.0.22", "2.1.0", "2.1.2"])
    func knownVersionsAreTaken(version: String) throws {
        #expect(withholdsAcknowledgements(libraryVersion: version))
        try requireWithheldAcknowledgements(libraryVersion: version)
    }

    @Test(arguments: [
        "1.6.12", "2.2.0", "2.10.0", "2.00011", "3.0.0", "12.0.1", "2.0", "2", "", "2.0.x", "2..1",
    ])
    func othersAreRefused(version: String) {
        #expect(!withholdsAcknowledgements(libraryVersion: version))
        let error = #expect(throws: MQTTError.self) {
            try requireWithheldAcknowledgements(libraryVersion: version)
        }
        #expect(error?.description.contains("libmosquitto \(version) ") == true)
    }

    /// With the one that is installed, a gateway starts.
    @Test func theInstalledOneIsKnown() throws { try requireWithheldAcknowledgements() }
}

/// What a refused connection comes to.
struct RefusalTests {
    @Test func anOlderProtocolIsNamed() {
        for code in [Int32(1), 132] {
            let error = MQTTError(BrokerRefusal(code: code, reason: "no"))
            #expect(error.description == "the MQTT broker does not speak MQTT v5")
        }
        #expect(MQTTError(BrokerRefusal(code: 135, reason: "no")).description.contains("login"))
        #expect(MQTTError(BrokerRefusal(code: 136, reason: "no")).description.contains("reach"))
    }
}
