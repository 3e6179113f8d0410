import SeriesQuery
import Telemetry

/// One statistic of one series over time, drawn with block characters.
///
/// Each column of the terminal shows the mean of the intervals that fall into it; a column without
/// any stays empty, so that a gap is seen as a gap.
struct Chart {
    /// Of the series; it gives way where the terminal is narrow.
    let name: String
    let statistic: String
    let unit: String
    let zone: CivilZone
    private var points: [(time: Int64, value: Double)] = []

    private static let height = 8
    private static let blocks: [Character] = Array(" ▁▂▃▄▅▆▇█")

    init(name: String, statistic: String, unit: String, zone: CivilZone) {
        self.name = name
        self.statistic = statistic
        self.unit = unit
        self.zone = zone
    }

    var isEmpty: Bool { points.isEmpty }

    mutating func add(time: Int64, value: Double) {
        points.append((time, value))
    }

    /// The chart in that many columns.
    func text(width: Int) -> String {
        guard let first = points.first, let last = points.last else { return "" }
        let low = points.map(\.value).min() ?? 0
        let high = points.map(\.value).max() ?? 0
        // Quantities that are never negative are drawn from zero unless they hardly vary.
        let floor = low >= 0 && low < high / 2 ? 0 : low
        let labels = [readable(high), readable((high + floor) / 2), readable(floor)]
        let margin = (labels.map(\.count).max() ?? 0) + 1
        let columns = max(10, width - margin - 1)
        let levels = columnMeans(columns).map { mean in
            mean.map { high > floor ? ($0 - floor) / (high - floor) : 1 }
        }
        let measure = " " + statistic + (unit == "1" ? "" : " (\(unit))")
        var text = shortened(name, to: max(12, width - measure.count)) + measure + "\n"
        for row in 0..<Chart.height {
            let label =
                row == 0
                ? labels[0]
                : row == Chart.height / 2 ? labels[1] : row == Chart.height - 1 ? labels[2] : ""
            text += String(repeating: " ", count: margin - label.count - 1) + label + " |"
            text += String(levels.map { cell($0, row: row) }) + "\n"
        }
        return text + axis(from: first.time, to: last.time, margin: margin, columns: columns)
    }

    /// Each interval fills its columns, up to the next one or, before a gap, as long as the
    /// shortest.
    private func columnMeans(_ columns: Int) -> [Double?] {
        var sums = [(sum: Double, count: Int)](repeating: (0, 0), count: columns)
        let times = points.map(\.time)
        let step = zip(times.dropFirst(), times).map { $0 - $1 }.min() ?? 1
        let span = times[times.count - 1] + step - times[0]
        for (index, point) in points.enumerated() {
            let next = index + 1 < times.count ? times[index + 1] : point.time + step
            // Civil days and months differ a little in length; that is no gap.
            let end = next - point.time < 2 * step ? next : point.time + step
            let first = Int((point.time - times[0]) * Int64(columns) / span)
            let behind = Int((end - times[0]) * Int64(columns) / span)
            for column in first..<max(first + 1, behind) {
                sums[column].sum += point.value
                sums[column].count += 1
            }
        }
        return sums.map { $0.count == 0 ? nil : $0.sum / Double($0.count) }
    }

    private func cell(_ level: Double?, row: Int) -> Character {
        guard let level else { return " " }
        let eighths = max(1, Int((level * Double(Chart.height * 8)).rounded()))
        let filled = min(8, max(0, eighths - (Chart.height - 1 - row) * 8))
        if Terminal.showsBlocks { return Chart.blocks[filled] }
        return filled >= 4 ? "#" : filled > 0 ? "." : " "
    }

    private func axis(from: Int64, to: Int64, margin: Int, columns: Int) -> String {
        let left = stamp(from)
        let right = stamp(to)
        let gap = max(1, columns - left.count - right.count)
        return String(repeating: " ", count: margin + 1) + left
            + String(repeating: " ", count: gap) + right + "\n"
    }

    /// `2026-01-31 14:00` in the store's zone.
    private func stamp(_ instant: Int64) -> String {
        wallClockText(instant, zone: zone)
    }
}

/// `2026-01-31 14:00` on the wall clock, with seconds where there are any.
func wallClockText(_ instant: Int64, zone: CivilZone) -> String {
    let text = rfc3339(instant, zone: zone)
    let clock = text.dropFirst(11).prefix(8)
    return text.prefix(10) + " " + (clock.hasSuffix(":00") ? clock.dropLast(3) : clock)
}
