import DeviceProfiles
import MQTTSession
import MessageRing
import SeriesStore
import Telemetry

/// Turns messages into the next commit: readings, records, and a count of what became of each.
struct MessageIntake: ~Copyable {
    private var decoder: MessageDecoder
    private var decoded = DecodedMessage()
    private var topics: TopicTable
    private var batch = CommitBatch()
    private var counts: LedgerCounter.Table
    private var known: KnownMessages
    private var sequences: MessageSequences
    private var places: [SeriesPlace] = []
    /// Where the readings of each message begin in the batch, and when it came.
    private var arrivals: [(firstReading: Int, time: Int64)] = []
    /// Messages since the last commit.
    private var takenCount: Int64 = 0
    private(set) var clock: IntakeClock
    private let hash: KeyedHash
    private let lateLimit: Int64?
    /// The device under which the broker's own drops stand in the ledger.
    private static let brokerDevice = "$SYS"
    private let writer: StoreWriter

    /// What is remembered of a series between readings.
    private struct SeriesPlace {
        /// Up to when its windows are settled.
        var settledUntil = Int64.min
        /// The last arrival that stood for a time, and how many readings it stood for.
        var lastArrival = Int64.min
        var lastSequence: UInt16 = 0

        /// Two readings of one arrival are two readings.
        mutating func sequence(ofArrival arrival: Int64) -> UInt16 {
            lastSequence = arrival == lastArrival ? lastSequence &+ 1 : 0
            lastArrival = arrival
            return lastSequence
        }
    }

    init(
        profiles: ProfileSet, writer: StoreWriter, hash: KeyedHash, lateLimit: Int64?,
        clock: IntakeClock
    ) throws(StoreError) {
        // All that may fail stands before the decoder, which cannot be half made.
        let unconfirmed = try writer.unconfirmedMessages()
        sequences = MessageSequences(try writer.sequences())
        decoder = MessageDecoder(profiles)
        topics = TopicTable(profiles: profiles, hash: hash)
        counts = LedgerCounter.Table(zone: writer.zone)
        known = KnownMessages(unconfirmed, upTo: writer.newestCommit)
        self.writer = writer
        self.hash = hash
        self.lateLimit = lateLimit
        self.clock = clock
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
        batch.confirmedCommit = confirmed
        let moment = clock.moment(wall: wall, uptime: uptime, newestArrival: newestArrival)
        let commit = try writer.commit(batch, at: moment)
        clock.didPlace()
        known.add(batch.messages, commit: commit)
        known.forget(upTo: confirmed)
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
            if header.flags.contains(.clockSet) {
                setClock(start: header.arrival)
            } else {
                known.beginConnection()
            }
            return
        }
        if header.flags.contains(.ofBroker) {
            bookDrops(payload, arrival: header.placedArrival ?? LedgerCounter.Table.noTime)
            return
        }
        takenCount += 1
        let route = topics.route(topic, writer: writer)
        let arrival = header.placedArrival
        let time = arrival ?? LedgerCounter.Table.noTime
        counts.add(.messagesReceived, 1, device: route.device, time: time)
        if header.flags.contains(.qos1) {
            let record = MessageRecord(
                packetID: header.packetID,
                hash: UInt32(truncatingIfNeeded: hash.hash(topic, payload)))
            batch.messages.append(record)
            if header.flags.contains(.resumed), known.take(record) {
                counts.add(.messagesDuplicate, 1, device: route.device, time: time)
                return
            }
        } else {
            counts.add(.messagesAtMostOnce, 1, device: route.device, time: time)
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
                profile: profile, payload: payload, arrival: arrival, into: &decoded)
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

    /// The clock is set: what comes from now on has a time, and what came before gets one.
    private mutating func setClock(start: Int64) {
        clock.set(start: start, lateLimit: lateLimit)
        for index in places.indices where places[index].lastArrival != .min {
            places[index].lastArrival += start
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
    private mutating func bookDrops(_ payload: Span<UInt8>, arrival: Int64) {
        guard let count = Int64(text(payload)), count >= 0 else { return }
        let device = writer.catalogue.intern(device: MessageIntake.brokerDevice)
        let sequence = writer.catalogue.intern(
            sequenceOf: device, source: SessionLoop.dropsTopic)
        counts.add(
            .messagesDroppedByBroker, sequences.rise(sequence, to: count), device: device,
            time: arrival)
    }

    private mutating func book(
        _ route: TopicTable.Route, _ header: MessageHeader, arrival: Int64
    ) {
        let device = route.device
        counts.add(
            .readingsDecoded,
            Int64(decoded.readings.count + decoded.implausibleCount + decoded.unreadableCount),
            device: device, time: arrival)
        if decoded.implausibleCount > 0 {
            counts.add(
                .readingsImplausible, Int64(decoded.implausibleCount), device: device, time: arrival
            )
        }
        if decoded.unreadableCount > 0 {
            counts.add(
                .readingsUnreadable, Int64(decoded.unreadableCount), device: device, time: arrival)
        }
        if let lateLimit, arrival != LedgerCounter.Table.noTime,
            decoded.time < arrival - lateLimit
        {
            counts.add(
                .readingsTooLate, Int64(decoded.readings.count), device: device, time: arrival)
            return
        }
        arrivals.append((batch.readings.count, arrival))
        for index in decoded.readings.indices {
            let field = decoded.readings[index]
            guard let series = topics.series(route, reading: Int(field.readingIndex)) else {
                counts.add(.readingsRedefined, 1, device: device, time: arrival)
                continue
            }
            if header.flags.contains(.unplaced) {
                appendUnplaced(field.value, of: series, device: device, uptime: header.arrival)
            } else {
                append(field.value, of: series, device: device, arrival: arrival)
            }
        }
    }

    private mutating func appendUnplaced(
        _ value: Value, of series: SeriesID, device: DeviceID, uptime: Int64
    ) {
        if Int(series) >= places.count { extendPlaces() }
        let hasTime = decoded.quality.contains(.deviceTime)
        var reading = Reading(
            series: series, time: hasTime ? decoded.time : uptime, value: value,
            quality: decoded.quality)
        // The device's time may turn out to be none.
        reading.sequence = places[Int(series)].sequence(ofArrival: uptime)
        counts.add(
            .readingsUnplaced, 1, device: device, time: LedgerCounter.Table.noTime)
        batch.unplaced.append(
            UnplacedReading(
                reading: reading, arrival: uptime, device: device, limits: decoded.timeLimits))
    }

    private mutating func append(
        _ value: Value, of series: SeriesID, device: DeviceID, arrival: Int64
    ) {
        if Int(series) >= places.count { extendPlaces() }
        var reading = Reading(
            series: series, time: decoded.time, value: value, quality: decoded.quality)
        if !decoded.quality.contains(.deviceTime) {
            reading.sequence = places[Int(series)].sequence(ofArrival: reading.time)
        }
        if reading.time < places[Int(series)].settledUntil {
            reading.quality.insert(.late)
            counts.add(.readingsLate, 1, device: device, time: arrival)
        }
        counts.add(.readingsStored, 1, device: device, time: arrival)
        batch.readings.append(reading)
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

    /// Looks up anew up to when each series is settled, for what comes and for what waits for its
    /// commit.
    mutating func refreshSettled() {
        for index in places.indices { places[index].settledUntil = settledUntil(index) }
        var message = 0
        for index in batch.readings.indices where !batch.readings[index].quality.contains(.late) {
            let reading = batch.readings[index]
            guard reading.time < places[Int(reading.series)].settledUntil else { continue }
            batch.readings[index].quality.insert(.late)
            let device = writer.catalogue.entries[Int(reading.series)].device
            while message + 1 < arrivals.count, arrivals[message + 1].firstReading <= index {
                message += 1
            }
            // By the day of its arrival, as everything that the ledger counts.
            counts.add(.readingsLate, 1, device: device, time: arrivals[message].time)
        }
    }

    private mutating func extendPlaces() {
        for index in places.count..<writer.catalogue.entries.count {
            places.append(SeriesPlace(settledUntil: settledUntil(index)))
        }
    }

    private func settledUntil(_ series: Int) -> Int64 {
        writer.settledUntil(SeriesClass(writer.catalogue.entries[series].descriptor))
    }
}

/// A topic as text; what is no UTF-8 is replaced.
func text(_ bytes: Span<UInt8>) -> String {
    var array: [UInt8] = []
    array.reserveCapacity(bytes.count)
    for index in bytes.indices { array.append(bytes[index]) }
    return String(decoding: array, as: UTF8.self)
}
