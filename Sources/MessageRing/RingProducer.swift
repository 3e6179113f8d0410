/// The end of a ``MessageRing`` that pushes. Belongs to one thread, the MQTT session's.
public struct RingProducer: ~Copyable, Sendable {
    let storage: RingStorage
    /// Where the next record goes. Only this end changes it, so it needs no atomic access.
    private var position = 0
    /// The consumer's position when it was last read; the true one is this or further on, so
    /// there is never less room than this says.
    private var freed = 0

    init(_ storage: RingStorage) { self.storage = storage }

    /// The largest record the ring takes, in ring bytes: half its capacity.
    ///
    /// LIMIT: up to this an empty ring has room wherever its position stands, since what is wasted
    /// before the end of the slots is less than the record. A larger one could wait for ever.
    public var largestRecordBytes: Int { storage.capacity / 2 }

    /// How many ring bytes are pushed and not yet freed, wrap waste included.
    ///
    /// 0 means that every ``RingConsumer/drain(limit:_:)`` over what was pushed has returned, and
    /// that what it did is visible to this thread.
    public var backlogBytes: Int { position - storage.freed }

    /// Whether pushes of `bytes` ring bytes together will succeed, in whatever pieces they come.
    /// The promise holds until they are used up.
    ///
    /// - Parameter bytes: a sum of ``MessageRing/recordBytes(topic:payload:)``, at most
    ///   ``largestRecordBytes``: for that much it is enough to wait.
    public mutating func hasRoom(for bytes: Int) -> Bool {
        precondition(
            bytes >= 0 && bytes <= largestRecordBytes, "a ring cannot promise more than its half")
        // What fits before the end of the slots is never split. Of the rest, one record is the
        // first that does not fit, and it wastes at most all the bytes before the end.
        let contiguous = storage.capacity - offset
        let needed = bytes <= contiguous ? bytes : contiguous + bytes
        if storage.capacity - (position - freed) >= needed { return true }
        freed = storage.freed
        return storage.capacity - (position - freed) >= needed
    }

    /// Copies one message into the ring and publishes it, or leaves the ring as it is.
    ///
    /// - Parameters:
    ///   - topic: at most 65,535 bytes, as MQTT has it; may be empty.
    ///   - payload: may be empty.
    /// - Returns: false if there is no room now, or never: then the record is larger than
    ///   ``largestRecordBytes``.
    /// - Complexity: two copies; no allocation, no system call.
    public mutating func tryPush(
        _ header: MessageHeader, topic: UnsafeRawBufferPointer, payload: UnsafeRawBufferPointer
    ) -> Bool {
        precondition(topic.count <= UInt16.max, "an MQTT topic has at most 65,535 bytes")
        guard payload.count < largestRecordBytes else { return false }
        let size = RecordLayout.size(topic: topic.count, payload: payload.count)
        guard size <= largestRecordBytes, hasRoom(for: size) else { return false }
        let contiguous = storage.capacity - offset
        if size > contiguous {
            storage.writeWrapMarker(at: offset)
            position += contiguous
        }
        // SAFETY: `offset` was reserved for a record of this size.
        unsafe storage.writeRecord(at: offset, header, topic: topic, payload: payload)
        position += size
        storage.publishWritten(position)
        return true
    }

    /// Where `position` lies in the slots.
    private var offset: Int { position & (storage.capacity - 1) }
}
