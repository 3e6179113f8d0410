import Testing

/// Rooms import downward only, and the plain ones nothing but what is written here.
struct RoomTests {
    /// Each room and the rooms that it may import; ARCHITECTURE.md explains the layers.
    static let layers: [(layer: Int, room: String, imports: Set<String>)] = [
        (0, "Telemetry", []),
        (1, "MessageRing", []),
        (1, "Windows", ["Telemetry"]),
        (1, "BlockCodec", ["CZlib"]),
        (1, "PayloadDecoding", ["Telemetry"]),
        (1, "StrictYAML", []),
        (1, "TownSimulation", []),
        (1, "HostProbe", []),
        (1, "Doctor", ["CTimex"]),
        (1, "Policy", ["Telemetry", "StrictYAML"]),
        (2, "DeviceProfiles", ["Telemetry", "PayloadDecoding", "StrictYAML"]),
        (2, "StoredSeries", ["Telemetry", "Windows", "BlockCodec"]),
        (2, "SeriesStore", ["Telemetry", "Windows", "BlockCodec", "StoredSeries"]),
        (3, "MQTTSession", ["CMosquitto", "MessageRing"]),
        (3, "SeriesQuery", ["Telemetry", "Windows", "StoredSeries", "Policy"]),
        (
            4, "SQLiteExtension",
            ["CSQLiteExtension", "Telemetry", "Windows", "StoredSeries", "SeriesQuery"]
        ),
        (4, "QueryAPI", []),
        (
            5, "Gateway",
            [
                "Telemetry", "MessageRing", "Windows", "PayloadDecoding", "StrictYAML", "Policy",
                "Doctor", "DeviceProfiles", "StoredSeries", "SeriesStore", "MQTTSession",
                "QueryAPI",
            ]
        ),
        (
            6, "socle",
            [
                "Telemetry", "BlockCodec", "Policy", "StrictYAML", "DeviceProfiles", "StoredSeries",
                "SeriesStore", "SeriesQuery", "SQLiteExtension", "MQTTSession", "QueryAPI",
                "Gateway", "TownSimulation", "HostProbe", "Doctor", "Windows", "CBuildInformation",
            ]
        ),
    ]
    static let rooms = layers.map(\.room)
    static let libraries = [
        "CMosquitto", "CSQLiteExtension", "CTimex", "CZlib", "CBuildInformation",
    ]

    /// Libraries from outside belong to one room each, so that they can be replaced.
    static let owners: [String: Set<String>] = [
        "GRDB": ["SeriesStore"], "GRDBSQLite": ["SeriesStore"], "Yams": ["StrictYAML"],
        "Crypto": ["Gateway"],
        "ArgumentParser": ["socle"], "Logging": ["Gateway", "socle"],
        "CMosquitto": ["MQTTSession"], "CSQLiteExtension": ["SQLiteExtension"],
        "CTimex": ["Doctor"], "CZlib": ["BlockCodec"],
        "CBuildInformation": ["socle"],
    ]

    @Test func everyRoomIsInTheTable() {
        #expect(Set(Repository.sources.map(\.room)) == Set(Self.rooms))
        let manifest = Repository.text("Package.swift") ?? ""
        let declared = manifest.matches(
            of: /\.(?:target|executableTarget|systemLibrary)\(\s*name: "(\w+)"/
        ).map { String($0.1) }
            .filter { Repository.exists("Sources/\($0)") }
        #expect(Set(declared) == Set(Self.rooms + Self.libraries))
    }

    /// The table itself: what a room imports lies in a lower layer, or before it in its own.
    @Test func theTableGoesDownward() {
        for (index, entry) in Self.layers.enumerated() {
            let below = Self.layers[..<index].filter { $0.layer <= entry.layer }.map(\.room)
            #expect(
                entry.imports.isSubset(of: below + Self.libraries), "\(entry.room) imports upward")
        }
    }

    @Test(arguments: rooms)
    func importsStandInTheTable(room: String) throws {
        let allowed = try #require(Self.layers.first { $0.room == room }).imports
        let known = Set(Self.rooms + Self.libraries)
        for source in Repository.sources where source.room == room {
            for module in source.imports {
                if known.contains(module) {
                    #expect(allowed.contains(module), "\(source.path) imports \(module)")
                }
                if let owners = Self.owners[module] {
                    #expect(owners.contains(room), "\(source.path) imports \(module)")
                }
            }
        }
    }

    /// The way of a reading uses the standard library alone.
    @Test(arguments: ["MessageRing", "Windows", "BlockCodec", "PayloadDecoding"])
    func theWayOfAReadingIsPlain(room: String) {
        for source in Repository.sources where source.room == room {
            let foreign = Set(source.imports)
                .subtracting(["Telemetry", "Synchronization", "CZlib"])
            #expect(foreign.isEmpty, "\(source.path) imports \(foreign.sorted())")
            for line in code(source) {
                #expect(
                    line.firstMatch(of: /\b(actor|async|await|any) \w/) == nil,
                    "\(source.path): \(line)")
            }
        }
    }

    /// A room has a face: the file that is named after it. The vocabulary is all face.
    @Test(arguments: rooms.filter { $0 != "Telemetry" })
    func roomsHaveAFace(room: String) {
        let face = room == "socle" ? "Socle" : room
        #expect(Repository.exists("Sources/\(room)/\(face).swift"))
    }

    /// The lines that are not comments.
    private func code(_ source: Repository.Source) -> [Substring] {
        source.lines.filter { $0.firstMatch(of: /^\s*\/\//) == nil }
    }
}
