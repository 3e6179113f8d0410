import PayloadDecoding
import Testing

/// What a session remembers of a node's births, and when it wants them again.
struct SparkplugSessionTests {
    private typealias Metric = MadeUpMetric
    private typealias Node = MadeUpNode

    @Test func birthsNameWhatDataHold() throws {
        var node = Node()
        let birth = [
            Metric(
                name: "Temp", alias: 1, type: 9, properties: [("x", "y"), ("engUnit", "°C")],
                value: .float(1)),
            Metric(
                name: "Delta", alias: 2, type: 2, properties: [("Engineering Units", "K")],
                value: .int(0)),
            Metric(name: "bdSeq", type: 4, value: .long(7)),
        ]
        #expect(
            try node.send(.nodeBirth, birth, 0)
                == ["Temp 1 °C @1000", "Delta 0 K @1000", "bdSeq 7 @1000"])
        let device = [Metric(name: "Level", alias: 3, type: 1, value: .int(1))]
        #expect(try node.send(.deviceBirth, device, 1, device: "Tank") == ["Level 1 @1000"])
        let data = [
            Metric(alias: 1, time: 2000, value: .float(2.5)), Metric(alias: 2, value: .int(0xffff)),
        ]
        #expect(try node.send(.nodeData, data, 2) == ["Temp 2.5 °C @2000", "Delta -1 K @1000"])
        let level = [Metric(alias: 3, value: .int(0xfe))]
        #expect(try node.send(.deviceData, level, 3, device: "Tank") == ["Level -2 @1000"])
        #expect(!node.session.wantsRebirth)
        // Aliases of a device are the device's.
        #expect(try node.send(.nodeData, level, 4) == [])
        #expect(node.session.wantsRebirth)
    }

    @Test func sequenceGoesAroundAt256() throws {
        var node = Node()
        _ = try node.send(.nodeBirth, [], 254)
        _ = try node.send(.nodeData, [], 255)
        // Encoders of proto3 write no 0.
        _ = try node.send(.nodeData, [], nil)
        _ = try node.send(.nodeData, [], 1)
        #expect(!node.session.wantsRebirth)
        let named = [Metric(name: "a", type: 3, value: .int(1))]
        #expect(try node.send(.nodeData, named, 3) == ["a 1 @1000"])
        #expect(node.session.wantsRebirth)
        _ = try node.send(.nodeBirth, [], 0)
        #expect(!node.session.wantsRebirth)
        _ = try node.send(.nodeData, [], 256)
        #expect(node.session.wantsRebirth)
    }

    @Test func dataBeforeTheBirthGiveWhatIsClear() throws {
        var node = Node()
        let data = [
            Metric(name: "a", value: .int(255)), Metric(name: "b", type: 5, value: .int(255)),
            Metric(name: "c", value: .double(1.5)), Metric(alias: 4, value: .double(1)),
            Metric(name: "d", value: .boolean(true)), Metric(name: "e", value: .string("x")),
        ]
        #expect(
            try node.send(.nodeData, data, 0)
                == ["b 255 @1000", "c 1.5 @1000", "d true @1000", "e 'x' @1000"])
        #expect(node.session.wantsRebirth)
    }

    @Test func dataOfADeviceThatWasNotBorn() throws {
        var node = Node()
        _ = try node.send(.nodeBirth, [], 0)
        // A gateway may report a device dead that it has never seen.
        _ = try node.send(.deviceDeath, [], 1, device: "Tank")
        #expect(!node.session.wantsRebirth)
        _ = try node.send(.deviceData, [], 2, device: "Tank")
        #expect(node.session.wantsRebirth)
    }

    @Test func deathsForget() throws {
        var node = Node()
        let connection = Metric(name: "bdSeq", type: 4, value: .long(7))
        let metric = Metric(name: "a", alias: 1, type: 3, value: .int(1))
        let data = [Metric(alias: 1, value: .int(2))]
        _ = try node.send(.nodeBirth, [connection], 0)
        _ = try node.send(.deviceBirth, [metric], 1, device: "Tank")
        _ = try node.send(.deviceDeath, [], 2, device: "Tank")
        #expect(!node.session.wantsRebirth)
        #expect(try node.send(.deviceData, data, 3, device: "Tank") == [])
        #expect(node.session.wantsRebirth)

        _ = try node.send(.nodeBirth, [connection, metric], 0)
        // The death of a connection before this one.
        let older = Metric(name: "bdSeq", type: 4, value: .long(6))
        #expect(try node.send(.nodeDeath, [older], nil) == [])
        #expect(try node.send(.nodeData, data, 1) == ["a 2 @1000"])
        // Deaths have no time and no place in the sequence.
        #expect(try node.send(.nodeDeath, [connection], nil) == ["bdSeq 7"])
        #expect(!node.session.wantsRebirth)
        #expect(try node.send(.nodeData, data, 2) == [])
        #expect(node.session.wantsRebirth)
    }

    @Test func refusedMessagesChangeNothing() throws {
        var node = Node()
        let metric = Metric(name: "a", alias: 1, type: 3, value: .int(1))
        let data = [Metric(alias: 1, value: .int(2))]
        _ = try node.send(.nodeBirth, [metric], 0)
        let broken = sparkplugPayload(data, sequence: 1) + [0x0f]
        #expect(throws: PayloadError.self) { try node.send(.nodeData, broken) }
        #expect(try node.send(.nodeData, data, 1) == ["a 2 @1000"])
        #expect(!node.session.wantsRebirth)
        // But nobody knows what the aliases of a broken birth were.
        #expect(throws: PayloadError.self) { try node.send(.nodeBirth, broken) }
        #expect(try node.send(.nodeData, data, 2) == [])
        #expect(try node.send(.nodeCommand, [metric], 2) == [])
    }

    @Test func aliasesAreBounded() throws {
        func metrics(_ range: Range<UInt64>, name: String = "m") -> [Metric] {
            range.map { Metric(name: name + "\($0)", alias: $0, type: 3) }
        }
        var node = Node()
        #expect(try node.send(.nodeBirth, metrics(0..<4_095), 0) == [])
        #expect(throws: PayloadError.self) { try node.send(.deviceBirth, [], 1, device: "d") }
        #expect(throws: PayloadError.self) { try node.send(.nodeBirth, metrics(0..<4_096), 0) }
        // Many aliases of one name, and long names.
        let same = (0..<4_096).map { Metric(name: "m", alias: $0, type: 3) }
        #expect(throws: PayloadError.self) { try node.send(.nodeBirth, same, 0) }
        let long = metrics(0..<10, name: String(repeating: "m", count: 30_000))
        #expect(throws: PayloadError.self) { try node.send(.nodeBirth, long, 0) }
        let double = [Metric(name: "a", alias: 1, type: 3), Metric(name: "b", alias: 1, type: 3)]
        #expect(throws: PayloadError.self) { try node.send(.nodeBirth, double, 0) }
    }
}
