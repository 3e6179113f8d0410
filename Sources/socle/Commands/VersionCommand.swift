import ArgumentParser
import BlockCodec
import CBuildInformation
import MQTTSession
import SeriesStore

/// `socle version`
struct VersionCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "version", abstract: say("Versions.", "Versions."))

    func run() {
        // SAFETY: a constant text.
        let commit = unsafe String(cString: socle_commit())
        Terminal.write(
            """
            socle 0.1.0
            commit \(commit)
            libmosquitto \(mosquittoLibraryVersion())
            sqlite \(SeriesStore.sqliteVersion)
            store format \(SeriesStore.formatVersion)
            block format \(BlockCodec.version)

            """)
    }
}
