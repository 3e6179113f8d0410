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
    /// By name; several of one name where a file has several topics.
    public let profiles: [Profile]
    /// The topics' templates, those that go before others first.
    private let order: [(profile: Int, template: Int)]

    /// The profiles of each file.
    public var files: [[Profile]] {
        var files: [[Profile]] = []
        for profile in profiles {
            if files.last?.first?.name == profile.name {
                files[files.count - 1].append(profile)
            } else {
                files.append([profile])
            }
        }
        return files
    }

    /// Reads every `.yaml` file of a directory and of the directories in it.
    public static func load(directory: String) throws(YAMLFaults) -> ProfileSet {
        var faults: [YAMLFault] = []
        var files: [(name: String, text: String)] = []
        guard let paths = profileFiles(directory, depth: 0) else {
            throw YAMLFaults([
                YAMLFault(
                    file: directory, line: 0, message: "cannot be listed",
                    remedy: "check that the directory exists and may be read")
            ])
        }
        for path in paths {
            do {
                files.append((path, try YAMLDocument.fileText(path: path, name: path)))
            } catch {
                faults += error.all
            }
        }
        return try ProfileSet(files: files, faults: faults)
    }

    // LIMIT: a folder for each kind of device, and perhaps for each maker.
    private static let depthMax = 4

    /// Nil where it is no directory or may not be read.
    private static func profileFiles(_ directory: String, depth: Int) -> [String]? {
        guard let names = try? FileManager.default.contentsOfDirectory(atPath: directory) else {
            return nil
        }
        return names.sorted().filter { !$0.hasPrefix(".") }.flatMap { name -> [String] in
            let path = directory + "/" + name
            if name.hasSuffix(".yaml") { return [path] }
            return depth < depthMax ? profileFiles(path, depth: depth + 1) ?? [] : []
        }
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
        var fileOfName: [String: String] = [:]
        for file in files {
            do {
                let root = try YAMLDocument.read(text: file.text, file: file.name)
                let name = file.name.split(separator: "/").last.map(String.init) ?? ""
                if let other = fileOfName.updateValue(file.name, forKey: name) {
                    faults.append(
                        root.fault(
                            "there is a profile of this name in \(other) too",
                            remedy: "call one of them otherwise"))
                    continue
                }
                profiles += Profile.parse(root, faults: &faults)
            } catch {
                faults += error.all
            }
        }
        let places = profiles.indices.sorted {
            (profiles[$0].name, $0) < (profiles[$1].name, $1)
        }
        profiles = places.map { profiles[$0] }
        self.profiles = profiles
        order = Self.order(of: profiles)
        let unclear = ambiguities()
        faults += unclear
        faults += failedExamples(ownersAreClear: unclear.isEmpty)
        guard faults.isEmpty else { throw YAMLFaults(faults) }
    }

    /// The templates of all profiles: a more exact one goes before others, and of two with equal
    /// right the one whose profile asks payloads.
    private static func order(of profiles: [Profile]) -> [(profile: Int, template: Int)] {
        let all = profiles.indices.flatMap { profile in
            profiles[profile].match.templates.indices.map { (profile: profile, template: $0) }
        }
        return all.sorted { left, right in
            let (leftMatch, rightMatch) = (
                profiles[left.profile].match, profiles[right.profile].match
            )
            let precedence = leftMatch.templates[left.template]
                .precedence(rightMatch.templates[right.template])
            if precedence != 0 { return precedence < 0 }
            let rank = { (match: MessageMatch) in match.guard.isEmpty ? 1 : 0 }
            return (rank(leftMatch), left.profile, left.template)
                < (rank(rightMatch), right.profile, right.template)
        }
    }

    /// The device behind a topic, nil where no profile has it.
    ///
    /// Of several the one whose template is more exact counts: at the first level where they
    /// differ, a literal goes before `{name}` and that before `{name...}`. Bytes are compared as
    /// sent. Topics that are not UTF-8, empty, longer than MQTT allows or hold wildcards or NULs
    /// have no profile.
    public func match(topic: Span<UInt8>) -> DeviceMatch? { matches(topic: topic).first }

    /// The devices that may be behind a topic: those of profiles that ask its payloads
    /// (``MessageDecoder/accepts(profile:payload:)``), one of which may take a message, and at
    /// the end one that takes what they do not, where there is one.
    public func matches(topic: Span<UInt8>) -> [DeviceMatch] {
        guard topic.count > 0, topic.count <= topicSizeMax else { return [] }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(topic.count)
        for index in 0..<topic.count { bytes.append(topic[index]) }
        let forbidden: [UInt8] = [0, UInt8(ascii: "+"), UInt8(ascii: "#")]
        guard String(validating: bytes, as: UTF8.self) != nil,
            !bytes.contains(where: { forbidden.contains($0) })
        else { return [] }
        let levels = splitLevels(bytes)
        var matches: [DeviceMatch] = []
        for (index, template) in order where !matches.contains(where: { $0.profileIndex == index })
        {
            let profile = profiles[index]
            guard
                let match = profile.match(levels, template: template, profileIndex: index)
            else { continue }
            matches.append(match)
            if profile.match.guard.isEmpty { break }
        }
        return matches
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
        let all = Set(profiles.flatMap { $0.match.templates.map(\.filter) } + others)
        return all.filter { filter in !all.contains { $0 != filter && $0.covers(filter) } }
            .sorted { $0.text < $1.text }
    }

    /// Pairs of profiles where nothing decides whose a shared topic is.
    private func ambiguities() -> [YAMLFault] {
        var faults: [YAMLFault] = []
        for (index, profile) in profiles.enumerated() {
            for other in profiles[..<index] where profile.match.claimsTopics(of: other.match) {
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
    private func failedExamples(ownersAreClear: Bool) -> [YAMLFault] {
        var faults: [YAMLFault] = []
        var decoder = MessageDecoder(profiles: profiles)
        for (index, profile) in profiles.enumerated() {
            for (outcome, example) in zip(profile.runTests(), profile.examples) {
                var failure = outcome.failure
                let topic = Array(outcome.topic.utf8)
                let payload = example.payload
                let owner = matches(topic: topic.span).first { match in
                    match.profileIndex == index && example.isFrame
                        || decoder.accepts(profile: match.profileIndex, payload: payload.span)
                }?.profileIndex
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
