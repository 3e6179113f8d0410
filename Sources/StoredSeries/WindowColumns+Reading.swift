import BlockCodec
import Telemetry
import Windows

extension WindowColumns {
    /// Reads the windows that pass `isWanted` (series, start) back.
    ///
    /// - Parameter length: of the windows, in milliseconds. Where a row does not keep when its last
    ///   reading was, that is its last millisecond: no reading takes its place.
    package static func rows(
        from block: StoredBlock, kind: MetricKind, length: Int64 = 0,
        isWanted: (SeriesID, Int64) -> Bool
    ) throws -> [Row] {
        var rows: [Row] = []
        try forEachRow(of: block, kind: kind, length: length, isWanted: isWanted) {
            rows.append(($0, $1))
        }
        return rows
    }

    /// LIMIT: windows of a block, of some 400 bytes each when they are read. Writers make 32,768
    /// at most; a block of a hundred bytes could claim 1,048,576.
    private static let rowsMax = 1 << 16

    /// The same, row by row.
    ///
    /// - Parameter fields: what is read of each window.
    static func forEachRow(
        of block: StoredBlock, kind: MetricKind, _ fields: WindowFields = .all, length: Int64,
        isWanted: (SeriesID, Int64) -> Bool, _ body: (SeriesID, Window) throws -> Void
    ) throws {
        guard block.kind == blockKind(kind) else {
            throw block.location.damaged("kind \(block.kind) in place of \(blockKind(kind))")
        }
        guard block.rowCount <= rowsMax else {
            throw block.location.damaged("more than \(rowsMax) windows")
        }
        let series = try block.rowColumn(ID.series)
        let starts = try block.rowColumn(ID.start)
        func isRowWanted(_ index: Int) -> Bool {
            isWanted(SeriesID(truncatingIfNeeded: series[index]), starts[index])
        }
        guard let first = starts.indices.first(where: isRowWanted),
            let last = starts.indices.last(where: isRowWanted)
        else { return }
        let reader = try WindowColumnReader(
            block, kind: kind, fields, rows: first..<last + 1, length: length)
        var window = Window(start: 0)
        for index in first...last where isRowWanted(index) {
            try reader.read(index, start: starts[index], into: &window)
            try body(SeriesID(truncatingIfNeeded: series[index]), window)
        }
    }
}

extension WindowColumns {
    /// The series of each window.
    package static func series(of block: StoredBlock) throws(StoreError) -> [SeriesID] {
        try block.rowColumn(ID.series).map { SeriesID(truncatingIfNeeded: $0) }
    }
}
