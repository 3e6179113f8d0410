import DeviceProfiles
import Foundation
import Testing

/// Where values and labels stand when devices do not agree on it.
struct PlaceTests {
    private func read(
        _ decode: String, _ list: String, _ payload: String, topic: String = "d"
    ) throws -> [String] {
        let set = try profileSet(
            profileText(
                match: "{ topic: '\(topic)' }", decode: decode, readings: list,
                tests: "  - { topic: '\(topic)', payload: '', expect: {} }"))
        return try readings(set, topic, Array(payload.utf8))
    }

    /// Of several places the first that is there counts, and only that.
    @Test func valuesMayHaveSeveralPlaces() throws {
        let list =
            "  - { metric: v, from: [$.a, $.b.c, $.d], unit: '1', kind: gauge, valid: [0, 9] }"
        for (payload, expected) in [
            (#"{"d":3,"b":{"c":2},"a":1}"#, ["v 1"]), (#"{"d":3,"a":null,"b":{"c":2}}"#, ["v 2"]),
            (#"{"d":3}"#, ["v 3"]), (#"{"e":1}"#, []),
            // One that is there and wrong is not passed over.
            (#"{"a":99,"d":3}"#, ["dropped: 0"]), (#"{"a":"x","d":3}"#, ["dropped: 1"]),
        ] {
            #expect(try read("json", list, payload) == expected.filter { $0 != "dropped: 0" })
        }
        let varying =
            "  - { metric: v, from: ['$.{s}.T', '$.{s}.Temperature'], unit: Cel, kind: gauge }"
        #expect(
            try read("json", varying, #"{"x":{"Temperature":1},"y":{"T":2}}"#)
                == [#"v{s="y"} 2"#])
        let pairs = #"{ delimited: { separator: ",", pairs: ":" } }"#
        let named = "  - { metric: v, from: [t1, t], unit: Cel, kind: gauge }"
        #expect(try read(pairs, named, "t:1,t1:2") == ["v 2"])
        #expect(try read(pairs, named, "t:1") == ["v 1"])
        #expect(try read(pairs, named, "t1:,t:1") == ["v 1"])
    }

    @Test func documentsSayLabels() throws {
        let list = """
              - { metric: v, from: $.v, labels: { channel: "{$.c}", id: "{$.m.id}" }, unit: "1", kind: gauge }
              - { metric: w, from: "$.{part}.w", labels: { channel: "{$.c}" }, unit: "1", kind: gauge }
            """
        #expect(
            try read("json", list, #"{"v":1,"c":2.0,"m":{"id":"a\u0062"},"x":{"w":3}}"#) == [
                #"v{channel="2",id="ab"} 1"#, #"w{channel="2",part="x"} 3"#,
            ])
        // A value without one of them is counted, and one that is not there needs none.
        #expect(try read("json", list, #"{"v":1,"c":2}"#) == ["dropped: 1"])
        #expect(try read("json", list, #"{"v":1,"c":"","m":{"id":"\u0001"}}"#) == ["dropped: 1"])
        #expect(try read("json", list, #"{"c":2,"x":{"v":3}}"#) == [])
        #expect(try read("json", list, #"{"x":{"w":3}}"#) == ["dropped: 1"])
    }

    /// A list is nothing to the reading of its place where others take what is in it.
    @Test func placesMayHoldListsToo() throws {
        let list = """
              - { metric: v, from: $.p, unit: "1", kind: gauge }
              - { metric: v, from: "$.p[0]", labels: { phase: "1" }, unit: "1", kind: gauge }
              - { metric: w, from: $.q, unit: "1", kind: gauge }
            """
        #expect(try read("json", list, #"{"p":7}"#) == ["v 7"])
        #expect(try read("json", list, #"{"p":[8,9]}"#) == [#"v{phase="1"} 8"#])
        #expect(try read("json", list, #"{"q":[8]}"#) == ["dropped: 1"])
    }

    /// One profile for programs that can be set to either of two formats.
    @Test func formatsShowInTheFirstByte() throws {
        let cpu = "  - { metric: v, from: cpu.idle, unit: '%', kind: gauge }"
        #expect(try read("telegraf", cpu, "cpu,host=a idle=7") == ["v 7"])
        #expect(
            try read(
                "telegraf", cpu, #" {"name":"cpu","tags":{},"fields":{"idle":8},"timestamp":0}"#
            ).map { $0.prefix(3) } == ["v 8"])
        let senml = "  - { metric: v, from: t, unit: Cel, kind: gauge }"
        #expect(try read("senml", senml, #"[{"n":"t","v":5}]"#) == ["v 5"])
        let set = try profileSet(
            profileText(
                match: "{ topic: d }", decode: "senml", readings: senml,
                tests: "  - { topic: d, payload: '', expect: {} }"))
        #expect(try readings(set, "d", bytes("81 a2 00 6174 02 06")) == ["v 6"])
    }

    @Test func typesOfCollectdNameTheirValues() throws {
        let list = """
              - { metric: rx, from: rx, unit: By, kind: counter }
              - { metric: other, from: value1, unit: "1", kind: gauge }
            """
        let topic = "collectd/gw/interface-eth0/if_octets"
        #expect(try read("collectd", list, "N:5:6", topic: topic) == ["rx 5"])
        #expect(try read("collectd", list, "N:5:6", topic: "collectd/gw/x/home") == ["other 6"])
    }

    /// 226,374 watt-minutes are 3.7729 kW.h, and no double near it.
    @Test func unitsConvertExactly() throws {
        let list =
            "  - { metric: v, from: $.v, unit: kW.h, from_unit: W.min, kind: counter, scale: 0.1 }"
        #expect(try read("json", list, #"{"v":2263740}"#) == ["v 3.7729"])
        let celsius = "  - { metric: v, from: $.v, unit: Cel, from_unit: '[degF]', kind: gauge }"
        #expect(try read("json", celsius, #"{"v":68}"#) == ["v 20"])
        #expect(try read("json", celsius, #"{"v":-40}"#) == ["v -40"])
    }

    @Test func profilesMayLieInFolders() throws {
        let root = NSTemporaryDirectory() + "profiles-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: root) }
        for folder in ["air/milesight", "water"] {
            try FileManager.default.createDirectory(
                atPath: root + "/" + folder, withIntermediateDirectories: true)
        }
        func write(_ path: String, topic: String) throws {
            let name = String(path.split(separator: "/").last ?? "").dropLast(5)
            try profileText(
                name: String(name), match: "{ topic: '\(topic)' }",
                readings: "  - { metric: v, from: $.v, unit: '1', kind: gauge }",
                tests: "  - { topic: '\(topic)', payload: '', expect: {} }"
            ).write(toFile: root + "/" + path, atomically: false, encoding: .utf8)
        }
        try write("air/milesight/a.yaml", topic: "a")
        try write("water/b.yaml", topic: "b")
        try write("c.yaml", topic: "c")
        try write("water/.d.yaml", topic: "d")
        #expect(try ProfileSet.load(directory: root).profiles.map(\.name) == ["a", "b", "c"])
        try write("water/a.yaml", topic: "e")
        #expect {
            try ProfileSet.load(directory: root)
        } throws: { error in
            "\(error)".contains(
                "there is a profile of this name in \(root)/air/milesight/a.yaml too")
        }
    }
}
