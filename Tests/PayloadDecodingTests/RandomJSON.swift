import Telemetry

struct MadeUpMember {
    var key: String
    var value: MadeUpValue
}

/// A JSON value that a test made up, so that it knows what a scan must find.
indirect enum MadeUpValue {
    case null
    case boolean(Bool)
    case number(String)
    case string(String)
    case array([MadeUpValue])
    case object([MadeUpMember])

    /// A value of random shape and depth; keys of one object differ.
    static func random(depth: Int, _ random: inout SplitMix64) -> MadeUpValue {
        switch random.next() % (depth > 0 ? 8 : 5) {
        case 0: return .null
        case 1: return .boolean(random.next() % 2 == 0)
        case 2: return .number("\(Int64(bitPattern: random.next()) >> Int64(random.next() % 64))")
        case 3:
            let digits = 1 + Int(random.next() % 6)
            return .number(
                "\(Int(random.next() % 2000) - 1000).\(String(repeating: "7", count: digits))")
        case 4: return .string(randomText(&random))
        case 5:
            return .array(
                (0..<Int(random.next() % 5)).map { _ in .random(depth: depth - 1, &random) })
        default:
            var keys: Set<String> = []
            for _ in 0..<Int(random.next() % 6) { keys.insert(randomText(&random)) }
            return .object(
                keys.sorted().map {
                    MadeUpMember(key: $0, value: .random(depth: depth - 1, &random))
                })
        }
    }

    /// Texts from a small alphabet, so that keys are often near misses of each other, with the
    /// characters that need escapes and sequences of two, three and four bytes.
    static func randomText(_ random: inout SplitMix64) -> String {
        let alphabet: [Character] = [
            "a", "b", "é", "€", "🌡", "\"", "\\", "\n", ".", "[", " ", "p",
        ]
        var text = ""
        for _ in 0..<Int(random.next() % 14) {
            text.append(alphabet[Int(random.next() % UInt64(alphabet.count))])
        }
        return text
    }

    /// The document, with random white space and random use of escapes.
    func text(_ random: inout SplitMix64) -> String {
        switch self {
        case .null: return "null"
        case .boolean(let boolean): return boolean ? "true" : "false"
        case .number(let digits): return digits
        case .string(let string): return Self.quoted(string, &random)
        case .array(let values):
            var parts: [String] = []
            for value in values { parts.append(value.text(&random) + Self.space(&random)) }
            return "[" + Self.space(&random) + parts.joined(separator: ",") + "]"
        case .object(let members):
            var parts: [String] = []
            for member in members {
                let (key, value) = (member.key, member.value)
                let name = Self.space(&random) + Self.quoted(key, &random) + Self.space(&random)
                parts.append(name + ":" + Self.space(&random) + value.text(&random))
            }
            return "{" + parts.joined(separator: ",") + Self.space(&random) + "}"
        }
    }

    private static func space(_ random: inout SplitMix64) -> String {
        ["", "", "", " ", "\n", "\t\r "][Int(random.next() % 6)]
    }

    private static func quoted(_ string: String, _ random: inout SplitMix64) -> String {
        var text = "\""
        for unit in string.unicodeScalars {
            if unit == "\"" || unit == "\\" {
                text += "\\" + String(unit)
            } else if unit == "\n" || random.next() % 8 == 0 {
                for code in String(unit).utf16 {
                    let digits = String(code, radix: 16, uppercase: random.next() % 2 == 0)
                    text += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
                }
            } else {
                text.unicodeScalars.append(unit)
            }
        }
        return text + "\""
    }

    /// Every place in the document with its path.
    func places(_ path: String = "$") -> [(path: String, value: MadeUpValue)] {
        var found = [(path, self)]
        switch self {
        case .array(let values):
            for (index, value) in values.enumerated() { found += value.places(path + "[\(index)]") }
        case .object(let members):
            for member in members {
                let (key, value) = (member.key, member.value)
                var name = ""
                for unit in key.unicodeScalars {
                    if unit == "'" || unit == "\\" { name += "\\" }
                    name.unicodeScalars.append(unit)
                }
                found += value.places(path + "['" + name + "']")
            }
        case .null, .boolean, .number, .string: break
        }
        return found
    }
}

/// Steele, Lea and Flood's generator: small, seeded, the same on every machine.
struct SplitMix64: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }
}
