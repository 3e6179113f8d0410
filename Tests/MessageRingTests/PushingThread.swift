import Glibc
import MessageRing
import Synchronization

/// A thread of its own that pushes the messages of a seed, in part on a promise of room.
final class PushingThread: @unchecked Sendable {
    // SAFETY: the new thread alone uses the producer, from its first line on; the handle belongs
    // to the thread that made it.
    private var producer: RingProducer?
    private var handle = pthread_t()
    private let finished = Atomic(false)
    private let seed: UInt64
    private let count: Int

    struct StartError: Error { var code: Int32 }

    init(_ producer: consuming RingProducer, seed: UInt64, count: Int) throws {
        self.producer = consume producer
        self.seed = seed
        self.count = count
        // SAFETY: the thread takes over the reference that it is given.
        let context = unsafe Unmanaged.passRetained(self)
        let code = unsafe pthread_create(
            &handle, nil,
            { context in
                unsafe Unmanaged<PushingThread>.fromOpaque(context!).takeRetainedValue().run()
                return nil
            }, context.toOpaque())
        guard code == 0 else {
            unsafe context.release()
            throw StartError(code: code)
        }
    }

    /// Whether everything is pushed. Relaxed: it only ends a loop, and `join` follows.
    var isFinished: Bool { finished.load(ordering: .relaxed) }

    func join() { pthread_join(handle, nil) }

    private func run() {
        guard var producer = producer.take() else { return }
        var generator = SeededGenerator(seed: seed)
        var pushed = 0
        while pushed < count {
            let message = SampleMessage(
                largestRecord: producer.largestRecordBytes, using: &generator)
            if pushed % 2 == 0 {
                while !producer.hasRoom(for: message.recordBytes) { sched_yield() }
            }
            while !producer.tryPush(message) { sched_yield() }
            pushed += 1
        }
        finished.store(true, ordering: .relaxed)
    }
}
