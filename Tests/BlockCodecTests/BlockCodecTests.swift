import BlockCodec
import Testing

/// Encodes, decodes through a decoder that has seen other blocks, and compares.
func expectRoundTrip(
    rowCount: Int, _ columns: [Column], _ comment: Comment? = nil,
    location: SourceLocation = #_sourceLocation
) throws {
    var encoder = BlockEncoder()
    var decoder = BlockDecoder()
    // Each twice: what one block leaves in the scratch buffers must not show in the next.
    let efforts: [BlockEncoder.Effort] = [.quick, .thorough, .smallest, .smallest, .thorough]
    for (kind, effort) in zip(UInt8(0)..., efforts) {
        var bytes: [UInt8] = [0xAA]
        encoder.encode(
            kind: kind, rowCount: rowCount, columns: columns, effort: effort, appendTo: &bytes)
        #expect(bytes[0] == 0xAA, comment, sourceLocation: location)
        bytes.removeFirst()
        #expect(
            bytes.count <= BlockCodec.maxEncodedSize(valueCounts: columns.map(\.values.count)),
            comment, sourceLocation: location)
        let directory = try decoder.open(bytes.span)
        #expect(directory.kind == kind, comment, sourceLocation: location)
        #expect(directory.version == BlockCodec.version, comment, sourceLocation: location)
        #expect(directory.rowCount == rowCount, comment, sourceLocation: location)
        #expect(directory.columns.map(\.id) == columns.map(\.id), comment, sourceLocation: location)
        var values: [Int64] = [1, 2, 3]
        for column in columns.reversed() {
            #expect(try decoder.column(column.id, into: &values))
            #expect(values == column.values, comment, sourceLocation: location)
            #expect(directory.entry(column.id)?.valueCount == column.values.count)
        }
    }
}

@Suite struct RoundTrips {
    @Test(arguments: Shape.allCases)
    func everyShapeInEveryLength(_ shape: Shape) throws {
        let counts = [0, 1, 2, 3, 4, 7, 8, 9, 40, 63, 64, 65, 511, 512, 513, 2048]
        for count in counts {
            let column = Column(id: 9, values: shape.values(count: count, seed: 1))
            try expectRoundTrip(rowCount: count, [column], "\(shape), \(count) values")
        }
    }

    @Test func aBlockWithoutColumns() throws {
        try expectRoundTrip(rowCount: 0, [])
        try expectRoundTrip(rowCount: BlockCodec.rowCountMaximum, [])
    }

    /// No reader takes a neighbour that has one itself, or is the column itself.
    @Test func onlyPlainNeighboursAreTaken() throws {
        let values = Shape.noisyGauge.values(count: 200, seed: 3)
        try expectRoundTrip(
            rowCount: 200,
            [
                Column(id: 1, values: values), Column(id: 2, values: values, neighbour: 1),
                Column(id: 3, values: values, neighbour: 2),
                Column(id: 4, values: values, neighbour: 4),
            ])
    }

    @Test func columnsOfTheirOwnLengths() throws {
        try expectRoundTrip(
            rowCount: 3,
            [
                Column(id: 0, values: [5, 9, 4]), Column(id: 127, values: [-2]),
                Column(id: 64, values: []), Column(id: 63, values: [1, 1, 2, 3, 5, 8, 13, 21]),
            ])
    }

    @Test func theMostColumns() throws {
        let columns = (0..<64).map { index in
            Column(id: UInt8(2 * index), values: Shape.steps.values(count: 9, seed: UInt64(index)))
        }
        try expectRoundTrip(rowCount: 9, columns)
    }

    @Test func theMostValuesAndRows() throws {
        let line = Shape.linear.values(count: BlockCodec.valueCountMaximum, seed: 1)
        var bent = [Int64](repeating: 0, count: BlockCodec.rowCountMaximum)
        bent[77] = 5
        let block = encoded(
            rowCount: bent.count, [Column(id: 1, values: line), Column(id: 2, values: bent)])
        var decoder = BlockDecoder()
        #expect(try decoder.open(block).rowCount == 1_048_576)
        #expect(try decoder.column(1) == line)
        #expect(try decoder.column(2) == bent)
    }

    /// Swarm: each run draws its own few shapes and lengths, so that rare mixtures come up.
    @Test(arguments: 0..<150 as Range<UInt64>)
    func anyMixture(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let shapes = Shape.allCases.shuffled(using: &random).prefix(3)
        let longest = [5, 40, 130, 700].randomElement(using: &random) ?? 5
        let rowCount = Int.random(in: 0...longest, using: &random)
        let columns = (0..<Int.random(in: 1...6, using: &random)).map { index in
            let neighbour = Int.random(in: 0..<4, using: &random)
            let ownCount = Int.random(in: 0...longest, using: &random)
            let values = (shapes.randomElement(using: &random) ?? .zero).values(
                count: Bool.random(using: &random) ? rowCount : ownCount, seed: random.next())
            // Of those that are given, a block takes what has as many values and none itself.
            return Column(
                id: UInt8(index * 21), values: values,
                neighbour: index % 2 == 0 ? nil : UInt8(neighbour * 42))
        }
        try expectRoundTrip(rowCount: rowCount, columns, "seed \(seed)")
    }
}

@Suite struct Reading {
    @Test func aColumnThatIsNotThereIsNotFound() throws {
        var decoder = BlockDecoder()
        var values: [Int64] = [7]
        #expect(try decoder.column(1, into: &values) == false, "no block is open")
        _ = try decoder.open(encoded(rowCount: 1, [Column(id: 1, values: [4])]))
        #expect(try decoder.column(2) == nil)
        #expect(try decoder.column(2, into: &values) == false)
        #expect(values.isEmpty)
        #expect(try decoder.column(1) == [4])
    }

    @Test func aBlockThatDoesNotOpenLeavesNoneOpen() throws {
        var decoder = BlockDecoder()
        let block = encoded(rowCount: 1, [Column(id: 1, values: [4])])
        _ = try decoder.open(block)
        #expect(refusal(of: Array(block.dropLast()), by: &decoder) != nil)
        #expect(try decoder.column(1) == nil)
    }

    @Test func errorsSayWhatWhereAndHowMuch() {
        #expect(
            "\(BlockError.unsupportedVersion(found: 3, newestKnown: 1))"
                == "cannot decode block of version 3: the newest known is 1")
        #expect(
            "\(BlockError.truncated(needed: 12, available: 4))"
                == "cannot decode block: at least 12 bytes needed, 4 available")
        #expect(
            "\(BlockError.corrupt(part: .column(5), offset: 31))"
                == "cannot decode block: corrupt column 5 at byte 31")
        #expect(
            "\(BlockError.limitExceeded(limit: 64, actual: 99))"
                == "cannot decode block: a count of 99 exceeds the limit of 64")
        #expect(
            "\(BlockError.checksum(expected: 0xAB, found: 0x1F))"
                == "cannot decode block: checksum mismatch (expected 0xab, found 0x1f)")
    }
}

/// What users rely on beyond correctness: small blocks are small, and idle columns cost nothing.
@Suite struct Sizes {
    @Test func anIdleColumnCostsTwoBytes() {
        let without = encoded(rowCount: 2048, []).count
        let zeros = [Int64](repeating: 0, count: 2048)
        #expect(encoded(rowCount: 2048, [Column(id: 6, values: zeros)]).count == without + 2)
    }

    @Test func aRegularClockCostsItsStartAndStep() {
        let clock = Shape.linear.values(count: 2048, seed: 1)
        let without = encoded(rowCount: 2048, []).count
        #expect(encoded(rowCount: 2048, [Column(id: 1, values: clock)]).count == without + 11)
    }

    /// Forty readings of a commit: all that is not residuals must stay small.
    @Test func fortyReadingsTakeAFewBytesEach() {
        let columns = [
            Column(id: 1, values: Shape.enumerated.values(count: 40, seed: 1)),
            Column(id: 2, values: Shape.jitteredClock.values(count: 40, seed: 2)),
            Column(id: 3, values: Shape.zero.values(count: 40, seed: 3)),
            Column(id: 4, values: [2]),
            Column(id: 5, values: Shape.noisyGauge.values(count: 40, seed: 4)),
        ]
        #expect(encoded(rowCount: 40, columns).count <= 125)
    }

    @Test(arguments: [(Shape.hundreds, 7), (.congruent, 5), (.meansOfThree, 11)])
    func whatValuesHaveInCommonIsNotStored(_ shape: Shape, bitsOfAChoice: Int) {
        let column = Column(id: 1, values: shape.values(count: 2048, seed: 5))
        #expect(encoded(rowCount: 2048, [column]).count <= 2048 * bitsOfAChoice / 8 + 32)
    }
}

func encoded(rowCount: Int, _ columns: [Column]) -> [UInt8] {
    var encoder = BlockEncoder()
    var bytes: [UInt8] = []
    encoder.encode(kind: 1, rowCount: rowCount, columns: columns, appendTo: &bytes)
    return bytes
}

/// The error that opening these bytes gives, nil where they are a block.
func refusal(of bytes: [UInt8], by decoder: inout BlockDecoder) -> BlockError? {
    do throws(BlockError) {
        _ = try decoder.open(bytes)
        return nil
    } catch {
        return error
    }
}
