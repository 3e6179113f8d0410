import PayloadDecoding
import Testing

/// OpenMetrics 1.0 and the older text of Prometheus.
struct OpenMetricsTests {
    private func fields(_ text: String) throws -> [String] {
        var list = FieldList()
        try decodeOpenMetrics(Array(text.utf8).span, into: &list)
        return list.described
    }

    @Test(
        arguments: [
            ("a 1\n# EOF\n", ["a 1"]), ("a 1\n# EOF", ["a 1"]), ("# EOF\n", []), ("", []),
            ("a_total{b=\"c\",d=\"\"} 1.50 # {x=\"}\"} 2\n# EOF", ["a_total{b=c,d=} 1.5"]),
            ("a{} 1 # {} 2 3\n# EOF\n", ["a 1"]),
            ("a{b=\"x\\n\\\"\\\\\\ty\"} 1\n# EOF\n", ["a{b=x\n\"\\\\ty} 1"]),
            ("a{b=\"é}\"} 1\n# EOF\n", ["a{b=é}} 1"]),
            ("a NaN\nb +Inf\nc -inf\nd 1e999\n# EOF\n", ["a ?", "b ?", "c ?", "d ?"]),
            (
                "a 007\nb .5\nc 5.\nd -1e-2\ne +.25E1\n# EOF\n",
                ["a 7", "b 0.5", "c 5", "d -0.01", "e 2.5"]
            ),
        ] as [(String, [String])])
    func samplesAreRead(text: String, expected: [String]) throws {
        #expect(try fields(text) == expected)
    }

    /// Seconds with `# EOF`, milliseconds without; both exact and rounded down.
    @Test(
        arguments: [
            ("a 1 1520879607.789\n# EOF\n", 1_520_879_607_789),
            ("a 1 1520879607.78999999999999999999999\n# EOF\n", 1_520_879_607_789),
            ("a 1 -0.0001\n# EOF\n", -1), ("a 1 -1.5\n# EOF\n", -1_500),
            ("a 1 1.5e3\n# EOF\n", 1_500_000),
            ("a 1 -1.0005e0\n# EOF\n", -1_001), ("a 1 0123 # {} 1 5\n# EOF\n", 123_000),
            ("a 1 1520879607789\n", 1_520_879_607_789), ("a 1 -5\n", -5),
        ] as [(String, Int64)])
    func timesAreRead(text: String, expected: Int64) throws {
        var list = FieldList()
        try decodeOpenMetrics(Array(text.utf8).span, into: &list)
        #expect(list.fields.map(\.time) == [expected])
    }

    @Test func unitsGoToTheSamplesOfTheirFamily() throws {
        let text = """
            # TYPE a_seconds histogram
            # UNIT a_seconds seconds
            # HELP a_seconds How long it \\n takes: # { é
            a_seconds 1
            a_seconds_total 1
            a_seconds_bucket{le="+Inf"} 1
            a_seconds_sum 1
            a_seconds_count 1
            a_seconds_created 1
            a_seconds_gsum 1
            a_seconds_gcount 1
            a_seconds_info 1
            a_seconds_other 1
            a_second 1
            # TYPE b gauge
            b 2
            a_seconds 2
            # UNIT b\u{20}
            b 3
            # EOF

            """
        let seconds = try fields(text)
        #expect(
            seconds == [
                "a_seconds 1 seconds", "a_seconds_total 1 seconds",
                "a_seconds_bucket{le=+Inf} 1 seconds", "a_seconds_sum 1 seconds",
                "a_seconds_count 1 seconds", "a_seconds_created 1 seconds",
                "a_seconds_gsum 1 seconds", "a_seconds_gcount 1 seconds",
                "a_seconds_info 1 seconds", "a_seconds_other 1", "a_second 1", "b 2",
                "a_seconds 2", "b 3",
            ])
    }

    @Test func prometheusTextIsReadLeniently() throws {
        let text =
            "\n# a comment\n#\n\t# TYPE a  untyped\n a { b = \"c\" , } \t 1 \t\n\n# HELP a\nd{}2\n"
        #expect(try fields(text) == ["a{b=c} 1", "d 2"])
    }

    @Test(arguments: [
        "a", "a\n", "a 1", "a 1 2", "a1\n", "a-5\n", "5a 1\n", "a x\n", "a 0x10\n", "a 1_0\n",
        "a .\n",
        "a e5\n", "a 1e\n", "a null\n", "a 1 2 3\n", "a 1 1.5\n", "a 1 1e3\n", "a 1 NaN\n",
        "a{ 1\n", "a{b} 1\n", "a{b=c} 1\n", "a{b=\"c} 1\n", "a{b=\"c\"d=\"e\"} 1\n", "a{,} 1\n",
        "a{b=\"c\n\"} 1\n", "a{b:c=\"d\"} 1\n", "a{b=\"c\"}1\n# EOF\n", "a{b=\"c\",,} 1\n",
        "a 1\r\n",
        "a 1 # {} 2\n", "# EOF\na 1\n", "# EOF\n\n", "a 1\n# EOF\n# EOF\n", "a 1 # EOF\n",
        "a 1 NaN\n# EOF\n", "a 1 1520879607789\n# EOF\n", "a 1 # 2\n# EOF\n", "a 1 # {}\n# EOF\n",
        "a 1 # {b=\"c\"} x\n# EOF\n", "a 1 99999999999999999999\n", "a 1 1e30\n# EOF\n",
        "# TYPE a\n", "# TYPE a thing\n", "# TYPE 5 gauge\n", "# UNIT a b c\n", "# TYPE a gauge",
        "# HELP a{} x\n",
    ])
    func othersAreRefused(text: String) {
        #expect(throws: PayloadError.self, "\(text)") { try fields(text) }
    }

    @Test(arguments: ["# HELP a \u{1}", "a{b=\"\u{1}\"} 1\n", "# \u{1}\n"])
    func textsMustBeUTF8(text: String) {
        let bytes = Array(text.utf8).map { $0 == 1 ? 0xff : $0 }
        var list = FieldList()
        #expect(throws: PayloadError.badUTF8(offset: bytes.firstIndex(of: 0xff) ?? 0)) {
            try decodeOpenMetrics(bytes.span, into: &list)
        }
    }

    /// Labels of exemplars are none of the sample, and samples of one name share its text.
    @Test func textsAreKeptOnce() throws {
        var list = FieldList()
        let text = "abc{d=\"e\"} 1 # {ffffffff=\"g\"} 1\nabc 1\nabc 1\n# EOF\n"
        try decodeOpenMetrics(Array(text.utf8).span, into: &list)
        #expect(list.labels.count == 1)
        #expect(list.bytes == Array("abcde".utf8))
    }

    @Test func damagedTextsDoNotTrap() {
        let text = """
            # TYPE a_seconds histogram
            # UNIT a_seconds seconds
            # HELP a_seconds é \\n
            a_seconds_bucket{le="+Inf",b="\\"é\\\\"} -1.5e3 1520879607.789 # {c="d"} .5 1e3
            b NaN -0.5
            # EOF

            """
        let decoder = NamedDecoder(name: "OpenMetrics") {
            try decodeOpenMetrics($0.span, into: &$1)
        }
        decodeDamaged(Array(text.utf8), with: decoder, seed: .random(in: 0...(.max)))
        decodeDamaged(
            Array("# c\na{b=\"c\",} 1 5\nb 2\n".utf8), with: decoder, seed: .random(in: 0...(.max)))
    }
}
