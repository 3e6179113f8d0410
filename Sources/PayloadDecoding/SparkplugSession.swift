import Telemetry

/// What must be remembered of one Sparkplug edge node, and of the devices behind it, to read its
/// messages: births say which names, types and units the aliases of the data stand for.
///
/// A field is called as its metric, and has the metric's time, or else the payload's. A metric is
/// left out where nothing says its name, where its whole number has no known type (two's complement
/// of which width?), and where it is a data set, template, file or array; bytes give the text of
/// their base64url. Whoever has not seen a birth, or has lost a message, asks the node for a new
/// one, see ``wantsRebirth``.
///
/// A payload that is refused changes nothing, except that a birth that is refused makes the one
/// before it void, whose aliases no longer hold. The lost message shows as a gap afterwards.
///
/// Source: Sparkplug 3.0.0, sections 5 and 6.
public struct SparkplugSession: Sendable {
    // LIMIT: gateways announce some hundreds; the tables take a few hundred kilobytes a node.
    /// The most metrics that are remembered of a node and its devices, each device counted too.
    public static var metricsMax: Int { 4_096 }
    /// The most bytes of their names and units.
    public static var textBytesMax: Int { 256 << 10 }

    /// Whether the node should be asked to send its births again (`Node Control/Rebirth`): data
    /// came before a birth, with an alias that is unknown, or behind a gap in the sequence. Stays
    /// until the node's birth or death comes. How often to ask is for the caller to limit.
    public private(set) var wantsRebirth = false

    /// Whether the node's birth has come, and no death of its connection since.
    public var isBorn: Bool { nextSequence != nil }

    /// The node's own and its devices'.
    private var births: [SparkplugBirth] = []
    /// The next message's number, 0...255; nil before a birth.
    private var nextSequence: UInt64?
    /// The number of the node's connection (`bdSeq`), by which its death is told from an older one.
    private var connection: UInt64?

    public init() {}

    /// Reads a message of the node. Commands, which hosts write, hold no fields.
    ///
    /// - Parameter device: the name of the device; empty in messages about the node itself.
    public mutating func decode(
        _ payload: Span<UInt8>, _ message: SparkplugMessage, device: Span<UInt8> = Span(),
        into list: inout FieldList
    ) throws(PayloadError) {
        list.clear()
        guard payload.count <= JSONScanner.sizeMax else { throw .tooLarge(size: payload.count) }
        switch message {
        case .nodeBirth, .deviceBirth:
            try takeBirth(payload, of: device, into: &list)
        case .nodeData, .deviceData:
            try takeData(payload, of: device, needsBirth: true, into: &list)
        case .nodeDeath:
            try takeNodeDeath(payload, into: &list)
        case .deviceDeath:
            // Gateways also report devices dead that they have not seen since they started.
            try takeData(payload, of: device, needsBirth: false, into: &list)
            if let place = birthPlace(of: device) { births.remove(at: place) }
        case .nodeCommand, .deviceCommand: break
        }
    }

    // MARK: - Messages

    private mutating func takeBirth(
        _ payload: Span<UInt8>, of device: Span<UInt8>, into list: inout FieldList
    ) throws(PayloadError) {
        let isNode = device.isEmpty
        if isNode {
            forget()
        } else if let place = birthPlace(of: device) {
            births.remove(at: place)
        }
        var reader = try SparkplugPayload(payload)
        var birth = SparkplugBirth(device: device)
        var connection: UInt64?
        var isUnnamed = false
        let (metricsLeft, textBytesLeft) = roomLeft
        while let metric = try reader.nextMetric(payload) {
            try birth.add(metric, payload)
            guard birth.metricCount <= metricsLeft, birth.textSize <= textBytesLeft else {
                throw .tooLarge(size: payload.count)
            }
            connection = metric.connection(payload) ?? connection
            let announced = Announced(birth: birth, time: reader.timestamp)
            let isRead = try add(metric, payload, announced, to: &list)
            isUnnamed = isUnnamed || !isRead
        }
        guard birth.metricCount <= metricsLeft, birth.textSize <= textBytesLeft else {
            throw .tooLarge(size: payload.count)
        }
        births.append(birth)
        if isNode {
            self.connection = connection
            nextSequence = reader.sequence
        }
        count(reader.sequence)
        wantsRebirth = wantsRebirth || isUnnamed
    }

    private mutating func takeData(
        _ payload: Span<UInt8>, of device: Span<UInt8>, needsBirth: Bool,
        into list: inout FieldList
    ) throws(PayloadError) {
        var reader = try SparkplugPayload(payload)
        let birth = birthPlace(of: device).map { births[$0] }
        let announced = Announced(birth: birth, time: reader.timestamp)
        var isUnnamed = needsBirth && birth == nil
        while let metric = try reader.nextMetric(payload) {
            let isRead = try add(metric, payload, announced, to: &list)
            isUnnamed = isUnnamed || !isRead
        }
        count(reader.sequence)
        wantsRebirth = wantsRebirth || isUnnamed
    }

    /// The broker sends a death for the node, as the node left it when it connected. Its times are
    /// those of the connection, so its fields have none; it has no number in the sequence.
    private mutating func takeNodeDeath(
        _ payload: Span<UInt8>, into list: inout FieldList
    ) throws(PayloadError) {
        var reader = try SparkplugPayload(payload)
        let birth = birthPlace(of: Span()).map { births[$0] }
        let announced = Announced(birth: birth, time: nil, hasTimes: false)
        var connection: UInt64?
        while let metric = try reader.nextMetric(payload) {
            connection = metric.connection(payload) ?? connection
            _ = try add(metric, payload, announced, to: &list)
        }
        // The broker may notice the end of a connection only when the node has a new one.
        if let connection, let current = self.connection, connection != current {
            list.clear()
            return
        }
        forget()
    }

    // MARK: - Metrics

    /// What holds for the metrics of a payload unless they say something else.
    private struct Announced {
        let birth: SparkplugBirth?
        /// The payload's, in milliseconds since 1970 UTC.
        let time: UInt64?
        var hasTimes = true
    }

    /// Adds a metric's field.
    ///
    /// - Returns: false where its name or its type is not known.
    private func add(
        _ metric: SparkplugMetric, _ payload: Span<UInt8>, _ announced: Announced,
        to list: inout FieldList
    ) throws(PayloadError) -> Bool {
        let birth = announced.birth
        let known = birth?.metric(metric, payload)
        guard !metric.name.isEmpty || known != nil else { return false }
        var typeNumber = metric.typeNumber
        if typeNumber == 0, let known { typeNumber = known.typeNumber }
        if typeNumber == 0, case .integer? = metric.value, !metric.isNull { return false }
        let type = SparkplugType(rawValue: typeNumber)
        guard let value = metric.fieldValue(payload, as: type, into: &list) else { return true }
        var time: Int64?
        if announced.hasTimes, let stamp = metric.timestamp ?? announced.time {
            guard let exact = Int64(exactly: stamp), calendarInstants.contains(exact) else {
                throw .syntax(offset: metric.offset)
            }
            time = exact
        }
        let labels = Int32(list.labels.count)
        try list.add(
            FieldList.Field(
                name: text(metric.name, payload, or: known?.name, of: birth, in: &list),
                value: value,
                unit: text(metric.unit, payload, or: known?.unit, of: birth, in: &list),
                time: time, labelStart: labels, labelEnd: labels))
        return true
    }

    /// A text of the message, or else of the birth.
    private func text(
        _ range: Range<Int>, _ payload: Span<UInt8>, or known: Range<Int>?,
        of birth: SparkplugBirth?, in list: inout FieldList
    ) -> FieldList.Text {
        if !range.isEmpty { return list.text(payload.extracting(range)) }
        guard let birth, let known, !known.isEmpty else { return .empty }
        return list.text(birth.texts.span.extracting(known))
    }

    // MARK: - State

    private mutating func forget() {
        births.removeAll()
        nextSequence = nil
        connection = nil
        wantsRebirth = false
    }

    private func birthPlace(of device: Span<UInt8>) -> Int? {
        births.firstIndex { birth in
            guard birth.device.count == device.count else { return false }
            return device.indices.allSatisfy { birth.device[$0] == device[$0] }
        }
    }

    private var roomLeft: (metrics: Int, textBytes: Int) {
        births.reduce((Self.metricsMax, Self.textBytesMax)) { left, birth in
            (left.0 - birth.metricCount, left.1 - birth.textSize)
        }
    }

    /// Compares a message's number with the one that is due, and goes on from it.
    private mutating func count(_ sequence: UInt64) {
        guard let due = nextSequence else {
            wantsRebirth = true
            return
        }
        if sequence != due || sequence > 255 { wantsRebirth = true }
        nextSequence = ((sequence & 0xff) + 1) & 0xff
    }
}

extension SparkplugMetric {
    /// The number of the node's connection, where the metric is `bdSeq`.
    fileprivate func connection(_ payload: Span<UInt8>) -> UInt64? {
        guard case .integer(let number, _) = value,
            SparkplugMetric.connectionNames.index(of: payload.extracting(name)) != nil
        else { return nil }
        return number
    }

    private static let connectionNames = WordTable(["bdSeq"])
}
