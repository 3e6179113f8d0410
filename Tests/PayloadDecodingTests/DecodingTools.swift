import PayloadDecoding
import Testing

/// A decoder by its name, so that tests can be run over several of them.
struct NamedDecoder: Sendable, CustomTestStringConvertible {
    let name: String
    let decode: @Sendable ([UInt8], inout FieldList) throws -> Void
    var testDescription: String { name }
}

/// Decodes every beginning of a message, every message with one bit turned over, and some with
/// several bytes changed. Nothing is expected but that the program goes on and that whatever comes
/// out can be read.
func decodeDamaged(_ message: [UInt8], with decoder: NamedDecoder, seed: UInt64) {
    var list = FieldList()
    func run(_ bytes: [UInt8]) {
        try? decoder.decode(bytes, &list)
        _ = list.described
    }
    for size in 0...message.count { run(Array(message[..<size])) }
    for place in message.indices {
        for bit in 0..<8 {
            var damaged = message
            damaged[place] ^= 1 << UInt8(bit)
            run(damaged)
        }
    }
    var random = SplitMix64(seed: seed)
    for _ in 0..<500 where !message.isEmpty {
        var damaged = message
        for _ in 0...random.next() % 4 {
            let place = Int(random.next() % UInt64(damaged.count))
            switch random.next() % 3 {
            case 0: damaged[place] = UInt8(truncatingIfNeeded: random.next())
            case 1: damaged.insert(damaged[Int(random.next() % UInt64(damaged.count))], at: place)
            default: if damaged.count > 1 { damaged.remove(at: place) }
            }
        }
        run(damaged)
    }
}
