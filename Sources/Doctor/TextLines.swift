import Glibc

/// LIMIT: no file that is read here has anything to say beyond a mebibyte.
private let textBytesMaximum = 1 << 20

/// The lines of a small text file, empty ones included; none where it cannot be read.
func textLines(of path: String) -> [Substring] {
    // SAFETY: C takes the path for the length of the call. Without blocking, so that a pipe in the
    // place of a file cannot hang us.
    let file = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard file >= 0 else { return [] }
    defer { close(file) }
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 16_384)
    while bytes.count < textBytesMaximum {
        // SAFETY: the buffer has that many bytes and outlives the call.
        let count = unsafe read(file, &buffer, buffer.count)
        if count < 0, errno == EINTR { continue }
        guard count > 0 else { break }
        bytes += buffer[..<count]
    }
    return String(decoding: bytes, as: UTF8.self)
        .split(separator: "\n", omittingEmptySubsequences: false)
}

/// Whether a file can be read.
func isReadable(_ path: String) -> Bool {
    // SAFETY: C takes the path for the length of the call.
    unsafe access(path, R_OK) == 0
}

/// The names in a folder; none where it cannot be read.
func names(in folder: String) -> [String] {
    // SAFETY: C takes the path for the length of the call; what it opens is closed below.
    guard let stream = unsafe opendir(folder) else { return [] }
    defer { unsafe closedir(stream) }
    var names: [String] = []
    // SAFETY: an entry lives until the next call, and its name is terminated.
    while let entry = unsafe readdir(stream) {
        names.append(
            unsafe withUnsafePointer(to: &entry.pointee.d_name) { name in
                unsafe name.withMemoryRebound(to: CChar.self, capacity: 256) {
                    unsafe String(cString: $0)
                }
            })
    }
    return names
}
