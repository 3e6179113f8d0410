import PayloadDecoding
import Telemetry

/// A message as it was heard.
public struct CapturedMessage: Sendable, Equatable {
    public let topic: String
    public let payload: [UInt8]

    public init(topic: String, payload: [UInt8]) {
        self.topic = topic
        self.payload = payload
    }
}

/// What a message is, as far as one can tell from itself.
public enum CapturedKind: Sendable, Hashable {
    case empty, number, word, json, bytes
    /// A text that is neither a number nor a word.
    case text
    /// An uplink of LoRaWAN; of no model where the server says none.
    case uplink(server: String, model: String?)
    /// `NBIRTH` and so on.
    case sparkplug(type: String)
    /// What Zigbee2MQTT says of its devices, and of itself.
    case zigbeeDevices, zigbeeBridge
    /// What Home Assistant is told of an entity.
    case discovery
    /// A format that names its values, as `decode` calls it.
    case format(String)

    public init(_ message: CapturedMessage) {
        let (topic, payload) = (message.topic, message.payload)
        let levels = topic.split(separator: "/", omittingEmptySubsequences: false)
        let document = Self.isDocument(payload) ? JSONLeaves(payload) : nil
        if SparkplugTopic(parsing: Array(topic.utf8).span) != nil {
            self = .sparkplug(type: String(levels[2]))
        } else if let document {
            self = Self.kind(of: document, message, levels)
        } else {
            self = Self.kind(of: payload, levels)
        }
    }

    private static func isDocument(_ payload: [UInt8]) -> Bool {
        let first = payload.first { $0 > 0x20 && $0 < 0x80 }
        return first == UInt8(ascii: "{") || first == UInt8(ascii: "[")
    }

    private static func kind(
        of document: JSONLeaves, _ message: CapturedMessage, _ levels: [Substring]
    ) -> CapturedKind {
        if levels.count >= 2, levels[levels.count - 2] == "bridge" {
            return levels.last == "devices" ? .zigbeeDevices : .zigbeeBridge
        }
        if levels.contains("bridge"), levels.first == "zigbee2mqtt" { return .zigbeeBridge }
        if levels.count >= 4, levels.last == "config", HomeAssistant.isEntity(document) {
            return .discovery
        }
        if let uplink = UplinkFacts(document) {
            return .uplink(server: uplink.server, model: uplink.model)
        }
        var list = FieldList()
        let names = Set(document.leaves.compactMap(\.names.first))
        if !names.isDisjoint(with: ["n", "bn"]),
            (try? decodeSenMLJSON(message.payload.span, arrival: 0, into: &list)) != nil
        {
            return .format("senml")
        }
        let members = Set(document.leaves.compactMap(\.names.last))
        if members.isSuperset(of: ["fields", "name", "timestamp"]) || members == ["metrics"],
            (try? decodeTelegrafJSON(message.payload.span, into: &list)) != nil
        {
            return .format("telegraf-json")
        }
        return .json
    }

    private static func kind(of payload: [UInt8], _ levels: [Substring]) -> CapturedKind {
        var list = FieldList()
        let span = payload.span
        switch try? TextScalar(parsing: span) {
        case .empty: return .empty
        case .number: return .number
        case .word where !payload.contains(UInt8(ascii: "=")) && levels.first != "collectd":
            return .word
        default: break
        }
        if levels.first == "collectd", payload.contains(UInt8(ascii: ":")) {
            return .format("collectd")
        }
        if payload.first == 2, (try? decodeTeleinformation(span, into: &list)) != nil {
            return .format("tic")
        }
        guard let text = String(validating: payload, as: UTF8.self) else {
            return (try? decodeSenMLCBOR(span, arrival: 0, into: &list)) != nil
                && !list.fields.isEmpty
                ? .format("senml-cbor") : .bytes
        }
        if text.hasPrefix("# "), (try? decodeOpenMetrics(span, into: &list)) != nil {
            return .format("openmetrics")
        }
        if text.contains("="), (try? decodeInfluxLine(span, into: &list)) != nil,
            !list.fields.isEmpty
        {
            return .format("influx")
        }
        let isPrintable = text.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7f || 9...13 ~= $0 }
        return isPrintable ? .text : .bytes
    }
}

/// What an uplink of a network server says of its device.
struct UplinkFacts {
    let server: String
    /// Nil where the server says none.
    let model: String?
    /// Where the decoded object is, nil where the server has none or writes it into a string.
    let root: [JSONLeaf.Step]?

    /// Nil where the document is no uplink.
    init?(_ document: JSONLeaves) {
        var texts: [String: String] = [:]
        for leaf in document.leaves where leaf.kind == .text {
            texts[leaf.steps.path ?? ""] = leaf.text
        }
        if texts["$.deviceInfo.devEui"] != nil {
            server = "ChirpStack 4"
            root = [.name("object")]
        } else if texts["$.devEUI"] != nil {
            server = "ChirpStack 3"
            root = texts["$.objectJSON"] == nil ? [.name("object")] : nil
        } else if texts["$.end_device_ids.device_id"] != nil {
            server = "The Things Stack"
            root = [.name("uplink_message"), .name("decoded_payload")]
        } else {
            return nil
        }
        model = Self.modelPaths.lazy.compactMap { texts[$0] }.first { !$0.isEmpty }
    }

    static let modelPaths = [
        "$.deviceInfo.tags.model", "$.tags.model", "$.deviceInfo.deviceProfileName",
        "$.deviceProfileName", "$.uplink_message.version_ids.model_id",
    ]
    /// What must be said for the message to be read as the model's.
    static let keptPaths = Set(modelPaths + ["$.uplink_message.version_ids.brand_id"])
    /// What must be the device that the topic names.
    static let devicePaths: Set<String> = [
        "$.deviceInfo.devEui", "$.devEUI", "$.end_device_ids.device_id",
        "$.end_device_ids.dev_eui",
    ]
}
