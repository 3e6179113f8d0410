/// Whether a libmosquitto is known to keep acknowledgements back until its caller writes.
///
/// The promise rests on that (docs/durability.md), and the library documents it nowhere. So it
/// holds for those versions whose source was read for it, 2.0 and 2.1, and is pinned by a test
/// for the one that is installed; of any other nobody knows.
///
/// - Parameter version: as ``mosquittoLibraryVersion()`` gives it: "2.0.11".
public func withholdsAcknowledgements(libraryVersion version: String) -> Bool {
    let parts = version.split(separator: ".", omittingEmptySubsequences: false).map { UInt($0) }
    return parts.count == 3 && parts[2] != nil && parts[0] == 2 && (parts[1] == 0 || parts[1] == 1)
}

/// Refuses a libmosquitto that might acknowledge what is not durable yet.
///
/// - Throws: ``MQTTError/library(version:)``.
public func requireWithheldAcknowledgements(
    libraryVersion version: String = mosquittoLibraryVersion()
) throws(MQTTError) {
    guard withholdsAcknowledgements(libraryVersion: version) else {
        throw .library(version: version)
    }
}
