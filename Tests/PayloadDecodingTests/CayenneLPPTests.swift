import PayloadDecoding
import Testing

/// Frames of Cayenne's Low Power Payload.
struct CayenneLPPTests {
    private func decode(_ bytes: [UInt8]) throws -> (fields: [String], isWhole: Bool) {
        var list = FieldList()
        let isWhole = try decodeCayenneLPP(bytes.span, into: &list)
        return (list.described, isWhole)
    }

    @Test(
        arguments: [
            ([], []),
            (
                [3, 103, 0x01, 0x10, 5, 103, 0x00, 0xff],
                ["temperature_3 27.2 Cel", "temperature_5 25.5 Cel"]
            ),
            ([1, 103, 0xff, 0xd7], ["temperature_1 -4.1 Cel"]),
            (
                [6, 113, 0x04, 0xd2, 0xfb, 0x2e, 0, 0],
                [
                    "accelerometer_6.x 1.234 [g]", "accelerometer_6.y -1.234 [g]",
                    "accelerometer_6.z 0 [g]",
                ]
            ),
            (
                [1, 136, 0x06, 0x76, 0x5f, 0xf2, 0x96, 0x0a, 0x00, 0x03, 0xe8],
                ["gps_1.lat 42.3519 deg", "gps_1.lon -87.9094 deg", "gps_1.alt 10 m"]
            ),
            ([1, 0, 1, 2, 1, 0], ["digital_in_1 1", "digital_out_2 0"]),
            ([3, 2, 0xfe, 0xd4, 4, 3, 0x0c, 0x1c], ["analog_in_3 -3", "analog_out_4 31"]),
            ([7, 104, 0xa1], ["relative_humidity_7 80.5 %"]),
            ([255, 100, 0xff, 0xff, 0xff, 0xff], ["generic_255 4294967295"]),
            ([0, 101, 0xff, 0xff], ["luminosity_0 65535 lx"]), ([1, 102, 1], ["presence_1 1"]),
            ([1, 115, 0x27, 0x94], ["barometric_pressure_1 1013.2 hPa"]),
            ([1, 116, 0xff, 0xfe], ["voltage_1 655.34 V"]),
            ([1, 117, 0x80, 0x01], ["current_1 32.769 A"]),
            ([1, 118, 0x80, 0, 0, 0], ["frequency_1 2147483648 Hz"]),
            ([1, 120, 99], ["percentage_1 99 %"]),
            ([1, 121, 0xff, 0xff], ["altitude_1 -1 m"]),
            ([1, 125, 0x01, 0x90], ["concentration_1 400 [ppm]"]),
            ([1, 128, 0xff, 0xff], ["power_1 65535 W"]),
            ([1, 130, 0, 0, 0x04, 0xd2], ["distance_1 1.234 m"]),
            ([1, 131, 0xff, 0xff, 0xff, 0xff], ["energy_1 4294967.295 kW.h"]),
            ([1, 132, 0x01, 0x67], ["direction_1 359 deg"]),
            ([1, 133, 0x65, 0xb3, 0x9f, 0x80], ["unix_time_1 1706270592 s"]),
            (
                [1, 134, 0xff, 0x9c, 0, 1, 0x7f, 0xff],
                [
                    "gyrometer_1.x -1 deg/s", "gyrometer_1.y 0.01 deg/s",
                    "gyrometer_1.z 327.67 deg/s",
                ]
            ),
            ([1, 135, 0, 128, 255], ["colour_1.r 0", "colour_1.g 128", "colour_1.b 255"]),
            ([1, 142, 1], ["switch_1 1"]),
        ] as [([UInt8], [String])])
    func framesAreRead(bytes: [UInt8], expected: [String]) throws {
        let found = try decode(bytes)
        #expect(found.fields == expected)
        #expect(found.isWhole)
    }

    @Test func anUnknownTypeEndsTheReading() throws {
        let found = try decode([1, 0, 1, 2, 240, 9, 9, 3, 0, 1])
        #expect(found.fields == ["digital_in_1 1"])
        #expect(!found.isWhole)
    }

    @Test(
        arguments: [
            [1], [1, 0], [1, 103, 0], [1, 0, 1, 5], [1, 113, 0, 0, 0, 0, 0],
            [1, 136, 0, 0, 0, 0, 0, 0, 0, 0],
            [1, 118, 0, 0, 0],
        ] as [[UInt8]])
    func cutValuesRefuseTheFrame(bytes: [UInt8]) {
        #expect(throws: PayloadError.syntax(offset: bytes.count)) { try decode(bytes) }
    }

    @Test func damagedFramesDoNotTrap() {
        let frame: [UInt8] = [
            3, 103, 0x01, 0x10, 6, 113, 4, 0xd2, 0xfb, 0x2e, 0, 0, 1, 136, 6, 0x76, 0x5f, 0xf2,
            0x96,
            0x0a, 0, 3, 0xe8, 1, 131, 255, 255, 255, 255, 1, 142, 1,
        ]
        let decoder = NamedDecoder(name: "Cayenne LPP") {
            _ = try decodeCayenneLPP($0.span, into: &$1)
        }
        decodeDamaged(frame, with: decoder, seed: .random(in: 0...(.max)))
    }
}
