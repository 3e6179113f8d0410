import DeviceProfiles
import MessageRing
import PayloadDecoding
import Telemetry

/// The payload of the drain benchmark: 60 bytes.
let payloadText = #"{"power":1234.5,"energy":123456789,"voltage":230.1,"i":1.23}"#

let profileText = """
    profile: bench
    title: { en: Benchmark, fr: Mesure }
    source: benchmarks
    match: { topic: "bench/{device}/state" }
    decode: json
    readings:
      - { metric: power, from: $.power, unit: W, kind: gauge }
      - { metric: energy, from: $.energy, unit: W.h, kind: counter }
      - { metric: voltage, from: $.voltage, unit: V, kind: gauge }
      - { metric: current, from: $.i, unit: A, kind: gauge }
    tests:
      - topic: bench/1/state
        payload: '{"power":1234.5,"energy":123456789,"voltage":230.1,"i":1.23}'
        expect: { power: 1234.5, energy: 123456789, voltage: 230.1, current: 1.23 }
    """

/// B01: a message into the ring and out again, on one thread.
func benchmarkRing(_ harness: Harness) throws {
    let count = harness.size(1_000_000, smoke: 1_000)
    let ends = MessageRing.make(capacity: 1 << 20)
    var producer = ends.producer
    var consumer = ends.consumer
    let topic = Array("bench/1234/state".utf8)
    let payload = Array(payloadText.utf8)
    let header = MessageHeader(
        arrival: 1_767_225_600_000, packetID: 1, flags: .qos1,
        originalSize: UInt32(payload.count))
    harness.run("B01 ring push and drain", items: count) {
        var hash: UInt64 = 0
        var left = count
        while left > 0 {
            let burst = min(left, 256)
            topic.withUnsafeBytes { topic in
                payload.withUnsafeBytes { payload in
                    for _ in 0..<burst {
                        _ = producer.tryPush(header, topic: topic, payload: payload)
                    }
                }
            }
            let drained = consumer.drain(limit: burst) { header, topic, payload in
                hash = mix(hash, UInt64(topic.count + payload.count))
            }
            left -= drained
        }
        return hash
    }
}

/// B02: a 60-byte JSON message to four values.
func benchmarkDecoding(_ harness: Harness) throws {
    let count = harness.size(500_000, smoke: 500)
    let profiles = try ProfileSet(parsing: [(name: "bench.yaml", text: profileText)])
    var decoder = MessageDecoder(profiles)
    var message = DecodedMessage()
    let payload = Array(payloadText.utf8)
    try harness.run("B02 decode 60-byte JSON, 4 values", items: count) {
        var hash: UInt64 = 0
        for arrival in 0..<count {
            try decoder.decode(
                profile: 0, topic: topic.span, payload: payload.span, arrival: Int64(arrival),
                into: &message)
            for reading in message.readings {
                hash = mix(hash, UInt64(bitPattern: reading.value.bits))
            }
        }
        return hash
    }
    let key = KeyedHash(key: (1, 2))
    let topic = Array("bench/1234/state".utf8)
    harness.run("B02 keyed hash of a message", items: count) {
        var hash: UInt64 = 0
        for _ in 0..<count { hash = mix(hash, key.hash(topic.span, payload.span)) }
        return hash
    }
}
