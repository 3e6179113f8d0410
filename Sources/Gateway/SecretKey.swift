import Glibc
import SeriesStore
import StoredSeries
import Telemetry

/// The key of the gateway's hashes: in a file beside the store and not in it, so that a copy of the
/// store does not tell what was hashed.
public enum SecretKey {
    /// Reads the key beside a store, making one where there is none.
    ///
    /// - Throws: ``SecretKeyError`` where the file can be neither read nor made.
    public static func hash(besideStore store: String) throws(SecretKeyError) -> KeyedHash {
        let path = store + ".key"
        if let key = try read(path) { return KeyedHash(key: key) }
        var generator = SystemRandomNumberGenerator()
        let key = (generator.next(), generator.next())
        try write(key, path)
        return KeyedHash(key: key)
    }

    /// nil: there is none, or one whose making was cut off, with which nothing was hashed yet.
    private static func read(_ path: String) throws(SecretKeyError) -> (UInt64, UInt64)? {
        // SAFETY: the path lives as long as the call.
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            if errno == ENOENT { return nil }
            throw SecretKeyError(path: path)
        }
        defer { close(descriptor) }
        var key: (UInt64, UInt64) = (0, 0)
        // SAFETY: sixteen bytes, which outlive the call.
        return unsafe Glibc.read(descriptor, &key, 16) == 16 ? key : nil
    }

    /// Makes the key durable before anybody uses it: records that were made with a lost key are
    /// not known again. It is there whole or not at all, whenever the power goes.
    private static func write(
        _ key: (UInt64, UInt64), _ path: String
    ) throws(SecretKeyError) {
        let words = [key.0, key.1]
        // SAFETY: the bytes are copied within the call.
        let bytes = unsafe words.withUnsafeBytes { unsafe [UInt8]($0) }
        do throws(StoreError) {
            let draft = try DraftFile(for: path, replaces: true, mode: 0o600)
            try draft.write(bytes)
            try draft.putInPlace()
        } catch {
            throw SecretKeyError(path: path)
        }
    }
}

/// The key's file can be neither read nor made.
public struct SecretKeyError: Error, CustomStringConvertible {
    public let path: String
    public var description: String {
        "cannot read or make the key \(path): check that the folder can be written"
    }
}
