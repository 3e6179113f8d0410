import Testing

@testable import Doctor

/// What the doctor finds in the facts of a board. No test looks at the machine.
struct StationTests {
    /// A board that is as it should be.
    static let sound: StationFacts = {
        var facts = StationFacts()
        facts.mosquittoVersion = "2.0.11"
        facts.withholdsAcknowledgements = true
        facts.sqliteVersion = "3.40.1"
        facts.storePath = "/var/lib/socle/town.sqlite"
        facts.store = FileFacts(bytes: 10_000_000, mode: 0o640)
        facts.key = FileFacts(bytes: 16, mode: 0o600)
        facts.volume = StationFacts.Volume(kind: "ext4", freeBytes: 10_000_000_000)
        var ledger = LedgerFacts()
        (ledger.days, ledger.messagesReceived) = (7, 70_000)
        (ledger.readingsStored, ledger.readingsStoredEver) = (70_000, 1_000_000)
        // Less than one in a hundred is an accident.
        var device = LedgerFacts.Refusals(device: "sound", readings: 10_000)
        device.implausible = 99
        ledger.refusals = [device]
        facts.ledger = ledger
        return facts
    }()

    @Test func aSoundBoardHasNoFinding() {
        let findings = Doctor.examine(Self.sound)
        #expect(findings.count >= 12)
        for finding in findings {
            #expect(finding.mark == .ok, "\(finding)")
            #expect(finding.remedy == nil, "\(finding)")
        }
        #expect(Set(findings.map(\.check)).count == findings.count)
    }

    /// One thing that is wrong, and the one finding that it makes.
    struct Ailment: CustomTestStringConvertible, Sendable {
        let check: String
        let mark: Finding.Mark
        let what: String
        let spoil: @Sendable (inout StationFacts) -> Void

        init(
            _ check: String, _ mark: Finding.Mark, _ what: String,
            _ spoil: @escaping @Sendable (inout StationFacts) -> Void
        ) {
            (self.check, self.mark, self.what, self.spoil) = (check, mark, what, spoil)
        }
        var testDescription: String { "\(check): \(what)" }
    }

    /// A device with 90 readings of which some are refused.
    private static func refusal(
        _ what: String, _ spoil: @escaping @Sendable (inout LedgerFacts.Refusals) -> Void
    ) -> Ailment {
        Ailment("readings_refused", .warning, what) {
            var device = LedgerFacts.Refusals(device: "meter", readings: 90)
            spoil(&device)
            $0.ledger?.refusals.append(device)
        }
    }

    private static let ailments = [
        Ailment("libmosquitto", .fault, "2.2.0 is not known") {
            ($0.mosquittoVersion, $0.withholdsAcknowledgements) = ("2.2.0", false)
        },
        Ailment("sqlite", .warning, "3.34.1 is older") { $0.sqliteVersion = "3.34.1" },
        Ailment("commit_interval", .warning, "500 ms") { $0.settings.commitMilliseconds = 500 },
        Ailment("keep_alive", .fault, "less than four times") { $0.settings.keepAliveSeconds = 19 },
        Ailment("session_expiry", .fault, "23 hours") {
            $0.settings.sessionExpirySeconds = 86_399
        },
        Ailment("session_expiry", .warning, "2 days") {
            $0.settings.sessionExpirySeconds = 3 * 86_400 - 1
        },
        Ailment("tls", .warning, "in the clear to and from broker.example") {
            $0.settings.brokerHost = "broker.example"
        },
        Ailment("store_mode", .warning, "mode 0644") { $0.store?.mode = 0o644 },
        Ailment("key_mode", .warning, "mode 0640") { $0.key?.mode = 0o640 },
        Ailment("key", .warning, "not there") { $0.key = nil },
        Ailment("key", .fault, "cut short") { $0.key?.bytes = 15 },
        Ailment("log", .warning, "70 MB: it cannot be emptied while process 4711 (less) reads") {
            ($0.log.bytes, $0.log.usualBytesMax) = (70_000_000, 69_999_999)
            $0.log.holders = ["4711 (less)"]
        },
        Ailment("log", .warning, "70 MB, not emptied for long") {
            ($0.log.bytes, $0.log.usualBytesMax) = (70_000_000, 69_999_999)
        },
        Ailment("damage", .fault, "damaged rows, which answers may lack or misstate: 3") {
            $0.ledger?.rowsDamaged = 3
        },
        Ailment("file_system", .fault, "memory") { $0.volume?.kind = "tmpfs" },
        Ailment("file_system", .fault, "layer") { $0.volume?.kind = "overlay" },
        Ailment("file_system", .fault, "no journal") { $0.volume?.kind = "vfat" },
        Ailment("file_system", .fault, "network") { $0.volume?.kind = "nfs4" },
        // 10 bytes a reading and 10,000 readings a day.
        Ailment("room", .fault, "1 MB free, at the last days' rate for 6 days") {
            $0.volume?.freeBytes = 699_999
        },
        Ailment("room", .warning, "for 59 days") { $0.volume?.freeBytes = 5_999_999 },
        Ailment("rtc", .warning, "no clock of its own") { $0.clock.hasRealTimeClock = false },
        Ailment("clock", .warning, "not synchronised") { $0.clock.isSynchronised = false },
        Ailment("unplaced", .warning, "1,200 readings of earlier starts") {
            $0.ledger?.readingsUnplaced = 1_200
        },
        Ailment("quarantined", .warning, "699 messages of the last 7 days, 1.0%") {
            $0.ledger?.messagesQuarantined = 699
        },
        Ailment("quarantined", .fault, "700 messages of the last 7 days, 1.0%") {
            $0.ledger?.messagesQuarantined = 700
        },
        Ailment("refused", .warning, "1 message of the last 7 days, 0.1%") {
            $0.ledger?.messagesRefused = 1
        },
        Ailment("refused", .fault, "35,000 messages of the last 7 days, 50.0%") {
            $0.ledger?.messagesRefused = 35_000
        },
        refusal("90 of 90 readings of meter since yesterday, 100.0%, refused, mostly as too late") {
            $0.tooLate = 90
        },
        refusal("1 of 90 readings of meter since yesterday, 1.1%, refused, mostly as implausible") {
            $0.implausible = 1
        },
        refusal("mostly as unreadable") { ($0.tooLate, $0.unreadable) = (2, 3) },
        refusal("mostly as of another kind or unit") { $0.redefined = 5 },
        Ailment("readings_refused", .warning, "mostly as too late; other devices: 1") {
            for count in [1, 90] {
                var device = LedgerFacts.Refusals(device: "meter-\(count)", readings: 90)
                device.tooLate = count
                $0.ledger?.refusals.append(device)
            }
        },
    ]

    @Test(arguments: ailments)
    func oneAilmentIsOneFinding(ailment: Ailment) throws {
        var facts = Self.sound
        ailment.spoil(&facts)
        let findings = Doctor.examine(facts).filter { $0.mark != .ok }
        #expect(findings.count == 1, "\(findings)")
        let finding = try #require(findings.first)
        #expect(finding.check == ailment.check)
        #expect(finding.mark == ailment.mark)
        #expect(finding.what.english.contains(ailment.what), "\(finding)")
        #expect(finding.remedy != nil)
        #expect(finding.what.french != finding.what.english)
    }

    @Test func justEnoughIsEnough() {
        var facts = Self.sound
        facts.settings.keepAliveSeconds = 20
        facts.settings.commitMilliseconds = 1_000
        facts.settings.sessionExpirySeconds = 3 * 86_400
        facts.settings.brokerHost = "broker.example"
        facts.settings.brokerHasTLS = true
        facts.volume?.freeBytes = 6_000_000
        facts.store?.mode = 0o600
        facts.clock.isSynchronised = nil
        (facts.log.bytes, facts.log.usualBytesMax) = (70_000_000, 70_000_000)
        facts.log.holders = ["4711 (less)"]
        #expect(Doctor.examine(facts).allSatisfy { $0.mark == .ok })
    }

    /// A virtual machine needs no clock of its own.
    @Test func aHostKeepsTheTime() {
        var facts = Self.sound
        (facts.clock.hasRealTimeClock, facts.clock.isVirtual) = (false, true)
        #expect(Doctor.examine(facts).allSatisfy { $0.mark == .ok })
    }

    @Test func aBoardWithoutStoreHasNothingToCount() {
        var facts = Self.sound
        (facts.store, facts.key, facts.ledger) = (nil, nil, nil)
        let findings = Doctor.examine(facts)
        #expect(findings.allSatisfy { $0.mark == .ok })
        #expect(findings.contains { $0.check == "store" })
    }
}

/// How numbers are worded.
struct WordingTests {
    @Test func numbersHaveEachLanguagesMarks() {
        #expect(Wording.count(0).english == "0")
        #expect(Wording.count(999).english == "999")
        #expect(Wording.count(288_000) == Wording("288,000", "288\u{202F}000"))
        #expect(Wording.count(1_000_000).english == "1,000,000")
        #expect(Wording.megabytes(1_000_001) == Wording("2 MB", "2 Mo"))
        #expect(Wording.share(1, of: 1_000_000) == Wording("0.1%", "0,1\u{A0}%"))
        #expect(Wording.share(1, of: 3).english == "33.3%")
    }

    @Test func lengthsAreInTheirLargestUnit() {
        #expect(Wording.duration(seconds: 1) == Wording("1 second", "1 seconde"))
        #expect(Wording.duration(seconds: 300) == Wording("5 minutes", "5 minutes"))
        #expect(Wording.duration(seconds: 86_400).english == "24 hours")
        #expect(Wording.duration(seconds: 172_800) == Wording("2 days", "2 jours"))
        #expect(Wording.duration(seconds: 0) == Wording("0 seconds", "0 seconde"))
    }
}

/// Which file system a folder lies in.
struct FileSystemTests {
    private let mounts = """
        27 1 8:1 / / rw,relatime shared:1 - ext4 /dev/mmcblk0p2 rw
        30 27 0:27 / /run rw,nosuid shared:5 - tmpfs tmpfs rw
        41 27 8:17 / /srv/a\\040b rw - vfat /dev/sda1 rw
        42 27 8:18 / /srv rw master:1 shared:7 - xfs /dev/sda2 rw
        43 42 0:50 / /srv/net rw - nfs4 host:/x rw
        44 42 0:51 / /srv/net rw - tmpfs none rw
        damaged line
        """.split(separator: "\n")

    @Test(arguments: [
        ("/var/lib/socle", "ext4"), ("/run", "tmpfs"), ("/run/socle", "tmpfs"), ("/runner", "ext4"),
        ("/srv/a b/c", "vfat"), ("/srv/a", "xfs"), ("/srv/net/town", "tmpfs"), ("/", "ext4"),
    ])
    func theNearestMountAboveDecides(path: String, kind: String) {
        #expect(fileSystemKind(of: path, mounts: mounts) == kind)
    }

    @Test func nothingIsKnownWithoutMounts() {
        #expect(fileSystemKind(of: "/", mounts: []) == nil)
    }
}
