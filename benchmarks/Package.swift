// swift-tools-version: 6.2
//
// The benchmarks, apart from the product so that it never carries what they need.

import PackageDescription

let package = Package(
    name: "benchmarks",
    dependencies: [.package(name: "socle", path: "..")],
    targets: [
        .executableTarget(
            name: "bench",
            dependencies: [.product(name: "SocleRooms", package: "socle")],
            swiftSettings: [.swiftLanguageMode(.v6)])
    ]
)
