import DeviceProfiles
import Foundation
import Testing

/// Profiles made of what was heard.
struct ProfileDraftTests {
    private func messages(_ topic: String, _ payloads: String...) -> [CapturedMessage] {
        payloads.map { CapturedMessage(topic: topic, payload: Array($0.utf8)) }
    }

    private func drafts(
        _ messages: [CapturedMessage], vocabulary: MetricVocabulary? = nil
    ) -> [ProfileDraft] {
        let hints = DeviceHints(messages)
        return CapturedGroup.groups(of: messages, vocabulary: vocabulary).compactMap {
            ProfileDraft($0, name: "draft", vocabulary: vocabulary, hints: hints)
        }
    }

    private func draft(_ messages: [CapturedMessage]) throws -> ProfileDraft {
        let drafts = drafts(messages)
        try #require(drafts.count == 1, "\(drafts.map(\.topic))")
        let text = try #require(drafts[0].text)
        _ = try ProfileSet(parsing: [("draft.yaml", text)])
        return drafts[0]
    }

    @Test func documentsBecomeReadings() throws {
        let draft = try draft(
            messages(
                "town/room",
                #"{"ts":1767225600,"temp":21.5,"air":{"CO2":612},"open":true,"foo":12}"#,
                #"{"ts":1767225660,"temp":"22","open":false,"mode":"heat","name":"Salle 1"}"#))
        #expect(draft.kept.map(\.metric) == ["temperature", "co2", "contact"])
        #expect(draft.kept.map(\.place) == ["$.temp", "$.air.CO2", "$.open"])
        #expect(draft.dropped.map(\.place) == ["$.foo", "$.mode", "$.name"])
        let text = try #require(draft.text)
        #expect(text.contains("time: { from: $.ts, epoch: s }"))
        #expect(
            text.contains(
                "# $.foo = 12: no metric is known for it: write a reading where it is wanted"))
        #expect(!text.contains("Salle"))
        #expect(text.contains("co2: 612"))
        #expect(text.contains(#"contact: open"#))
    }

    @Test func readingsOfOneMetricAreToldApart() throws {
        let draft = try draft(
            messages("em/0", #"{"a_voltage":230,"b_voltage":231,"c_voltage":229.5}"#))
        #expect(
            draft.kept.map(\.metric) == ["a", "b", "c"].map { #"voltage{phase="\#($0)"}"# })
        let rooms = try self.draft(
            messages("m", #"{"temperature":1,"outdoor":{"temperature":2},"temp2":3}"#))
        #expect(Set(rooms.kept.map(\.metric)).count == 3)
    }

    @Test func topicsThatDifferInOneLevelAreOneProfile() throws {
        let heard =
            messages("town/hall/room", #"{"t":20,"h":40}"#)
            + messages("town/école/room", #"{"t":21,"h":41,"x":1}"#)
        #expect(try draft(heard).topic == "town/{device}/room")
        let values =
            messages("meter/m1/Power", "120") + messages("meter/m1/Voltage", "230")
            + messages("meter/m2/Power", "80.5")
        let found = drafts(values)
        #expect(found.map(\.topic) == ["meter/{device}/Power", "meter/m1/Voltage"])
        #expect(found.flatMap { $0.kept.map(\.metric) } == ["active_power", "voltage"])
        #expect(found.allSatisfy { $0.text != nil })
    }

    /// Nothing that identifies a device, a connection or a person is in the file.
    @Test func identifiersAreMasked() throws {
        let payload = #"""
            {"mac":"A0:DD:6C:9F:4D:5C","SSId":"Mairie","prm":12345678901234,"ip":"10.0.0.7",
             "DS18B20-3C01F096D3A1":{"temperature":4},"power":3,"total":123456789012,
             "note":"Call Martin at 0601020304","by":"Martin","lat":48.8566}
            """#
        let draft = try draft(messages("shellypro3em-a0dd6c9f4d5c/status", payload))
        let text = try #require(draft.text)
        #expect(draft.topic == "shellypro3em-{device}/status")
        for secret in [
            "A0:DD", "a0dd6c", "Mairie", "123456789", "10.0.0.7", "3C01F0", "Martin", "06010",
            "48.8566",
        ] {
            #expect(!text.contains(secret), "\(secret)")
        }
        #expect(draft.kept.map(\.metric) == ["active_power"])
        #expect(draft.dropped.allSatisfy { $0.sample == nil || $0.sample == "48.8566" })
    }

    @Test func wordsBecomeStates() throws {
        let relay = try draft(messages("relay/0", "ON", "OFF"))
        #expect(relay.kept.map(\.metric) == ["switch"])
        // Zigbee's contact is true where the door is closed.
        let door = try draft(messages("z/door", #"{"contact":true}"#))
        #expect(try #require(door.text).contains("contact: closed"))
        #expect(drafts(messages("a/state", "Bonjour")).allSatisfy { $0.text == nil })
    }

    @Test func unitsOfNamesAreConverted() throws {
        let draft = try draft(
            messages("m", #"{"temp_f":68,"energy_wh":1500,"battery_mv":3005}"#))
        let text = try #require(draft.text)
        #expect(draft.kept.map(\.metric) == ["temperature", "energy", "battery_voltage"])
        #expect(text.contains("energy: 1.5"))
        #expect(text.contains("battery_voltage: 3.005"))
    }

    @Test func exposesAndDiscoveryGiveUnits() throws {
        let exposes = #"""
            [{"friendly_name":"salle 1","definition":{"exposes":[{"type":"numeric",
            "property":"voltage","unit":"mV"},{"features":[{"property":"local","unit":"°C"}]}]}}]
            """#
        let heard =
            messages("zigbee2mqtt/bridge/devices", exposes)
            + messages("zigbee2mqtt/salle 1", #"{"voltage":3005,"local":1}"#)
        #expect(try draft(heard).kept.map(\.sample) == ["3005"])
        #expect(try #require(draft(heard).text).contains("voltage: 3.005"))
        let discovery =
            messages(
                "homeassistant/sensor/x/a/config",
                #"{"~":"ups","stat_t":"~/s","val_tpl":"{{ (value_json.a['b'] | float) * 0.1 }}","#
                    + #""dev_cla":"temperature","unit_of_meas":"°C"}"#)
            + messages(
                "homeassistant/sensor/x/b/config",
                #"{"stat_t":"ups/s","val_tpl":"{% if x %}{{ value_json.c }}{% endif %}"}"#)
            + messages("ups/s", #"{"a":{"b":215},"c":1}"#)
        let ups = try draft(discovery)
        #expect(ups.kept.map(\.metric) == ["temperature"])
        #expect(try #require(ups.text).contains("temperature: 21.5"))
        #expect(ups.dropped.count == 2)
    }

    @Test func uplinksAreReadAsTheServerDecodedThem() throws {
        let uplink = #"""
            {"deviceInfo":{"deviceProfileName":"AM107","devEui":"0004A30B001C0530",
            "deviceName":"salle"},"data":"AWcA1w==","fPort":85,
            "object":{"temperature":21.5,"humidity":40,"serial":"X1"}}
            """#
        let topic = "application/17c82e96-be03-4f38-aef3-f83d48582d97/device/0004a30b001c0530"
        let draft = try draft(messages(topic + "/event/up", uplink))
        #expect(draft.kept.map(\.place) == ["temperature", "humidity"])
        let text = try #require(draft.text)
        #expect(text.contains("match: { lorawan: { model: AM107 } }"))
        for secret in ["a30b", "A30B", "salle", "17c82e", "AWcA"] {
            #expect(!text.contains(secret), "\(secret)")
        }
    }

    @Test(arguments: [
        ("spBv1.0/g/NBIRTH/n", "x", CapturedKind.sparkplug(type: "NBIRTH")),
        ("a", "21.5", .number), ("a", "ON", .word), ("a", "", .empty), ("a", "[1]", .json),
        ("a", "cpu,host=h usage=1 1767225600000000000", .format("influx")),
        ("a", #"[{"n":"a","v":1}]"#, .format("senml")), ("a", "hello, you: a=b", .text),
        ("zigbee2mqtt/bridge/devices", "[]", .zigbeeDevices),
        ("zigbee2mqtt/bridge/state", #"{"state":"online"}"#, .zigbeeBridge), ("a", "{", .word),
        ("homeassistant/sensor/x/config", #"{"state_topic":"a"}"#, .discovery),
    ])
    func kindsAreRecognised(topic: String, payload: String, kind: CapturedKind) {
        #expect(CapturedKind(CapturedMessage(topic: topic, payload: Array(payload.utf8))) == kind)
    }

    // MARK: - The collected messages

    /// Every draft of a real message loads.
    @Test(
        .enabled(
            if: SharedCases.areThere,
            "the shared messages are not beside this checkout"))
    func draftsOfCollectedMessagesLoad() throws {
        var counts = (drafts: 0, empty: 0)
        for shared in SharedCases.all {
            let heard = CapturedMessage(topic: shared.topic, payload: shared.payload)
            for draft in drafts([heard]) {
                guard let text = draft.text else {
                    #expect(draft.kept.isEmpty, "\(shared.topic)")
                    counts.empty += 1
                    continue
                }
                counts.drafts += 1
                #expect(throws: Never.self, "\(text)") {
                    _ = try ProfileSet(parsing: [("draft.yaml", text)])
                }
            }
        }
        #expect(counts.drafts > 50, "\(counts)")
    }
}
