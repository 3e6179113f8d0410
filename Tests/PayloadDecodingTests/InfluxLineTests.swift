import Foundation
import PayloadDecoding
import Telemetry
import Testing

/// Line protocol as Telegraf, OpenWrt scripts and people write it.
struct InfluxLineTests {
    private func fields(_ text: String) throws -> [String] {
        var list = FieldList()
        try decodeInfluxLine(Array(text.utf8).span, into: &list)
        return list.described
    }

    @Test(
        arguments: [
            ("cpu value=42", ["cpu.value 42"]),
            ("c\\ pu va\\=lue=42i", ["c pu.va=lue 42"]),
            ("cpu,ho\\,st=a\\ b\\\\ c value=1u", ["cpu.value{ho,st=a b\\ c} 1"]),
            ("cpu value=\"a \\\"b\\\" \\\\ \\n,c=d\"", ["cpu.value 'a \"b\" \\ \\n,c=d'"]),
            (
                "cpu a=t,b=FALSE,c=-1.5e3,d=NaN",
                ["cpu.a true", "cpu.b false", "cpu.c -1500", "cpu.d ?"]
            ),
            (
                "# a comment\n\n  cpu  v=1  1535747258000000000 \r\ncpu v=2 -1\n",
                ["cpu.v 1 @1535747258000", "cpu.v 2 @-1"]
            ),
            (
                "cpu v=9223372036854775807i,w=18446744073709551615u,x=-9223372036854775808i",
                [
                    "cpu.v 9223372036854775807",
                    "cpu.w \(Value(binary: 18_446_744_073_709_551_616))",
                    "cpu.x -9223372036854775808",
                ]
            ),
            ("", []), ("\n#\n", []),
        ] as [(String, [String])])
    func linesAreRead(text: String, expected: [String]) throws {
        #expect(try fields(text) == expected)
    }

    @Test(arguments: [
        "cpu", "cpu value", "cpu value=", "cpu, value=1", "cpu,a value=1", "cpu,a= value=1",
        "cpu value=1,", "cpu value=1 x", "cpu value=1 1 1", "cpu value=1i5", "cpu value=0x1F",
        "cpu value=9223372036854775808i", "cpu value=18446744073709551616u", "cpu value=-1u",
        "cpu value=1\ncpu", "cpu value=\"open", "m a=49,97 1", "\\\\", "120",
        "cpu value=1 99999999999999999999", "cpu value=i", "m f=\"a\"123",
    ])
    func othersAreRefused(text: String) {
        #expect(throws: PayloadError.self, "\(text)") { try fields(text) }
    }

    /// A long name that each field repeats does not make more memory than the limit.
    @Test func repeatedNamesAreBounded() {
        let name = String(repeating: "m", count: 500_000)
        let text = name + " " + (0..<100).map { "f\($0)=1" }.joined(separator: ",")
        #expect(throws: PayloadError.self) { try fields(text) }
    }
}

extension FieldList {
    /// A line for each field: `name{label=value} value unit @time`.
    var described: [String] {
        fields.map { field in
            var line = text(field.name)
            let labels = self.labels[field.labels].map { "\(text($0.name))=\(text($0.value))" }
            if !labels.isEmpty { line += "{\(labels.joined(separator: ","))}" }
            switch field.value {
            case .number(let value): line += " \(value)"
            case .noNumber: line += " ?"
            case .boolean(let boolean): line += " \(boolean)"
            case .text(let text): line += " '\(self.text(text))'"
            case .null: line += " null"
            }
            if !field.unit.isEmpty { line += " \(text(field.unit))" }
            if let time = field.time { line += " @\(time)" }
            return line
        }
    }
}
