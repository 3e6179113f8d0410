import Telemetry

/// Reads frames of one ``ByteLayout``, one after the other.
///
/// Every read is checked against the frame's end, every turn of a loop takes a byte at least, and
/// what a layout holds is bounded, so that no frame takes more than its own size and the layout's.
/// The recursion is that of the layout, which is nested a few levels.
public struct FrameReader: Sendable {
    private let layout: ByteLayout
    private var values: [Value?]
    private var stack: [Value] = []
    private var position = 0
    /// Where reading ends: the frame's end, or that of a value that says its length.
    private var limit = 0
    private var port: Int64?
    private var time: Int64?
    private var droppedCount = 0
    private var isStopped = false

    // LIMIT: frames have 242 bytes on LoRaWAN; others are as large as a message.
    private static var turnsMax: Int { 4_096 }

    public init(_ layout: ByteLayout) {
        self.layout = layout
        values = Array(repeating: nil, count: layout.valueCount)
        stack.reserveCapacity(64)
    }

    /// Reads one frame.
    ///
    /// - Parameters:
    ///   - port: LoRaWAN's.
    ///   - time: milliseconds since 1970: of the message, from which histories count back.
    ///   - list: gets the values, in the order in which they stand.
    /// - Returns: how many parts were left out: what is behind an unknown key, a history whose
    ///   time nobody knows.
    /// - Throws: where the frame is too short for its layout. The list's contents mean nothing
    ///   then.
    public mutating func read(
        _ frame: Span<UInt8>, port: Int?, time: Int64?, into list: inout FieldList
    ) throws(PayloadError) -> Int {
        list.clear()
        guard frame.count <= JSONScanner.sizeMax else { throw .tooLarge(size: frame.count) }
        for place in values.indices { values[place] = nil }
        position = 0
        limit = frame.count
        self.port = port.map(Int64.init)
        self.time = nil
        messageTime = time
        droppedCount = 0
        isStopped = false
        try read(layout.items, frame, into: &list)
        return droppedCount
    }

    private var messageTime: Int64?

    private mutating func read(
        _ items: [ByteLayout.Item], _ frame: Span<UInt8>, into list: inout FieldList
    ) throws(PayloadError) {
        for item in items where !isStopped {
            switch item {
            case .number(let shared, let number, let place):
                let start = try take(number.size, at: place, frame)
                try add(shared, number.value(frame, at: start), to: &list)
            case .text(let field, let size, let isHexadecimal, let place):
                let start = try take(size, at: place, frame)
                try add(
                    field, frame.extracting(start..<start + size), isHexadecimal, to: &list)
            case .bits(let field, let source, let lowest, let count, let isSigned):
                try add(field, bits(of: source, lowest, count, isSigned), to: &list)
            case .computed(let field, let formula):
                try add(field, formula.result(values, stack: &stack), to: &list)
            case .skip(let size):
                if let size {
                    _ = try take(size, at: nil, frame)
                } else {
                    position = max(position, limit)
                }
            case .time(let number, let place, let unitsPerSecond, let base):
                let start = try take(number.size, at: place, frame)
                time = number.value(frame, at: start)?
                    .milliseconds(unitsPerSecond: unitsPerSecond)
                    .map { $0 &+ base }
            case .cases(let cases):
                let chosen = cases.first { $0.conditions.allSatisfy { holds($0, frame) } }
                if let chosen { try read(chosen.items, frame, into: &list) }
            case .turns(let turns): try read(turns, frame, into: &list)
            case .table(let table): try read(table, frame, into: &list)
            }
        }
    }

    /// Where so many bytes begin that are to be read next, or that stand at a place.
    private mutating func take(
        _ size: Int, at place: Int?, _ frame: Span<UInt8>
    ) throws(PayloadError) -> Int {
        if let place {
            let start = place < 0 ? frame.count + place : place
            guard start >= 0, start + size <= frame.count else {
                throw .syntax(offset: frame.count)
            }
            return start
        }
        guard limit - position >= size else { throw .syntax(offset: limit) }
        position += size
        return position - size
    }

    private func holds(_ condition: ByteLayout.Condition, _ frame: Span<UInt8>) -> Bool {
        let number: Int64?
        switch condition.subject {
        case .port: number = port
        case .size: number = Int64(frame.count)
        case .byte(let place): number = place < frame.count ? Int64(frame[place]) : nil
        case .value(let place): number = values[place]?.wholeNumber
        case .bit(let bit, let place): number = values[place]?.wholeNumber.map { $0 >> bit & 1 }
        }
        guard let number else { return false }
        return condition.ranges.contains { $0.contains(number) }
    }

    private func bits(of place: Int, _ lowest: Int, _ count: Int, _ isSigned: Bool) -> Value? {
        guard let whole = values[place]?.wholeNumber else { return nil }
        let bits = Int64(bitPattern: UInt64(bitPattern: whole) >> lowest & (1 << count - 1))
        let shift = 64 - count
        return Value(isSigned ? (bits << shift) >> shift : bits)
    }
}

// MARK: - Values

extension FrameReader {
    private mutating func add(
        _ shared: ByteLayout.SharedField, _ number: Value?, to list: inout FieldList
    ) throws(PayloadError) {
        var value = number
        if let number, !shared.field.sentinels.isEmpty,
            shared.field.sentinels.contains(number)
        {
            value = nil
        }
        if let scale = shared.field.scale { value = value?.multiplied(by: scale) }
        if let offset = shared.field.offset { value = value?.adding(offset) }
        if !shared.field.polynomial.isEmpty {
            value = value?.polynomial(shared.field.polynomial)
        }
        try finish(shared, value, to: &list)
    }

    private mutating func finish(
        _ shared: ByteLayout.SharedField, _ found: Value?, to list: inout FieldList
    ) throws(PayloadError) {
        var value = found
        if let digits = shared.field.digits { value = value?.rounded(toDigits: digits) }
        values[shared.field.place] = value
        if !shared.field.name.isEmpty {
            try add(shared, value.map { .number($0) } ?? .null, &list)
        }
    }

    private mutating func add(
        _ shared: ByteLayout.SharedField, _ bytes: Span<UInt8>, _ isHexadecimal: Bool,
        to list: inout FieldList
    ) throws(PayloadError) {
        if shared.field.name.isEmpty { return }
        let start = list.textStart
        for index in bytes.indices {
            let byte = bytes[index]
            if isHexadecimal {
                list.append(hexadecimalDigit(byte >> 4))
                list.append(hexadecimalDigit(byte & 15))
            } else if (0x20...0x7e).contains(byte) {
                list.append(byte)
            }
        }
        try add(shared, .text(list.endText(from: start)), &list)
    }

    private func add(
        _ shared: ByteLayout.SharedField, _ value: FieldValue, _ list: inout FieldList
    ) throws(PayloadError) {
        let (nameBytes, unitBytes) = (shared.field.name, shared.field.unit)
        let name = list.text(nameBytes.span)
        let unit = unitBytes.isEmpty ? .empty : list.text(unitBytes.span)
        try list.add(
            FieldList.Field(
                name: name, value: value, unit: unit, time: time, labelStart: 0, labelEnd: 0))
    }
}

private func hexadecimalDigit(_ number: UInt8) -> UInt8 {
    number < 10 ? UInt8(ascii: "0") + number : UInt8(ascii: "a") + number - 10
}

// MARK: - Loops

extension FrameReader {
    private mutating func read(
        _ turns: ByteLayout.Turns, _ frame: Span<UInt8>, into list: inout FieldList
    ) throws(PayloadError) {
        let count: Int
        switch turns.count {
        case .toEnd: count = Self.turnsMax
        case .fixed(let number): count = number
        case .value(let place):
            count = Int(clamping: values[place]?.wholeNumber ?? 0)
        }
        let outerLimit = limit
        limit = max(position, limit - turns.leave)
        let firstField = list.fields.count
        var newestField = firstField
        let base = time ?? messageTime
        let outerTime = time
        let step = step(of: turns)
        var turn = 0
        while turn < min(count, Self.turnsMax), !isStopped {
            if case .toEnd = turns.count, position >= limit { break }
            newestField = list.fields.count
            // A time in a turn is that turn's.
            time = outerTime
            if turns.step != nil {
                // INVARIANT: fewer than 2^12 turns of fewer than 2^40 ms.
                let steps = turns.isNewestFirst ? -(turns.firstStep + turn) : turn
                let distance = Int64(steps) * (step ?? 0)
                // What has the message's own time says none: nobody can tell it from the arrival.
                let isOwn = steps == 0 && turns.isNewestFirst
                time = isOwn ? outerTime : base.map { $0 &+ distance }
                if steps != 0, base == nil || step == nil {
                    droppedCount += 1
                    isStopped = true
                    break
                }
            }
            let start = position
            try read(turns.items, frame, into: &list)
            turn += 1
            if position == start { break }
        }
        if turns.step != nil, !turns.isNewestFirst, let step {
            list.shiftTimes(by: -Int64(turns.firstStep + turn - 1) * step, from: firstField)
            if turns.firstStep == 0 { list.setTime(outerTime, from: newestField) }
        }
        time = outerTime
        limit = outerLimit
    }

    /// Milliseconds between two turns, nil where nothing says them or they are no time.
    private mutating func step(of turns: ByteLayout.Turns) -> Int64? {
        switch turns.step {
        case nil: return nil
        case .milliseconds(let length): return length
        case .formula(let formula):
            let length = formula.result(values, stack: &stack)?.milliseconds(unitsPerSecond: 1)
            return length.flatMap { (1..<1 << 40).contains($0) ? $0 : nil }
        }
    }

    private mutating func read(
        _ table: ByteLayout.Table, _ frame: Span<UInt8>, into list: inout FieldList
    ) throws(PayloadError) {
        let outerLimit = limit
        limit = max(position, limit - table.leave)
        while position < limit, !isStopped {
            let start = try take(table.keySize, at: nil, frame)
            var key: UInt64 = 0
            for place in start..<position { key = key << 8 | UInt64(frame[place]) }
            let entry = table.entries.indices.first {
                key & table.entries[$0].mask == table.entries[$0].key
            }
            // A time in a value is that value's.
            let outerTime = time
            defer { time = outerTime }
            if let length = table.length {
                let place = try take(length.size, at: nil, frame)
                let size = Int(clamping: length.value(frame, at: place)?.wholeNumber ?? 0)
                guard 0...(limit - position) ~= size else { throw .syntax(offset: limit) }
                let end = position + size
                let tableLimit = limit
                limit = end
                if let entry { try read(table.entries[entry].items, frame, into: &list) }
                limit = tableLimit
                position = end
            } else if let entry {
                try read(table.entries[entry].items, frame, into: &list)
            } else if table.refusesUnknown {
                throw .syntax(offset: start)
            } else {
                droppedCount += 1
                isStopped = true
            }
        }
        limit = outerLimit
    }
}
