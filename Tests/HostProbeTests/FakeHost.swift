import Glibc
import Testing

/// A tree of kernel files in a directory of its own, removed with it.
final class FakeHost {
    let root: String
    private var made: [String] = []

    init() throws {
        var template = Array("/tmp/host-probe-XXXXXX".utf8CString)
        // SAFETY: `mkdtemp` changes the last six characters in place and keeps no pointer.
        let path = unsafe template.withUnsafeMutableBufferPointer { buffer -> String? in
            guard let start = buffer.baseAddress, let made = unsafe mkdtemp(start) else {
                return nil
            }
            return unsafe String(cString: made)
        }
        root = try #require(path)
    }

    /// Writes a file and the directories above it.
    func write(_ path: String, _ text: String) throws {
        try write(path, Array(text.utf8))
    }

    func write(_ path: String, _ bytes: [UInt8]) throws {
        var directory = root
        for part in path.split(separator: "/").dropLast() {
            directory += "/" + part
            // SAFETY: strings are passed as temporary NUL-terminated copies, here and below.
            if unsafe mkdir(directory, 0o700) == 0 { made.append(directory) }
        }
        let file = unsafe open(root + "/" + path, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
        try #require(file >= 0)
        defer { close(file) }
        made.append(root + "/" + path)
        let written = unsafe bytes.withUnsafeBytes {
            unsafe Glibc.write(file, $0.baseAddress, $0.count)
        }
        try #require(written == bytes.count)
    }

    deinit {
        for path in made.reversed() { _ = unsafe remove(path) }
        _ = unsafe rmdir(root)
    }
}

/// A pipe that nobody writes to, which a careless reader waits on for ever.
func makePipe(at path: String) -> Bool {
    // SAFETY: the string is passed as a temporary NUL-terminated copy.
    unsafe mkfifo(path, 0o600) == 0
}
