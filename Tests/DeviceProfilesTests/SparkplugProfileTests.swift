import DeviceProfiles
import Telemetry
import Testing

/// `decode: sparkplug`: what births announce holds for the data of a node and of its devices.
struct SparkplugProfileTests {
    private let set: ProfileSet

    init() throws {
        set = try profileSet(
            profileText(
                match: "{ sparkplug: '{group}' }", decode: "sparkplug",
                readings: """
                      - { metric: temperature, from: Hall/Temp, unit: Cel, kind: gauge }
                      - { metric: power, from: "P{part}er", unit: W, kind: gauge }
                      - { metric: link, from: sparkplug.online, unit: "1", kind: state, map: { "false": 0, "true": 1 } }
                    """,
                tests: "  - { topic: spBv1.0/M/NDATA/E, payload: '', expect: {} }"))
    }

    private struct Node: ~Copyable {
        let set: ProfileSet
        var decoder: MessageDecoder
        var message = DecodedMessage()

        init(_ set: ProfileSet) {
            self.set = set
            decoder = MessageDecoder(set)
        }

        mutating func send(
            _ topic: String, _ hexadecimal: String, at arrival: Int64 = Decoded.arrival
        ) throws -> [String] {
            let topic = Array("spBv1.0/\(topic)".utf8)
            let payload = bytes(hexadecimal)
            guard let match = set.match(topic: topic.span) else { return ["no profile"] }
            try decoder.decode(
                profile: match.profileIndex, topic: topic.span, payload: payload.span,
                arrival: arrival, into: &message)
            return message.readings.map {
                "\(match.device): \(match.series(of: $0, in: message).key) \($0.value)"
            }
        }
    }

    @Test func aliasesMeanWhatBirthsSay() throws {
        var node = Node(set)
        #expect(
            try node.send("M/NBIRTH/E", Sparkplug.nodeBirth) == [
                #"M/E: temperature{group="M",node="E"} 21.5"#, #"M/E: link{group="M",node="E"} 1"#,
            ])
        #expect(
            try node.send("M/NDATA/E", Sparkplug.nodeData1) == [
                #"M/E: temperature{group="M",node="E"} 22.5"#
            ])
        #expect(
            try node.send("M/NDATA/E", Sparkplug.nodeData2) == [
                #"M/E: temperature{group="M",node="E"} 23.5"#
            ])
        #expect(
            try node.send("M/DBIRTH/E/meter", Sparkplug.deviceBirth) == [
                #"M/E/meter: power{device="meter",group="M",node="E",part="ow"} 100"#,
                #"M/E/meter: link{device="meter",group="M",node="E"} 1"#,
            ])
        #expect(
            try node.send("M/DDATA/E/meter", Sparkplug.deviceData) == [
                #"M/E/meter: power{device="meter",group="M",node="E",part="ow"} 120"#
            ])
        #expect(
            try node.send("M/NDEATH/E", Sparkplug.nodeDeath) == [
                #"M/E: link{group="M",node="E"} 0"#
            ])
        // Nobody was asked for anything, and the node is forgotten.
        #expect(node.decoder.takeRequests() == [])
        #expect(try node.send("M/NDATA/E", Sparkplug.nodeData1) == [])
        #expect(node.decoder.takeRequests().map(\.topic) == ["spBv1.0/M/NCMD/E"])
    }

    /// The broker may tell of the end of a connection after the node has come back.
    @Test func deathsOfOlderConnectionsSayNothing() throws {
        var node = Node(set)
        // bdSeq 1 in place of 0.
        let younger = Sparkplug.nodeBirth.replacing("20085800", with: "20085801")
        #expect(try node.send("M/NBIRTH/E", younger).count == 2)
        #expect(try node.send("M/NDEATH/E", Sparkplug.nodeDeath) == [])
        #expect(
            try node.send("M/NDATA/E", Sparkplug.nodeData1) == [
                #"M/E: temperature{group="M",node="E"} 22.5"#
            ])
    }

    /// A node whose birth nobody has seen is asked for it: at once, then more and more rarely.
    @Test func requestsAreLimited() throws {
        var node = Node(set)
        var asked: [Int64] = []
        for minute in 0..<600 {
            let arrival = Decoded.arrival + Int64(minute) * 60_000
            #expect(try node.send("M/NDATA/E", Sparkplug.nodeData1, at: arrival) == [])
            asked += node.decoder.takeRequests().map { _ in Int64(minute) }
        }
        #expect(asked == [0, 1, 3, 7, 15, 31, 63, 127, 191, 255, 319, 383, 447, 511, 575])
        // Each node by itself.
        _ = try node.send("M/NDATA/F", Sparkplug.nodeData1)
        let request = node.decoder.takeRequests()
        #expect(request.map(\.topic) == ["spBv1.0/M/NCMD/F"])
        let text = String(decoding: request.first?.payload ?? [], as: UTF8.self)
        #expect(text.contains("Node Control/Rebirth"))
        // Once it has answered it is asked at once again when something is lost.
        _ = try node.send("M/NBIRTH/F", Sparkplug.nodeBirth)
        #expect(node.decoder.takeRequests() == [])
        _ = try node.send("M/NDATA/F", Sparkplug.nodeData2)
        #expect(node.decoder.takeRequests().count == 1)
    }

    @Test func mistakesAreNamed() {
        let text = profileText(
            match: "{ sparkplug: '{group}' }",
            readings: "  - { metric: v, from: $.v, unit: '1', kind: gauge }",
            tests: "  - { topic: spBv1.0/M/NDATA/E, payload: '', expect: {} }")
        #expect(faults(text).first?.contains("goes with 'decode: sparkplug'") == true)
    }
}

/// Payloads of a node, written by hand by the specification's protocol buffers.
private enum Sparkplug {
    static let nodeBirth =
        "08e8819b87ce33120b0a0562645365712008580012140a0948616c6c2f54656d7010012009650000ac411800"
    static let nodeData1 =
        "08e8819b87ce3312071001650000b4411801"
    static let nodeData2 =
        "08e8819b87ce3312071001650000bc411802"
    static let deviceBirth =
        "08e8819b87ce3312100a05506f77657210022009650000c8421803"
    static let deviceData =
        "08e8819b87ce3312071002650000f0421804"
    static let nodeDeath =
        "08e8819b87ce33120b0a05626453657120085800"
}
