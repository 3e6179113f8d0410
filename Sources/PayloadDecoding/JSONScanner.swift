import Telemetry

/// Reads JSON documents for the fields of one plan, one document after the other.
///
/// The whole document is checked against RFC 8259, wanted or not; a byte order mark before it is
/// passed over, strings must be UTF-8, while an escape may name half a surrogate pair. A wanted
/// member that stands twice in its object is an error, since no rule tells which one was meant;
/// what nobody asked for may repeat. No recursion, and no allocation once the scanner is made: the
/// stack needed is the same for every document.
public struct JSONScanner: ~Copyable {
    // LIMIT: sensors nest five levels at most; beyond 64 it is an attack or a fault.
    /// The deepest nesting of objects and arrays.
    public static var depthMax: Int { 64 }
    // LIMIT: brokers pass larger messages, but no sensor sends one.
    /// The largest document, in bytes.
    public static var sizeMax: Int { 1 << 20 }

    /// An object or array that has been opened and not yet closed.
    private struct Frame {
        var node: Int32
        /// The number of the current element, -1 in an object.
        var index: Int
    }

    private let plan: JSONPlan
    private var slots: [JSONField]
    private var frames: [Frame]
    private var depth = 0
    /// For each of the plan's nodes the number of the last document that had it.
    private var seen: [UInt64]
    private var documentNumber: UInt64 = 0
    private var unescapedKey: [UInt8] = []

    /// A scanner for any number of documents.
    public init(_ plan: JSONPlan) {
        self.plan = plan
        slots = Array(repeating: .absent, count: plan.slotCount)
        frames = Array(repeating: Frame(node: JSONPlan.none, index: -1), count: Self.depthMax)
        seen = Array(repeating: 0, count: plan.nodes.count)
        unescapedKey.reserveCapacity(plan.keys.sizeMax + 4)
    }

    /// What the last scan found for a path of the plan; absent after an error.
    public subscript(field: Int) -> JSONField { slots[plan.slots[field]] }

    /// Reads one document. Its fields hold until the next scan.
    public mutating func scan(_ payload: Span<UInt8>) throws(PayloadError) {
        clear()
        documentNumber += 1
        depth = 0
        do {
            try scanDocument(payload)
        } catch {
            clear()
            throw error
        }
    }

    private mutating func clear() {
        for slot in slots.indices { slots[slot] = .absent }
    }

    private mutating func scanDocument(_ payload: Span<UInt8>) throws(PayloadError) {
        guard payload.count <= Self.sizeMax else { throw .tooLarge(size: payload.count) }
        var position = hasByteOrderMark(payload) ? 3 : 0
        var node = JSONPlan.root
        repeat {
            while try enterValue(payload, &position, &node) {}
        } while try advance(payload, &position, &node)
        guard position == payload.count else { throw .syntax(offset: position) }
    }

    /// Reads a scalar or an empty container, or goes into a container: then true, and the position
    /// is before its first value, whose node is in `node`.
    @inline(__always)
    private mutating func enterValue(
        _ payload: Span<UInt8>, _ position: inout Int, _ node: inout Int32
    ) throws(PayloadError) -> Bool {
        skipSpace(payload, &position)
        guard position < payload.count else { throw .syntax(offset: position) }
        let start = position
        switch payload[position] {
        case UInt8(ascii: "{"):
            record(.object, at: node)
            return try open(payload, &position, &node, isObject: true)
        case UInt8(ascii: "["):
            record(.array, at: node)
            return try open(payload, &position, &node, isObject: false)
        case UInt8(ascii: "\""):
            let hasEscapes = try scanString(payload, &position)
            record(.string(start: start + 1, end: position - 1, hasEscapes: hasEscapes), at: node)
        case UInt8(ascii: "t"):
            try scanLiteral(payload, &position, 0x6575_7274, size: 4)
            record(.boolean(true), at: node)
        case UInt8(ascii: "f"):
            try scanLiteral(payload, &position, 0x65_736c_6166, size: 5)
            record(.boolean(false), at: node)
        case UInt8(ascii: "n"):
            try scanLiteral(payload, &position, 0x6c6c_756e, size: 4)
            record(.null, at: node)
        default:
            try scanNumber(payload, &position)
            if isWanted(node) {
                let value = Value(parsing: payload.extracting(start..<position))
                record(value.map { .number($0) } ?? .hugeNumber, at: node)
            }
        }
        return false
    }

    @inline(__always)
    private func isWanted(_ node: Int32) -> Bool {
        node != JSONPlan.none && plan.nodes[Int(node)].slot != JSONPlan.none
    }

    @inline(__always)
    private mutating func record(_ field: JSONField, at node: Int32) {
        if isWanted(node) { slots[Int(plan.nodes[Int(node)].slot)] = field }
    }

    /// Goes into the container at the position; false where it is empty, and then passed.
    private mutating func open(
        _ payload: Span<UInt8>, _ position: inout Int, _ node: inout Int32, isObject: Bool
    ) throws(PayloadError) -> Bool {
        guard depth < Self.depthMax else { throw .tooDeep(offset: position) }
        position += 1
        skipSpace(payload, &position)
        guard position < payload.count else { throw .syntax(offset: position) }
        if payload[position] == UInt8(ascii: isObject ? "}" : "]") {
            position += 1
            return false
        }
        frames[depth] = Frame(node: node, index: isObject ? -1 : 0)
        depth += 1
        if isObject {
            node = try scanKey(payload, &position, of: node)
        } else {
            node = plan.element(of: node, at: 0)
        }
        return true
    }

    /// After a value: goes to the next one, out of containers that end; false at the end.
    private mutating func advance(
        _ payload: Span<UInt8>, _ position: inout Int, _ node: inout Int32
    ) throws(PayloadError) -> Bool {
        skipSpace(payload, &position)
        while depth > 0 {
            guard position < payload.count else { throw .syntax(offset: position) }
            let container = frames[depth - 1]
            let isObject = container.index < 0
            switch payload[position] {
            case UInt8(ascii: ","):
                position += 1
                if isObject {
                    skipSpace(payload, &position)
                    node = try scanKey(payload, &position, of: container.node)
                } else {
                    frames[depth - 1].index += 1
                    node = plan.element(of: container.node, at: container.index + 1)
                }
                return true
            case UInt8(ascii: isObject ? "}" : "]"):
                position += 1
                depth -= 1
                skipSpace(payload, &position)
            default:
                throw .syntax(offset: position)
            }
        }
        return false
    }

    /// Reads a member's name and the colon; the node of its value.
    @inline(__always)
    private mutating func scanKey(
        _ payload: Span<UInt8>, _ position: inout Int, of node: Int32
    ) throws(PayloadError) -> Int32 {
        let start = position
        guard position < payload.count, payload[position] == UInt8(ascii: "\"") else {
            throw .syntax(offset: position)
        }
        let hasEscapes = try scanString(payload, &position)
        let end = position - 1
        skipSpace(payload, &position)
        guard position < payload.count, payload[position] == UInt8(ascii: ":") else {
            throw .syntax(offset: position)
        }
        position += 1
        let target =
            hasEscapes
            ? escapedMember(of: node, payload.extracting(start + 1..<end))
            : plan.member(of: node, payload, start: start + 1, end: end)
        if target != JSONPlan.none {
            guard seen[Int(target)] != documentNumber else { throw .duplicateKey(offset: start) }
            seen[Int(target)] = documentNumber
        }
        return target
    }

    /// The node of a member whose name is written with escapes.
    private mutating func escapedMember(of node: Int32, _ name: Span<UInt8>) -> Int32 {
        guard unescapeJSON(name, into: &unescapedKey, sizeMax: plan.keys.sizeMax) else {
            return JSONPlan.none
        }
        return plan.member(of: node, unescapedKey.span, start: 0, end: unescapedKey.count)
    }
}
