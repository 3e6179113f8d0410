// swift-tools-version: 6.2
//
// The benchmarks, apart from the product so that it never carries what they need.

import PackageDescription

let package = Package(
    name: "benchmarks",
    dependencies: [
        .package(name: "socle", path: ".."),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
    ],
    targets: [
        .executableTarget(
            name: "bench",
            dependencies: [.product(name: "SocleRooms", package: "socle")],
            swiftSettings: [.swiftLanguageMode(.v6)]),
        .executableTarget(
            name: "writes",
            dependencies: [
                .product(name: "SocleRooms", package: "socle"),
                .product(name: "GRDB", package: "GRDB.swift"),
            ],
            swiftSettings: [.swiftLanguageMode(.v6)]),
    ]
)
