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
    let topic = Array("bench/1234/state".utf8)
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
    try benchmarkUplink(harness)
    let key = KeyedHash(key: (1, 2))
    harness.run("B02 keyed hash of a message", items: count) {
        var hash: UInt64 = 0
        for _ in 0..<count { hash = mix(hash, key.hash(topic.span, payload.span)) }
        return hash
    }
}

/// B02: an uplink of ChirpStack 4 whose frame is a table of types and values, for a profile that
/// is one of several on its topics.
private func benchmarkUplink(_ harness: Harness) throws {
    let count = harness.size(200_000, smoke: 200)
    let profiles = try ProfileSet(parsing: [(name: "uplink.yaml", text: uplinkProfile)])
    var decoder = MessageDecoder(profiles)
    var message = DecodedMessage()
    let payload = Array(uplinkText.utf8)
    let topic = Array("application/17/device/24e124126e000001/event/up".utf8)
    try harness.run("B02 decode 740-byte LoRaWAN uplink, 6 in a table", items: count) {
        var hash: UInt64 = 0
        for arrival in 0..<count {
            guard decoder.accepts(profile: 0, payload: payload.span) else { return 0 }
            try decoder.decode(
                profile: 0, topic: topic.span, payload: payload.span,
                arrival: 1_774_000_000_000 + Int64(arrival), into: &message)
            for reading in message.readings {
                hash = mix(hash, UInt64(bitPattern: reading.value.bits))
            }
        }
        return hash
    }
}

private let uplinkProfile = """
    profile: uplink
    title: { en: Air, fr: Air }
    source: this benchmark
    match: { lorawan: { model: am107 } }
    decode:
      lorawan: auto
      bytes:
        order: little
        layout:
          - key: 2
            table:
              "01 75": [ { field: battery, type: u8, unit: "%" } ]
              "03 67": [ { field: temperature, type: i16, scale: 0.1, unit: Cel } ]
              "04 68": [ { field: humidity, type: u8, scale: 0.5, unit: "%" } ]
              "05 6a": [ { field: activity, type: u16 } ]
              "07 7d": [ { field: co2, type: u16, unit: "[ppm]" } ]
              "09 73": [ { field: pressure, type: u16, scale: 0.1, unit: hPa } ]
    readings:
      - { metric: battery, from: battery, unit: "%", kind: gauge }
      - { metric: temperature, from: temperature, unit: Cel, kind: gauge, valid: [-40, 80] }
      - { metric: humidity, from: humidity, unit: "%", kind: gauge }
      - { metric: activity, from: activity, unit: "1", kind: gauge }
      - { metric: co2, from: co2, unit: "[ppm]", kind: gauge }
      - { metric: pressure, from: pressure, unit: hPa, kind: gauge }
    tests:
      - { port: 85, hex: "017564", expect: { battery: 100 } }

    """

private let uplinkText = """
    {"deduplicationId":"3ac7e3c4-4401-4b8d-9386-a5c902f9202d","time":"2026-03-20T09:46:40.787+00:00",\
    "deviceInfo":{"tenantId":"52f14cd4-c6f1-4fbd-8f87-4025e1d49242","tenantName":"Town",\
    "applicationId":"17c82e96-be03-4f38-aef3-f83d48582d97","applicationName":"Schools",\
    "deviceProfileName":"Milesight AM107","deviceName":"class-2","devEui":"24e124126e000001","tags":{}},\
    "devAddr":"00189440","adr":true,"dr":5,"fCnt":259,"fPort":85,"confirmed":false,\
    "data":"AXVkA2cQAQRoZQVqSQAHfWcCCXMvJw==","rxInfo":[{"gatewayId":"0016c001f153a14c",\
    "uplinkId":4217106255,"rssi":-36,"snr":10.5,"context":"E3OWOQ=="}],"txInfo":{"frequency":867100000,\
    "modulation":{"lora":{"bandwidth":125000,"spreadingFactor":7,"codeRate":"CR_4_5"}}}}
    """
