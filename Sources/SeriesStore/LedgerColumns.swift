import BlockCodec
import StoredSeries

/// What one commit adds to the ledger and how far it brought the sequences, as the columns of a
/// block (kind 2), and the messages that it holds (kind 3).
enum LedgerColumns {
    static let ledgerKind: UInt8 = 2
    static let messagesKind: UInt8 = 3

    private static let day: UInt8 = 1
    private static let device: UInt8 = 2
    private static let sequence: UInt8 = 40
    /// The columns of ``SequenceState/columns``.
    private static let sequenceState: ClosedRange<UInt8> = 41...45
    /// The first of those that are there only where a sequence has something beside its run.
    private static let sequenceAside: UInt8 = 43
    private static let packetID: UInt8 = 1
    private static let hash: UInt8 = 2

    static func columns(of ledger: [LedgerKey: LedgerCounts]) -> [Column] {
        let sorted = ledger.sorted {
            ($0.key.day, $0.key.device) < ($1.key.day, $1.key.device)
        }
        let keys = [
            Column(id: day, values: sorted.map { Int64($0.key.day) }),
            Column(id: device, values: sorted.map { Int64($0.key.device) }),
        ]
        let counts = LedgerCounter.allCases.map { counter in
            Column(id: counter.rawValue, values: sorted.map { $0.value[counter] })
        }
        return keys + counts.filter { column in column.values.contains { $0 != 0 } }
    }

    static func ledger(
        from block: StoredBlock
    ) throws(StoreError) -> [LedgerKey: LedgerCounts] {
        let days = try block.column(day)
        let devices = try block.column(device)
        guard days.count == devices.count else {
            throw block.location.damaged("columns of unequal length")
        }
        var counts = [LedgerCounts](repeating: LedgerCounts(), count: days.count)
        for counter in LedgerCounter.allCases {
            for (row, count) in try block.column(counter.rawValue).enumerated()
            where row < counts.count {
                counts[row][counter] = count
            }
        }
        var ledger: [LedgerKey: LedgerCounts] = [:]
        for row in days.indices {
            let key = LedgerKey(
                day: Int32(truncatingIfNeeded: days[row]),
                device: DeviceID(truncatingIfNeeded: devices[row]))
            ledger[key, default: LedgerCounts()].add(counts[row])
        }
        return ledger
    }

    /// No columns where no sequence moved.
    static func columns(of sequences: [SequenceID: SequenceState]) -> [Column] {
        if sequences.isEmpty { return [] }
        let sorted = sequences.sorted { $0.key < $1.key }
        let states = sorted.map(\.value.columns)
        let columns = sequenceState.enumerated().map { index, id in
            Column(id: id, values: states.map { $0[index] })
        }
        return [Column(id: sequence, values: sorted.map { Int64($0.key) })]
            + columns.filter { column in
                column.id < sequenceAside || column.values.contains { $0 != 0 }
            }
    }

    static func sequences(
        from block: StoredBlock
    ) throws(StoreError) -> [SequenceID: SequenceState] {
        let ids = try block.column(sequence)
        var states = [[Int64]](repeating: [], count: ids.count)
        for id in sequenceState {
            var values = try block.column(id)
            if id >= sequenceAside, values.isEmpty {
                values = [Int64](repeating: 0, count: ids.count)
            }
            guard values.count == ids.count else {
                throw block.location.damaged("columns of unequal length")
            }
            for row in ids.indices { states[row].append(values[row]) }
        }
        var sequences: [SequenceID: SequenceState] = [:]
        for row in ids.indices {
            sequences[SequenceID(truncatingIfNeeded: ids[row])] = SequenceState(
                columns: states[row])
        }
        return sequences
    }

    static func columns(of messages: [MessageRecord]) -> [Column] {
        [
            Column(id: packetID, values: messages.map { Int64($0.packetID) }),
            Column(id: hash, values: messages.map { Int64($0.hash) }),
        ]
    }

    static func messages(from block: StoredBlock) throws(StoreError) -> [MessageRecord] {
        let packetIDs = try block.column(packetID)
        let hashes = try block.column(hash)
        guard packetIDs.count == hashes.count else {
            throw block.location.damaged("columns of unequal length")
        }
        return packetIDs.indices.map {
            MessageRecord(
                packetID: UInt16(truncatingIfNeeded: packetIDs[$0]),
                hash: UInt32(truncatingIfNeeded: hashes[$0]))
        }
    }
}
