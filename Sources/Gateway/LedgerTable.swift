import SeriesStore
import StoredSeries
import Telemetry

extension LedgerCounter {
    /// Counts of all devices between two commits: an addition in an array for each, and turned
    /// into the ledger's form at the commit.
    struct Table {
        private static let width = 32
        private let zone: CivilZone
        private var counts: [Int64] = []
        private var touched: [DeviceID] = []
        private var isTouched: [Bool] = []
        private var day = LedgerKey.unplacedDay
        // What has no time belongs to the day that has no date, which ends with the first that has.
        private var dayStart = Int64.min
        private var dayEnd = Int64.min + 1
        /// What was counted of days before `day`.
        private var earlier: [LedgerKey: LedgerCounts] = [:]

        init(zone: CivilZone) {
            self.zone = zone
        }

        /// Stands for the time of what arrived while the clock was not set.
        static let noTime = Int64.min

        mutating func add(
            _ counter: LedgerCounter, _ count: Int64, device: DeviceID, time: Int64
        ) {
            if count == 0 { return }
            if time >= dayEnd { beginDay(time) }
            if time < dayStart {
                let key = LedgerKey(day: dayNumber(time), device: device)
                earlier[key, default: LedgerCounts()][counter] += count
                return
            }
            let index = Int(device)
            if index >= isTouched.count { grow(index) }
            if !isTouched[index] {
                isTouched[index] = true
                touched.append(device)
            }
            counts[index * Table.width + Int(counter.rawValue)] += count
        }

        /// The counts in the ledger's form.
        ///
        /// - Parameter unaccounted: received messages of which nothing else is known.
        func ledger(unaccounted: Int64 = 0, time: Int64) -> [LedgerKey: LedgerCounts] {
            var ledger = earlier
            if unaccounted != 0 {
                let key = LedgerKey(day: dayNumber(time), device: 0)
                ledger[key, default: LedgerCounts()][.messagesReceived] += unaccounted
            }
            for device in touched {
                let key = LedgerKey(day: day, device: device)
                var sum = ledger[key] ?? LedgerCounts()
                for counter in LedgerCounter.allCases {
                    sum[counter] += counts[Int(device) * Table.width + Int(counter.rawValue)]
                }
                ledger[key] = sum
            }
            return ledger
        }

        private func dayNumber(_ time: Int64) -> Int32 {
            time == Self.noTime ? LedgerKey.unplacedDay : civilDayNumber(zone.date(at: time))
        }

        mutating func removeAll() {
            earlier.removeAll()
            clear()
        }

        private mutating func beginDay(_ time: Int64) {
            earlier = ledger(time: time)
            clear()
            let date = zone.date(at: time)
            day = civilDayNumber(date)
            dayStart = zone.instant(of: date)
            dayEnd = zone.instant(of: CivilDate(daysSince1970: date.daysSince1970 + 1))
        }

        private mutating func clear() {
            for device in touched {
                let start = Int(device) * Table.width
                for index in start..<(start + Table.width) { counts[index] = 0 }
                isTouched[Int(device)] = false
            }
            touched.removeAll(keepingCapacity: true)
        }

        private mutating func grow(_ index: Int) {
            let size = max(index + 1, isTouched.count * 2, 16)
            isTouched += [Bool](repeating: false, count: size - isTouched.count)
            counts += [Int64](repeating: 0, count: size * Table.width - counts.count)
        }
    }
}
