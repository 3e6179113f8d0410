import DeviceProfiles
import Foundation
import Telemetry
import Testing

/// LoRaWAN: uplinks of three network servers, decoded by them or not.
struct UplinkTests {
    private static let chirpTopic = "application/1/device/0004a30b001c0530/event/up"
    private static let thingsTopic = "v3/app@t/devices/hall-1/up"
    private static let layout =
        "{ cases: [ { when: { port: 2 }, layout: [ { field: t, type: i16, scale: 0.1 } ] } ] }"

    private func set(
        lorawan: String = "auto", match: String = "{ lorawan: { model: [am107, temp] } }",
        format: String = "bytes: { layout: [ \(layout) ] }", extra: String = "",
        readings: String = "  - { metric: t, from: t, unit: Cel, kind: gauge, valid: [-40, 80] }",
        test: String = "{ port: 9, hex: '', expect: {} }"
    ) throws -> ProfileSet {
        try profileSet(
            profileText(
                match: match, decode: "{ lorawan: \(lorawan), \(format) }", extra: extra,
                readings: readings, tests: "  - \(test)"))
    }

    private func data(_ frame: String) -> String { Data(bytes(frame)).base64EncodedString() }

    private func chirpStack4(
        _ frame: String, port: String = #""fPort":2,"#, object: String = "",
        model: String = "Milesight AM107", eui: String = "0004A30B001C0530"
    ) -> [UInt8] {
        let info = #""deviceInfo":{"deviceProfileName":"\#(model)","devEui":"\#(eui)"}"#
        let radio = #""rxInfo":[{"rssi":-97,"snr":5.2}],"fCnt":7"#
        let time = #""time":"2026-03-12T07:15:45.787+00:00""#
        return Array(
            #"{\#(info),\#(radio),\#(time),\#(port)"data":"\#(data(frame))"\#(object)}"#.utf8)
    }

    private func chirpStack3(_ frame: String, objectText: String = "") -> [UInt8] {
        let device = #""deviceProfileName":"am107","devEUI":"AASjCwAcBTA=""#
        let radio = #""rxInfo":[{"time":"2026-03-12T07:15:44Z","rssi":-48,"loRaSNR":9}]"#
        return Array(
            #"{\#(device),\#(radio),"fPort":2,"data":"\#(data(frame))","objectJSON":"\#(objectText)"}"#
                .utf8)
    }

    private func thingsStack(
        _ frame: String, object: String = "", device: String = "hall-1"
    ) -> [UInt8] {
        let model = #""version_ids":{"brand_id":"adeunis","model_id":"temp"}"#
        let radio = #""rx_metadata":[{"rssi":-90,"snr":4}],"received_at":"2026-03-12T07:15:43Z""#
        let uplink = #"{\#(model),\#(radio),"f_port":2,"frm_payload":"\#(data(frame))"\#(object)}"#
        return Array(
            #"{"end_device_ids":{"device_id":"\#(device)"},"uplink_message":\#(uplink)}"#.utf8)
    }

    private static let chirpName =
        #"t{application="1",device="0004a30b001c0530"}"#
    private static let thingsName = #"t{application="app@t",device="hall-1"}"#

    @Test func framesOfThreeServersAreRead() throws {
        let set = try set()
        #expect(
            try readings(set, Self.chirpTopic, chirpStack4("fff6")) == ["\(Self.chirpName) -1"])
        #expect(
            try readings(set, Self.chirpTopic, chirpStack3("00d7")) == [
                "\(Self.chirpName) 21.5 @1773299744000"
            ])
        #expect(
            try readings(set, Self.thingsTopic, thingsStack("00d7")) == [
                "\(Self.thingsName) 21.5 @1773299743000"
            ])
    }

    /// The server's decoded values go first, where they hold what the profile wants.
    @Test func decodedObjectsArePreferred() throws {
        let set = try set()
        #expect(
            try readings(set, Self.chirpTopic, chirpStack4("fff6", object: #","object":{"t":20}"#))
                == ["\(Self.chirpName) 20"])
        #expect(
            try readings(set, Self.chirpTopic, chirpStack4("fff6", object: #","object":{"x":20}"#))
                == ["\(Self.chirpName) -1"])
        #expect(
            try readings(set, Self.chirpTopic, chirpStack3("fff6", objectText: #"{\"t\":19.5}"#))
                == ["\(Self.chirpName) 19.5 @1773299744000"])
        let object = #","decoded_payload":{"t":18}"#
        #expect(
            try readings(set, Self.thingsTopic, thingsStack("fff6", object: object))
                == ["\(Self.thingsName) 18 @1773299743000"])
        // What the server's object lacks is taken of the frame, reading by reading.
        let two = try self.set(
            format: "bytes: { layout: [ { field: t, type: i16 }, { field: u, type: u8 } ] }",
            readings: """
                  - { metric: t, from: t, unit: Cel, kind: gauge }
                  - { metric: u, from: u, unit: "1", kind: gauge }
                """)
        #expect(
            try readings(
                two, Self.chirpTopic, chirpStack4("fff6 07", object: #","object":{"t":20}"#))
                == ["\(Self.chirpName) 20", "u\(Self.chirpName.dropFirst()) 7"])
        // `bytes` takes the device's word only, `object` the server's.
        let frames = try self.set(lorawan: "bytes")
        #expect(
            try readings(frames, Self.thingsTopic, thingsStack("fff6", object: object))
                == ["\(Self.thingsName) -1 @1773299743000"])
        let objects = try self.set(lorawan: "object", format: "")
        #expect(try readings(objects, Self.thingsTopic, thingsStack("fff6")) == [])
        #expect(
            try readings(objects, Self.thingsTopic, thingsStack("fff6", object: object))
                == ["\(Self.thingsName) 18 @1773299743000"])
    }

    /// Protobuf's JSON leaves zeros out.
    @Test func portsAndRadioFiguresAreFields() throws {
        let readings = """
              - { metric: port, from: lorawan.f_port, unit: "1", kind: gauge }
              - { metric: rssi, from: lorawan.rssi, unit: "dB[mW]", kind: gauge }
              - { metric: snr, from: lorawan.snr, unit: dB, kind: gauge }
            """
        let set = try set(
            extra: "sequence: { from: lorawan.f_cnt }", readings: readings,
            test: "{ port: 9, hex: '', expect: { port: 9 } }")
        let labels = #"{application="1",device="0004a30b001c0530"}"#
        #expect(
            try DeviceProfilesTests.readings(set, Self.chirpTopic, chirpStack4("", port: ""))
                == ["rssi\(labels) -97", "snr\(labels) 5.2", "port\(labels) 0"])
        var decoder = MessageDecoder(set)
        var message = DecodedMessage()
        let payload = chirpStack4("")
        let topic = Array(Self.chirpTopic.utf8)
        try decoder.decode(
            profile: 0, topic: topic.span, payload: payload.span, arrival: 0, into: &message)
        #expect(message.sequenceNumber == 7)
    }

    @Test func whatDoesNotFitIsRefusedOrCounted() throws {
        let set = try set()
        // The frame is too short for its layout: no reading, and one part that is not read.
        #expect(try readings(set, Self.chirpTopic, chirpStack4("01")) == ["dropped: 1"])
        #expect(try readings(set, Self.chirpTopic, chirpStack4("")) == [])
        #expect(throws: DecodeFault.wrongDevice) {
            try readings(set, Self.chirpTopic, chirpStack4("00d7", eui: "0004a30b001c0531"))
        }
        #expect(throws: DecodeFault.wrongDevice) {
            try readings(set, Self.thingsTopic, thingsStack("00d7", device: "hall-2"))
        }
        // base64url is another alphabet.
        let other = #"{"deviceProfileName":"am107","fPort":2,"data":"-_8="}"#
        #expect(throws: DecodeFault.badPayload(offset: 47)) {
            try readings(set, Self.chirpTopic, Array(other.utf8))
        }
    }

    /// What the server says is nothing is asked of the frame.
    @Test func nullsOfTheServerSettleNothing() throws {
        #expect(
            try readings(
                set(), Self.chirpTopic, chirpStack4("fff6", object: #","object":{"t":null}"#))
                == ["\(Self.chirpName) -1"])
    }

    /// Uplinks without a decoded object leave nothing behind for those after them.
    @Test func uplinksDoNotAddUp() throws {
        let set = try set(
            lorawan: "object", format: "",
            readings: "  - { metric: t, from: lorawan.rssi, unit: 'dB[mW]', kind: gauge }")
        var decoder = MessageDecoder(set)
        var message = DecodedMessage()
        let payload = chirpStack4("00d7")
        let topic = Array(Self.chirpTopic.utf8)
        for _ in 0..<2_000 {
            try decoder.decode(
                profile: 0, topic: topic.span, payload: payload.span, arrival: 0, into: &message)
            #expect(message.readings.count == 1)
        }
    }

    /// Several models share the topics of one server, and each message finds its profile.
    @Test func modelsChooseTheProfile() throws {
        let set = try set()
        for (model, isTaken) in [
            ("AM107", true), ("milesight_am107", true), ("Milesight AM107", true),
            ("am1077", false), ("xam107", false), ("am107 v2", false), ("", false),
        ] {
            let found = try readings(set, Self.chirpTopic, chirpStack4("00d7", model: model))
            #expect((found != ["no profile"]) == isTaken, "\(model)")
        }
    }

    /// Where the network server does not know the model, a tag of the device says it.
    @Test func tagsNameModels() throws {
        let set = try set()
        for (model, tag, isTaken) in [
            ("hall sensors", "am107", true), ("am107", "other", false), ("am107", "", false),
        ] {
            let info = #""deviceInfo":{"deviceProfileName":"\#(model)","tags":{"model":"\#(tag)"}}"#
            let payload = #"{\#(info),"fPort":2,"data":"ANc="}"#
            let found = try readings(set, Self.chirpTopic, Array(payload.utf8))
            #expect((found != ["no profile"]) == isTaken)
        }
    }

    @Test func cayenneFramesStandInEnvelopes() throws {
        let set = try set(
            format: "format: cayenne-lpp",
            readings: "  - { metric: t, from: 'temperature_{channel}', unit: Cel, kind: gauge }")
        #expect(
            try readings(set, Self.chirpTopic, chirpStack4("03 67 0110")) == [
                #"t{application="1",channel="3",device="0004a30b001c0530"} 27.2"#
            ])
    }
}
