import Foundation

extension Simulation {
    /// Runs one simulation to its end, in a temporary folder of its own.
    ///
    /// - Parameter allowTrouble: see ``allowTrouble``.
    /// - Throws: ``Failure``.
    @discardableResult
    public static func run(
        _ options: SimulationOptions, allowTrouble: @escaping (Bool) -> Void = { _ in }
    ) throws -> Simulation {
        let folder = FileManager.default.temporaryDirectory
            .appending(path: "socle-simulation-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        var simulation = try Simulation(options, folder: folder)
        defer { simulation.disk.detach() }
        simulation.allowTrouble = allowTrouble
        allowTrouble(true)
        try simulation.run()
        return simulation
    }
}
