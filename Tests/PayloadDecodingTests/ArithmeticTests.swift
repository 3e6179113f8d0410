import PayloadDecoding
import Telemetry
import Testing

struct ArithmeticTests {
    private static let names = ["a": 0, "b.c": 1, "none": 2]

    private func result(_ text: String) -> String? {
        var problem = ""
        guard
            let formula = Arithmetic(
                parsing: text, problem: &problem, numberOf: { Self.names[$0] })
        else { return "at '\(problem)'" }
        var stack: [Value] = []
        return formula.result([Value(7), Value(25, scale: 1), nil], stack: &stack)?.description
    }

    @Test(
        arguments: [
            ("1 + 2 * 3", "7"), ("(1 + 2) * 3", "9"), ("8 - 3 - 2", "3"), ("8 / 2 / 2", "2"),
            ("-a + 10", "3"), ("2 * -3", "-6"), ("a*a - b.c", "46.5"), ("1e-3 * a", "0.007"),
            ("1E+2", "100"), ("((((a))))", "7"), ("- (a - 1)", "-6"), ("0.1 + 0.2", "0.3"),
        ] as [(String, String)])
    func values(text: String, expected: String) { #expect(result(text) == expected) }

    @Test(arguments: ["none + 1", "1 / 0", "a / (b.c - 2.5)", "1e308 * 1e308"])
    func whatHasNoValue(text: String) { #expect(result(text) == nil) }

    @Test(
        arguments: [
            ("", "at ''"), ("1 +", "at ''"), ("(1", "at ''"), ("1)", "at ')'"),
            ("a b.c", "at 'b.c'"),
            ("x * 2", "at 'x * 2'"), ("2 ** 3", "at '* 3'"), ("1,5", "at ',5'"), ("--1", "at '-1'"),
            ("1x", "at '1x'"),
        ] as [(String, String)])
    func faults(text: String, expected: String) { #expect(result(text) == expected) }

    /// Parentheses and texts are bounded, so that no profile can exhaust the stack.
    @Test func depthIsBounded() {
        let deep = { (depth: Int) in
            String(repeating: "(", count: depth) + "1" + String(repeating: ")", count: depth)
        }
        #expect(result(deep(16)) == "1")
        #expect(result(deep(17))?.hasPrefix("at") == true)
        #expect(result(String(repeating: "1+", count: 128) + "1")?.hasPrefix("at") == true)
    }
}
