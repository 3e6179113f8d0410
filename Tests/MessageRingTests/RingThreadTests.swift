// The ring as it is used: one thread pushes, another drains, neither waits for the other. Run
// these under the thread sanitizer too.

import Glibc
import MessageRing
import Testing

@Suite(.serialized) struct RingThreadTests {
    @Test(
        arguments: [
            (seed: 1, capacity: 64 << 10), (seed: 2, capacity: 1 << 20),
        ] as [(seed: UInt64, capacity: Int)])
    func orderAndContentAcrossThreads(seed: UInt64, capacity: Int) throws {
        let count = 1_000_000
        let ends = MessageRing.make(capacity: capacity)
        var consumer = ends.consumer
        let largest = ends.producer.largestRecordBytes
        let pushing = try PushingThread(ends.producer, seed: seed, count: count)

        var expected = SeededGenerator(seed: seed)
        var limits = SeededGenerator(seed: ~seed)
        var received = 0
        var firstMismatch: Int?
        while received < count, firstMismatch == nil {
            let limit = Int.random(in: 1...500, using: &limits)
            let drained = consumer.drain(limit: limit) { header, topic, payload in
                let message = SampleMessage(largestRecord: largest, using: &expected)
                if !message.equals(header, topic, payload), firstMismatch == nil {
                    firstMismatch = received
                }
                received += 1
            }
            if drained == 0 { sched_yield() }
        }
        // After a mismatch the producer still has to be let go before the test can end.
        while !pushing.isFinished { _ = consumer.drain(limit: .max) { _, _, _ in } }
        pushing.join()
        let isEmpty = consumer.isEmpty
        #expect(firstMismatch == nil, "seed \(seed), capacity \(capacity)")
        #expect(received == count && isEmpty, "seed \(seed), capacity \(capacity)")
    }
}
