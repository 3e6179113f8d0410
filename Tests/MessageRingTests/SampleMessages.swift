// Messages that both sides of a test can make alone from a seed, so that the receiving side knows
// what it has to get without a word from the sending one.

import Glibc
import MessageRing

/// SplitMix64: every seed gives its own sequence, on every machine the same.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}

/// The bytes that topics and payloads are cut from, 1 MiB: any two cuts of some length differ.
let pattern: [UInt8] = {
    var generator = SeededGenerator(seed: 0)
    var words: [UInt64] = []
    for _ in 0..<(1 << 17) { words.append(generator.next()) }
    return unsafe words.withUnsafeBytes { unsafe Array($0) }
}()

/// One message: a header and two cuts of ``pattern``.
struct SampleMessage: Sendable {
    var header: MessageHeader
    var topic: Range<Int>
    var payload: Range<Int>

    /// A message of the given sizes whose other parts are random.
    init(topicSize: Int, payloadSize: Int, using generator: inout SeededGenerator) {
        header = MessageHeader(
            arrival: Int64(bitPattern: generator.next()),
            packetID: UInt16(truncatingIfNeeded: generator.next()),
            flags: MessageFlags(rawValue: UInt16(truncatingIfNeeded: generator.next())),
            originalSize: UInt32(truncatingIfNeeded: generator.next()))
        topic = Self.cut(topicSize, using: &generator)
        payload = Self.cut(payloadSize, using: &generator)
    }

    /// A message as meters send them, now and then an empty or a long one. Its record is at most
    /// `limit` bytes; `limit` is at least 256.
    init(largestRecord limit: Int, using generator: inout SeededGenerator) {
        let topicSize = Int.random(in: 0...60, using: &generator)
        let payloadSize =
            switch UInt8.random(in: 0...255, using: &generator) {
            case 0: Int.random(in: 0...(limit - 24 - topicSize - 7), using: &generator)
            case 1...20: 0
            default: Int.random(in: 1...120, using: &generator)
            }
        self.init(topicSize: topicSize, payloadSize: payloadSize, using: &generator)
    }

    /// A message whose record is exactly `size` bytes, a multiple of 8 and at least 24.
    init(recordBytes size: Int, using generator: inout SeededGenerator) {
        let content = size - 24
        let topicSize = Int.random(in: 0...min(content, 60), using: &generator)
        self.init(topicSize: topicSize, payloadSize: content - topicSize, using: &generator)
    }

    var recordBytes: Int {
        MessageRing.recordBytes(topic: topic.count, payload: payload.count)
    }

    /// Whether the ring handed over this message, byte by byte.
    func equals(_ header: MessageHeader, _ topic: Span<UInt8>, _ payload: Span<UInt8>) -> Bool {
        self.header == header && Self.equal(self.topic, topic) && Self.equal(self.payload, payload)
    }

    private static func cut(_ size: Int, using generator: inout SeededGenerator) -> Range<Int> {
        let start = Int.random(in: 0...(pattern.count - size), using: &generator)
        return start..<(start + size)
    }

    private static func equal(_ range: Range<Int>, _ bytes: Span<UInt8>) -> Bool {
        guard range.count == bytes.count else { return false }
        if range.isEmpty { return true }
        // SAFETY: both sides have `range.count` bytes, and that is not 0.
        return unsafe pattern.withUnsafeBytes { pattern in
            unsafe bytes.withUnsafeBytes { bytes in
                unsafe memcmp(
                    pattern.baseAddress! + range.lowerBound, bytes.baseAddress!, range.count) == 0
            }
        }
    }
}

extension RingProducer {
    mutating func tryPush(_ message: SampleMessage) -> Bool {
        // SAFETY: the ring copies during the call.
        unsafe pattern.withUnsafeBytes { pattern in
            unsafe tryPush(
                message.header, topic: UnsafeRawBufferPointer(rebasing: pattern[message.topic]),
                payload: UnsafeRawBufferPointer(rebasing: pattern[message.payload]))
        }
    }
}

extension RingConsumer {
    /// Drains at most `limit` messages and compares them with the first of `expected`.
    ///
    /// - Returns: how many came, and the index of the first that was not the expected one.
    mutating func drain(
        limit: Int = .max, comparing expected: ArraySlice<SampleMessage>
    ) -> (count: Int, firstMismatch: Int?) {
        var index = expected.startIndex
        var firstMismatch: Int?
        let count = drain(limit: limit) { header, topic, payload in
            let isExpected =
                index < expected.endIndex && expected[index].equals(header, topic, payload)
            if !isExpected, firstMismatch == nil { firstMismatch = index - expected.startIndex }
            index += 1
        }
        return (count, firstMismatch)
    }
}
