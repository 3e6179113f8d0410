import Synchronization

/// Where the parts of a record lie; the table stands at the head of MessageRing.swift.
enum RecordLayout {
    static let alignment = 8
    static let topicSize = 4
    static let header = 8
    static let topic = 24
    /// In place of a payload size: the rest of the slots is empty, the next record is at offset 0.
    static let wrapMarker = UInt32.max

    static func size(topic: Int, payload: Int) -> Int {
        (self.topic + topic + payload + alignment - 1) & ~(alignment - 1)
    }
}

/// The ring's one buffer, shared by both ends and freed with the later of them. Every raw access
/// of this room is in this file; the ends decide who may touch which bytes when.
///
/// SAFETY: `@unchecked Sendable` because the properties are constant after `init`, the positions
/// are atomics, and a byte of the slots belongs to one side at a time: to the producer from the
/// read position on, to the consumer from the write position on. The two position pairs below
/// hand it over.
@safe
final class RingStorage: @unchecked Sendable {
    /// Bytes of the slots, a power of two.
    let capacity: Int
    private let buffer: UnsafeMutableRawPointer
    private let slots: UnsafeMutableRawPointer
    private let writePosition: UnsafeMutablePointer<Atomic<Int>>
    private let readPosition: UnsafeMutablePointer<Atomic<Int>>

    /// A position has two 64-byte lines to itself, since x86 fetches lines in pairs and some ARM
    /// cores have lines of 128 bytes.
    private static let line = 128

    init(capacity: Int) {
        precondition(capacity > 0 && capacity & (capacity - 1) == 0, "not a power of two")
        self.capacity = capacity
        // SAFETY: three parts of one allocation that do not overlap, see the table; each is bound
        // to one type here and keeps it. The slots are written before they are read.
        unsafe buffer = UnsafeMutableRawPointer.allocate(
            byteCount: 2 * Self.line + capacity, alignment: Self.line)
        unsafe writePosition = buffer.bindMemory(to: Atomic<Int>.self, capacity: 1)
        unsafe readPosition = (buffer + Self.line).bindMemory(to: Atomic<Int>.self, capacity: 1)
        unsafe slots = buffer + 2 * Self.line
        unsafe writePosition.initialize(to: Atomic(0))
        unsafe readPosition.initialize(to: Atomic(0))
        unsafe _ = slots.bindMemory(to: UInt8.self, capacity: capacity)
    }

    deinit {
        // SAFETY: both ends are gone, and with them every access.
        unsafe writePosition.deinitialize(count: 1)
        unsafe readPosition.deinitialize(count: 1)
        unsafe buffer.deallocate()
    }

    /// How far the producer has published; the bytes before it may be read.
    var written: Int {
        // SAFETY: initialised in `init`, alive as long as `self`.
        // ORDERING: pairs with the release in `publishWritten`: whoever sees the position sees
        // the records before it.
        unsafe writePosition.pointee.load(ordering: .acquiring)
    }

    func publishWritten(_ position: Int) {
        // SAFETY: as `written`.
        // ORDERING: pairs with the acquire in `written`.
        unsafe writePosition.pointee.store(position, ordering: .releasing)
    }

    /// How far the consumer has finished; the bytes before it may be overwritten.
    var freed: Int {
        // SAFETY: as `written`.
        // ORDERING: pairs with the release in `publishFreed`: whoever sees the position sees
        // the reads before it done, and what the consumer stored elsewhere before it.
        unsafe readPosition.pointee.load(ordering: .acquiring)
    }

    func publishFreed(_ position: Int) {
        // SAFETY: as `written`.
        // ORDERING: pairs with the acquire in `freed`: the consumer's reads of the records stay
        // before it.
        unsafe readPosition.pointee.store(position, ordering: .releasing)
    }

    /// Tells the consumer to go on at offset 0. There is always room: an offset is a multiple of 8
    /// below `capacity`.
    func writeWrapMarker(at offset: Int) {
        // SAFETY: the producer owns the bytes up to the end of the slots.
        unsafe slots.storeBytes(of: RecordLayout.wrapMarker, toByteOffset: offset, as: UInt32.self)
    }

    /// Writes one record; the caller owns its bytes and has checked that they end within the slots.
    func writeRecord(
        at offset: Int, _ header: MessageHeader, topic: UnsafeRawBufferPointer,
        payload: UnsafeRawBufferPointer
    ) {
        // SAFETY: `offset` is a multiple of 8 and the whole record lies in the slots, both by the
        // caller's check of `RecordLayout.size`. An empty buffer may have no address.
        let record = unsafe slots + offset
        unsafe record.storeBytes(of: UInt32(payload.count), as: UInt32.self)
        unsafe record.storeBytes(
            of: UInt16(topic.count), toByteOffset: RecordLayout.topicSize, as: UInt16.self)
        unsafe record.storeBytes(
            of: header, toByteOffset: RecordLayout.header, as: MessageHeader.self)
        let target = unsafe record + RecordLayout.topic
        if let source = topic.baseAddress {
            unsafe target.copyMemory(from: source, byteCount: topic.count)
        }
        if let source = payload.baseAddress {
            unsafe (target + topic.count).copyMemory(from: source, byteCount: payload.count)
        }
    }

    /// Shows the record at `offset` to `body` and returns its size, or nil for the wrap marker.
    func readRecord(
        at offset: Int, _ body: (MessageHeader, Span<UInt8>, Span<UInt8>) -> Void
    ) -> Int? {
        // SAFETY: the consumer owns the bytes of the record, which the producer wrote whole. The
        // spans cannot leave `body`, and the record is freed only after it.
        let record = unsafe slots + offset
        let payloadSize = unsafe record.load(as: UInt32.self)
        if payloadSize == RecordLayout.wrapMarker { return nil }
        let topicSize = unsafe Int(
            record.load(fromByteOffset: RecordLayout.topicSize, as: UInt16.self))
        let header = unsafe record.load(
            fromByteOffset: RecordLayout.header, as: MessageHeader.self)
        let bytes = unsafe (record + RecordLayout.topic).assumingMemoryBound(to: UInt8.self)
        let topic = unsafe UnsafeBufferPointer(start: bytes, count: topicSize)
        let payload = unsafe UnsafeBufferPointer(
            start: bytes + topicSize, count: Int(payloadSize))
        unsafe body(header, topic.span, payload.span)
        return RecordLayout.size(topic: topicSize, payload: Int(payloadSize))
    }
}
