import PayloadDecoding
import Telemetry
import Testing

/// All values of a document by their paths: what a scan for each of the paths would find.
struct JSONFieldsTests {
    private func fields(_ bytes: [UInt8]) throws(PayloadError) -> FieldList {
        var list = FieldList()
        try decodeJSONFields(bytes.span, into: &list)
        return list
    }

    @Test func valuesHaveTheirPaths() throws {
        let text = #" {"a":{"b":[1,-2.50e1,{"c":"x\u00e9\n"}],"":true},"e":{},"f":[],"n":null} "#
        #expect(
            try fields(Array(text.utf8)).described == [
                "$.a.b[0] 1", "$.a.b[1] -25", "$.a.b[2].c 'x\u{e9}\n'", "$.a. true", "$.n null",
            ])
        #expect(try fields(Array("3".utf8)).described == ["$ 3"])
        #expect(try fields(Array("[[],1]".utf8)).described == ["$[1] 1"])
    }

    /// Random documents, whole and broken: taken or refused as a scan does, at the same byte.
    @Test func aScanSaysTheSame() throws {
        var random = SplitMix64(seed: 0x5eed_0071)
        var scanner = JSONScanner(JSONPlan([]))
        for round in 0..<2_000 {
            let value = MadeUpValue.random(depth: 4, &random)
            var bytes = Array(value.text(&random).utf8)
            if round % 2 == 1, let index = bytes.indices.randomElement(using: &random) {
                if random.next() % 2 == 0 {
                    bytes[index] ^= 1 << UInt8(random.next() % 8)
                } else {
                    bytes.removeSubrange(index...)
                }
            }
            var expected: PayloadError?
            do throws(PayloadError) { try scanner.scan(bytes.span) } catch { expected = error }
            var found: PayloadError?
            var list = FieldList()
            do throws(PayloadError) { list = try fields(bytes) } catch { found = error }
            #expect(found == expected, "seed 0x5eed0071, round \(round)")
            guard round % 2 == 0 else { continue }
            let leaves = value.places().count { place in
                switch place.value {
                case .array, .object: false
                default: true
                }
            }
            #expect(list.fields.count == leaves, "seed 0x5eed0071, round \(round)")
        }
    }

    @Test func limitsHold() {
        let deep = String(repeating: "[", count: 65) + String(repeating: "]", count: 65)
        #expect(throws: PayloadError.tooDeep(offset: 64)) { try fields(Array(deep.utf8)) }
        let many = "[" + String(repeating: "1,", count: 4_096) + "1]"
        #expect(throws: PayloadError.self) { try fields(Array(many.utf8)) }
        let long = "{\"" + String(repeating: "k", count: 2_000) + "\":1}"
        #expect(throws: PayloadError.self) { try fields(Array(long.utf8)) }
    }
}
