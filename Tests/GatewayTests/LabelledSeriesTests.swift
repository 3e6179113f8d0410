import DeviceProfiles
import Foundation
import MessageRing
import SeriesStore
import StoredSeries
import Telemetry
import Testing

@testable import Gateway

/// Payloads that say labels: each combination is a series, and no sender makes too many.
struct LabelledSeriesTests {
    private static let profile = """
        profile: ports
        title: { en: Ports, fr: Ports }
        source: made up
        match: { topic: "telegraf/{device}" }
        decode: influx
        readings:
          - { metric: rx, from: net.rx, labels: { port: "{port}" }, unit: By, kind: counter }
          - { metric: up, from: sys.uptime, unit: s, kind: gauge }
        tests:
          - { topic: telegraf/a, payload: "net,port=1 rx=1i", expect: { 'rx{port="1"}': 1 } }
        """
    private static let arrival: Int64 = 1_774_738_800_000

    private func take(_ payload: String, from device: String, _ intake: inout MessageIntake) {
        let bytes = Array(payload.utf8)
        let header = MessageHeader(
            arrival: Self.arrival, packetID: 1, flags: [.qos1], originalSize: UInt32(bytes.count))
        intake.take(header, topic: Array("telegraf/\(device)".utf8).span, payload: bytes.span)
    }

    @Test func labelsOfPayloadsAreSeries() throws {
        let folder = FileManager.default.temporaryDirectory
            .appending(path: "socle-labelled-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: false)
        defer { try? FileManager.default.removeItem(at: folder) }
        let path = folder.path + "/town.sqlite"
        let writer = try StoreWriter(path: path, zone: .paris, isManaged: true)
        var intake = try MessageIntake(
            profiles: ProfileSet(parsing: [("ports.yaml", Self.profile)]), writer: writer,
            hash: KeyedHash(key: (1, 2)), lateLimit: nil, clock: .set)
        take("net,port=1 rx=10i\nnet,port=2 rx=20i\nsys uptime=5", from: "a", &intake)
        take("net,port=1 rx=11i", from: "a", &intake)
        take("net,port=1 rx=30i", from: "b", &intake)
        let many = (0..<1_100).map { "net,port=p\($0) rx=1i" }.joined(separator: "\n")
        take(many, from: "c", &intake)
        take("net,port=p0 rx=2i\nnet,port=new rx=2i", from: "c", &intake)
        _ = try intake.commit(
            received: 5, confirmed: 0, newestArrival: 0, wall: Self.arrival, uptime: 0)

        try StoreReader(path: path).snapshot { snapshot in
            let names = Set(
                snapshot.catalogue.entries.map { $0.descriptor.key.description })
            #expect(names.contains(#"rx{device="a",port="1"}"#))
            #expect(names.contains(#"rx{device="a",port="2"}"#))
            #expect(names.contains(#"rx{device="b",port="1"}"#))
            #expect(names.contains(#"up{device="a"}"#) && !names.contains(#"rx{device="a"}"#))
            #expect(names.count { $0.contains(#"device="c""#) && $0.hasPrefix("rx") } == 1_024)
            let counts = try snapshot.ledger().values.reduce(into: LedgerCounts()) { $0.add($1) }
            #expect(counts[.readingsDecoded] == 3 + 1 + 1 + 1_100 + 2)
            #expect(counts[.readingsRedefined] == 1_100 - 1_024 + 1)
            #expect(counts.readingsUnaccounted == 0 && counts.messagesUnaccounted == 0)
        }
    }
}
