import ArgumentParser
import BlockCodec
import MQTTSession
import SeriesStore

/// `socle version`
struct VersionCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "version", abstract: say("Versions.", "Versions."))

    func run() {
        Terminal.write(
            """
            socle 0.1.0
            libmosquitto \(mosquittoLibraryVersion())
            sqlite \(SeriesStore.sqliteVersion)
            store format \(SeriesStore.formatVersion)
            block format \(BlockCodec.version)

            """)
    }
}
