import DeviceProfiles
import SeriesStore
import StoredSeries
import Telemetry

/// Which device and series each topic stands for: worked out once, then one look-up a message.
struct TopicTable {
    /// What a topic leads to.
    struct Route {
        /// nil: no profile names the topic.
        var profile: Int?
        var device: DeviceID
        /// Whether its messages are the numbers of a drill.
        var isDrill = false
        /// The numbering of the device's messages, nil where the profile has none.
        var sequence: (id: SequenceID, modulus: Int64?)?
        /// Where its series begin in the table's list.
        fileprivate var firstSeries: Int
    }

    private let profiles: ProfileSet
    private let hash: KeyedHash
    /// A topic that is remembered.
    private struct Topic {
        let bytes: [UInt8]
        /// The one that took the newest message, or nil where none has.
        var route: Route?
        /// Others that have taken messages: the device behind a topic was exchanged.
        var others: [Route] = []
        /// Whether payloads decide.
        var isGuarded: Bool
    }

    private var indexByHash: [UInt64: Int] = [:]
    private var topics: [Topic] = []
    /// Series of all routes, one after another; nil where the file has it otherwise.
    private var series: [SeriesID?] = []
    /// Readings of routes, by their place in that list, whose payload says some of their labels.
    private var labelled: [Int: DeviceMatch] = [:]
    /// Their series, by place and labels.
    private var seriesByLabels: [LabelledSeries: SeriesID?] = [:]

    private struct LabelledSeries: Hashable {
        let place: Int
        let labels: ArraySlice<UInt8>
    }

    /// LIMIT: series of one reading of one topic that payloads may name: an interface each of a
    /// large switch. Who makes up names does not make the store grow.
    private static let labelledMax = 1_024
    /// LIMIT: and of all topics together.
    private static let labelledTotalMax = 100_000
    private var labelledCounts: [Int: Int] = [:]
    /// Series of the topics that are remembered, once the table is full.
    private var rememberedSeriesCount: Int?
    /// Topics that could not be remembered because the table is full.
    private(set) var overflowCount = 0

    /// LIMIT: topics that are remembered, about 200 bytes each. A publisher that makes up topics
    /// does not make us grow; what no profile names is looked up anew each time then.
    private static let topicsMax = 200_000
    private static let drillTopic = Array(OutageDrill.topic.utf8)
    private static let unknown = Route(profile: nil, device: 0, firstSeries: 0)

    init(profiles: ProfileSet, hash: KeyedHash) {
        self.profiles = profiles
        self.hash = hash
    }

    /// The route of a message.
    ///
    /// - Parameter decoder: is asked about the payload, where several profiles share the topic.
    mutating func route(
        _ topic: Span<UInt8>, _ payload: Span<UInt8>, _ decoder: inout MessageDecoder,
        writer: StoreWriter
    ) -> Route {
        var key = hash.hash(topic, topic.extracting(first: 0))
        while let index = indexByHash[key] {
            if isEqual(topics[index].bytes, topic) {
                if !topics[index].isGuarded, let route = topics[index].route { return route }
                var entry = topics[index]
                let route = guardedRoute(
                    &entry, topic, payload, &decoder, isRemembered: true, writer)
                topics[index] = entry
                return route
            }
            key &+= 1
        }
        if isEqual(TopicTable.drillTopic, topic) {
            return remember(topic, key, drillRoute(writer))
        }
        let candidates = profiles.candidates(topic: topic)
        guard let first = candidates.first else { return remember(topic, key, TopicTable.unknown) }
        let isRemembered = topics.count < TopicTable.topicsMax
        if candidates.count == 1, !profiles.profiles[first.profile].asksPayloads {
            guard let match = profiles.match(topic: topic, first) else {
                return remember(topic, key, TopicTable.unknown)
            }
            return remember(topic, key, route(of: match, isRemembered: isRemembered, writer))
        }
        var entry = Topic(bytes: bytes(topic), isGuarded: true)
        let route = guardedRoute(
            &entry, topic, payload, &decoder, isRemembered: isRemembered, writer)
        add(entry, key)
        return route
    }

    /// The route whose profile takes the payload.
    private mutating func guardedRoute(
        _ topic: inout Topic, _ bytes: Span<UInt8>, _ payload: Span<UInt8>,
        _ decoder: inout MessageDecoder, isRemembered: Bool, _ writer: StoreWriter
    ) -> Route {
        if let route = topic.route, accepts(route, payload, &decoder) { return route }
        if let place = topic.others.firstIndex(where: { accepts($0, payload, &decoder) }) {
            let other = topic.others.remove(at: place)
            topic.others += topic.route.map { [$0] } ?? []
            topic.route = other
            return other
        }
        // What is no document says nothing of the device, which is then the one of before.
        if let route = topic.route, !decoder.isDocument(payload) { return route }
        let candidate = profiles.candidates(topic: bytes).first {
            decoder.accepts(profile: $0.profile, payload: payload)
        }
        guard let candidate, let match = profiles.match(topic: bytes, candidate) else {
            return TopicTable.unknown
        }
        let route = route(of: match, isRemembered: isRemembered, writer)
        topic.others += topic.route.map { [$0] } ?? []
        topic.route = route
        return route
    }

    private func accepts(
        _ route: Route, _ payload: Span<UInt8>, _ decoder: inout MessageDecoder
    ) -> Bool {
        route.profile.map { decoder.accepts(profile: $0, payload: payload) } ?? true
    }

    /// - Parameter isRemembered: whether the table keeps it; the series of a topic that it has no
    ///   room for are there until the next one of these.
    private mutating func route(
        of match: DeviceMatch, isRemembered: Bool, _ writer: StoreWriter
    ) -> Route {
        let device = writer.catalogue.intern(device: match.device)
        let profile = profiles.profiles[match.profileIndex]
        let sequence = profile.sequence.map { rule in
            (writer.catalogue.intern(sequenceOf: device, source: profile.name), rule.modulus)
        }
        if let rememberedSeriesCount { series.removeSubrange(rememberedSeriesCount...) }
        rememberedSeriesCount = isRemembered ? nil : series.count
        let route = Route(
            profile: match.profileIndex, device: device, sequence: sequence,
            firstSeries: series.count)
        for (descriptor, names) in zip(match.series, match.labelNames) {
            if !names.isEmpty, isRemembered { labelled[series.count] = match }
            series.append(
                names.isEmpty ? try? writer.catalogue.intern(descriptor, device: device) : nil)
        }
        return route
    }

    private func drillRoute(_ writer: StoreWriter) -> Route {
        let device = writer.catalogue.intern(device: OutageDrill.topic)
        let sequence = writer.catalogue.intern(sequenceOf: device, source: OutageDrill.topic)
        return Route(
            profile: nil, device: device, isDrill: true, sequence: (sequence, nil),
            firstSeries: series.count)
    }

    /// The series of one of a route's readings, nil where the file has it with another unit or
    /// kind, or where payloads have named too many.
    mutating func series(
        _ route: Route, _ reading: DecodedReading, in message: DecodedMessage, writer: StoreWriter
    ) -> SeriesID? {
        let place = route.firstSeries + Int(reading.readingIndex)
        if reading.labels.isEmpty { return series[place] }
        let key = LabelledSeries(place: place, labels: message.labelBytes[reading.labels])
        if let known = seriesByLabels[key] { return known }
        guard let match = labelled[place],
            labelledCounts[place, default: 0] < TopicTable.labelledMax,
            seriesByLabels.count < TopicTable.labelledTotalMax
        else { return nil }
        labelledCounts[place, default: 0] += 1
        let id = try? writer.catalogue.intern(
            match.series(of: reading, in: message), device: route.device)
        // A copy of its own: the message's bytes are filled again.
        let own = LabelledSeries(place: place, labels: ArraySlice(Array(key.labels)))
        seriesByLabels[own] = .some(id)
        return id
    }

    private mutating func remember(_ topic: Span<UInt8>, _ key: UInt64, _ route: Route) -> Route {
        add(Topic(bytes: bytes(topic), route: route, isGuarded: false), key)
        return route
    }

    private mutating func add(_ topic: Topic, _ key: UInt64) {
        guard topics.count < TopicTable.topicsMax else {
            overflowCount += 1
            return
        }
        indexByHash[key] = topics.count
        topics.append(topic)
    }

    private func bytes(_ topic: Span<UInt8>) -> [UInt8] {
        var bytes: [UInt8] = []
        for index in topic.indices { bytes.append(topic[index]) }
        return bytes
    }

    private func isEqual(_ stored: [UInt8], _ topic: Span<UInt8>) -> Bool {
        guard stored.count == topic.count else { return false }
        for index in topic.indices where stored[index] != topic[index] { return false }
        return true
    }
}
