import Glibc
import Synchronization

/// Asks a session to end, to leave its broker for a while, or to listen to something else, and
/// wakes it; from any thread, the first two from a signal handler too.
public final class StopFlag: Sendable {
    private let raised = Atomic<Bool>(false)
    private let absence = Atomic<Int64>(0)
    private let filters = Mutex<[String]?>(nil)
    private let bell = Bell()

    public init() {}

    /// Readable once something was asked, for `poll`.
    public var descriptor: Int32 { bell.descriptor }

    public var isRaised: Bool { raised.load(ordering: .relaxed) }

    public func raise() {
        raised.store(true, ordering: .relaxed)
        bell.ring()
    }

    /// Asks the session to lose its connection, and to come back by itself after that time.
    public func sendAway(milliseconds: Int64) {
        absence.store(milliseconds, ordering: .relaxed)
        bell.ring()
    }

    /// Asks the session to subscribe to these filters, and to no others any more.
    public func subscribe(to filters: [String]) {
        self.filters.withLock { $0 = filters }
        bell.ring()
    }

    /// What the session was asked to subscribe to, said once; nil where it was not.
    func takeFilters() -> [String]? {
        guard filters.withLock({ $0 != nil }) else { return nil }
        // Silent first: who asks again after that rings again.
        bell.silence()
        if isRaised || absence.load(ordering: .relaxed) > 0 { bell.ring() }
        return filters.withLock { $0.take() }
    }

    /// For how long the session was asked to stay away, said once; nil where it was not.
    func takeAbsence() -> Int64? {
        let milliseconds = absence.exchange(0, ordering: .relaxed)
        guard milliseconds > 0 else { return nil }
        // ORDERING: who rang before this had stored what is looked at after it; the pipe keeps the
        // two apart. A raised flag stays readable.
        bell.silence()
        if isRaised || filters.withLock({ $0 != nil }) { bell.ring() }
        return milliseconds
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
