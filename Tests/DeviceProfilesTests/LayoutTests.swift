import DeviceProfiles
import Telemetry
import Testing

/// `decode: { bytes: … }`: what a layout makes of frames.
struct LayoutTests {
    /// - Parameter fields: the names that readings take, each into a metric of that name.
    private func set(_ layout: String, _ fields: [String], order: String = "big") throws
        -> ProfileSet
    {
        try profileSet(text(layout, fields, order: order))
    }

    private func text(_ layout: String, _ fields: [String], order: String = "big") -> String {
        profileText(
            match: "{ topic: f }",
            decode: "\n  bytes:\n    order: \(order)\n    layout:\n\(layout)",
            readings: fields.map {
                "  - { metric: \($0), from: \($0), unit: '1', kind: gauge }"
            }.joined(separator: "\n"), tests: "  - { topic: f, hex: '', expect: {} }")
    }

    private func read(
        _ layout: String, _ fields: [String], _ frame: String, order: String = "big"
    ) throws -> [String] {
        try readings(set(layout, fields, order: order), "f", bytes(frame))
    }

    @Test(
        arguments: [
            ("u8", "ff", "255"), ("i8", "ff", "-1"), ("u16", "0102", "258"), ("i16", "fffe", "-2"),
            ("u24", "010203", "66051"), ("i24", "800000", "-8388608"),
            ("u32", "ffffffff", "4294967295"),
            ("i32", "80000000", "-2147483648"), ("u40", "0000000101", "257"),
            ("u64", "ffffffffffffffff", "1.8446744073709552e+19"),
            ("i64", "ffffffffffffffff", "-1"),
            ("f16", "3e00", "1.5"), ("f32", "c1200000", "-10"),
            ("f64", "4009200000000000", "3.140625"),
            ("bcd:3", "012345", "12345"), ("bcd:9", "999999999999999999", "999999999999999999"),
        ] as [(String, String, String)])
    func numbers(type: String, frame: String, expected: String) throws {
        let layout = "      - { field: a, type: '\(type)' }"
        #expect(try read(layout, ["a"], frame) == ["a \(expected)"])
        // Little-endian is the same number backwards, whichever way it is said.
        let backwards = stride(from: frame.count - 2, through: 0, by: -2)
            .map { String(frame.dropFirst($0).prefix(2)) }.joined()
        #expect(try read(layout, ["a"], backwards, order: "little") == ["a \(expected)"])
        let own = "      - { field: a, type: '\(type)', order: little }"
        #expect(try read(own, ["a"], backwards) == ["a \(expected)"])
        // One byte too few is no number; no byte at all is how MQTT says that something has gone.
        if frame.count == 2 { return }
        #expect(throws: DecodeFault.badPayload(offset: frame.count / 2 - 1)) {
            try read(layout, ["a"], String(frame.dropLast(2)))
        }
    }

    @Test func whatIsNoNumberSaysNothing() throws {
        #expect(try read("      - { field: a, type: f32 }", ["a"], "7fc00000") == [])
        #expect(try read("      - { field: a, type: 'bcd:1' }", ["a"], "1a") == [])
    }

    @Test func scalesSentinelsAndBits() throws {
        let layout = """
                  - { field: a, type: i16, scale: 0.1, offset: -40, no_value: [0x7FFF] }
                  - { field: _word, type: u16 }
                  - { field: low, of: _word, bits: 0 }
                  - { field: mid, of: _word, bits: 4..11, signed: true, scale: 0.5 }
                  - { skip: 1 }
                  - { field: tail, type: u8, at: -1 }
                  - { field: cubic, type: u8, poly: [1, 0, 0.5] }
                  - { field: half, value: "(cubic - 1) / 4" }
                  - { field: third, value: "tail / 3", decimals: 2 }
            """
        let fields = ["a", "low", "mid", "tail", "cubic", "half", "third"]
        #expect(
            try read(layout, fields, "00fb f801 ee 02 aa 07") == [
                "a -14.9", "low 1", "mid -64", "tail 7", "cubic 3", "half 0.5", "third 2.33",
            ])
        // A sentinel takes along what is worked out from it, and nothing else.
        #expect(try read(layout, ["a", "low"], "7fff 0000 ee 02") == ["low 0"])
    }

    @Test func conditionsChooseWhatIsRead() throws {
        let layout = """
                  - cases:
                      - when: { byte0: 0x57, size: "4..5" }
                        layout: [ { skip: 1 }, { field: a, type: u16 } ]
                      - when: { byte0: [0x58, 0x59] }
                        layout:
                          - { skip: 1 }
                          - { field: _flags, type: u8 }
                          - { when: { _flags.0: 1 }, layout: [ { field: a, type: u8 } ] }
                          - { when: { _flags.2: 1 }, layout: [ { field: b, type: u8 } ] }
                      - layout: [ { field: c, type: u8 } ]
            """
        let fields = ["a", "b", "c"]
        #expect(try read(layout, fields, "57 0102 00") == ["a 258"])
        #expect(try read(layout, fields, "59 05 01 02") == ["a 1", "b 2"])
        #expect(try read(layout, fields, "59 04 02") == ["b 2"])
        #expect(try read(layout, fields, "57 01") == ["c 87"])
        #expect(throws: DecodeFault.badPayload(offset: 3)) { try read(layout, fields, "58 05 01") }
    }

    /// A history has a time for each of its turns, counted from the message's.
    @Test func turnsHaveTheirTimes() throws {
        let list = """
                  - { field: index, type: u32 }
                  - repeat: end
                    leave: 1
                    step: 1h
                    first: newest
                    layout: [ { field: _delta, type: u8 }, { field: index, value: "index - _delta" } ]
            """
        // The newest is 295 itself; the deltas lead back from it, the first one to now.
        let now = Decoded.arrival
        #expect(
            try read(list, ["index"], "00000127 00 01 02 ff") == [
                "index 295", "index 295", "index 294 @\(now - 3_600_000)",
                "index 292 @\(now - 7_200_000)",
            ])
        let oldest = """
                  - { field: _period, type: u8 }
                  - { field: _count, type: u8 }
                  - repeat: _count
                    step: "_period * 60"
                    first: oldest
                    layout: [ { field: v, type: u8 } ]
                  - { field: after, type: u8 }
            """
        #expect(
            try read(oldest, ["v", "after"], "0a 03 01 02 03 09") == [
                "v 1 @\(now - 1_200_000)", "v 2 @\(now - 600_000)", "v 3", "after 9",
            ])
        let back = oldest.replacing("first: oldest", with: "first: newest\n        from: 1")
        #expect(
            try read(back, ["v"], "0a 02 01 02 09") == [
                "v 1 @\(now - 600_000)", "v 2 @\(now - 1_200_000)",
            ])
        // Without a step nobody knows when the others were: they are left out, and counted.
        #expect(
            try read(oldest, ["v", "after"], "00 03 01 02 03 09") == ["v 1", "dropped: 1"])
    }

    /// Nothing in a frame or a layout leads before the frame's beginning or beyond its end.
    @Test func limitsNeverLeadBack() throws {
        let rest = """
                  - { repeat: 1, leave: 2, layout: [ { skip: rest } ] }
                  - { field: a, type: u8 }
            """
        #expect(try read(rest, ["a"], "01") == ["a 1"])
        #expect(try read(rest, ["a"], "01 02 03") == ["a 2"])
        let table = """
                  - { key: 1, leave: 9, table: { "01": [ { skip: rest } ] } }
                  - { field: a, type: u8 }
            """
        #expect(try read(table, ["a"], "01 05") == ["a 1"])
        let long =
            "      - { repeat: 2, step: 100000000000d, first: newest, layout: [ { skip: 1 } ] }"
        #expect(faults(text(long, ["a"])).first?.contains("'step' is too long") == true)
    }

    /// A value without a time of its own has none, so that a retained frame is no reading of now.
    @Test func onlyTimesOfFramesAreTheDevices() throws {
        for (layout, frame, isOfDevice) in [
            ("      - { field: a, type: u8 }", "05", false),
            ("      - { time: u32 }\n      - { field: a, type: u8 }", "69b10ec1 05", true),
            (
                """
                      - { repeat: end, step: 1h, first: oldest, layout: [ { field: a, type: u8 } ] }
                """, "05", false
            ),
        ] {
            let set = try set(layout, ["a"])
            var decoder = MessageDecoder(set)
            var message = DecodedMessage()
            let payload = bytes(frame)
            try decoder.decode(
                profile: 0, payload: payload.span, arrival: Decoded.arrival, into: &message)
            #expect(message.readings.count == 1)
            #expect((message.quality == .deviceTime) == isOfDevice, "\(layout)")
        }
    }

    /// Without a step each turn may have its own time, and none that of the turn before.
    @Test func timesOfTurnsAreTheirs() throws {
        let layout = """
                  - repeat: end
                    layout:
                      - { field: _f, type: u8 }
                      - { when: { _f.0: 1 }, layout: [ { time: u32 } ] }
                      - { field: a, type: u8 }
            """
        #expect(
            try read(layout, ["a"], "01 69b10ec1 05 00 07") == ["a 5 @1773211329000", "a 7"])
    }

    @Test func timesStandInFrames() throws {
        let layout = """
                  - { time: u32, at: -4, base: 2013-01-01T00:00:00Z }
                  - { field: v, type: u8 }
            """
        // 2026-03-11T07:15:45Z, a day before the arrival.
        let time: Int64 = 1_773_213_345_000
        let seconds = (time - 1_356_998_400_000) / 1000
        let frame = "05" + String(seconds, radix: 16).leftPadded(to: 8)
        #expect(try read(layout, ["v"], frame) == ["v 5 @\(time)"])
    }

    @Test func tablesReadTypesAndValues() throws {
        let layout = """
                  - key: 2
                    table:
                      "01 75": [ { field: battery, type: u8 } ]
                      "* 67": [ { field: t, type: i16, order: little, scale: 0.1 } ]
            """
        let fields = ["battery", "t"]
        #expect(
            try read(layout, fields, "01 75 64 03 67 f6ff 04 67 0a00") == [
                "battery 100", "t -1", "t 1",
            ])
        // What is behind an unknown key is left out and counted; what was before it counts.
        #expect(
            try read(layout, fields, "01 75 64 09 09 01 75 20") == ["battery 100", "dropped: 1"])
        #expect(throws: DecodeFault.badPayload(offset: 3)) { try read(layout, fields, "03 67 01") }
        // A time in a value is that value's.
        let timed = """
                  - key: 1
                    table:
                      "20": [ { time: u32 }, { field: t, type: u8 } ]
                      "01": [ { field: battery, type: u8 } ]
            """
        #expect(
            try read(timed, fields, "20 69b10ec1 07 01 64") == [
                "t 7 @1773211329000", "battery 100",
            ])
        let withLengths = """
                  - key: 1
                    length: u8
                    table: { "01": [ { field: t, type: u8 } ], "02": [ { field: battery, type: u16 } ] }
            """
        // A value may be longer than its layout, but not shorter.
        #expect(
            try read(withLengths, fields, "07 02 aaaa 01 02 05 bb 02 02 0001") == [
                "t 5", "battery 1",
            ])
        #expect(throws: DecodeFault.badPayload(offset: 3)) {
            try read(withLengths, fields, "02 01 05")
        }
        #expect(throws: DecodeFault.badPayload(offset: 3)) {
            try read(withLengths, fields, "01 ff 05")
        }
    }

    /// Examples can say the time of each value of a history.
    @Test func examplesKnowTimes() {
        func text(_ expected: String) -> String {
            profileText(
                match: "{ topic: f }",
                decode: "{ bytes: { layout: [ { repeat: 2, step: 1h, first: newest,"
                    + " layout: [ { field: a, type: u8 } ] } ] } }",
                readings: "  - { metric: a, from: a, unit: '1', kind: gauge }",
                tests: "  - { topic: f, hex: '0102', expect: { a: \(expected) } }")
        }
        #expect(faults(text("{ 2026-01-01T00:00:00Z: 1, 2025-12-31T23:00:00Z: 2 }")) == [])
        #expect(faults(text("2")) == [])
        for (wrong, reason) in [
            ("{ 2026-01-01T00:00:00Z: 1 }", "a reading a = 2 that is not expected"),
            (
                "{ 2026-01-01T00:00:00Z: 3, 2025-12-31T23:00:00Z: 2 }",
                "a at 2026-01-01T00:00:00Z is 1, expected 3"
            ),
            ("{ 2026-01-01T01:00:00Z: 1 }", "no reading a at 2026-01-01T01:00:00Z, expected 1"),
            ("{ yesterday: 1 }", "'yesterday' must be a time as in 2026-01-01T00:00:00Z"),
        ] {
            #expect(faults(text(wrong)).first?.contains(reason) == true, "\(faults(text(wrong)))")
        }
    }

    @Test func encodingsStandAroundFrames() throws {
        for (encoding, payload) in [("hex", "01:02 03"), ("base64", "AQID"), ("base64", "AQ ID\n")]
        {
            let text = profileText(
                match: "{ topic: f }",
                decode: "{ encoding: \(encoding), bytes: { layout: [ { field: a, type: u24 } ] } }",
                readings: "  - { metric: a, from: a, unit: '1', kind: gauge }",
                tests: "  - { topic: f, payload: '', expect: {} }")
            #expect(try readings(profileSet(text), "f", Array(payload.utf8)) == ["a 66051"])
            #expect(throws: DecodeFault.badPayload(offset: 1)) {
                try readings(profileSet(text), "f", Array("Aé".utf8))
            }
        }
    }

    @Test func everyMistakeOfALayoutIsNamed() {
        let layout = """
                  - { field: 9a, type: u8 }
                  - { field: a, type: u9 }
                  - { field: b, of: nobody, bits: 1 }
                  - { field: c, type: u8, scale: 0.1, unit: kWh }
                  - { field: d, of: c, bits: 1 }
                  - { field: e, of: c, bits: 63 }
                  - { field: f, value: "c * (1 + nobody)" }
                  - { field: g }
                  - { when: { nobody: 1 }, layout: [ { skip: 1 } ] }
                  - { when: { c: x }, layout: [ { skip: 0 } ] }
                  - { repeat: 3, step: 1h, layout: [ { skip: 1 } ] }
                  - { key: 2, table: { "01": [ { skip: 1 } ] } }
                  - { key: 1, length: u8, unknown: stop, table: { "01": 5 } }
                  - { fiel: h, type: u8 }
                  - 7
            """
        let lines = faults(text(layout, ["a"]))
        for expected in [
            "'9a' is no name of a field", "'u9' is no type of a number",
            "there is no field 'nobody' before this one", "'kWh' is no UCUM code; write kW.h",
            "the field 'c' has no bits, since it is scaled",
            "'bits' must be one bit or a range of 0 to 62",
            "'c * (1 + nobody)' is no arithmetic from 'nobody)' on",
            "the field 'g' needs one of 'type', 'of' and 'value'",
            "there is no field 'nobody' before this condition",
            "'c' in a condition must be a whole number, a range or a list",
            "'skip' in a skip must be a whole number from 1 to 65535", "'step' needs 'first'",
            "'01' is no key of 2 bytes", "'unknown' does not go with 'length'",
            "a layout must be a list of items", "must have one of the keys field, skip",
            "an item of a layout must be keys with values",
        ] {
            #expect(lines.contains { $0.contains(expected) }, "\(expected) in \(lines)")
        }
    }
}

extension String {
    fileprivate func leftPadded(to size: Int) -> String {
        String(repeating: "0", count: max(0, size - count)) + self
    }
}
