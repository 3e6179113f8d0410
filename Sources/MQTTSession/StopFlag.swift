import Glibc
import Synchronization

/// Asks a loop to end and wakes it; raised from any thread or signal handler.
public final class StopFlag: Sendable {
    private let raised = Atomic<Bool>(false)
    private let bell = Bell()

    public init() {}

    /// Readable once the flag is raised, for `poll`.
    public var descriptor: Int32 { bell.descriptor }

    public var isRaised: Bool { raised.load(ordering: .relaxed) }

    public func raise() {
        raised.store(true, ordering: .relaxed)
        bell.ring()
    }
}

/// Wakes a thread that waits in `poll`: a pipe that never blocks its writer.
final class Bell: Sendable {
    /// Readable after ``ring()`` until ``silence()``.
    let descriptor: Int32
    private let writeEnd: Int32

    init() {
        var ends: [Int32] = [-1, -1]
        // SAFETY: the array has room for the two descriptors.
        let code = unsafe pipe(&ends)
        precondition(code == 0, "no file descriptors left")
        descriptor = ends[0]
        writeEnd = ends[1]
        for end in ends {
            _ = fcntl(end, F_SETFL, O_NONBLOCK)
            _ = fcntl(end, F_SETFD, FD_CLOEXEC)
        }
    }

    deinit {
        close(descriptor)
        close(writeEnd)
    }

    func ring() {
        var byte: UInt8 = 1
        // SAFETY: one byte, which outlives the call. A full pipe has been rung already.
        _ = unsafe write(writeEnd, &byte, 1)
    }

    func silence() {
        var bytes: (UInt64, UInt64) = (0, 0)
        // SAFETY: sixteen bytes, which outlive the call.
        while unsafe read(descriptor, &bytes, 16) == 16 {}
    }
}

func isReadable(_ socket: Int32) -> Bool {
    isReady(socket, Int16(POLLIN), milliseconds: 0)
}

func isWritable(_ socket: Int32, within milliseconds: Int32) -> Bool {
    isReady(socket, Int16(POLLOUT), milliseconds: milliseconds)
}

private func isReady(_ socket: Int32, _ event: Int16, milliseconds: Int32) -> Bool {
    var descriptor = pollfd(fd: socket, events: event, revents: 0)
    // SAFETY: one entry, which outlives the call.
    return unsafe poll(&descriptor, 1, milliseconds) > 0
}
