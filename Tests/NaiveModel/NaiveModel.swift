/// What the rooms of windows, store and queries are tested against: the statistics of readings,
/// computed the plain way, one reading after another, from arrays that nobody was clever with.
///
/// Nothing here calls what it judges: it reads the fields of a `Window` and no function of it.
import Telemetry
import Windows

/// Random readings of one series that look like a device's, only worse.
///
/// Times rise by a millisecond to more than an hour, some share one instant; decimals have up to
/// three digits after the point, mixed; counters fall now and then.
///
/// - Parameters:
///   - modulus: a whole number at which a counter begins again, more often than it would.
///   - hasTies: whether readings of one instant occur.
public func randomReadings(
    _ count: Int, of series: SeriesID = 0, kind: MetricKind, from start: Int64,
    modulus: Int64? = nil, hasTies: Bool = true, using random: inout SplitMix64
) -> [Reading] {
    var readings: [Reading] = []
    var time = start
    var sequence: UInt16 = 0
    var total: Int64 = 0
    for _ in 0..<count {
        let isTie = hasTies && !readings.isEmpty && Int.random(in: 0..<8, using: &random) == 0
        sequence = isTie ? sequence + 1 : 0
        if !isTie {
            let longest = [10, 20_000, 90_000, 5_000_000].randomElement(using: &random) ?? 1
            time += Int64.random(in: 1...Int64(longest), using: &random)
        }
        total = Int.random(in: 0..<12, using: &random) == 0 ? 0 : total
        total += Int64.random(in: 0...5_000, using: &random)
        if let modulus {
            if Int.random(in: 0..<4, using: &random) == 0 { total = modulus * 19 / 20 }
            total %= modulus
        }
        readings.append(
            Reading(
                series: series, time: time,
                value: randomValue(kind, total: total, using: &random), sequence: sequence))
    }
    return readings
}

private func randomValue(
    _ kind: MetricKind, total: Int64, using random: inout SplitMix64
) -> Value {
    let scale = Int8.random(in: 0...3, using: &random)
    switch kind {
    case .gauge, .steppedGauge:
        return Value(Int64.random(in: -90_000...90_000, using: &random), scale: scale)
    case .amount:
        return Value(Int64.random(in: 0...900, using: &random), scale: scale)
    case .counter:
        // Some readings are faults, and the counter goes on as if they had not been.
        let isFault = Int.random(in: 0..<8, using: &random) == 0
        let total = isFault ? total / Int64.random(in: 2...9, using: &random) : total
        return Value(total * powersOfTen[Int(scale)], scale: scale)
    case .state:
        return Value(Int64.random(in: -1...3, using: &random))
    }
}

/// The readings of a set in order: of two with one time and sequence the first that arrived.
public func naiveSet(
    _ arrived: [Reading]
) -> (readings: [Reading], duplicates: Int, conflicts: Int) {
    var kept: [Reading] = []
    var duplicates = 0
    var conflicts = 0
    for reading in arrived {
        let same = kept.first {
            $0.series == reading.series && $0.time == reading.time
                && $0.sequence == reading.sequence
        }
        guard let same else {
            kept.append(reading)
            continue
        }
        if exact(same.value) == exact(reading.value) { duplicates += 1 } else { conflicts += 1 }
    }
    let sorted = kept.sorted {
        ($0.series, $0.time, $0.sequence) < ($1.series, $1.time, $1.sequence)
    }
    return (sorted, duplicates, conflicts)
}

/// A decimal on the one grid of 10^-18.
public func exact(_ value: Value) -> Int128 {
    Int128(value.bits) * Int128(powersOfTen[18 - Int(value.scale)])
}
