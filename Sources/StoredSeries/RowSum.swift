import BlockCodec

/// The checksum of rows without a block, in their last column, `checksum`: the CRC-32 of the other
/// columns' values in order, each as SQLite's `quote()` writes it, with commas between.
package enum RowSum {
    package static func of(_ values: some Sequence<StoredValue>) -> Int64 {
        Int64(BlockCodec.checksum(of: Array(line(values).utf8)))
    }

    /// In which bits the checksum of a row, with all its columns, differs from that of its values:
    /// 0 where both are as they were written. A file of format 1 has none.
    package static func error(of row: StoredRow) -> Int64 {
        guard row.columns.last == "checksum" else { return 0 }
        return of(row.values.dropLast()) ^ ((try? row.integer("checksum", of: "")) ?? -1)
    }

    /// The values as they are summed.
    package static func line(_ values: some Sequence<StoredValue>) -> String {
        values.map { value in
            switch value {
            case .null: "NULL"
            case .integer(let number): String(number)
            case .real(let number): "\(number)"
            case .text(let text): sqlLiteral(text)
            case .blob: "X''"
            }
        }.joined(separator: ",")
    }
}
