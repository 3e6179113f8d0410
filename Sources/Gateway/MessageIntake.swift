import DeviceProfiles
import MQTTSession
import MessageRing
import SeriesStore
import StoredSeries
import Telemetry

/// Turns messages into the next commit: readings, records, and a count of what became of each.
struct MessageIntake: ~Copyable {
    private var decoder: MessageDecoder
    var decoded = DecodedMessage()
    var topics: TopicTable
    var batch = CommitBatch()
    var counts: LedgerCounter.Table
    private var known: KnownMessages
    private var sequences: MessageSequences
    private var drops: BrokerDrops
    var places: [SeriesPlace] = []
    /// Where the readings of each message begin in the batch, and when it came.
    var arrivals: [(firstReading: Int, time: Int64)] = []
    /// Messages since the last commit.
    private var takenCount: Int64 = 0
    /// Readings that commits have made durable since the start.
    private(set) var committedReadingCount = 0
    private(set) var clock: IntakeClock
    private let hash: KeyedHash
    private(set) var lateLimit: Int64?
    let writer: StoreWriter

    init(
        profiles: ProfileSet, writer: StoreWriter, hash: KeyedHash, lateLimit: Int64?,
        clock: IntakeClock
    ) throws(StoreError) {
        // All that may fail stands before the decoder, which cannot be half made.
        let unconfirmed = try writer.unconfirmedMessages()
        sequences = MessageSequences(try writer.sequences())
        drops = BrokerDrops(newestCommitTime: writer.newestCommitTime)
        decoder = MessageDecoder(profiles)
        topics = TopicTable(profiles: profiles, hash: hash)
        counts = LedgerCounter.Table(zone: writer.zone)
        known = KnownMessages(unconfirmed, upTo: writer.newestCommit)
        self.writer = writer
        self.hash = hash
        self.lateLimit = lateLimit
        self.clock = clock
    }

    /// Goes over to other profiles; messages from now on are read by them.
    mutating func reload(_ profiles: ProfileSet, lateLimit: Int64?) {
        decoder = MessageDecoder(profiles)
        topics = TopicTable(profiles: profiles, hash: hash)
        self.lateLimit = lateLimit
    }

    /// Makes everything that was taken durable. After an error it is all still here.
    mutating func commit(
        received: Int64, confirmed: Int64, newestArrival: Int64, wall: Int64, uptime: Int64
    ) throws(StoreError) -> Int64 {
        // What the session counted and was never taken stands in the ledger as received and
        // unaccounted for: a fault that shows.
        batch.ledger = counts.ledger(
            unaccounted: received - takenCount,
            time: clock.isUnset ? LedgerCounter.Table.noTime : wall)
        batch.sequences = sequences.changed
        // What the broker is still delivering again it does not know to be acknowledged.
        let confirmed = known.isBeingDelivered ? 0 : confirmed
        batch.confirmedCommit = confirmed
        let moment = clock.moment(wall: wall, uptime: uptime, newestArrival: newestArrival)
        let commit = try writer.commit(batch, at: moment)
        clock.didPlace()
        known.add(batch.messages, commit: commit)
        known.forget(upTo: confirmed)
        committedReadingCount += batch.readings.count + batch.unplaced.count
        batch.removeAll()
        sequences.changesAreCommitted()
        counts.removeAll()
        arrivals.removeAll(keepingCapacity: true)
        takenCount = 0
        return commit
    }

    /// Books one message: finds its device, knows it if it was there before, decodes it.
    mutating func take(
        _ header: MessageHeader, topic: Span<UInt8>, payload: Span<UInt8>
    ) {
        if header.flags.contains(.control) {
            hear(header)
            return
        }
        if header.flags.contains(.ofBroker) {
            bookDrops(header, topic, payload)
            return
        }
        takenCount += 1
        let route = topics.route(topic, payload, &decoder, writer: writer)
        let arrival = header.placedArrival
        let time = arrival ?? LedgerCounter.Table.noTime
        counts.add(.messagesReceived, 1, device: route.device, time: time)
        if !header.flags.contains(.qos1) {
            counts.add(.messagesAtMostOnce, 1, device: route.device, time: time)
        } else if isKnown(header, topic, payload) {
            counts.add(.messagesDuplicate, 1, device: route.device, time: time)
            return
        }
        if route.isDrill, let number = Int64(text(payload)), number >= 0 {
            counts.add(.messagesDecoded, 1, device: route.device, time: time)
            follow(route, number, arrival: time)
            return
        }
        guard let profile = route.profile else {
            counts.add(.messagesRefused, 1, device: route.device, time: time)
            return
        }
        if header.flags.contains(.oversized) {
            quarantine(header, topic, payload, reason: "too_large", device: route.device)
            return
        }
        do throws(DecodeFault) {
            try decoder.decode(
                profile: profile, topic: topic, payload: payload, arrival: arrival,
                into: &decoded)
        } catch {
            quarantine(header, topic, payload, reason: error.code, device: route.device)
            return
        }
        if header.flags.contains(.retained), !decoded.quality.contains(.deviceTime) {
            counts.add(.messagesRetained, 1, device: route.device, time: time)
            return
        }
        counts.add(.messagesDecoded, 1, device: route.device, time: time)
        // Nobody knows when a retained message had its turn.
        if !header.flags.contains(.retained) {
            follow(route, decoded.sequenceNumber, arrival: time)
        }
        book(route, header, arrival: time)
    }

    /// Takes what the devices are to be asked.
    mutating func takeRequests() -> [OutgoingMessage] {
        decoder.takeRequests().map { OutgoingMessage(topic: $0.topic, payload: $0.payload) }
    }

    /// Records a QoS 1 message for the commit that will hold it.
    ///
    /// - Returns: whether an earlier commit holds it.
    private mutating func isKnown(
        _ header: MessageHeader, _ topic: Span<UInt8>, _ payload: Span<UInt8>
    ) -> Bool {
        let record = MessageRecord(
            packetID: header.packetID,
            hash: UInt32(truncatingIfNeeded: hash.hash(topic, payload)))
        batch.messages.append(record)
        return known.take(record, mayBeFirst: header.flags.contains(.resumed))
    }

    /// A word of the session, in order with the messages.
    private mutating func hear(_ word: MessageHeader) {
        if word.flags.contains(.clockSet) {
            clock.set(
                start: word.arrival, after: writer.newestCommitTime, lateLimit: lateLimit)
        } else {
            known.beginConnection(isResumed: word.flags.contains(.resumed))
            drops.beginConnection(isResumed: word.flags.contains(.resumed))
        }
    }

    /// Gives what waited its time, unless a commit that comes anyway will.
    mutating func placeIfDue() throws(StoreError) {
        guard case .justSet(let placement) = clock, takenCount == 0 else { return }
        try writer.place(placement)
        clock.didPlace()
    }

    /// Counts what is missing between this message of the device and those before it.
    private mutating func follow(
        _ route: TopicTable.Route, _ number: Int64?, arrival: Int64
    ) {
        guard let sequence = route.sequence, let number else { return }
        let missing = sequences.follow(sequence.id, number, modulus: sequence.modulus)
        counts.add(.messagesMissing, missing, device: route.device, time: arrival)
    }

    /// Counts what the broker has dropped since it said so the last time.
    private mutating func bookDrops(
        _ header: MessageHeader, _ topic: Span<UInt8>, _ payload: Span<UInt8>
    ) {
        guard let figure = figure(payload) else { return }
        let device = drops.device(writer, sequences)
        let arrival = header.placedArrival
        let dropped =
            text(topic) == SessionLoop.uptimeTopic
            ? drops.hear(
                uptime: figure, at: arrival, isRetained: header.flags.contains(.retained),
                &sequences)
            : drops.hear(count: figure, &sequences)
        counts.add(
            .messagesDroppedByBroker, dropped, device: device,
            time: arrival ?? LedgerCounter.Table.noTime)
    }

    private mutating func quarantine(
        _ header: MessageHeader, _ topic: Span<UInt8>, _ payload: Span<UInt8>, reason: String,
        device: DeviceID
    ) {
        let arrival = header.placedArrival
        counts.add(
            .messagesQuarantined, 1, device: device, time: arrival ?? LedgerCounter.Table.noTime)
        batch.quarantined.append(
            QuarantinedMessage(
                time: arrival ?? 0, topic: text(topic), reason: reason,
                size: Int(header.originalSize), hash: hash.hash(topic, payload)))
    }
}

/// A topic as text; what is no UTF-8 is replaced.
func text(_ bytes: Span<UInt8>) -> String {
    var array: [UInt8] = []
    array.reserveCapacity(bytes.count)
    for index in bytes.indices { array.append(bytes[index]) }
    return String(decoding: array, as: UTF8.self)
}

/// A figure of the broker's: `12`, or `12 seconds`. nil: another broker's way to say it.
private func figure(_ payload: Span<UInt8>) -> Int64? {
    let words = text(payload).split(separator: " ")
    guard let first = words.first, words.count == 1 || words[1...] == ["seconds"],
        let figure = Int64(first), figure >= 0, figure < 1 << 40
    else { return nil }
    return figure
}
