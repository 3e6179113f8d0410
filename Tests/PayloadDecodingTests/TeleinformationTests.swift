import PayloadDecoding
import Testing

/// Frames of Linky and of the meters before it.
struct TeleinformationTests {
    private func decode(
        _ text: String, keepingIdentifiers: Bool = false
    ) throws -> (fields: [String], droppedCount: Int) {
        var list = FieldList()
        let count = try decodeTeleinformation(
            Array(text.utf8).span, keepingIdentifiers: keepingIdentifiers, into: &list)
        return (list.described, count)
    }

    /// A group with its checksum: `PAPP 02830` or `DATE|E220615092559|`, a bar for a tab.
    private static func group(_ text: String) -> String {
        let isStandard = text.contains("|")
        var body = text.map { $0 == "|" ? "\t" : String($0) }.joined()
        if isStandard { body += "\t" }
        let sum = body.utf8.reduce(0) { $0 + Int($1) }
        let check = UnicodeScalar(UInt8(sum % 64 + 32))
        return "\n" + body + (isStandard ? "" : " ") + String(check) + "\r"
    }

    private static func frame(_ groups: String...) -> String {
        "\u{2}" + groups.map(group).joined() + "\u{3}"
    }

    /// Groups as meters sent them, so that the checksums are theirs.
    @Test func capturedGroupsAreRead() throws {
        let historic =
            "\u{2}\nADCO 021861348497 L\r\nOPTARIF BBR( S\r\nISOUSC 30 9\r\nBBRHCJB 018328702 <\r\n"
            + "PAPP 02830 .\r\nHHPHC A ,\r\nMOTDETAT 000000 B\r\u{3}"
        var found = try decode(historic)
        #expect(
            found.fields == [
                "OPTARIF 'BBR('", "ISOUSC 30 A", "BBRHCJB 18328702 W.h", "PAPP 2830 V.A",
                "HHPHC 'A'", "MOTDETAT 0",
            ])
        #expect(found.droppedCount == 0)
        let standard =
            "\u{2}\nADSC\t031961805785\tB\r\nVTIC\t02\tJ\r\nDATE\tE220615092559\t\tL\r\n"
            + "ERQ3\t003097421\tW\r\nSMAXSN\tE220526121217\t00071\t1\r\nSTGE\t003A0101\t;\r\n"
            + "MSG1\tPAS DE          MESSAGE\t\\\r\nPRM\t19412590366786\tD\r\u{3}"
        found = try decode(standard, keepingIdentifiers: true)
        #expect(
            found.fields == [
                "ADSC '031961805785' @1655277959000", "VTIC 2 @1655277959000",
                "ERQ3 3097421 V.A.h{reactive} @1655277959000", "SMAXSN 71 V.A @1653559937000",
                "STGE '003A0101' @1655277959000",
                "MSG1 'PAS DE          MESSAGE' @1655277959000",
                "PRM '19412590366786' @1655277959000",
            ])
        #expect(found.droppedCount == 0)
    }

    /// Without a season that the meter is sure of there is no time, not even the frame's.
    @Test(
        arguments: [
            ("E220615092559", 1_655_277_959_000), ("H220615092559", 1_655_281_559_000),
            ("H220101003000", 1_640_993_400_000), ("e220615092559", nil), ("h220615092559", nil),
            (" 220615092559", nil), ("E220230092559", nil), ("E221315092559", nil),
            ("E220615242559", nil), ("E220615096059", nil), ("E220615092560", nil),
            ("E2206150925x9", nil),
        ] as [(String, Int64?)])
    func horodatesAreRead(text: String, expected: Int64?) throws {
        var list = FieldList()
        let frame = Self.frame("CCASN|\(text)|00750", "DATE|E220615092559|", "EAST|1")
        _ = try decodeTeleinformation(Array(frame.utf8).span, into: &list)
        #expect(list.fields.map(\.time) == [expected, 1_655_277_959_000])
        _ = try decodeTeleinformation(
            Array(Self.frame("EAST|1", "DATE|\(text)|").utf8).span, into: &list)
        #expect(list.fields.map(\.time) == [expected])
    }

    @Test(
        arguments: [
            ("BASE 000000012", "BASE 12 W.h"), ("HCHC 1", "HCHC 1 W.h"),
            ("EJPHPM 1", "EJPHPM 1 W.h"),
            ("ADPS 031", "ADPS 31 A"), ("IINST1 001", "IINST1 1 A"), ("IMAX3 60", "IMAX3 60 A"),
            ("PMAX 06000", "PMAX 6000 W"), ("PEJP 30", "PEJP 30 min"), ("PTEC HP..", "PTEC 'HP..'"),
            ("OPTARIF HC..", "OPTARIF 'HC..'"), ("PPOT 00", "PPOT '00'"),
            ("DEMAIN ----", "DEMAIN '----'"),
            ("EASF10|000000001", "EASF10 1 W.h"), ("EASD04|2", "EASD04 2 W.h"),
            ("EAIT|000000000", "EAIT 0 W.h"), ("ERQ1|3", "ERQ1 3 V.A.h{reactive}"),
            ("IRMS3|002", "IRMS3 2 A"), ("URMS2|240", "URMS2 240 V"), ("UMOY3|1", "UMOY3 1 V"),
            ("PREF|12", "PREF 12 kV.A"), ("SINSTS3|00402", "SINSTS3 402 V.A"),
            ("SINSTI|1", "SINSTI 1 V.A"), ("SMAXSN2-1|5", "SMAXSN2-1 5 V.A"),
            ("CCAIN-1|5", "CCAIN-1 5 W"),
            ("STGE|00000101", "STGE '00000101'"), ("NJOURF+1|00", "NJOURF+1 0"),
            ("NGTF|      TEMPO     ", "NGTF '      TEMPO     '"), ("LTARF||", "LTARF null"),
            ("PJOURF+1|00008001 NONUTILE", "PJOURF+1 '00008001 NONUTILE'"),
            ("X|" + String(repeating: "9", count: 20), "X 1e+20"),
            ("X|" + String(repeating: "9", count: 200), "X ?"),
        ] as [(String, String)])
    func valuesHaveTheirUnits(group: String, expected: String) throws {
        // A group with an empty value has one tab too many for the helper.
        let text = group == "LTARF||" ? Self.frame("LTARF|") : Self.frame(group)
        let found = try decode(text)
        #expect(found.fields == [expected])
        #expect(found.droppedCount == 0)
    }

    @Test(arguments: ["ADCO 021861348497", "ADSC|031961805785", "PRM|19412590366786"])
    func identifiersAreLeftOut(group: String) throws {
        #expect(try decode(Self.frame(group)).fields == [])
        #expect(try decode(Self.frame(group)).droppedCount == 0)
        let found = try decode(Self.frame(group), keepingIdentifiers: true).fields
        let parts = group.split { $0 == " " || $0 == "|" }
        #expect(found == ["\(parts[0]) '\(parts[1])'"])
    }

    /// A group of the wrong sum or form is dropped and counted, and the others stay.
    @Test(arguments: [
        "\nPAPP 02830 !\r", "\nPAPP 02830\r", "\nPAPP\r", "\nx\r", "\n    \r", "\n 1 Q\r",
        "\nPAPP  \r",
        "\nCCASN\tE22061509255\t1\tQ\r", "\nPAPP 02831 .\r", "\nPAPP\t02830\t.\r",
    ])
    func badGroupsAreDropped(group: String) throws {
        let text = "\u{2}" + Self.group("IINST 012") + group + Self.group("BASE 1") + "\u{3}"
        let found = try decode(text)
        #expect(found.fields == ["IINST 12 A", "BASE 1 W.h"])
        #expect(found.droppedCount == 1)
    }

    @Test func wellSummedNonsenseIsDropped() throws {
        for text in ["CCASN|E22061509255|1", "CCASN|E220615092559|1|2", " 1", "|1", "PAPP é"] {
            let found = try decode(Self.frame("BASE 1", text))
            #expect(found.fields == ["BASE 1 W.h"], "\(text)")
            #expect(found.droppedCount == 1, "\(text)")
        }
    }

    @Test func framesAreFoundByTheirMarks() throws {
        let base = Self.group("BASE 1")
        let papp = Self.group("PAPP 2")
        let expectations: [(String, [String])] = [
            ("", []), ("\u{2}\u{3}", []), ("\u{2}" + base, []), ("\u{2}" + base + "\u{2}", []),
            ("\u{2}" + base + "\u{4}" + papp + "\u{3}", []),
            (base + "\u{3}\u{2}" + papp + "\u{3}" + base, ["PAPP 2 V.A"]),
            ("\u{2}" + base + "\u{2}" + papp + "\u{3}", ["PAPP 2 V.A"]),
            ("\u{2}" + base + "\u{3}\u{2}" + papp + "\u{3}", ["BASE 1 W.h", "PAPP 2 V.A"]),
            ("\u{2}" + base + "\u{3}" + "\u{2}" + papp, ["BASE 1 W.h"]),
            (base + papp, ["BASE 1 W.h", "PAPP 2 V.A"]), (base + "\u{3}", ["BASE 1 W.h"]),
            (base + "\u{4}", []),
            (
                String(base.dropFirst().dropLast()) + "\n" + papp.dropFirst().dropLast(),
                [
                    "BASE 1 W.h", "PAPP 2 V.A",
                ]
            ),
        ]
        for (text, expected) in expectations {
            let found = try decode(text)
            #expect(found.fields == expected, "\(text.debugDescription)")
            #expect(found.droppedCount == 0, "\(text.debugDescription)")
        }
    }

    /// The time of a frame does not go to the next.
    @Test func eachFrameHasItsTime() throws {
        let text = Self.frame("EAST|1", "DATE|E220615092559|") + Self.frame("EAST|2")
        #expect(try decode(text).fields == ["EAST 1 W.h @1655277959000", "EAST 2 W.h"])
    }

    @Test func damagedFramesDoNotTrap() {
        let text =
            Self.frame("DATE|E220615092559|", "CCASN|E220615092559|00750", "EAST|012", "STGE|003A")
            + Self.frame("ADCO 0218", "BASE 0012", "PTEC HP..")
        let decoder = NamedDecoder(name: "TIC") {
            _ = try decodeTeleinformation($0.span, into: &$1)
        }
        decodeDamaged(Array(text.utf8), with: decoder, seed: .random(in: 0...(.max)))
        let stripped = Self.group("EAST|012").dropFirst() + Self.group("PTEC HP..")
        decodeDamaged(Array(stripped.utf8), with: decoder, seed: .random(in: 0...(.max)))
    }

    /// Groups of any characters with their right checksum, which damaged ones hardly ever have.
    @Test func wellSummedGroupsDoNotTrap() throws {
        let seed = UInt64.random(in: 0...(.max))
        var random = SplitMix64(seed: seed)
        for _ in 0..<5_000 {
            let label = ["DATE", "EAST", "STGE", "PRM", "X", ""][Int(random.next() % 6)]
            var text = label + ["|", " "][Int(random.next() % 2)]
            if random.next() % 2 == 0 { text += "E" }
            for _ in 0..<random.next() % 20 {
                text += ["|", " ", "0", "1", "2", "/", "~", "e"][Int(random.next() % 8)]
            }
            if random.next() % 2 == 0 {
                text = "DATE|E"
                for _ in 0..<12 { text += ["0", "0", "1", "2", "/"][Int(random.next() % 5)] }
                text += "|"
            }
            _ = try decode(Self.frame(text, "EAST|1"))
        }
    }
}
