import StrictYAML
import Telemetry

/// What somebody has said of a value beside the message that holds it.
struct ValueHint: Sendable {
    /// The names on the way to it in a JSON document, the first one first; none for a bare value.
    var names: [String]
    var unit: String?
    /// What it measures, as Home Assistant calls it.
    var deviceClass: String?
    var scale: Value?
}

/// What was heard of devices beside their messages: Home Assistant's discovery, and the exposes of
/// Zigbee2MQTT.
public struct DeviceHints: Sendable {
    private(set) var byTopic: [String: [ValueHint]] = [:]
    /// Values that cannot be read as their discovery asks, by topic.
    private(set) var refused: [String: [(place: String, reason: FaultText)]] = [:]

    public init() {}

    /// What these messages say; others say nothing.
    public init(_ messages: [CapturedMessage]) {
        for message in messages {
            switch CapturedKind(message) {
            case .zigbeeDevices: readExposes(message)
            case .discovery: readDiscovery(message)
            default: break
            }
        }
    }

    /// The hint for a place of a topic's messages.
    func hint(topics: [String], names: [String]) -> ValueHint? {
        topics.lazy.compactMap { topic in
            byTopic[topic]?.first { $0.names == names }
        }.first
    }

    /// `zigbee2mqtt/bridge/devices`: each property with its unit.
    private mutating func readExposes(_ message: CapturedMessage) {
        guard let document = JSONLeaves(message.payload) else { return }
        var texts: [[JSONLeaf.Step]: String] = [:]
        for leaf in document.leaves where leaf.kind == .text { texts[leaf.steps] = leaf.text }
        let base = message.topic.dropLast("bridge/devices".count)
        for leaf in document.leaves where leaf.steps.last == .name("property") {
            let place = Array(leaf.steps.dropLast())
            guard let device = place.first,
                let name = texts[[device, .name("friendly_name")]]
            else { continue }
            byTopic[base + name, default: []].append(
                ValueHint(names: [leaf.text], unit: texts[place + [.name("unit")]]))
        }
    }

    private mutating func readDiscovery(_ message: CapturedMessage) {
        guard let document = JSONLeaves(message.payload) else { return }
        for entity in HomeAssistant.entities(document) {
            guard let topic = entity.topic else { continue }
            do throws(RefusedTemplate) {
                let place = try HomeAssistantTemplate(entity.template ?? "{{ value }}")
                byTopic[topic, default: []].append(
                    ValueHint(
                        names: place.names, unit: entity.unit, deviceClass: entity.deviceClass,
                        scale: place.scale))
            } catch {
                refused[topic, default: []].append((entity.template ?? "", error.reason))
            }
        }
    }
}

/// Home Assistant's MQTT discovery: an entity for each topic, or all of a device's below `cmps`.
///
/// Source: Home Assistant's documentation, "MQTT discovery", with its abbreviations.
enum HomeAssistant {
    struct Entity {
        var topic: String?
        var template: String?
        var unit: String?
        var deviceClass: String?
    }

    static func isEntity(_ document: JSONLeaves) -> Bool {
        entities(document).contains { $0.topic != nil }
    }

    static func entities(_ document: JSONLeaves) -> [Entity] {
        var order: [[JSONLeaf.Step]] = []
        var entities: [[JSONLeaf.Step]: Entity] = [:]
        var base = ""
        for leaf in document.leaves where leaf.kind == .text {
            guard case .name(let name) = leaf.steps.last else { continue }
            if leaf.steps == [.name("~")] { base = leaf.text }
            let place = Array(leaf.steps.dropLast())
            var entity = entities[place] ?? Entity()
            switch name {
            case "state_topic", "stat_t": entity.topic = leaf.text
            case "value_template", "val_tpl": entity.template = leaf.text
            case "unit_of_measurement", "unit_of_meas": entity.unit = leaf.text
            case "device_class", "dev_cla": entity.deviceClass = leaf.text
            default: continue
            }
            if entities.updateValue(entity, forKey: place) == nil { order.append(place) }
        }
        let shared = entities[[]]?.topic
        return order.compactMap { place in
            guard var entity = entities[place] else { return nil }
            entity.topic = (entity.topic ?? shared)?.replacing("~", with: base)
            return entity
        }
    }
}

/// Why a template says more than a profile can.
struct RefusedTemplate: Error {
    let reason: FaultText
}

/// The template of a value, as far as it is a place with a factor: `value_json.a['b'] | float`,
/// `(value_json.a | float) * 0.1 | round(1)`.
struct HomeAssistantTemplate {
    let names: [String]
    let scale: Value?

    init(_ text: String) throws(RefusedTemplate) {
        let filter = #"(?:\s*\|\s*(?:int|float|round)(?:\([\d, ]*\))?)*"#
        let place = #"value(?:_json(?:\.\w+|\['[^'\].\[]+'\]|\["[^"\].\[]+"\])+)?"#
        let pattern =
            #"^\s*\{\{-?\s*(\(?)\s*("# + place + ")" + filter + #"\s*(\)?)"#
            + #"(?:\s*\*\s*(\d+(?:\.\d+)?))?"# + filter + #"\s*-?\}\}\s*$"#
        guard let regex = try? Regex(pattern), let match = try? regex.wholeMatch(in: text),
            match[1].substring?.isEmpty == match[3].substring?.isEmpty,
            let found = match[2].substring
        else {
            throw RefusedTemplate(
                reason: "its template is more than a place, int, float or round, and a factor")
        }
        names = found.split(whereSeparator: { ".[]'\"".contains($0) }).dropFirst().map(String.init)
        scale = match[4].substring.flatMap { Value(parsing: Array($0.utf8).span) }
    }
}
