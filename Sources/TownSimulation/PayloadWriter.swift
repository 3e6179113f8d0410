/// Writes a flat JSON object with numbers in fixed decimals, as devices print them.
///
/// Digits are written straight into the payload: at hundreds of thousands of messages a second the
/// formatting of text would cost more than the town.
struct PayloadWriter: ~Copyable {
    private var bytes: [UInt8]

    /// Begins the object with `"time"`, milliseconds since 1970 UTC.
    init(time: Int64) {
        bytes = []
        // LIMIT: the longest payload, a router's, stays below with counters of 16 digits.
        bytes.reserveCapacity(120)
        bytes.append(contentsOf: "{\"time\":".utf8)
        append(digitsOf: UInt64(time))
    }

    /// A whole number.
    mutating func field(_ name: String, _ value: UInt64) {
        begin(name)
        append(digitsOf: value)
    }

    /// A number rounded to so many decimals, 0...3, trailing zeros kept.
    mutating func field(_ name: String, _ value: Double, decimals: Int) {
        let scale: UInt64 = decimals == 0 ? 1 : decimals == 1 ? 10 : decimals == 2 ? 100 : 1_000
        let scaled = (value * Double(scale)).rounded()
        let magnitude = UInt64(abs(scaled))
        begin(name)
        if scaled < 0 { bytes.append(UInt8(ascii: "-")) }
        append(digitsOf: magnitude / scale)
        guard decimals > 0 else { return }
        bytes.append(UInt8(ascii: "."))
        var fraction = magnitude % scale
        var unit = scale / 10
        while unit > 0 {
            bytes.append(UInt8(ascii: "0") + UInt8(fraction / unit))
            fraction %= unit
            unit /= 10
        }
    }

    /// A word that needs no escape.
    mutating func field(_ name: String, word: String) {
        begin(name)
        bytes.append(UInt8(ascii: "\""))
        bytes.append(contentsOf: word.utf8)
        bytes.append(UInt8(ascii: "\""))
    }

    /// Ends the object and gives the payload away.
    consuming func finish() -> [UInt8] {
        bytes.append(UInt8(ascii: "}"))
        return bytes
    }

    private mutating func begin(_ name: String) {
        bytes.append(contentsOf: ",\"".utf8)
        bytes.append(contentsOf: name.utf8)
        bytes.append(contentsOf: "\":".utf8)
    }

    private mutating func append(digitsOf value: UInt64) {
        var unit: UInt64 = 1
        while value / unit >= 10 { unit *= 10 }
        var rest = value
        while unit > 0 {
            bytes.append(UInt8(ascii: "0") + UInt8(rest / unit))
            rest %= unit
            unit /= 10
        }
    }
}
