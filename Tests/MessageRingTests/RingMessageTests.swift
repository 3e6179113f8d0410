// What goes in comes out: the edges of single messages, and the ring's making and end.

import Testing

@testable import MessageRing

@Suite struct RingMessageTests {
    @Test(arguments: [
        (0, 0), (0, 1), (1, 0), (7, 1), (8, 8), (20, 60), (65_535, 0), (65_535, 131_072 - 65_559),
    ])
    func aMessageComesOutAsItWentIn(topicSize: Int, payloadSize: Int) {
        var generator = SeededGenerator(seed: 1)
        let ends = MessageRing.make(capacity: 256 << 10)
        var producer = ends.producer
        var consumer = ends.consumer
        let message = SampleMessage(
            topicSize: topicSize, payloadSize: payloadSize, using: &generator)

        let pushed = producer.tryPush(message)
        #expect(pushed)
        let backlog = producer.backlogBytes
        #expect(backlog == message.recordBytes)
        let (count, firstMismatch) = consumer.drain(comparing: [message])
        #expect(count == 1)
        #expect(firstMismatch == nil)
    }

    @Test func emptyBuffersNeedNoAddress() {
        let ends = MessageRing.make(capacity: 0)
        var producer = ends.producer
        var consumer = ends.consumer
        let nothing = unsafe UnsafeRawBufferPointer(start: nil, count: 0)
        let header = MessageHeader(arrival: .min, packetID: 0, flags: .control, originalSize: .max)

        let pushed = unsafe producer.tryPush(header, topic: nothing, payload: nothing)
        #expect(pushed)
        var received: [MessageHeader] = []
        let count = consumer.drain(limit: 2) { header, topic, payload in
            if topic.isEmpty && payload.isEmpty { received.append(header) }
        }
        #expect(count == 1)
        #expect(received == [header])
    }

    @Test func everyFlagIsItsOwnBit() {
        let flags: [MessageFlags] = [
            .duplicate, .retained, .qos1, .resumed, .oversized, .control,
        ]
        #expect(flags.allSatisfy { $0.rawValue.nonzeroBitCount == 1 })
        #expect(MessageFlags(flags).rawValue.nonzeroBitCount == flags.count)
    }

    @Test(arguments: [
        (-1, 65_536), (0, 65_536), (65_536, 65_536), (65_537, 131_072), (1 << 20, 1 << 20),
    ])
    func capacityIsRoundedUp(wanted: Int, made: Int) {
        let ends = MessageRing.make(capacity: wanted)
        let half = ends.producer.largestRecordBytes
        #expect(half == made / 2)
    }

    /// A gateway that is reconfigured makes a new ring: the old one's memory must go, whichever
    /// thread leaves first and whatever was left inside.
    @Test(arguments: [true, false])
    func memoryIsFreedWithTheSecondEnd(producerLeavesFirst: Bool) {
        var generator = SeededGenerator(seed: 2)
        let ends = MessageRing.make(capacity: 0)
        weak let storage = ends.producer.storage
        var producer: RingProducer? = ends.producer
        var consumer: RingConsumer? = ends.consumer
        let message = SampleMessage(largestRecord: 1024, using: &generator)
        let pushed = producer?.tryPush(message)
        #expect(pushed == true)

        if producerLeavesFirst { producer = nil } else { consumer = nil }
        #expect(storage != nil)
        if let count = consumer?.drain(comparing: [message]).count { #expect(count == 1) }
        producer = nil
        consumer = nil
        #expect(storage == nil)
    }

    @Test func aTopicThatMQTTCannotCarryTraps() async {
        await #expect(processExitsWith: .failure) {
            var generator = SeededGenerator(seed: 3)
            let ends = MessageRing.make(capacity: 1 << 20)
            var producer = ends.producer
            _ = producer.tryPush(
                SampleMessage(topicSize: 65_536, payloadSize: 0, using: &generator))
        }
    }
}
