import ArgumentParser
import Foundation
import Gateway
import Glibc
import HostProbe
import MQTTSession
import SeriesQuery
import Telemetry
import TownSimulation

/// `socle replay`
struct ReplayCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "replay",
        abstract: say(
            "Publishes a recording to a broker.",
            "Publie un enregistrement vers un courtier MQTT."),
        discussion: say(
            """
            Each row of the CSV (series,time,value) becomes {"time":MILLISECONDS,"value":VALUE}:
            recorded times are kept.
            """,
            """
            Chaque ligne du CSV (series,time,value) devient {"time":MILLISECONDES,"value":VALEUR} :
            les dates enregistrées sont gardées.
            """))

    @Argument(
        help: ArgumentHelp(say("CSV or CSV.gz file.", "Fichier CSV ou CSV.gz."), valueName: "file"))
    var file: String
    @OptionGroup var broker: BrokerOptions
    @Option(
        help: ArgumentHelp(
            say("Topic; {series} is replaced.", "Sujet ; {series} est remplacé.")))
    var topic = "replay/{series}"
    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(say("Messages a second.", "Messages par seconde.")))
    var rate: Int?

    func run() throws {
        // SAFETY: C takes the path for the length of the call.
        guard unsafe file == "-" || access(file, R_OK) == 0 else {
            throw Failure(.noInput, say("cannot read \(file)", "impossible de lire \(file)"))
        }
        guard !topic.isEmpty, !hasWildcard(topic) else {
            throw Failure(
                .usage,
                say(
                    "--topic: '\(topic)' is no topic to publish to; + and # are for subscribers",
                    "--topic : « \(topic) » n'est pas un sujet où publier ; + et # sont pour les "
                        + "abonnés"))
        }
        let recording = Recording(path: file, zone: try broker.zone())
        try broker.publish(as: "replay") { publisher in
            var pace = Pace(rate: rate)
            try recording.forEachReading { reading in
                let payload = "{\"time\":\(reading.time),\"value\":\(reading.valueText)}"
                try publisher.publish(topic: topic(of: reading), payload: Array(payload.utf8))
                pace.step()
            }
            try publisher.flush()
            pace.finish()
        }
    }

    private func topic(of reading: RecordedReading) throws -> String {
        let text = topic.replacing("{series}", with: reading.series)
        if !hasWildcard(text) { return text }
        throw Failure(
            .badInput,
            say(
                "the series \(reading.series) has + or #, which no topic may have; give it "
                    + "another name, or leave {series} out of --topic",
                "la série \(reading.series) contient + ou #, ce qu'un sujet ne peut pas ; "
                    + "donnez-lui un autre nom, ou omettez {series} dans --topic"))
    }

    private func hasWildcard(_ topic: String) -> Bool {
        topic.contains { "+#".contains($0) }
    }
}

/// `socle simulate`
struct SimulateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "simulate",
        abstract: say(
            "Publishes a made-up town hall, faster than life.",
            "Publie une mairie inventée, plus vite que la vie."))

    @OptionGroup var broker: BrokerOptions
    @Option(help: ArgumentHelp(say("Same seed, same town.", "Même graine, même commune.")))
    var seed: UInt64 = 1
    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(say("Days until now.", "Jours jusqu'à maintenant.")))
    var days = 365
    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(say("Begin instead of --days.", "Début, au lieu de --days.")))
    var from: String?
    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(say("Between messages of a device.", "Entre deux messages.")))
    var interval = "15m"
    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(say("Messages a second.", "Messages par seconde.")))
    var rate: Int?

    func run() throws {
        let now = clockMilliseconds()
        guard let step = parseDuration(interval), (1_000...86_400_000).contains(step) else {
            throw Failure(
                .usage,
                say(
                    "--interval: '\(interval)' is no duration from 1s to 1d",
                    "--interval : « \(interval) » n'est pas une durée de 1s à 1d"))
        }
        let end = floorDivide(now, by: step) * step
        let start = try begin(now: now, end: end, step: step)
        var model = TownModel(seed: seed, from: start, until: end, interval: step)
        try broker.publish(as: "simulate") { publisher in
            var pace = Pace(rate: rate, total: model.messageCount)
            while let message = model.next() {
                try publisher.publish(
                    topic: message.topic, payload: message.payload,
                    isRetained: message.isRetained)
                pace.step()
            }
            try publisher.flush()
            pace.finish()
        }
    }

    private func begin(now: Int64, end: Int64, step: Int64) throws -> Int64 {
        guard let from else {
            guard (1...3_660).contains(days) else {
                throw Failure(.usage, say("--days is 1 to 3660", "--days va de 1 à 3660"))
            }
            return end - Int64(days) * 86_400_000
        }
        let instant = try TimeOption(name: "--from", text: from, zone: .paris).instant(now: now)
        guard TownModel.periodSupported.contains(instant), instant < end else {
            throw Failure(
                .usage, say("--from: no time before now", "--from : pas une date passée"))
        }
        return floorDivide(instant, by: step) * step
    }
}

/// `socle probe`
struct ProbeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "probe",
        abstract: say(
            "Publishes this host's network interfaces, load and temperature.",
            "Publie les interfaces réseau, la charge et la température de cette machine."))

    @OptionGroup var broker: BrokerOptions
    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(say("Between samples.", "Entre deux mesures.")))
    var interval = "10s"
    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(say("Samples; without end if absent.", "Nombre de mesures.")))
    var count: Int?

    func run() throws {
        guard let step = parseDuration(interval), (100...86_400_000).contains(step) else {
            throw Failure(
                .usage,
                say(
                    "--interval: '\(interval)' is no duration",
                    "--interval : « \(interval) » n'est pas une durée"))
        }
        try broker.publish(as: "probe") { try sample(every: step, into: $0) }
    }

    private func sample(every step: Int64, into publisher: MQTTPublisher) throws {
        let host = topicLevel(ProcessInfo.processInfo.hostName)
        let probe = HostProbe()
        var taken = 0
        while count.map({ taken < $0 }) ?? true {
            if taken > 0 { Thread.sleep(forTimeInterval: Double(step) / 1000) }
            let latency = try publisher.roundTrip(topic: "probe/\(host)/ping", payload: [])
            for message in probe.sample(brokerLatencyMilliseconds: latency) {
                try publisher.publish(
                    topic: "probe/\(host)/\(message.topicSuffix)", payload: message.payload)
            }
            taken += 1
        }
        try publisher.flush()
    }

    /// A name as one level of a topic.
    private func topicLevel(_ name: String) -> String {
        String(name.map { "+#/".contains($0) ? "_" : $0 })
    }
}

/// Publishes no faster than asked, and shows how far it is.
private struct Pace {
    private let rate: Int?
    private let total: Int?
    private let start = monotonicMilliseconds()
    private var count = 0

    init(rate: Int?, total: Int? = nil) {
        self.rate = rate.flatMap { $0 > 0 ? $0 : nil }
        self.total = total
    }

    mutating func step() {
        count += 1
        if let rate {
            let due = start + Int64(count) * 1000 / Int64(rate)
            let wait = due - monotonicMilliseconds()
            if wait > 5 { Thread.sleep(forTimeInterval: Double(wait) / 1000) }
        }
        if count % 10_000 == 0 {
            let part = total.map { " \(count * 100 / max(1, $0)) %" } ?? ""
            Terminal.progress("\(count) messages" + part)
        }
    }

    func finish() {
        Terminal.endProgress()
        let seconds = Double(max(1, monotonicMilliseconds() - start)) / 1000
        let speed = readable((Double(count) / seconds).rounded())
        Terminal.write(
            say(
                "\(grouped(String(count))) messages published and acknowledged (\(speed)/s)\n",
                "\(grouped(String(count))) messages publiés et acquittés (\(speed)/s)\n"))
    }
}
