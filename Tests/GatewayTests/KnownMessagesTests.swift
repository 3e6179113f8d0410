import SeriesStore
import Testing

@testable import Gateway

/// Which messages are known when a broker delivers again.
struct KnownMessagesTests {
    private func record(_ packetID: UInt16, _ hash: UInt32 = 7) -> MessageRecord {
        MessageRecord(packetID: packetID, hash: hash)
    }

    private func take(_ record: MessageRecord, _ known: inout KnownMessages) -> Bool {
        known.take(record)
    }

    private func answers(_ known: inout KnownMessages, _ packetIDs: [UInt16]) -> [Bool] {
        packetIDs.map { known.take(record($0)) }
    }

    @Test func nothingIsKnownOnANewSession() {
        var known = KnownMessages([record(1)], upTo: 1)
        #expect(take(record(1), &known) == false)
    }

    /// The broker has processed the first two acknowledgements.
    @Test func theLastOnesComeAgainInOrder() {
        var known = KnownMessages([1, 2, 3, 4].map { record($0) }, upTo: 1)
        known.beginConnection(isResumed: true)
        let answers = answers(&known, [3, 4, 5, 6])
        #expect(answers == [true, true, false, false])
    }

    /// Messages without a time of their own look alike; only the order tells them apart.
    @Test func behindTheFirstNewMessageAllAreNew() {
        var known = KnownMessages([1, 2, 3].map { record($0) }, upTo: 1)
        known.beginConnection(isResumed: true)
        let answers = answers(&known, [4, 1, 2, 3])
        #expect(answers == [false, false, false, false])
    }

    /// The broker has dropped a message whose time was over.
    @Test func aGapIsNoEnd() {
        var known = KnownMessages([1, 2, 3, 4].map { record($0) }, upTo: 1)
        known.beginConnection(isResumed: true)
        let answers = answers(&known, [2, 4, 5])
        #expect(answers == [true, true, false])
    }

    /// All was acknowledged, and the broker has come to the first identifiers again.
    @Test func anIdentifierThatCameRoundIsNew() {
        var known = KnownMessages(
            [1, 2, 3, 4, 1, 2].map { record($0) }, upTo: 1, packetIDCount: 4)
        known.beginConnection(isResumed: true)
        let answers = answers(&known, [3, 4, 1])
        #expect(answers == [false, false, false])
    }

    @Test func ofTwoWithOneIdentifierTheLaterIsMeant() {
        var known = KnownMessages(
            [1, 2, 3, 4, 1, 2].map { record($0) }, upTo: 1, packetIDCount: 4)
        known.beginConnection(isResumed: true)
        let answers = answers(&known, [1, 2, 3])
        #expect(answers == [true, true, false])
    }

    @Test func otherContentIsAnotherMessage() {
        var known = KnownMessages([record(1, 7)], upTo: 1)
        known.beginConnection(isResumed: true)
        #expect(take(record(1, 8), &known) == false)
    }

    @Test func confirmedCommitsAreForgotten() {
        var known = KnownMessages([record(1)], upTo: 1)
        known.add([record(2)], commit: 2)
        known.add([record(3)], commit: 3)
        known.forget(upTo: 2)
        known.beginConnection(isResumed: true)
        #expect(take(record(1), &known) == false)
        known.beginConnection(isResumed: true)
        #expect(take(record(3), &known) == true)
    }

    /// What this connection brought cannot come again on it.
    @Test func whatIsCommittedNowIsNotExpected() {
        var known = KnownMessages([record(1)], upTo: 1)
        known.beginConnection(isResumed: true)
        #expect(take(record(1), &known) == true)
        known.add([record(1), record(2)], commit: 2)
        #expect(take(record(2), &known) == false)
    }

    /// Forgetting moves the places, and those that are left are still found.
    @Test func forgettingInTheBracketKeepsThePlace() {
        var known = KnownMessages([record(1)], upTo: 1)
        known.add([record(2), record(3)], commit: 2)
        known.beginConnection(isResumed: true)
        #expect(take(record(2), &known) == true)
        known.forget(upTo: 1)
        #expect(take(record(3), &known) == true)
        #expect(take(record(4), &known) == false)
    }

    /// The connection ends while the broker sends again, and what had come is committed anew: the
    /// rest is still behind it, for this process and for the next one.
    @Test func aRedeliveryThatIsCutOffKeepsTheOrder() {
        var known = KnownMessages([1, 2, 3, 4].map { record($0) }, upTo: 1)
        known.beginConnection(isResumed: true)
        let first = answers(&known, [1, 2])
        #expect(first == [true, true])
        known.add([1, 2].map { record($0) }, commit: 2)
        known.beginConnection(isResumed: true)
        let second = answers(&known, [2, 3, 4, 5])
        #expect(second == [true, true, true, false])

        var next = KnownMessages([1, 2, 3, 4, 1, 2].map { record($0) }, upTo: 2)
        next.beginConnection(isResumed: true)
        let third = answers(&next, [2, 3, 4, 5])
        #expect(third == [true, true, true, false])
    }

    /// What came again counts as confirmed with the commit that it came again for.
    @Test func whatCameAgainWaitsForItsNewCommit() {
        var known = KnownMessages([1, 2].map { record($0) }, upTo: 1)
        known.beginConnection(isResumed: true)
        let first = answers(&known, [2, 3])
        #expect(first == [true, false])
        known.add([2, 3].map { record($0) }, commit: 2)
        known.forget(upTo: 1)
        known.beginConnection(isResumed: true)
        let second = answers(&known, [1, 2, 3])
        #expect(second == [false, false, false])
        known.beginConnection(isResumed: true)
        let third = answers(&known, [2, 3])
        #expect(third == [true, true])
    }

    /// A broker that was started anew delivers again by the window, and the rest of it behind the
    /// answer to our SUBSCRIBE; the first new message ends it.
    @Test func whatComesAgainGoesOnBehindTheAnswer() {
        var known = KnownMessages([1, 2, 3, 4].map { record($0) }, upTo: 1)
        known.beginConnection(isResumed: true)
        var answers = [1, 2].map { known.take(record($0)) }
        known.add([1, 2].map { record($0) }, commit: 2)
        // Nothing of it is forgotten, though the broker has processed the acknowledgements so far.
        known.forget(upTo: 2)
        answers += [3, 5, 4].map { known.take(record($0), mayBeFirst: false) }
        #expect(answers == [true, true, true, false, false])
        #expect(!known.isBeingDelivered)
    }

    /// Behind the answer nothing begins, and on a new session nothing goes on.
    @Test func nothingBeginsBehindTheAnswer() {
        var known = KnownMessages([1, 2].map { record($0) }, upTo: 1)
        known.beginConnection(isResumed: true)
        let late = known.take(record(1), mayBeFirst: false)
        #expect(!late)
        known.beginConnection(isResumed: true)
        let again = known.take(record(1))
        known.beginConnection(isResumed: false)
        let new = known.take(record(2), mayBeFirst: false)
        #expect(again && !new)
    }
}
