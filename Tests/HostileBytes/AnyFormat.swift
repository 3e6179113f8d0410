/// A profile that takes whatever one format can hold.
struct AnyFormat {
    /// What `decode` calls it; for messages and seeds.
    let name: String
    let decode: String
    let topic: String
    let match: String
    let extra: String
    let readings: String

    private init(
        _ name: String, decode: String? = nil, topic: String? = nil, match: String? = nil,
        extra: String = "", readings: String = Self.anyField
    ) {
        self.name = name
        self.decode = decode ?? name
        self.topic = topic ?? "any/\(name)/d"
        self.match = match ?? "{ topic: 'any/\(name)/{device}' }"
        self.extra = extra
        self.readings = readings
    }

    private static let anyField =
        "  - { metric: any, from: '{name}', unit: '1', kind: gauge }"

    var file: (name: String, text: String) {
        (
            "any-\(name).yaml",
            """
            profile: any-\(name)
            title: { en: any, fr: tout }
            source: made up
            match: \(match)
            decode: \(decode)
            \(extra)
            readings:
            \(readings)
            tests:
              - { topic: "\(topic)", \(name == "lorawan" ? "hex" : "payload"): "", expect: {} }
            """
        )
    }

    /// In this order a fuzzer's first byte means them: new ones come at the end.
    static let all: [AnyFormat] = [
        AnyFormat(
            "json",
            extra: """
                time: { from: $.time, iso: true, zone: Europe/Paris, max_past: 7d }
                sequence: { from: $.n, modulus: 256 }
                """,
            readings: """
                  - { metric: a, from: [$.a, $.b.c, "$.d[1]"], labels: { l: "{$.label}" }, unit: W, from_unit: kW, kind: gauge, valid: [-1000, 1000000] }
                  - { metric: b, from: $.e, unit: "1", kind: state, map: { "false": 0, "on": 1, "7": 2 } }
                  - { metric: c, from: ["$.{x}.{y}", "$.{x}[0].{y}"], unit: "1", kind: gauge, poly: [1, 2, 0.5] }
                  - { metric: d, from: $.f, unit: "1", kind: counter, no_value: [0, "--"], decimal: ",", suffix: "%" }
                """),
        AnyFormat(
            "text",
            readings: """
                  - { metric: a, unit: Cel, from_unit: "[degF]", kind: gauge, decimal: ",", suffix: "°F", map: { cold: 0 } }
                """),
        AnyFormat("influx"), AnyFormat("senml"), AnyFormat("senml-cbor"),
        AnyFormat("openmetrics"),
        AnyFormat(
            "collectd", topic: "any/collectd/if_octets", match: "{ topic: 'any/collectd/{type}' }"),
        AnyFormat("tic", readings: anyField.replacing("'1'", with: "A")), AnyFormat("cayenne-lpp"),
        AnyFormat("telegraf-json"),
        AnyFormat("telegraf"),
        AnyFormat(
            "sparkplug", topic: "spBv1.0/M/NDATA/E", match: "{ sparkplug: '{group}' }"),
        AnyFormat("bytes", decode: "{ bytes: { layout: [ \(layout) ] } }"),
        AnyFormat(
            "hex", decode: "{ encoding: hex, bytes: { order: little, layout: [ \(layout) ] } }"),
        AnyFormat("base64", decode: "{ encoding: base64, format: senml-cbor }"),
        AnyFormat(
            "lorawan", decode: "{ lorawan: auto, bytes: { layout: [ \(layout) ] } }",
            topic: "application/1/device/0000000000000001/event/up",
            match: "{ lorawan: { model: m } }", extra: "sequence: { from: lorawan.f_cnt }"),
        AnyFormat(
            "delimited",
            decode: "{ delimited: { separator: ';', decimal: ',', fields: [a, _, b] } }"
        ),
        AnyFormat("pairs", decode: "{ delimited: { separator: ',', pairs: ':' } }"),
    ]

    /// Every item that a layout can have.
    private static let layout = """
        { field: _head, type: u8 }, { field: low, of: _head, bits: "0..3", signed: true },
        { cases: [
          { when: { byte0: "0..63" }, layout: [ { key: 2, leave: 1, table: {
            "01 *": [ { field: a, type: i16, scale: 0.1, no_value: [0x7FFF] } ],
            "02 00": [ { time: u32, base: 2013-01-01T00:00:00Z }, { field: b, type: f32, decimals: 2 } ],
            "03 00": [ { field: c, type: "bcd:4" }, { skip: 1 } ],
            "* 04": [ { field: d, type: "ascii:3" }, { field: e, type: "hex:2" } ] } } ] },
          { when: { byte0: [64, "65..127"], size: "4..200" }, layout: [
            { field: _count, type: u8 }, { field: index, type: u32 },
            { repeat: _count, step: "_count * 60", first: newest, from: 1, layout: [
              { field: _delta, type: u16 }, { field: index, value: "index - _delta / (_count - 3)" } ] },
            { when: { _head.6: 1 }, layout: [ { field: f, type: f16, poly: [1, 2, 3] } ] } ] },
          { when: { byte0: "128..191" }, layout: [
            { key: 1, length: u8, table: { "01": [ { field: g, type: u64 } ], "02": [] } } ] },
          { layout: [ { repeat: end, leave: 2, step: 10m, first: oldest, layout: [ { field: h, type: i24 } ] },
            { field: tail, type: u16, at: -2 }, { field: far, type: f64, at: 9 }, { skip: rest } ] } ] }
        """
}
