// The session stops reading its socket when the ring is full and counts on `hasRoom` when it reads
// on: what the ring says about room must be true at every position.

import MessageRing
import Testing

@Suite struct RingRoomTests {
    /// Every offset a record can start at in the smallest ring. (No record is shorter than 24
    /// bytes, so 8 and 16 are reached after a lap.)
    @Test func everyOffsetTakesAndWraps() {
        let capacity = MessageRing.capacityMinimum
        var generator = SeededGenerator(seed: 1)
        for offset in stride(from: 0, to: capacity, by: 8) {
            let ends = MessageRing.make(capacity: capacity)
            var producer = ends.producer
            var consumer = ends.consumer
            let largest = producer.largestRecordBytes
            var moved = offset < 24 ? capacity + offset : offset
            while moved > 0 {
                let size = moved > largest + 24 ? largest : moved > largest ? largest - 24 : moved
                let filler = SampleMessage(recordBytes: size, using: &generator)
                let pushed = producer.tryPush(filler)
                let count = consumer.drain(comparing: [filler]).count
                guard pushed, count == 1 else {
                    Issue.record("a filler of \(size) bytes did not pass")
                    return
                }
                moved -= size
            }

            let messages = [largest, 24, 104, 32].map {
                SampleMessage(recordBytes: $0, using: &generator)
            }
            let hasRoom = producer.hasRoom(for: largest)
            #expect(hasRoom, "an empty ring at offset \(offset) takes its largest record")
            let refused = messages[..<1].contains { !producer.tryPush($0) }
            let first = consumer.drain(comparing: messages[..<1])
            let refusedLater = messages[1...].contains { !producer.tryPush($0) }
            let second = consumer.drain(comparing: messages[1...])
            #expect(!refused && !refusedLater, "offset \(offset)")
            #expect(first == (1, nil), "offset \(offset)")
            #expect(second == (3, nil), "offset \(offset)")
        }
    }

    @Test(arguments: [24, 104, 1024, 20_000, 32_768])
    func aFullRingRefusesAndRecovers(size: Int) {
        var generator = SeededGenerator(seed: 2)
        let ends = MessageRing.make(capacity: 0)
        var producer = ends.producer
        var consumer = ends.consumer
        var messages: [SampleMessage] = []
        var next = SampleMessage(recordBytes: size, using: &generator)
        while producer.tryPush(next) {
            messages.append(next)
            next = SampleMessage(recordBytes: size, using: &generator)
        }
        #expect(messages.count == MessageRing.capacityMinimum / size)

        let refusedAgain = !producer.tryPush(next)
        let backlog = producer.backlogBytes
        #expect(refusedAgain)
        #expect(backlog == messages.count * size, "a refusal leaves the ring as it is")
        var pushedDuringDrain = false
        let count = consumer.drain(limit: 2) { _, _, _ in
            if producer.tryPush(next) { pushedDuringDrain = true }
        }
        #expect(count == 2)
        #expect(!pushedDuringDrain, "a batch keeps its room until its drain has returned")
        let pushed = producer.tryPush(next)
        #expect(pushed)
        messages.append(next)
        let rest = consumer.drain(comparing: messages[2...])
        #expect(rest == (messages.count - 2, nil))
        let isEmpty = consumer.isEmpty
        let leftOver = producer.backlogBytes
        #expect(isEmpty && leftOver == 0)
    }

    @Test func aMessageLargerThanTheLimitIsRefusedForEver() {
        var generator = SeededGenerator(seed: 3)
        let ends = MessageRing.make(capacity: 0)
        var producer = ends.producer
        var consumer = ends.consumer
        let largest = producer.largestRecordBytes
        let small = SampleMessage(recordBytes: 104, using: &generator)
        for excess in [8, largest - 24, largest, 512 << 10] {
            let message = SampleMessage(recordBytes: largest + excess, using: &generator)
            let pushed = producer.tryPush(message)
            #expect(!pushed, "\(largest + excess) bytes")
            let pushedSmall = producer.tryPush(small)
            let drained = consumer.drain(comparing: [small])
            #expect(pushedSmall && drained == (1, nil), "the ring goes on")
        }
    }

    /// From random states: what `hasRoom` promises holds however it is cut into records, and a
    /// single record has room exactly when the promise is given.
    @Test(arguments: 1...8 as ClosedRange<UInt64>)
    func thePromiseOfRoomHoldsForAnySplit(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let ends = MessageRing.make(capacity: 0)
        var producer = ends.producer
        var consumer = ends.consumer
        let largest = producer.largestRecordBytes
        for round in 0..<4_000 {
            _ = consumer.drain(limit: Int.random(in: 0...200, using: &generator)) { _, _, _ in }
            var promised = 8 * Int.random(in: 3...(largest / 8), using: &generator)
            guard producer.hasRoom(for: promised) else {
                let single = SampleMessage(recordBytes: promised, using: &generator)
                let pushed = producer.tryPush(single)
                #expect(!pushed, "no promise, and yet room: seed \(seed), round \(round)")
                continue
            }
            let widest = Bool.random(using: &generator) ? 200 : promised
            while promised > 0 {
                var size =
                    8 * Int.random(in: 3...max(3, min(widest, promised) / 8), using: &generator)
                if promised - size < 24 { size = promised }
                let pushed = producer.tryPush(SampleMessage(recordBytes: size, using: &generator))
                if !pushed {
                    Issue.record("promised, and yet refused: seed \(seed), round \(round)")
                    return
                }
                promised -= size
            }
        }
    }

    @Test func aPromiseBeyondTheLimitTraps() async {
        await #expect(processExitsWith: .failure) {
            let ends = MessageRing.make(capacity: 0)
            var producer = ends.producer
            _ = producer.hasRoom(for: producer.largestRecordBytes + 1)
        }
    }
}
