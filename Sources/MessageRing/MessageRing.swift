// The lock-free byte ring between the MQTT session thread and the aggregator thread.
//
// One thread pushes whole messages, one other drains them; neither ever waits for the other or
// takes a lock, and nothing is allocated after `make`. When the ring is full it refuses, and the
// session stops reading its socket: nothing is dropped here. Each side works on its own position
// and keeps a copy of the other's, which it reads anew only when the copy says "full" or "empty",
// so that in steady state a push touches no cache line that the consumer writes, and a drain none
// that the producer writes beyond the messages themselves.
//
// Positions count the bytes since the ring was made and never wrap (2^63 bytes outlast any
// board); the offset of a position in the slots is `position & (capacity - 1)`. Bytes from the
// read position up to the write position hold records, each of them contiguous and starting on a
// multiple of 8. A record that does not fit before the end of the slots begins at offset 0, and a
// wrap marker tells the consumer to skip the rest.
//
// The buffer, one allocation aligned to 128 bytes:
//
//     offset  size      content
//          0   128      write position, alone on its cache lines: the producer stores it
//        128   128      read position, alone on its cache lines: the consumer stores it
//        256   capacity slots
//
// A record, in the machine's byte order, since it never leaves the process:
//
//     offset  size  content
//          0     4  payload size in bytes; 0xFFFFFFFF is the wrap marker and has nothing after it
//          4     2  topic size in bytes
//          6     2  unused
//          8     8  arrival, milliseconds since 1970 (offsets 8 to 23 are a `MessageHeader`)
//         16     2  packet id
//         18     2  flags
//         20     4  original size in bytes
//         24     t  topic
//       24+t     p  payload
//     24+t+p   0-7  padding up to the next multiple of 8, never read

/// The ring that carries MQTT messages from the session thread to the aggregator thread.
///
/// ```swift
/// let ends = MessageRing.make(capacity: 4 << 20)
/// session.run(ends.producer)  // consumed: no second producer can exist
/// aggregator.run(ends.consumer)
/// ```
public enum MessageRing {
    /// The smallest ring, in bytes: room for one topic of the greatest length MQTT allows is not
    /// promised, room for hundreds of ordinary messages is.
    public static let capacityMinimum = 64 << 10
    /// The largest ring, in bytes. LIMIT: keeps every size in a record far from the wrap marker.
    public static let capacityMaximum = 1 << 30

    /// A new, empty ring's two ends. The ring's memory is freed when both ends are gone.
    ///
    /// - Parameter capacity: bytes for records, at most ``capacityMaximum``; rounded up to a power
    ///   of two and to ``capacityMinimum``.
    public static func make(capacity: Int) -> Ends {
        precondition(capacity <= capacityMaximum, "a message ring has at most 1 GiB")
        let wanted = max(capacity, capacityMinimum)
        let storage = RingStorage(capacity: 1 << (Int.bitWidth - (wanted - 1).leadingZeroBitCount))
        return Ends(producer: RingProducer(storage), consumer: RingConsumer(storage))
    }

    /// The ring bytes that one message occupies, head and alignment included.
    ///
    /// - Parameters:
    ///   - topic: the topic's size in bytes, 0 or more.
    ///   - payload: the payload's size in bytes, 0 or more.
    public static func recordBytes(topic: Int, payload: Int) -> Int {
        RecordLayout.size(topic: topic, payload: payload)
    }

    /// Both ends of a new ring; each is moved out once, to the thread that owns it from then on.
    @frozen
    public struct Ends: ~Copyable, Sendable {
        /// The end that pushes: the MQTT session thread's.
        public let producer: RingProducer
        /// The end that drains: the aggregator thread's.
        public let consumer: RingConsumer
    }
}
