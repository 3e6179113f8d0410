import DeviceProfiles
import Foundation
import Testing

/// The profile that docs/lorawan.md shows is one, as short as the page promises.
struct WalkthroughTests {
    private static let root =
        #filePath.components(separatedBy: "Tests/DeviceProfilesTests")[0]

    @Test func theProfileOfTheWalkthroughLoads() throws {
        let page = try String(contentsOfFile: Self.root + "docs/lorawan.md", encoding: .utf8)
        let blocks = page.components(separatedBy: "```yaml\n").dropFirst()
        let text = try #require(blocks.first?.components(separatedBy: "```")[0])
        #expect(text.split(separator: "\n", omittingEmptySubsequences: false).count <= 41)
        let vocabulary = try String(
            contentsOfFile: Self.root + "devices/metrics.yaml", encoding: .utf8)
        let set = try ProfileSet(parsing: [
            ("devices/metrics.yaml", vocabulary), ("devices/air/example-hs1.yaml", text),
        ])
        #expect(set.profiles[0].readings.map(\.unit) == ["Cel", "%", "[ppm]", "1", "V"])
    }
}
