// swift-tools-version: 6.2
//
// Socle: one package, one room a target. The layers and what each room may import stand in
// ARCHITECTURE.md; `imports` below is the same table, and TidyTests reads the sources against it.

import PackageDescription

/// Set in our own CI only: a newer compiler's warning must not keep a town from building.
let warnings: [SwiftSetting] =
    Context.environment["SOCLE_STRICT"] == nil ? [] : [.treatAllWarnings(as: .error)]

let shared: [SwiftSetting] =
    warnings + [
        .swiftLanguageMode(.v6),
        .enableUpcomingFeature("ExistentialAny"),
        .enableUpcomingFeature("MemberImportVisibility"),
    ]
/// Rooms whose every raw memory access is marked `unsafe` and explained.
let strict: [SwiftSetting] = shared + [.strictMemorySafety()]

/// The commit that `socle version` names. The scripts say it: what the manifest itself learns from
/// git stays in SwiftPM's cache and would be an older commit's.
let commit = Context.environment["SOCLE_COMMIT"] ?? "unknown"

/// What towns run carries what it needs of Swift: it starts in half the time, and on a machine
/// without a toolchain.
let alone = ["-static-stdlib"]
let releases: BuildSettingCondition = .when(platforms: [.linux], configuration: .release)

let package = Package(
    name: "socle",
    products: [
        .executable(name: "socle", targets: ["socle"]),
        // What SQLite loads; scripts/extension makes the file that users get.
        .library(name: "SocleExtension", type: .dynamic, targets: ["SQLiteExtension"]),
        .library(
            name: "SocleRooms",
            targets: [
                "Telemetry", "MessageRing", "Windows", "BlockCodec", "PayloadDecoding",
                "DeviceProfiles", "StoredSeries", "SeriesStore", "SeriesQuery",
            ]),
        // What the package in fuzz/ gives its bytes to.
        .library(name: "HostileBytes", targets: ["HostileBytes"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
    ],
    targets: [
        // C: system libraries, and what only a C definition can carry; no logic.
        .target(
            name: "CBuildInformation",
            cSettings: [.define("SOCLE_COMMIT", to: "\"\(commit)\"")]),
        .systemLibrary(
            name: "CMosquitto", providers: [.apt(["libmosquitto-dev"])]),
        .target(name: "CSQLiteExtension"),
        .systemLibrary(name: "CTimex"),
        .systemLibrary(name: "CZlib", providers: [.apt(["zlib1g-dev"])]),

        // 0: the vocabulary.
        .target(name: "Telemetry", swiftSettings: strict),

        // 1: one idea each, pure.
        .target(name: "MessageRing", swiftSettings: strict),
        .target(name: "Windows", dependencies: ["Telemetry"], swiftSettings: strict),
        .target(name: "BlockCodec", dependencies: ["CZlib"], swiftSettings: strict),
        .target(name: "PayloadDecoding", dependencies: ["Telemetry"], swiftSettings: strict),
        .target(
            name: "StrictYAML", dependencies: [.product(name: "Yams", package: "Yams")],
            swiftSettings: strict),
        .target(name: "Policy", dependencies: ["Telemetry", "StrictYAML"], swiftSettings: strict),

        .target(name: "TownSimulation", swiftSettings: strict),
        .target(name: "HostProbe", swiftSettings: strict),
        .target(name: "Doctor", dependencies: ["CTimex"], swiftSettings: strict),

        // 2
        .target(
            name: "DeviceProfiles",
            dependencies: ["Telemetry", "PayloadDecoding", "StrictYAML"],
            swiftSettings: strict),
        .target(
            name: "StoredSeries", dependencies: ["Telemetry", "Windows", "BlockCodec"],
            swiftSettings: strict),
        .target(
            name: "SeriesStore",
            dependencies: [
                "Telemetry", "Windows", "BlockCodec", "StoredSeries",
                .product(name: "GRDB", package: "GRDB.swift"),
                .product(name: "GRDBSQLite", package: "GRDB.swift"),
            ],
            swiftSettings: strict),

        // 3
        .target(
            name: "MQTTSession", dependencies: ["CMosquitto", "MessageRing"],
            swiftSettings: strict),
        .target(
            name: "SeriesQuery",
            dependencies: ["Telemetry", "Windows", "StoredSeries"],
            swiftSettings: strict),

        // 4
        .target(
            name: "SQLiteExtension",
            dependencies: [
                "CSQLiteExtension", "Telemetry", "Windows", "StoredSeries", "SeriesQuery",
            ],
            swiftSettings: strict),

        .target(name: "QueryAPI", swiftSettings: strict),

        // 5
        .target(
            name: "Gateway",
            dependencies: [
                "Telemetry", "MessageRing", "StrictYAML", "Policy", "Doctor", "DeviceProfiles",
                "StoredSeries", "SeriesStore", "MQTTSession", "QueryAPI",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "Crypto", package: "swift-crypto"),
            ],
            swiftSettings: strict),

        // 6
        .executableTarget(
            name: "socle",
            dependencies: [
                "CBuildInformation", "Telemetry", "BlockCodec", "StrictYAML", "Windows",
                "TownSimulation", "HostProbe", "Doctor", "DeviceProfiles", "StoredSeries",
                "SeriesStore", "SeriesQuery", "SQLiteExtension", "MQTTSession", "QueryAPI",
                "Gateway",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: strict + alone.map { .unsafeFlags([$0], releases) },
            linkerSettings: alone.map { .unsafeFlags([$0], releases) }),

        // Tests: one target a room, and the black box.
        .testTarget(name: "TelemetryTests", dependencies: ["Telemetry"], swiftSettings: shared),
        .testTarget(
            name: "MessageRingTests", dependencies: ["MessageRing"], swiftSettings: shared),
        .testTarget(
            name: "BlockCodecTests", dependencies: ["BlockCodec"], exclude: ["Golden"],
            swiftSettings: shared),
        .testTarget(
            name: "PayloadDecodingTests", dependencies: ["PayloadDecoding", "Telemetry"],
            swiftSettings: shared),
        .testTarget(name: "StrictYAMLTests", dependencies: ["StrictYAML"], swiftSettings: shared),
        .testTarget(
            name: "DeviceProfilesTests",
            dependencies: ["DeviceProfiles", "PayloadDecoding", "StrictYAML", "Telemetry"],
            swiftSettings: shared),
        .testTarget(
            name: "TownSimulationTests", dependencies: ["TownSimulation"], swiftSettings: shared),
        .testTarget(name: "HostProbeTests", dependencies: ["HostProbe"], swiftSettings: shared),
        .testTarget(
            name: "DoctorTests", dependencies: ["PrivateBroker", "Doctor"], swiftSettings: shared),
        .testTarget(
            name: "WindowsTests", dependencies: ["NaiveModel", "Windows", "Telemetry"],
            swiftSettings: shared),
        .testTarget(
            name: "SeriesStoreTests",
            dependencies: [
                "NaiveModel", "StoredSeries", "SeriesStore", "Windows", "Telemetry", "Gateway",
                .product(name: "GRDB", package: "GRDB.swift"),
            ],
            exclude: ["Golden"], swiftSettings: shared),
        .testTarget(
            name: "SeriesQueryTests",
            dependencies: ["SeriesQuery", "StoredSeries", "SeriesStore", "Windows", "Telemetry"],
            exclude: ["Cases"], swiftSettings: shared),
        .testTarget(
            name: "MQTTSessionTests",
            dependencies: ["PrivateBroker", "MQTTSession", "MessageRing", "CMosquitto"],
            swiftSettings: shared),
        .testTarget(
            name: "EndToEndTests",
            dependencies: [
                "PrivateBroker", "MQTTSession", "socle", "simulator",
                .product(name: "GRDB", package: "GRDB.swift"),
            ],
            swiftSettings: shared),
        .testTarget(name: "TidyTests", swiftSettings: shared),

        .testTarget(
            name: "GatewayTests",
            dependencies: [
                "Gateway", "DeviceProfiles", "MQTTSession", "MessageRing", "PrivateBroker",
                "StoredSeries", "SeriesStore", "Telemetry", "Windows",
                .product(name: "GRDB", package: "GRDB.swift"),
            ],
            swiftSettings: shared),
        .testTarget(
            name: "QueryAPITests", dependencies: ["PrivateBroker", "QueryAPI"],
            swiftSettings: shared),
        .testTarget(
            name: "SimulationTests", dependencies: ["Simulation"], swiftSettings: shared),
        .testTarget(
            name: "HostileBytesTests",
            dependencies: ["HostileBytes", "BlockCodec", "StoredSeries", "Telemetry", "Windows"],
            swiftSettings: shared),

        // What tests judge by, and the broker that they start.
        .target(
            name: "NaiveModel",
            dependencies: ["Telemetry", "Windows", "StoredSeries", "SeriesStore"],
            path: "Tests/NaiveModel", swiftSettings: shared),
        .target(
            name: "HostileBytes",
            dependencies: [
                "BlockCodec", "StoredSeries", "Windows", "Telemetry", "SQLiteExtension",
                "DeviceProfiles", "PayloadDecoding", "StrictYAML",
                .product(name: "GRDBSQLite", package: "GRDB.swift"),
            ], path: "Tests/HostileBytes", swiftSettings: shared),
        .target(
            name: "Simulation",
            dependencies: [
                "Gateway", "MQTTSession", "MessageRing", "DeviceProfiles", "StoredSeries",
                "SeriesStore", "StrictYAML", "Telemetry", "NaiveModel",
                .product(name: "GRDBSQLite", package: "GRDB.swift"),
            ], path: "Tests/Simulation", swiftSettings: shared),
        .target(
            name: "CSQLiteMemory", path: "Tests/CSQLiteMemory",
            linkerSettings: [.linkedLibrary("sqlite3")]),
        .executableTarget(
            name: "simulator",
            dependencies: [
                "Simulation", "CSQLiteMemory",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ], path: "Tests/simulator", swiftSettings: shared),
        .target(name: "PrivateBroker", path: "Tests/PrivateBroker", swiftSettings: shared),
    ]
)
