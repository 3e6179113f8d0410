import BlockCodec

/// The checksum of rows without a block, in their last column, `checksum`: the CRC-32 of the other
/// columns' values in order, each as SQLite's `quote()` writes it, with commas between.
package enum RowSum {
    package static func of(_ values: some Sequence<StoredValue>) -> Int64 {
        Int64(BlockCodec.checksum(of: bytes(values)))
    }

    /// In which bits the checksum of a row, with all its columns, differs from that of its values:
    /// 0 where both are as they were written. A file of format 1 has none.
    package static func error(of row: StoredRow) -> Int64 {
        guard row.columns.last == "checksum" else { return 0 }
        return of(row.values.dropLast()) ^ ((try? row.integer("checksum", of: "")) ?? -1)
    }

    /// The values as they are summed.
    package static func line(_ values: some Sequence<StoredValue>) -> String {
        String(decoding: bytes(values), as: UTF8.self)
    }

    private static func bytes(_ values: some Sequence<StoredValue>) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(256)
        for value in values {
            if !bytes.isEmpty { bytes.append(UInt8(ascii: ",")) }
            switch value {
            case .null: bytes += "NULL".utf8
            case .integer(let number): append(number, to: &bytes)
            case .real(let number): bytes += "\(number)".utf8
            case .text(let text):
                let quote = UInt8(ascii: "'")
                bytes.append(quote)
                let start = bytes.count
                bytes += text.utf8
                if bytes[start...].contains(quote) {
                    bytes[start...] =
                        bytes[start...].flatMap {
                            $0 == quote ? [quote, quote] : [$0]
                        }[...]
                }
                bytes.append(quote)
            case .blob: bytes += "X''".utf8
            }
        }
        return bytes
    }

    private static func append(_ number: Int64, to bytes: inout [UInt8]) {
        if number < 0 { bytes.append(UInt8(ascii: "-")) }
        let start = bytes.count
        var rest = number.magnitude
        repeat {
            bytes.append(UInt8(ascii: "0") + UInt8(rest % 10))
            rest /= 10
        } while rest > 0
        bytes[start...].reverse()
    }
}
