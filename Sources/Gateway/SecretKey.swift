import Glibc
import Telemetry

/// The key of the gateway's hashes: in a file beside the store and not in it, so that a copy of the
/// store does not tell what was hashed.
public enum SecretKey {
    /// Reads the key beside a store, making one where there is none.
    ///
    /// - Throws: ``SecretKeyError`` where the file can be neither read nor made.
    public static func hash(besideStore store: String) throws(SecretKeyError) -> KeyedHash {
        let path = store + ".key"
        if let key = read(path) { return KeyedHash(key: key) }
        var generator = SystemRandomNumberGenerator()
        let key = (generator.next(), generator.next())
        try write(key, path)
        return KeyedHash(key: key)
    }

    private static func read(_ path: String) -> (UInt64, UInt64)? {
        // SAFETY: the path lives as long as the call.
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var key: (UInt64, UInt64) = (0, 0)
        // SAFETY: sixteen bytes, which outlive the call.
        return unsafe Glibc.read(descriptor, &key, 16) == 16 ? key : nil
    }

    private static func write(
        _ key: (UInt64, UInt64), _ path: String
    ) throws(SecretKeyError) {
        // SAFETY: the path lives as long as the call.
        let descriptor = unsafe open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw SecretKeyError(path: path) }
        defer { close(descriptor) }
        var key = key
        // SAFETY: sixteen bytes, which outlive the call.
        guard unsafe Glibc.write(descriptor, &key, 16) == 16, fsync(descriptor) == 0 else {
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
