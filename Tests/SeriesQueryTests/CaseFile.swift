import Foundation
import SeriesQuery
import SeriesStore
import Telemetry

/// A file of Cases/: what was measured, what is asked, what is answered.
///
///     # a remark
///     zone Europe/Paris
///     now 2026-03-30 12:00
///     series co2{room="1"} gauge [ppm] step=1m
///     series mode state 1 off=0 on=1
///     load co2{room="1"} 2026-03-29 08:00 every 10m: 410 420 _ 450 x3
///     query co2 --every 1h --stat mean,max
///       time,series,unit,mean,max
///       2026-03-29T08:00:00+02:00,"co2{room=""1""}",[ppm],426.666,450
///     query co3
///       error no series matches co3; did you mean co2?
///
/// `_` is no reading, `x3` repeats the value before it three times more; a state's value is its
/// name. Lines that begin with blanks are the answer to the query above them.
struct CaseFile {
    /// One question and the lines that answer it.
    struct Question {
        let line: Int
        let words: [String]
        var answer: [String] = []
    }

    struct Load {
        let series: String
        let readings: [(time: Int64, value: String)]
    }

    var zone = CivilZone.paris
    var now: Int64 = 0
    var descriptors: [SeriesDescriptor] = []
    var loads: [Load] = []
    var questions: [Question] = []

    struct Fault: Error, CustomStringConvertible {
        let line: Int
        let text: String
        var description: String { "line \(line): cannot read: \(text)" }
    }

    init(parsing text: String) throws {
        for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false)
            .enumerated()
        {
            if line.allSatisfy(\.isWhitespace) || line.hasPrefix("#") { continue }
            if line.hasPrefix(" "), !questions.isEmpty {
                questions[questions.count - 1].answer.append(String(line.drop { $0 == " " }))
                continue
            }
            guard try read(words(of: String(line)), line: index + 1) else {
                throw Fault(line: index + 1, text: String(line))
            }
        }
    }

    private mutating func read(_ words: [String], line: Int) throws -> Bool {
        let rest = Array(words.dropFirst())
        switch words[0] {
        case "zone":
            guard let zone = CivilZone(identifier: rest.joined()) else { return false }
            self.zone = zone
        case "now":
            guard let now = instant(rest) else { return false }
            self.now = now
        case "series":
            guard let descriptor = descriptor(rest) else { return false }
            descriptors.append(descriptor)
        case "load":
            guard let load = load(rest) else { return false }
            loads.append(load)
        case "query":
            questions.append(Question(line: line, words: rest))
        default:
            return false
        }
        return true
    }

    /// `NAME KIND UNIT [step=1m] [modulus=100000] [STATE=NUMBER …]`
    private func descriptor(_ words: [String]) -> SeriesDescriptor? {
        guard words.count >= 3, let key = SeriesKey(parsing: words[0]) else { return nil }
        let kind = words[1] == "stepped" ? .steppedGauge : MetricKind(name: words[1])
        guard let kind else { return nil }
        var descriptor = SeriesDescriptor(key: key, kind: kind, unit: words[2])
        for word in words.dropFirst(3) {
            let parts = word.split(separator: "=", maxSplits: 1).map(String.init)
            guard parts.count == 2 else { return nil }
            if parts[0] == "step" {
                guard let step = parts[1] == "raw" ? 0 : parseDuration(parts[1]) else { return nil }
                descriptor.step = step
            } else if parts[0] == "modulus" {
                guard let value = Value(parsing: Array(parts[1].utf8).span) else { return nil }
                descriptor.modulus = value
            } else {
                guard let number = Int64(parts[1]) else { return nil }
                descriptor.states[number] = parts[0]
            }
        }
        return descriptor
    }

    /// `NAME DATE [TIME] every DURATION: VALUE…`
    private func load(_ words: [String]) -> Load? {
        guard let every = words.firstIndex(of: "every"), every >= 2, words.count > every + 1,
            words[every + 1].hasSuffix(":"),
            let pace = parseDuration(String(words[every + 1].dropLast())),
            var time = instant(Array(words[1..<every]))
        else { return nil }
        var readings: [(time: Int64, value: String)] = []
        var previous = "_"
        for word in words[(every + 2)...] {
            var count = 1
            if word.hasPrefix("x") { count = Int(word.dropFirst()) ?? 0 } else { previous = word }
            for _ in 0..<count {
                if previous != "_" { readings.append((time, previous)) }
                time += pace
            }
        }
        return Load(series: words[0], readings: readings)
    }

    private func instant(_ words: [String]) -> Int64? {
        TimeExpression.instant(words.joined(separator: " "), now: now, zone: zone)
    }

    /// Words are divided by blanks, but not within braces or quotation marks, which stay; words in
    /// single quotation marks lose them.
    private func words(of line: String) -> [String] {
        var words: [String] = []
        var word = ""
        var closing: Character?
        for character in line {
            switch (character, closing) {
            case (" ", nil):
                if !word.isEmpty { words.append(word) }
                word = ""
                continue
            case ("'", nil): closing = "'"
            case ("\"", nil): closing = "\""
            case (let end, .some(let expected)) where end == expected: closing = nil
            default: break
            }
            if character != "'" { word.append(character) }
        }
        if !word.isEmpty { words.append(word) }
        return words
    }
}
