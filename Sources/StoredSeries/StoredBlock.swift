import BlockCodec
import Foundation

/// Turns columns into blobs and blobs into columns: one encoder and one decoder, with their
/// scratch memory, used again and again by one thread.
package final class BlockCoder {
    private var encoder = BlockEncoder()
    private var decoder = BlockDecoder()
    private var bytes: [UInt8] = []
    /// LIMIT: rows of a block that is packed well whatever it is for: the readings of a commit of
    /// 500 readings a second are then half as long, and each of their pages is written twice.
    private static let thoroughRowsMax = 4_096
    /// Counts the blocks that were opened: only the newest can still be read.
    private var openedCount = 0

    package init() {}

    /// The block of some columns as a blob.
    ///
    /// - Parameter effort: `quick` for what is settled within minutes. Blocks of few rows are
    ///   packed well all the same: that takes milliseconds, and every page counts at each commit.
    package func encode(
        kind: UInt8, rowCount: Int, columns: [BlockColumn],
        effort: BlockEncoder.Effort = .thorough
    ) -> Data {
        bytes.removeAll(keepingCapacity: true)
        let isSmall = rowCount <= BlockCoder.thoroughRowsMax
        encoder.encode(
            kind: kind, rowCount: rowCount, columns: columns,
            effort: effort == .quick && isSmall ? .thorough : effort, appendTo: &bytes)
        return Data(bytes)
    }

    /// Opens a blob, in place of the one that was open: checks all of it, inflates nothing yet.
    package func open(
        _ blob: [UInt8], at location: StoredBlock.Location
    ) throws(StoreError) -> StoredBlock {
        openedCount += 1
        do throws(BlockError) {
            let directory = try decoder.open(blob)
            return StoredBlock(
                location: location, directory: directory, number: openedCount, coder: self)
        } catch {
            throw location.damaged("\(error)")
        }
    }

    package func open(
        _ blob: Data, at location: StoredBlock.Location
    ) throws(StoreError) -> StoredBlock {
        try open([UInt8](blob), at: location)
    }

    fileprivate func column(_ id: UInt8, of block: StoredBlock) throws(StoreError) -> [Int64] {
        precondition(block.number == openedCount, "another block was opened meanwhile")
        do throws(BlockError) {
            return try decoder.column(id) ?? []
        } catch {
            throw block.location.damaged("column \(id): \(error)")
        }
    }
}

/// A block as it lies in a row of the file; readable until its coder opens another.
package struct StoredBlock {
    /// Where a block lies: what a fault must name.
    package struct Location {
        package var table: String
        package var row: Int64

        package init(table: String, row: Int64) {
            self.table = table
            self.row = row
        }

        package func damaged(_ reason: String) -> StoreError {
            .damaged(table: table, row: row, reason: reason)
        }
    }

    package let location: Location
    private let directory: BlockDirectory
    fileprivate let number: Int
    private let coder: BlockCoder

    fileprivate init(
        location: Location, directory: BlockDirectory, number: Int, coder: BlockCoder
    ) {
        self.location = location
        self.directory = directory
        self.number = number
        self.coder = coder
    }

    package var kind: UInt8 { directory.kind }
    package var rowCount: Int { directory.rowCount }
    package var columnIDs: [UInt8] { directory.columns.map(\.id) }

    /// The values of a column that has one for each row; zeros where the block has no such column.
    package func rowColumn(_ id: UInt8) throws(StoreError) -> [Int64] {
        let values = try column(id)
        if values.isEmpty { return Array(repeating: 0, count: rowCount) }
        guard values.count == rowCount else { throw location.damaged("column \(id) is short") }
        return values
    }

    /// The values of a column; none where the block has no such column.
    package func column(_ id: UInt8) throws(StoreError) -> [Int64] {
        try coder.column(id, of: self)
    }
}
