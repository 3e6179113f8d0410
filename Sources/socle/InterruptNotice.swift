import Dispatch
import Glibc

/// What an interrupt from the keyboard leaves behind, said before it ends the process.
final class InterruptNotice {
    private let source: any DispatchSourceSignal

    /// Says it from now on.
    ///
    /// - Parameter text: of the whole seconds since then.
    init(_ text: @escaping @Sendable (Int64) -> String) {
        let begin = ContinuousClock.now
        // The signal is to reach the source, and not to end the process before it has.
        signal(SIGINT, SIG_IGN)
        source = DispatchSource.makeSignalSource(signal: SIGINT, queue: .global())
        source.setEventHandler {
            Terminal.endProgress()
            complain(text((ContinuousClock.now - begin).components.seconds))
            // As the signal would have: a shell's script ends too. To the process, since the
            // threads of Dispatch block signals.
            signal(SIGINT, SIG_DFL)
            kill(getpid(), SIGINT)
        }
        source.resume()
    }

    /// An interrupt ends the process without a word again.
    func end() {
        source.cancel()
        signal(SIGINT, SIG_DFL)
    }
}
