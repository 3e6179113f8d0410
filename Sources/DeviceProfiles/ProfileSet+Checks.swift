import StrictYAML
import Telemetry

/// What profiles are to each other: the broker's filters for all of them, and whose a message is.
extension ProfileSet {
    /// The MQTT filters for all profiles: sorted, none twice, and none that another covers.
    ///
    /// Two filters that each have topics of their own may still share some (`a/+/c` and `a/b/+`);
    /// widening them to one would bring in topics that nobody asked for, so both are here, and
    /// ``overlappingSubscriptions`` names them: some brokers deliver the shared topics twice.
    public var subscriptions: [String] { subscriptionFilters().map(\.text) }

    /// ``subscriptions``, and one for a topic that is wanted as well, unless they cover it.
    public func subscriptions(with topic: String) -> [String] {
        subscriptionFilters(TopicFilter(topic).map { [$0] } ?? []).map(\.text)
    }

    /// The pairs of ``subscriptions`` that share topics.
    public var overlappingSubscriptions: [(String, String)] {
        let filters = subscriptionFilters()
        return filters.indices.flatMap { left in
            filters.indices.filter { $0 > left && filters[left].overlaps(filters[$0]) }
                .map { (filters[left].text, filters[$0].text) }
        }
    }

    private func subscriptionFilters(_ others: [TopicFilter] = []) -> [TopicFilter] {
        let all = Set(profiles.flatMap { $0.match.templates.map(\.filter) } + others)
        return all.filter { filter in !all.contains { $0 != filter && $0.covers(filter) } }
            .sorted { $0.text < $1.text }
    }

    /// Pairs of profiles where nothing decides whose a shared topic is.
    func ambiguities() -> [YAMLFault] {
        var faults: [YAMLFault] = []
        // By their places: a profile is large to copy.
        for index in profiles.indices {
            for place in 0..<index
            where profiles[index].match.claimsTopics(of: profiles[place].match) {
                let (profile, other) = (profiles[index], profiles[place])
                faults.append(
                    YAMLFault(
                        file: profile.file, line: profile.match.line,
                        message: "topic \(profile.topicText) can also be profile"
                            + " '\(other.name)' with \(other.topicText)",
                        remedy: "make one of them more exact, or tell them apart by 'except',"
                            + " 'where' or 'model'")
                )
            }
        }
        return faults
    }

    /// What is wrong with the examples of the profiles that could be read.
    func failedExamples(ownersAreClear: Bool) -> [YAMLFault] {
        var faults: [YAMLFault] = []
        var decoder = MessageDecoder(profiles: profiles)
        for (index, profile) in profiles.enumerated() {
            for (outcome, example) in zip(profile.runTests(), profile.examples) {
                var failure = outcome.failure
                let topic = Array(outcome.topic.utf8)
                let payload = example.payload
                // A frame's envelope is made for its profile, and says no model to others.
                let owner =
                    example.isFrame
                    ? index
                    : owners(topic: topic.span).first {
                        decoder.accepts(profile: $0, payload: payload.span)
                    }
                if failure == nil, ownersAreClear, let owner, owner != index {
                    failure = "the topic belongs to the profile '\(profiles[owner].name)'"
                }
                guard let failure else { continue }
                faults.append(
                    YAMLFault(
                        file: profile.file, line: outcome.line,
                        message: "the test with topic \(outcome.topic) fails: \(failure)",
                        remedy: "correct the profile or the test"))
            }
        }
        return faults
    }
}
