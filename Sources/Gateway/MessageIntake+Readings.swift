import DeviceProfiles
import MessageRing
import SeriesStore
import StoredSeries
import Telemetry

/// What is remembered of a series between readings.
struct SeriesPlace {
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

/// What becomes of the readings of a message.
extension MessageIntake {
    /// Books the readings of a decoded message.
    mutating func book(
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
        let earliest =
            arrival == LedgerCounter.Table.noTime ? .min : lateLimit.map { arrival - $0 } ?? .min
        arrivals.append((batch.readings.count, arrival))
        for index in decoded.readings.indices {
            let field = decoded.readings[index]
            if field.time < earliest {
                counts.add(.readingsTooLate, 1, device: device, time: arrival)
                continue
            }
            guard let series = topics.series(route, field, in: decoded, writer: writer) else {
                counts.add(.readingsRedefined, 1, device: device, time: arrival)
                continue
            }
            if header.flags.contains(.unplaced) {
                appendUnplaced(field, of: series, device: device, uptime: header.arrival)
            } else {
                append(field, of: series, device: device, arrival: arrival)
            }
        }
    }

    private mutating func appendUnplaced(
        _ field: DecodedReading, of series: SeriesID, device: DeviceID, uptime: Int64
    ) {
        let hasTime = field.quality.contains(.deviceTime)
        let reading = Reading(
            series: series, time: hasTime ? field.time : uptime, value: field.value,
            quality: field.quality)
        counts.add(
            .readingsUnplaced, 1, device: device, time: LedgerCounter.Table.noTime)
        batch.unplaced.append(
            UnplacedReading(
                reading: reading, arrival: uptime, device: device, limits: decoded.timeLimits))
    }

    private mutating func append(
        _ field: DecodedReading, of series: SeriesID, device: DeviceID, arrival: Int64
    ) {
        if Int(series) >= places.count { extendPlaces() }
        var reading = Reading(
            series: series, time: field.time, value: field.value, quality: field.quality)
        if !field.quality.contains(.deviceTime) {
            reading.sequence = places[Int(series)].sequence(ofArrival: reading.time)
        }
        if reading.time < places[Int(series)].settledUntil {
            reading.quality.insert(.late)
            counts.add(.readingsLate, 1, device: device, time: arrival)
        }
        counts.add(.readingsStored, 1, device: device, time: arrival)
        batch.readings.append(reading)
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
