import DeviceProfiles
import MQTTSession
import Policy
import StrictYAML

/// All that people write for a gateway, found to be right: its configuration, and the profiles and
/// the policy that this names.
public struct GatewaySettings: Sendable {
    public let configuration: GatewayConfiguration
    public let profiles: ProfileSet
    public let policy: Policy

    /// Reads all of it, and looks at the files and folders that are named, without a connection.
    ///
    /// - Throws: every fault of every file at once.
    public static func load(path: String) throws(YAMLFaults) -> GatewaySettings {
        var (configuration, faults) = try GatewayConfiguration.read(path: path)
        faults += configuration.pathFaults()
        let profiles = profiles(of: configuration, faults: &faults)
        let policy = policy(of: configuration, faults: &faults)
        guard faults.isEmpty, let profiles, let policy else { throw YAMLFaults(faults) }
        return GatewaySettings(
            configuration: configuration, profiles: profiles, policy: policy)
    }

    /// The profiles, with what only a gateway asks of them; nil with faults.
    private static func profiles(
        of configuration: GatewayConfiguration, faults: inout [YAMLFault]
    ) -> ProfileSet? {
        let folder = configuration.devices
        func add(_ message: FaultText, remedy: FaultText) {
            faults.append(YAMLFault(file: folder, line: 0, message: message, remedy: remedy))
        }
        guard configuration.isThere("devices") else { return nil }
        let set: ProfileSet
        do {
            set = try ProfileSet.load(directory: folder)
        } catch {
            faults += error.all
            return nil
        }
        // Some brokers deliver a message once for each filter that it matches.
        for (first, second) in set.overlappingSubscriptions {
            add(
                "the topics \(first) and \(second) overlap",
                remedy: "a message of both would be delivered twice: narrow one of them")
        }
        if set.profiles.isEmpty {
            add(
                "no profiles",
                remedy: "put device profiles there, or name their folder with 'devices'")
        }
        // What the broker says of itself is for the ledger; it has no readings.
        for topic in SessionLoop.brokerTopics {
            guard let owner = set.match(topic: Array(topic.utf8).span)?.profileIndex else {
                continue
            }
            add(
                "the profile '\(set.profiles[owner].name)' claims the topic \(topic),"
                    + " by which socle counts what the broker drops",
                remedy: "add it to the profile's 'except'")
        }
        return set
    }

    /// The policy, the default one where none is named; nil with faults.
    private static func policy(
        of configuration: GatewayConfiguration, faults: inout [YAMLFault]
    ) -> Policy? {
        guard let path = configuration.policy else { return Policy() }
        guard configuration.isThere("policy") else { return nil }
        do {
            return try Policy.load(path: path)
        } catch {
            faults += error.all
            return nil
        }
    }
}
