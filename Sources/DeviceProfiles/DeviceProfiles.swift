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
    /// The metrics that profiles may use; nil where the folder has no `metrics.yaml`.
    public let vocabulary: MetricVocabulary?
    /// The topics' templates, those that go before others first.
    let order: [(profile: Int, template: Int)]

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
            if path.hasSuffix(".yml") {
                faults.append(
                    YAMLFault(
                        file: path, line: 0, message: "is no profile by its name",
                        remedy: "let it end with .yaml"))
                continue
            }
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
            if name.hasSuffix(".yaml") || name.hasSuffix(".yml") { return [path] }
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
        vocabulary = Self.vocabulary(of: files, faults: &faults)
        for file in files where !isVocabulary(file.name) {
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
                profiles += Profile.parse(root, vocabulary: vocabulary, faults: &faults)
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

    private static func vocabulary(
        of files: [(name: String, text: String)], faults: inout [YAMLFault]
    ) -> MetricVocabulary? {
        guard let file = files.first(where: { isVocabulary($0.name) }) else { return nil }
        do {
            let root = try YAMLDocument.read(text: file.text, file: file.name)
            return MetricVocabulary(root, faults: &faults)
        } catch {
            faults += error.all
            return nil
        }
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
        candidates(topic: topic).compactMap { match(topic: topic, $0) }
    }

    /// A profile that may be behind a topic, and by which of its topics.
    public struct Candidate: Sendable {
        /// The place in ``profiles``.
        public let profile: Int
        let template: Int
    }

    /// Those of ``matches(topic:)``, without their series.
    public func candidates(topic: Span<UInt8>) -> [Candidate] {
        levels(of: topic).map { candidates($0) } ?? []
    }

    /// The device of one of them.
    public func match(topic: Span<UInt8>, _ candidate: Candidate) -> DeviceMatch? {
        levels(of: topic).flatMap {
            profiles[candidate.profile].match(
                $0, template: candidate.template, profileIndex: candidate.profile)
        }
    }

    /// The profiles of ``matches(topic:)``, by their places.
    func owners(topic: Span<UInt8>) -> [Int] {
        candidates(topic: topic).map(\.profile)
    }

    private func candidates(_ levels: [[UInt8]]) -> [Candidate] {
        var found: [Candidate] = []
        for place in order where profiles[place.profile].match.has(levels, template: place.template)
        {
            if found.contains(where: { $0.profile == place.profile }) { continue }
            found.append(Candidate(profile: place.profile, template: place.template))
            if profiles[place.profile].match.guard.isEmpty { break }
        }
        return found
    }

    /// Nil where no topic of a message is so.
    private func levels(of topic: Span<UInt8>) -> [[UInt8]]? {
        guard topic.count > 0, topic.count <= topicSizeMax else { return nil }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(topic.count)
        for index in 0..<topic.count { bytes.append(topic[index]) }
        let forbidden: [UInt8] = [0, UInt8(ascii: "+"), UInt8(ascii: "#")]
        guard String(validating: bytes, as: UTF8.self) != nil,
            !bytes.contains(where: { forbidden.contains($0) })
        else { return nil }
        return splitLevels(bytes)
    }
}

private func isVocabulary(_ path: String) -> Bool {
    path.split(separator: "/").last == MetricVocabulary.fileName[...]
}
