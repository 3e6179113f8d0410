// The ring against the plainest queue there is: one thread, random steps.

import MessageRing
import Testing

@Suite struct RingModelTests {
    @Test(arguments: 1...12 as ClosedRange<UInt64>)
    func theRingIsAQueue(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let capacity = MessageRing.capacityMinimum << (seed % 3)
        let ends = MessageRing.make(capacity: capacity)
        var producer = ends.producer
        var consumer = ends.consumer
        var queue: [SampleMessage] = []
        // Some seeds keep the ring nearly full, others nearly empty.
        let pushesPerDrain = Int.random(in: 1...400, using: &generator)
        let limitMaximum = Int.random(in: 1...800, using: &generator)

        for step in 0..<200 {
            for _ in 0..<Int.random(in: 0...pushesPerDrain, using: &generator) {
                let message = SampleMessage(
                    largestRecord: producer.largestRecordBytes, using: &generator)
                if producer.tryPush(message) {
                    queue.append(message)
                } else {
                    let free = capacity - producer.backlogBytes
                    #expect(
                        free < 2 * message.recordBytes,
                        "refused for no reason: seed \(seed), step \(step)")
                }
            }
            let isEmpty = consumer.isEmpty
            let backlog = producer.backlogBytes
            let least = queue.reduce(0) { $0 + $1.recordBytes }
            #expect(isEmpty == queue.isEmpty, "seed \(seed), step \(step)")
            #expect((least...capacity).contains(backlog), "seed \(seed), step \(step)")

            let limit = Int.random(in: 0...limitMaximum, using: &generator)
            let (count, firstMismatch) = consumer.drain(limit: limit, comparing: queue[...])
            #expect(count == min(limit, queue.count), "seed \(seed), step \(step)")
            #expect(firstMismatch == nil, "seed \(seed), step \(step)")
            queue.removeFirst(min(count, queue.count))
        }
        let (count, firstMismatch) = consumer.drain(comparing: queue[...])
        let backlog = producer.backlogBytes
        #expect(count == queue.count && firstMismatch == nil && backlog == 0, "seed \(seed)")
    }
}
