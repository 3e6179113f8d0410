import Testing

@testable import TownSimulation

@Suite struct PayloadWriterTests {
    @Test(arguments: [
        (0.0, 0, "0"), (0, 1, "0.0"), (0.04, 1, "0.0"), (-0.04, 1, "0.0"), (-0.06, 1, "-0.1"),
        (0.05, 2, "0.05"), (12.3449, 3, "12.345"), (99.95, 1, "100.0"), (-7.5, 0, "-8"),
        (1_000_000.004, 2, "1000000.00"), (3.007, 3, "3.007"),
    ])
    func printsFixedDecimals(value: Double, decimals: Int, text: String) {
        var writer = PayloadWriter(time: 5)
        writer.field("a", value, decimals: decimals)
        #expect(String(decoding: writer.finish(), as: UTF8.self) == "{\"time\":5,\"a\":\(text)}")
    }

    @Test(arguments: [UInt64(0), 9, 10, 11, 99, 100, 4_294_967_296, .max])
    func printsWholeNumbers(value: UInt64) {
        var writer = PayloadWriter(time: 0)
        writer.field("octets", value)
        writer.field("state", word: "on")
        let text = String(decoding: writer.finish(), as: UTF8.self)
        #expect(text == "{\"time\":0,\"octets\":\(value),\"state\":\"on\"}")
    }

    @Test func cosineIsTheCosine() {
        let table: [(Double, Double)] = [
            (0, 1), (0.25, 0), (0.5, -1), (0.75, 0), (1, 1), (1.0 / 6, 0.5),
        ]
        for (turns, value) in table {
            #expect(abs(cosine(turns: turns) - value) < 1e-7)
            #expect(abs(cosine(turns: -turns - 3) - value) < 1e-7)
        }
        for step in 0..<1_000 {
            let turns = Double(step) / 1_000
            let double = cosine(turns: 2 * turns)
            #expect(abs(double - (2 * cosine(turns: turns) * cosine(turns: turns) - 1)) < 1e-6)
        }
    }
}
