/// The end of a ``MessageRing`` that drains. Belongs to one thread, the aggregator's.
public struct RingConsumer: ~Copyable, Sendable {
    let storage: RingStorage
    /// Where the next record begins. Only this end changes it, so it needs no atomic access.
    private var position = 0
    /// The producer's position when it was last read; the true one is this or further on.
    private var written = 0

    init(_ storage: RingStorage) { self.storage = storage }

    /// Whether nothing was there to drain at this moment.
    public var isEmpty: Bool { position == storage.written }

    /// Hands over at most `limit` messages in the order they were pushed, one call each, and frees
    /// their room all at once when it returns.
    ///
    /// Until then the producer cannot reuse that room, so a limit whose messages are a small part
    /// of the ring keeps both threads going.
    ///
    /// - Parameters:
    ///   - limit: the greatest number of messages.
    ///   - body: called with the header, the topic and the payload, which are views of the ring and
    ///     valid during the call.
    /// - Returns: how many messages were handed over: fewer than `limit` if the ring is empty.
    /// - Complexity: no copy, no allocation, no system call.
    public mutating func drain(
        limit: Int,
        _ body: (
            _ header: MessageHeader, _ topic: Span<UInt8>, _ payload: Span<UInt8>
        ) -> Void
    ) -> Int {
        let start = position
        var count = 0
        while count < limit {
            if position == written {
                written = storage.written
                if position == written { break }
            }
            let offset = position & (storage.capacity - 1)
            if let size = storage.readRecord(at: offset, body) {
                position += size
                count += 1
            } else {
                // INVARIANT: a record follows the marker, published with it.
                position += storage.capacity - offset
            }
            assert(position <= written, "a record ends after the write position")
        }
        if position != start { storage.publishFreed(position) }
        return count
    }
}
