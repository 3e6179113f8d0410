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
        let draft = path + "-new"
        var key = key
        // SAFETY: the paths live as long as the calls, here and below, and so do the sixteen bytes.
        let descriptor = unsafe open(draft, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw SecretKeyError(path: path) }
        let isWritten =
            unsafe Glibc.write(descriptor, &key, 16) == 16 && fsync(descriptor) == 0
        close(descriptor)
        guard isWritten, unsafe rename(draft, path) == 0, syncFolder(of: path) else {
            throw SecretKeyError(path: path)
        }
    }

    private static func syncFolder(of path: String) -> Bool {
        let slash = path.lastIndex(of: "/")
        let folder = slash.map { String(path[...$0]) } ?? "."
        // SAFETY: the path lives as long as the call.
        let descriptor = unsafe open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        return fsync(descriptor) == 0
    }
}

/// The key's file can be neither read nor made.
public struct SecretKeyError: Error, CustomStringConvertible {
    public let path: String
    public var description: String {
        "cannot read or make the key \(path): check that the folder can be written"
    }
}
