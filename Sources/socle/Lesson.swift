import DeviceProfiles
import StrictYAML
import Telemetry

/// What was heard of devices, and which of it profiles take.
struct Lesson {
    let set: ProfileSet
    private(set) var table = Table([
        (say("topic", "sujet"), .name), (say("messages", "messages"), .right),
        (say("what it is", "nature"), .name),
    ])
    /// Of topics that no profile takes.
    private var unknown: [CapturedMessage] = []
    private var hints = DeviceHints()

    init(_ set: ProfileSet) { self.set = set }

    mutating func take(_ messages: [CapturedMessage], counts: [String: Int]) {
        var decoder = MessageDecoder(set)
        hints = DeviceHints(messages)
        let byTopic = Dictionary(grouping: messages, by: \.topic)
        for topic in counts.keys.sorted() {
            let heard = byTopic[topic] ?? []
            var names: [String] = []
            for message in heard {
                let owner = set.matches(topic: Array(topic.utf8).span).first {
                    decoder.accepts(profile: $0.profileIndex, payload: message.payload.span)
                }
                if let owner {
                    let name = set.profiles[owner.profileIndex].name
                    if !names.contains(name) { names.append(name) }
                } else {
                    unknown.append(message)
                }
            }
            let kind = heard.first { !$0.payload.isEmpty } ?? heard.first
            var nature =
                names.isEmpty
                ? kind.map { Self.text(of: CapturedKind($0)) }
                    ?? say("messages above 64 kB", "messages de plus de 64 ko")
                : say("profile ", "profil ") + names.joined(separator: ", ")
            if !names.isEmpty, unknown.last?.topic == topic {
                nature += say(", and others", ", et d'autres")
            }
            table.add([shown(topic), String(counts[topic] ?? 0), nature])
        }
    }

    /// Drafts for what no profile takes, each with a name of its own.
    func drafts(named wanted: String?) -> [ProfileDraft] {
        var names = Set(set.profiles.map(\.name))
        var drafts: [ProfileDraft] = []
        for group in CapturedGroup.groups(of: unknown, vocabulary: set.vocabulary) {
            let base = wanted ?? Self.name(of: group)
            var name = base
            var number = 2
            while names.contains(name) {
                name = "\(base)-\(number)"
                number += 1
            }
            let draft = ProfileDraft(
                group, name: name, vocabulary: set.vocabulary, hints: hints,
                say: { socle.text(of: $0) })
            guard let draft else { continue }
            if draft.text != nil { names.insert(name) }
            drafts.append(draft)
        }
        return drafts
    }

    /// The topic's own words, or the model.
    private static func name(of group: CapturedGroup) -> String {
        var words = group.template.split(separator: "/").filter { !$0.contains("{") }
        if case .uplink(_, let model?) = group.kind { words = [model[...]] }
        let text = words.suffix(3).joined(separator: "-").lowercased()
        let name = text.split { !$0.isASCII || !$0.isLetter && !$0.isNumber }
            .joined(separator: "-")
        return name.isEmpty ? "device" : name
    }

    /// What a draft keeps and drops, for people.
    static func summary(_ draft: ProfileDraft) -> String {
        var lines = [
            draft.text == nil
                ? say(
                    "no draft for \(draft.topic)", "pas d'ébauche pour \(draft.topic)")
                : say(
                    "draft \(draft.name) for \(draft.topic)",
                    "ébauche \(draft.name) pour \(draft.topic)")
        ]
        for kept in draft.kept {
            lines.append(
                "  + \(kept.place) = \(kept.sample)  \(kept.metric) [\(kept.unit)]")
        }
        for dropped in draft.dropped {
            let sample = dropped.sample.map { " = \($0)" } ?? ""
            lines.append("  - \(dropped.place)\(sample)  \(socle.text(of: dropped.reason))")
        }
        return lines.map { $0 + "\n" }.joined()
    }

    static func text(of kind: CapturedKind) -> String {
        switch kind {
        case .empty: say("empty", "vide")
        case .number: say("number", "nombre")
        case .word: say("word", "mot")
        case .json: "JSON"
        case .text: say("text", "texte")
        case .bytes: say("bytes", "octets")
        case .format(let name): say("format \(name)", "format \(name)")
        case .uplink(let server, let model?):
            say(
                "LoRaWAN uplink of \(model) by \(server)",
                "trame LoRaWAN de \(model) par \(server)")
        case .uplink(let server, nil):
            say("LoRaWAN uplink by \(server)", "trame LoRaWAN par \(server)")
        case .sparkplug(let type): say("Sparkplug \(type)", "Sparkplug \(type)")
        case .zigbeeDevices: say("Zigbee2MQTT devices", "appareils de Zigbee2MQTT")
        case .zigbeeBridge: say("Zigbee2MQTT itself", "Zigbee2MQTT lui-même")
        case .discovery: say("Home Assistant discovery", "découverte Home Assistant")
        }
    }

    /// A topic without what would change a terminal.
    private func shown(_ topic: String) -> String {
        String(topic.map { $0.unicodeScalars.allSatisfy { $0.value >= 0x20 } ? $0 : "?" })
    }
}
