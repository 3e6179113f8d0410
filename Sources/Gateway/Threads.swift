import Dispatch
import Foundation
import Glibc
import MQTTSession
import SeriesStore
import StoredSeries
import Synchronization

/// A thread of our own with a name that `top -H` shows.
final class WorkerThread: Sendable {
    private let ended = DispatchSemaphore(value: 0)

    init(_ name: String, _ body: @escaping @Sendable () -> Void) {
        let ended = ended
        let thread = Thread {
            body()
            ended.signal()
        }
        thread.name = name
        // The deepest call chain of ours takes a few kilobytes; SQLite wants more.
        thread.stackSize = 1 << 20
        thread.start()
    }

    /// Waits until the thread's body has returned. Called once.
    func join() { ended.wait() }
}

/// The signals that end or reload the gateway or send it away, taken by whoever waits for them.
struct SignalSet: Sendable {
    /// Blocks the signals for this thread and all that it makes from now on.
    init() {
        var set = Self.set
        // SAFETY: the set outlives the call. A write to a socket that the other side has closed
        // must be an error and not the end of the program.
        unsafe pthread_sigmask(SIG_BLOCK, &set, nil)
        signal(SIGPIPE, SIG_IGN)
    }

    private static var set: sigset_t {
        var set = sigset_t()
        // SAFETY: the set outlives the calls.
        unsafe sigemptyset(&set)
        for signal in [SIGTERM, SIGINT, SIGHUP, SIGUSR1] { unsafe sigaddset(&set, signal) }
        return set
    }

    /// Waits for SIGTERM or SIGINT. SIGHUP runs `reload`, and a SIGUSR1 that was queued with a
    /// number runs `rehearse` with it; both go on waiting.
    func waitForTermination(reload: () -> Void, rehearse: (_ seconds: Int32) -> Void) {
        var set = Self.set
        while true {
            // SAFETY: all of it is the kernel's to fill; set and cause outlive the call.
            var cause = unsafe siginfo_t()
            switch unsafe sigwaitinfo(&set, &cause) {
            case SIGTERM, SIGINT: return
            case SIGHUP: reload()
            // SAFETY: of a queued signal the kernel has filled that member.
            case SIGUSR1 where unsafe cause.si_code == OutageDrill.queuedSignal:
                unsafe rehearse(cause._sifields._rt.si_sigval.sival_int)
            default: break
            }
        }
    }
}

/// Ends the gateway by itself, as a SIGTERM would: with a damaged file it cannot go on.
final class FileDamage: Sendable {
    private let found = Mutex<StoreError?>(nil)

    /// What was found; nil where nothing was.
    var error: StoreError? { found.withLock { $0 } }

    /// From any thread. What is found later is the same again.
    func end(with error: StoreError) {
        let isFirst = found.withLock { found in
            defer { found = error }
            return found == nil
        }
        if isFirst { kill(getpid(), SIGTERM) }
    }
}

/// Tells systemd what the service is doing; nothing where it does not listen.
func notifyServiceManager(_ state: String) {
    guard let path = ProcessInfo.processInfo.environment["NOTIFY_SOCKET"] else { return }
    let descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0)
    guard descriptor >= 0 else { return }
    defer { close(descriptor) }
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    var name = Array(path.utf8)
    guard name.count < MemoryLayout.size(ofValue: address.sun_path) else { return }
    // A leading @ stands for Linux's abstract names.
    if name.first == UInt8(ascii: "@") { name[0] = 0 }
    let length = socklen_t(MemoryLayout<sa_family_t>.size + name.count)
    let message = Array(state.utf8)
    // SAFETY: the name fits, as checked, and all buffers outlive the call.
    unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: name) }
    unsafe withUnsafePointer(to: &address) { pointer in
        unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
            _ = unsafe sendto(descriptor, message, message.count, 0, generic, length)
        }
    }
}
