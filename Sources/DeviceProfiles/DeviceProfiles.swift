// Device profiles: what a technician writes about a kind of device, in YAML, compiled to a route
// from topic and payload to readings. The language is described in docs/profiles.
//
// A set is loaded whole or not at all: every mistake of every file is reported with its line, the
// examples inside the profiles are run, and two profiles that could claim one topic with equal
// right are refused. Afterwards nothing depends on the files: ``ProfileSet/match(topic:)`` routes
// a topic once, ``MessageDecoder`` reads its messages.

import Foundation
import StrictYAML
import Telemetry

/// The profiles of a gateway.
public struct ProfileSet: Sendable {
    /// By name.
    public let profiles: [Profile]
    /// The profiles' places, those that go before others first.
    private let order: [Int]

    /// Reads every `.yaml` file of a directory.
    public static func load(directory: String) throws(YAMLFaults) -> ProfileSet {
        guard let names = try? FileManager.default.contentsOfDirectory(atPath: directory) else {
            throw YAMLFaults([
                YAMLFault(
                    file: directory, line: 0, message: "cannot be listed",
                    remedy: "check that the directory exists and may be read")
            ])
        }
        var faults: [YAMLFault] = []
        var files: [(name: String, text: String)] = []
        for name in names.sorted() where name.hasSuffix(".yaml") && !name.hasPrefix(".") {
            let path = directory + "/" + name
            do {
                files.append((path, try YAMLDocument.fileText(path: path, name: path)))
            } catch {
                faults += error.all
            }
        }
        return try ProfileSet(files: files, faults: faults)
    }

    /// Compiles profiles from their texts.
    ///
    /// - Parameter files: the name of each, with or without directory, is its profile's name and
    ///   `.yaml`.
    public init(parsing files: [(name: String, text: String)]) throws(YAMLFaults) {
        try self.init(files: files, faults: [])
    }

    private init(
        files: [(name: String, text: String)], faults earlier: [YAMLFault]
    ) throws(YAMLFaults) {
        var faults = earlier
        var profiles: [Profile] = []
        for file in files {
            do {
                let root = try YAMLDocument.read(text: file.text, file: file.name)
                if let profile = Profile(root, faults: &faults) { profiles.append(profile) }
            } catch {
                faults += error.all
            }
        }
        profiles.sort { $0.name < $1.name }
        self.profiles = profiles
        let templates = profiles.map(\.template)
        order = profiles.indices.sorted {
            let precedence = templates[$0].precedence(templates[$1])
            return precedence == 0 ? $0 < $1 : precedence < 0
        }
        let unclear = ambiguities()
        faults += unclear
        faults += failedExamples(ownersAreClear: unclear.isEmpty)
        guard faults.isEmpty else { throw YAMLFaults(faults) }
    }

    /// The device behind a topic, nil where no profile has it.
    ///
    /// Of several the one whose template is more exact counts: at the first level where they
    /// differ, a literal goes before `{name}` and that before `{name...}`. Bytes are compared as
    /// sent. Topics that are not UTF-8, empty, longer than MQTT allows or hold wildcards or NULs
    /// have no profile.
    public func match(topic: Span<UInt8>) -> DeviceMatch? {
        guard topic.count > 0, topic.count <= topicSizeMax else { return nil }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(topic.count)
        for index in 0..<topic.count { bytes.append(topic[index]) }
        let forbidden: [UInt8] = [0, UInt8(ascii: "+"), UInt8(ascii: "#")]
        guard String(validating: bytes, as: UTF8.self) != nil,
            !bytes.contains(where: { forbidden.contains($0) })
        else { return nil }
        let levels = splitLevels(bytes)
        for index in order {
            if let match = profiles[index].match(levels, profileIndex: index) { return match }
        }
        return nil
    }

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
        let all = Set(profiles.map(\.template.filter) + others)
        return all.filter { filter in !all.contains { $0 != filter && $0.covers(filter) } }
            .sorted { $0.text < $1.text }
    }

    /// Pairs of profiles where nothing decides whose a shared topic is.
    private func ambiguities() -> [YAMLFault] {
        var faults: [YAMLFault] = []
        for (index, profile) in profiles.enumerated() {
            for other in profiles[..<index] where profile.claimsTopics(of: other) {
                faults.append(
                    YAMLFault(
                        file: profile.file, line: profile.matchLine,
                        message: "topic \(profile.template.text) can also be profile"
                            + " '\(other.name)' with \(other.template.text)",
                        remedy: "make one of them more exact or add the other's topics to 'except'")
                )
            }
        }
        return faults
    }

    /// What is wrong with the examples of the profiles that could be read.
    private func failedExamples(ownersAreClear: Bool) -> [YAMLFault] {
        var faults: [YAMLFault] = []
        for (index, profile) in profiles.enumerated() {
            for outcome in profile.runTests() {
                var failure = outcome.failure
                let owner = match(topic: Array(outcome.topic.utf8).span)?.profileIndex
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

extension Profile {
    /// Whether some topic is this profile's and the other's with equal right.
    fileprivate func claimsTopics(of other: Profile) -> Bool {
        let filter = template.filter
        let otherFilter = other.template.filter
        guard template.precedence(other.template) == 0, filter.overlaps(otherFilter) else {
            return false
        }
        return !exceptions.contains { $0.covers(otherFilter) || $0.covers(filter) }
            && !other.exceptions.contains { $0.covers(filter) || $0.covers(otherFilter) }
    }
}
