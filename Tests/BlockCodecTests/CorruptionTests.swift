import BlockCodec
import Testing

/// A block put together by hand, byte by byte, with a checksum that holds.
private func sealed(_ bytes: [UInt8]) -> [UInt8] {
    var crc: UInt32 = 0xFFFF_FFFF
    for byte in bytes {
        crc ^= UInt32(byte)
        for _ in 0..<8 { crc = crc >> 1 ^ (crc & 1 == 1 ? 0xEDB8_8320 : 0) }
    }
    crc = ~crc
    return bytes + (0..<4).map { UInt8(truncatingIfNeeded: crc >> UInt32(8 * $0)) }
}

/// A block of one packed column of id 5: four values unless the entry says otherwise.
private func packed(_ encoding: UInt8, _ payload: [UInt8], version: UInt8 = 1) -> [UInt8] {
    sealed([0xB0 | version, 0, 4, 1, 5, encoding, UInt8(payload.count)] + payload)
}

/// What a writer got wrong, and what a reader must say to it.
struct Corruption: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let block: [UInt8]
    let error: BlockError

    init(_ name: String, _ block: [UInt8], _ error: BlockError) {
        testDescription = name
        self.block = block
        self.error = error
    }
}

extension Corruption {
    /// Seen by `open`.
    static let ofBlocks = [
        Corruption("wrong magic", sealed([0xA1, 0, 0, 0]), .corrupt(part: .signature, offset: 0)),
        Corruption("version zero", sealed([0xB0, 0, 0, 0]), .corrupt(part: .signature, offset: 0)),
        Corruption(
            "newer version", sealed([0xB3, 0, 0, 0]),
            .unsupportedVersion(found: 3, newestKnown: 2)),
        Corruption(
            "coded bits in version 1", packed(0x07, [0, 1, 2, 3, 4]),
            .corrupt(part: .directory, offset: 5)),
        Corruption(
            "coded bits that are deflated", packed(0x47, [0, 1, 2, 3, 4], version: 2),
            .corrupt(part: .directory, offset: 5)),
        Corruption(
            "too many rows", sealed([0xB1, 0, 0x81, 0x80, 0x40, 0]),
            .limitExceeded(limit: 1_048_576, actual: 1_048_577)),
        Corruption(
            "row count of 2^64 - 1",
            sealed([0xB1, 0] + [UInt8](repeating: 0xFF, count: 9) + [1, 0]),
            .limitExceeded(limit: 1_048_576, actual: .max)),
        Corruption(
            "row count of more than 64 bits",
            sealed([0xB1, 0] + [UInt8](repeating: 0xFF, count: 9) + [2, 0]),
            .corrupt(part: .header, offset: 11)),
        Corruption(
            "overlong row count", sealed([0xB1, 0, 0x84, 0, 0]),
            .corrupt(part: .header, offset: 3)),
        Corruption(
            "too many columns", sealed([0xB1, 0, 0, 65]), .limitExceeded(limit: 64, actual: 65)),
        Corruption(
            "a column twice", sealed([0xB1, 0, 4, 2, 5, 0, 5, 0]),
            .corrupt(part: .directory, offset: 6)),
        Corruption(
            "a column twice, once with a count of its own",
            sealed([0xB1, 0, 4, 2, 70, 0, 0x80 | 70, 0, 1]), .corrupt(part: .directory, offset: 6)),
        Corruption(
            "unknown form", sealed([0xB1, 0, 4, 1, 5, 3]), .corrupt(part: .directory, offset: 5)),
        Corruption(
            "a flag on a constant", sealed([0xB1, 0, 4, 1, 5, 0x21, 2]),
            .corrupt(part: .directory, offset: 5)),
        Corruption("unknown layout", packed(0x07, [1]), .corrupt(part: .directory, offset: 5)),
        Corruption(
            "too many values", sealed([0xB1, 0, 4, 1, 0x85, 0, 0x81, 0x80, 0x80, 2]),
            .limitExceeded(limit: 4_194_304, actual: 4_194_305)),
        Corruption(
            "fewer values than the order", sealed([0xB1, 0, 1, 1, 5, 0x08, 1, 0]),
            .corrupt(part: .directory, offset: 6)),
        Corruption(
            "a payload longer than any",
            sealed([0xB1, 0, 1, 1, 5, 0x04, 57] + [UInt8](repeating: 0, count: 57)),
            .corrupt(part: .directory, offset: 6)),
        Corruption(
            "a payload beyond the end", sealed([0xB1, 0, 4, 1, 5, 0x04, 9, 0, 0, 0, 0]),
            .truncated(needed: 20, available: 15)),
        Corruption(
            "bytes after the payloads", sealed([0xB1, 0, 0, 0, 0]),
            .corrupt(part: .end, offset: 8)),
        Corruption(
            "checksum", [0xB1, 0, 0, 0, 1, 2, 3, 4],
            .checksum(expected: 0x0403_0201, found: 0x848A_F6E3)),
    ]

    /// Seen when the column of id 5 is read.
    static let ofColumns = [
        Corruption("no head", packed(0x24, []), .corrupt(part: .column(5), offset: 7)),
        Corruption(
            "divisor 0", packed(0x24, [0, 1, 2, 3, 4]), .corrupt(part: .column(5), offset: 7)),
        Corruption(
            "divisor 1", packed(0x24, [1, 1, 2, 3, 4]), .corrupt(part: .column(5), offset: 7)),
        Corruption(
            "grid of nothing", packed(0x84, [0, 3, 1, 2, 3, 4]),
            .corrupt(part: .column(5), offset: 7)),
        Corruption(
            "grid over nothing", packed(0x84, [10, 0, 1, 2, 3, 4]),
            .corrupt(part: .column(5), offset: 8)),
        Corruption(
            "grid point beyond 64 bits",
            packed(
                0x94,
                [10, 3] + [UInt8](repeating: 0xFE, count: 1) + [UInt8](repeating: 0xFF, count: 8)
                    + [1, 0, 0, 0, 0]),
            .corrupt(part: .column(5), offset: 7)),
        Corruption(
            "too few residuals", packed(0x04, [1, 2, 3]), .corrupt(part: .column(5), offset: 7)),
        Corruption(
            "too many residuals", packed(0x04, [1, 2, 3, 4, 5]),
            .corrupt(part: .column(5), offset: 7)),
        Corruption(
            "overlong residual", packed(0x04, [1, 2, 3, 0x84, 0]),
            .corrupt(part: .column(5), offset: 7)),
        Corruption(
            "half a byte plane", packed(0x05, [1, 2, 3, 4, 5, 6]),
            .corrupt(part: .column(5), offset: 7)),
        Corruption(
            "nine byte planes", packed(0x05, [UInt8](repeating: 0, count: 36)),
            .corrupt(part: .column(5), offset: 7)),
        Corruption(
            "65 bit planes", packed(0x06, [UInt8](repeating: 0, count: 65)),
            .corrupt(part: .column(5), offset: 7)),
        Corruption(
            "a bit after the last value", packed(0x06, [0b10000]),
            .corrupt(part: .column(5), offset: 7)),
        Corruption(
            "inflated size 0", packed(0x45, [0, 3, 0]), .corrupt(part: .column(5), offset: 7)),
        Corruption(
            "inflated size that cannot be", packed(0x44, [41, 3, 0]),
            .corrupt(part: .column(5), offset: 7)),
        Corruption(
            "inflates to less", packed(0x45, [8, 1, 4, 0, 0xFB, 0xFF, 2, 4, 6, 8]),
            .corrupt(part: .column(5), offset: 7)),
        Corruption(
            "inflates to more", packed(0x44, [4, 1, 5, 0, 0xFA, 0xFF, 2, 4, 6, 8, 0]),
            .corrupt(part: .column(5), offset: 7)),
        Corruption(
            "bytes after the deflate stream",
            packed(0x44, [4, 1, 4, 0, 0xFB, 0xFF, 2, 4, 6, 8, 0]),
            .corrupt(part: .column(5), offset: 7)),
        Corruption(
            "a deflate stream without end", packed(0x44, [4, 0, 4, 0, 0xFB, 0xFF, 2, 4, 6, 8]),
            .corrupt(part: .column(5), offset: 7)),
        Corruption(
            "not a deflate stream", packed(0x44, [4, 7, 7, 7]),
            .corrupt(part: .column(5), offset: 7)),
        Corruption(
            "an unknown context", packed(0x07, [130, 1, 1, 2, 3, 4], version: 2),
            .corrupt(part: .column(5), offset: 7)),
        Corruption(
            "a neighbour that is not there", packed(0x07, [11, 1, 2, 3, 4], version: 2),
            .corrupt(part: .column(5), offset: 7)),
        Corruption(
            "its own neighbour", packed(0x07, [7, 1, 2, 3, 4], version: 2),
            .corrupt(part: .column(5), offset: 7)),
        Corruption(
            "a neighbour of other length",
            sealed([0xB2, 0, 4, 2, 5, 0x07, 5, 0x80 | 9, 0, 3, 11, 1, 2, 3, 4]),
            .corrupt(part: .column(5), offset: 10)),
        Corruption(
            "no coded bits", packed(0x07, [0], version: 2), .corrupt(part: .column(5), offset: 7)),
        Corruption(
            "bytes after the coded bits",
            packed(0x07, [0] + [UInt8](repeating: 0x55, count: 30), version: 2),
            .corrupt(part: .column(5), offset: 7)),
    ]
}

/// The error that a column of the open block gives, nil where it is read.
private func refusal(
    ofColumn id: UInt8, by decoder: inout BlockDecoder, _ values: inout [Int64]
) -> BlockError? {
    do throws(BlockError) {
        _ = try decoder.column(id, into: &values)
        return nil
    } catch {
        return error
    }
}

@Suite struct CorruptionTests {
    /// The hand-made blocks are blocks: without the fault each of them is read.
    @Test func handMadeBlocksAreRead() throws {
        var decoder = BlockDecoder()
        let first = try decoder.open(sealed([0xB1, 9, 4, 1, 5, 0x04, 4, 2, 4, 1, 0]))
        #expect(first.kind == 9)
        #expect(try decoder.column(5) == [1, 2, -1, 0])
        _ = try decoder.open(sealed([0xB1, 0, 4, 2, 5, 1, 3, 0x86, 2, 2, 20, 1]))
        #expect(try decoder.column(5) == [-2, -2, -2, -2])
        #expect(try decoder.column(6) == [10, 9])
        // Order 1, byte planes, offset, divided by 10: start 3, base 1, residuals 0, 2, 1.
        _ = try decoder.open(packed(0x39, [6, 2, 10, 0, 2, 1]))
        #expect(try decoder.column(5) == [3, 4, 25, 36])
        // Order 0, two bit planes, on the grid of thirds of ten.
        _ = try decoder.open(packed(0x96, [10, 3, 0, 0b1010, 0b1100]))
        #expect(try decoder.column(5) == [0, 3, 7, 10])
        // A stored deflate block of four bytes.
        _ = try decoder.open(packed(0x44, [4, 1, 4, 0, 0xFB, 0xFF, 2, 4, 6, 8]))
        #expect(try decoder.column(5) == [1, 2, 3, 4])
    }

    @Test(arguments: Corruption.ofBlocks)
    func aBlockIsRefused(_ corruption: Corruption) {
        var decoder = BlockDecoder()
        let error = refusal(of: corruption.block, by: &decoder)
        #expect(error == corruption.error)
    }

    @Test(arguments: Corruption.ofColumns)
    func aColumnIsRefused(_ corruption: Corruption) throws {
        var decoder = BlockDecoder()
        _ = try decoder.open(corruption.block)
        var values: [Int64] = [1]
        let error = refusal(ofColumn: 5, by: &decoder, &values)
        #expect(error == corruption.error)
        #expect(values.isEmpty)
    }

    /// What one reader refuses the other refuses too: the rules are the document's.
    @Test(.enabled(if: SecondReader.isPresent, "python3 is not installed"))
    func theSecondReaderRefusesTheSame() throws {
        for corruption in Corruption.ofBlocks + Corruption.ofColumns {
            #expect(
                try SecondReader.refuses(corruption.block),
                Comment(rawValue: corruption.testDescription))
        }
    }

    /// Seventeen bytes that claim to inflate to four million.
    @Test func aSmallBlockCannotClaimAGreatInflatedSize() throws {
        let bomb = sealed([
            0xB1, 0, 0, 1, 0x85, 0x45, 0x80, 0x80, 0x80, 2, 6, 0x80, 0x80, 0x80, 2, 3, 0,
        ])
        var decoder = BlockDecoder()
        _ = try decoder.open(bomb)
        var values: [Int64] = []
        let error = refusal(ofColumn: 5, by: &decoder, &values)
        #expect(error == .corrupt(part: .column(5), offset: 11))
        #expect(values.isEmpty)
    }
}

@Suite struct Fuzz {
    /// Damaged blocks with a checksum that holds, so that the damage reaches the columns: each is
    /// refused or read, and what is read has the counts that the directory claims.
    @Test(arguments: 0..<10 as Range<UInt64>)
    func damagedBlocksNeverTrap(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        var decoder = BlockDecoder()
        let originals = Shape.allCases.flatMap { shape in
            [5, 40, 600].map { count in
                let values = shape.values(count: count, seed: seed)
                return encoded(
                    rowCount: count, [Column(id: 1, values: values), Column(id: 2, values: values)])
            }
        }
        var values: [Int64] = []
        for _ in 0..<2000 {
            var bytes = Array((originals.randomElement(using: &random) ?? []).dropLast(4))
            for _ in 0..<Int.random(in: 1...3, using: &random) { damage(&bytes, &random) }
            do throws(BlockError) {
                let directory = try decoder.open(sealed(bytes))
                for entry in directory.columns where entry.valueCount < 100_000 {
                    #expect(try decoder.column(entry.id, into: &values))
                    #expect(values.count == entry.valueCount, "seed \(seed)")
                }
            } catch {
                if case .checksum = error { Issue.record("the checksum holds; seed \(seed)") }
            }
        }
    }

    /// Mostly near the start: the directory and the heads are where a reader can be led astray.
    private func damage(_ bytes: inout [UInt8], _ random: inout SeededGenerator) {
        let reach = Bool.random(using: &random) ? min(24, bytes.count) : bytes.count
        guard reach > 0 else { return }
        let index = Int.random(in: 0..<reach, using: &random)
        switch Int.random(in: 0..<5, using: &random) {
        case 0: bytes[index] ^= 1 << UInt8.random(in: 0..<8, using: &random)
        case 1: bytes[index] = UInt8.random(in: 0...255, using: &random)
        case 2: bytes.remove(at: index)
        case 3:
            bytes.insert([0, 1, 0x7F, 0x80, 0xFF].randomElement(using: &random) ?? 0, at: index)
        default: bytes[index] = bytes[index] &+ (Bool.random(using: &random) ? 1 : 255)
        }
    }
}
