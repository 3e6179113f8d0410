// swift-tools-version: 6.2
//
// Coverage-guided fuzzing, apart from the product: scripts/fuzz builds it with libFuzzer. What the
// targets do with their bytes stands in Tests/HostileBytes, and tests do the same with the corpus.

import PackageDescription

let hostile: [Target.Dependency] = [.product(name: "HostileBytes", package: "socle"), "Fuzzing"]

let package = Package(
    name: "fuzz",
    dependencies: [.package(name: "socle", path: "..")],
    targets: [
        .target(name: "CLibFuzzer"),
        .target(
            name: "Fuzzing",
            dependencies: ["CLibFuzzer", .product(name: "HostileBytes", package: "socle")]),
        .executableTarget(name: "blocks", dependencies: hostile),
        .executableTarget(name: "extension", dependencies: hostile),
        .executableTarget(name: "payloads", dependencies: hostile),
        .executableTarget(name: "profiles", dependencies: hostile),
    ],
    swiftLanguageModes: [.v6]
)
