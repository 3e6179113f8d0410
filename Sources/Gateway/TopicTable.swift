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
    private var indexByHash: [UInt64: Int] = [:]
    private var routes: [Route] = []
    private var topics: [[UInt8]] = []
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

    /// The route of a topic.
    mutating func route(_ topic: Span<UInt8>, writer: StoreWriter) -> Route {
        var key = hash.hash(topic, topic.extracting(first: 0))
        while let index = indexByHash[key] {
            if isEqual(topics[index], topic) { return routes[index] }
            key &+= 1
        }
        if isEqual(TopicTable.drillTopic, topic) {
            return remember(drillRoute(writer), topic, key)
        }
        guard let match = profiles.match(topic: topic) else {
            return remember(TopicTable.unknown, topic, key)
        }
        let device = writer.catalogue.intern(device: match.device)
        let profile = profiles.profiles[match.profileIndex]
        let sequence = profile.sequence.map { rule in
            (writer.catalogue.intern(sequenceOf: device, source: profile.name), rule.modulus)
        }
        // A topic that is not remembered has its series until the next one of these.
        let isRemembered = topics.count < TopicTable.topicsMax
        if !isRemembered { series.removeSubrange((rememberedSeriesCount ?? series.count)...) }
        if !isRemembered { rememberedSeriesCount = series.count }
        let route = Route(
            profile: match.profileIndex, device: device, sequence: sequence,
            firstSeries: series.count)
        for (descriptor, names) in zip(match.series, match.labelNames) {
            if !names.isEmpty, isRemembered { labelled[series.count] = match }
            series.append(
                names.isEmpty ? try? writer.catalogue.intern(descriptor, device: device) : nil)
        }
        return remember(route, topic, key)
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

    private mutating func remember(_ route: Route, _ topic: Span<UInt8>, _ key: UInt64) -> Route {
        guard topics.count < TopicTable.topicsMax else {
            overflowCount += 1
            return route
        }
        indexByHash[key] = routes.count
        routes.append(route)
        var bytes: [UInt8] = []
        for index in topic.indices { bytes.append(topic[index]) }
        topics.append(bytes)
        return route
    }

    private func isEqual(_ stored: [UInt8], _ topic: Span<UInt8>) -> Bool {
        guard stored.count == topic.count else { return false }
        for index in topic.indices where stored[index] != topic[index] { return false }
        return true
    }
}
