import PayloadDecoding
import Testing

/// Messages of collectd's MQTT plugin.
struct CollectdTests {
    private func fields(_ text: String, type: String? = nil) throws -> [String] {
        var list = FieldList()
        let bytes = Array(text.utf8)
        if let type {
            let name = Array(type.utf8)
            try decodeCollectd(bytes.span, type: name.span, into: &list)
        } else {
            try decodeCollectd(bytes.span, into: &list)
        }
        return list.described
    }

    @Test(
        arguments: [
            (
                "1448840558.555:182732:59321", nil,
                ["value0 182732 @1448840558555", "value1 59321 @1448840558555"]
            ),
            (
                "1448840558.555:182732:59321", "if_octets",
                ["rx 182732 @1448840558555", "tx 59321 @1448840558555"]
            ),
            ("1652340779.985:0\0", "users", ["value 0 @1652340779985"]),
            ("1448840558.555:1714962432\0\0", "memory-wired", ["value 1714962432 @1448840558555"]),
            (
                "1:0.15:0.10:5e-05", "load",
                ["shortterm 0.15 @1000", "midterm 0.1 @1000", "longterm 0.00005 @1000"]
            ),
            ("1:2:3", "load", ["value0 2 @1000", "value1 3 @1000"]),
            ("1:2", "thing", ["value0 2 @1000"]),
            (
                "1:U:nan:-nan:-inf", nil,
                ["value0 null @1000", "value1 ? @1000", "value2 ? @1000", "value3 ? @1000"]
            ),
            ("N:-1", "temperature-cpu-0", ["value -1"]),
            ("0.0009:18446744073709551615", nil, ["value0 1.8446744073709552e+19 @0"]),
        ] as [(String, String?, [String])])
    func messagesAreRead(text: String, type: String?, expected: [String]) throws {
        #expect(try fields(text, type: type) == expected)
    }

    @Test(arguments: [
        "", "\0", "1", "1:", "1:2:", "1::2", ":1", "x:1", "1:x", "1: 2", "1:2 ", "1:2\n", "nan:1",
        "U:1", "99999999999999:1", "1:0x10", "1:2\03", "N", "1;2", "1:u",
    ])
    func othersAreRefused(text: String) {
        #expect(throws: PayloadError.self, "\(text)") { try fields(text) }
    }

    @Test(
        arguments: [
            ("if_packets", ["rx", "tx"]), ("if_errors", ["rx", "tx"]),
            ("io_packets", ["rx", "tx"]),
            ("serial_octets", ["rx", "tx"]), ("disk_latency", ["read", "write"]),
            ("ps_disk_ops", ["read", "write"]), ("disk_io_time", ["io_time", "weighted_io_time"]),
            ("df", ["used", "free"]), ("df_complex-free", ["value"]),
            ("ping-example.org", ["value"]),
            ("voltage_threshold", ["value", "threshold"]), ("duration", ["seconds"]),
            ("smart_attribute-x", ["current", "worst", "threshold", "pretty"]),
            ("ps_cputime", ["user", "syst"]), ("vmpage_io", ["in", "out"]), ("", nil), ("-x", nil),
            ("if_octet", nil), ("if_octetss", nil),
        ] as [(String, [String]?)])
    func typesHaveTheirNames(type: String, expected: [String]?) {
        #expect(collectdNames(ofType: Array(type.utf8).span) == expected)
    }

    @Test func tooManyValuesAreRefused() {
        #expect(throws: PayloadError.self) {
            try fields("1" + String(repeating: ":1", count: 4_097))
        }
    }

    @Test func damagedMessagesDoNotTrap() {
        let decoder = NamedDecoder(name: "collectd") { bytes, list in
            let type = Array("load".utf8)
            try decodeCollectd(bytes.span, type: type.span, into: &list)
        }
        decodeDamaged(
            Array("1448840558.555:182732:-5.5e-05:U:nan\0".utf8), with: decoder,
            seed: .random(in: 0...(.max)))
    }
}
