import PayloadDecoding
import Testing

/// Sparkplug B: payloads, values by their types, and topics.
struct SparkplugTests {
    private typealias Metric = MadeUpMetric
    private typealias Node = MadeUpNode

    @Test(
        arguments: [
            (1, .int(0x7f), "127"), (1, .int(0xff), "-1"), (1, .int(0xffff_ff80), "-128"),
            (1, .int(0x100), "?"), (1, .int(0xffff_ff7f), "?"),
            (1, .int(0xffff_ffff_ffff_fffe), "-2"),
            (2, .int(0xff88), "-120"), (2, .int(0x1_0000), "?"), (3, .int(0xffff_ffff), "-1"),
            (3, .long(0xffff_ffff_ffff_ffff), "-1"), (3, .long(0x1_0000_0000), "?"),
            (4, .long(1 << 63), "-9223372036854775808"), (4, .int(5), "5"),
            (4, .int(0xffff_ffff), "?"),
            (5, .int(255), "255"), (5, .int(256), "?"), (6, .int(65_535), "65535"),
            (7, .int(0xffff_ffff), "4294967295"), (7, .long(0xffff_ffff), "4294967295"),
            (8, .long(.max), "1.8446744073709552e+19"), (8, .long(1 << 53 | 1), "9007199254740993"),
            (13, .long(1_700_000_000_000), "1700000000000"),
            (9, .float(61.25), "61.25"), (9, .float(.nan), "?"), (10, .double(-.infinity), "?"),
            (10, .double(0.1), "0.1"), (10, .float(0.5), "0.5"), (10, .int(1), "?"),
            (3, .double(1), "?"),
            (11, .boolean(true), "true"), (11, .int(1), "true"), (11, .int(2), "?"),
            (3, .boolean(true), "?"),
            (12, .string("é"), "'é'"), (14, .string(""), "''"), (15, .string("u"), "'u'"),
            (17, .bytes([1, 2, 3, 4]), "'AQIDBA'"), (12, .int(1), "?"), (3, .string("1"), "?"),
        ] as [(UInt64, MadeUpMetric.Value, String)])
    func valuesHaveTypes(type: UInt64, value: MadeUpMetric.Value, expected: String) throws {
        var node = Node()
        let metric = Metric(name: "m", time: 5, type: type, value: value)
        #expect(try node.send(.nodeBirth, [metric], 0) == ["m \(expected) @5"])
        // The type of the birth serves as well as the metric's own.
        #expect(
            try node.send(.nodeData, [Metric(name: "m", time: 6, value: value)], 1)
                == ["m \(expected) @6"])
        #expect(!node.session.wantsRebirth)
    }

    @Test func whatIsNoValueIsLeftOut() throws {
        var node = Node()
        let metrics = [
            Metric(name: "a", type: 16, value: .dataSet([1, 2])), Metric(name: "b", type: 3),
            Metric(name: "c", type: 18, value: .bytes([1])),
            Metric(name: "d", type: 22, value: .bytes([1])),
            Metric(name: "e", type: 10, isNull: true), Metric(name: "f", type: 99, value: .int(1)),
        ]
        #expect(try node.send(.nodeBirth, metrics, 0) == ["e null @1000"])
        #expect(!node.session.wantsRebirth)
    }

    @Test(arguments: [
        // Wire types 6, 7, 3 and 4; field 0; a tag beyond 32 bits; a wrong type of a known field.
        "0e", "0f", "0b", "0c", "0001", "888080808001 00", "0a00", "15 00000000", "20 00",
        // Varints of eleven bytes and beyond 64 bits; all that is cut.
        "08ffffffffffffffffff ff01", "08ffffffffffffffffff02", "08", "0880", "12", "1205",
        "12ffffffff07",
        "12ffffffffffffffffff01", "1202 0a05", "1204 65000042", "1206 690000000000", "12020800",
        // Not UTF-8; a time beyond the calendar; the compressed form.
        "1203 0a01ff", "1207 7a01ff0a0161 00", "12 10 0a0161 2003 5001 18ffffffffffffff7f",
        "2212 53504256312e305f434f4d50524553534544", "1f8b0800",
        // A property set that ends within its key.
        "1204 4a020a05",
    ])
    func othersAreRefused(hex: String) {
        var node = Node()
        #expect(throws: PayloadError.self, "\(hex)") { try node.send(.nodeData, bytes(hex: hex)) }
    }

    @Test func unknownFieldsArePassedOver() throws {
        var writer = ProtobufWriter()
        writer.text(4, "some uuid")
        writer.bytes(5, [0xff])
        writer.double(99, 1)
        writer.float(100, 1)
        var metric = ProtobufWriter()
        metric.text(1, "a")
        metric.varint(5, 1)
        metric.bytes(8, [0xff])
        metric.varint(4, 3)
        metric.varint(10, 1)
        metric.varint(10, 2)
        writer.bytes(2, metric.bytes)
        var node = Node()
        #expect(try node.send(.nodeData, writer.bytes) == ["a 2"])
    }

    @Test(
        arguments: [
            ("spBv1.0/G/NBIRTH/E", "G|E||nodeBirth"), ("spBv1.0/G/DDATA/E/D", "G|E|D|deviceData"),
            ("spBv1.0/G/NCMD/E", "G|E||nodeCommand"), ("spBv1.0/G/DDEATH/é/d", "G|é|d|deviceDeath"),
            ("spBv1.0/STATE/host", nil), ("spBv1.0/G/NDATA/E/D", nil), ("spBv1.0/G/DDATA/E", nil),
            ("spBv1.0/G/DDATA/E/", nil), ("spBv1.0//NDATA/E", nil), ("spAv1.0/G/NDATA/E", nil),
            ("spBv1.0/G/ndata/E", nil), ("spBv1.0/G/DDATA/E/D/x", nil), ("", nil), ("/", nil),
        ] as [(String, String?)])
    func topicsAreRead(topic: String, expected: String?) {
        let bytes = Array(topic.utf8)
        let read = SparkplugTopic(parsing: bytes.span).map { read in
            [read.group, read.node, read.device].map { String(decoding: bytes[$0], as: UTF8.self) }
                .joined(separator: "|") + "|\(read.message)"
        }
        #expect(read == expected)
    }
}
