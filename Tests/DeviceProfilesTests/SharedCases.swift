import Foundation
import Telemetry

/// A message of a real device, with what it means.
struct SharedCase: Sendable, CustomStringConvertible {
    let id: String
    let kind: String
    let model: String
    let vendor: String
    let topic: String
    let payload: [UInt8]
    let expected: [Expected]
    /// Those whose source writes a number as a text: `1700 mm`.
    let worded: [Expected]

    typealias Expected = (metric: String, value: Double, unit: String?, time: Int64?)

    var description: String { id }

    /// A value's place in the document, found by its name, or else by its value where nothing else
    /// has it.
    struct Place {
        let path: String
        let value: Double
        let time: Int64?
        /// For words that stand for numbers.
        let map: String
    }

    /// Words that sources count as true and false.
    private static let words: [String: Double] = [
        "ON": 1, "on": 1, "OK": 1, "OFF": 0, "off": 0, "true": 1, "false": 0,
    ]

    var places: [Place] {
        guard let root = document else { return [] }
        // Numbers before texts that can be read as some.
        let all = Self.leaves(root, at: "$")
        let leaves = all.filter { !$0.isText } + all.filter(\.isText)
        var used: Set<String> = []
        return expected.compactMap { expected in
            let name = Self.plain(expected.metric)
            let equal = leaves.filter { $0.value == expected.value }
            // Of several whose names end alike, as channels of one meter, each counts once.
            let named = equal.filter {
                Self.plain($0.path).hasSuffix(name) && !used.contains($0.path)
            }
            let inside = equal.filter { Self.plain($0.path).contains(name) }
            let found = named.first ?? inside.first ?? (equal.count == 1 ? equal[0] : nil)
            guard let found else { return nil }
            used.insert(found.path)
            return Place(
                path: found.path, value: expected.value, time: expected.time, map: found.map)
        }
    }

    /// The payload's JSON, or the object in the envelope that a network server has decoded.
    private var document: JSONNode? {
        let root = JSONNode(payload)
        guard kind.hasPrefix("lorawan") else { return root }
        let uplink = root?["uplink_message"]
        if let object = root?["object"] ?? uplink?["decoded_payload"] { return object }
        guard case .text(let text)? = root?["objectJSON"] else { return nil }
        return JSONNode(Array(text.utf8))
    }

    private static func leaves(
        _ node: JSONNode, at path: String
    ) -> [(path: String, value: Double, map: String, isText: Bool)] {
        switch node {
        case .object(let object):
            return object.sorted { $0.key < $1.key }.flatMap { key, value in
                let isPlain = !key.contains { ".[]'".contains($0) }
                return leaves(value, at: path + (isPlain ? ".\(key)" : "['\(key)']"))
            }
        case .list(let list):
            return list.enumerated().flatMap { leaves($1, at: "\(path)[\($0)]") }
        case .boolean(let isTrue):
            return [(path, isTrue ? 1 : 0, ", map: { 'false': 0, 'true': 1 }", false)]
        case .number(let number): return [(path, number, "", false)]
        case .text(let text):
            if let number = Double(text) { return [(path, number, "", true)] }
            guard let value = words[text] else { return [] }
            return [(path, value, ", map: { '\(text)': \(Int(value)) }", true)]
        case .null: return []
        }
    }

    private static func plain(_ name: String) -> String {
        name.lowercased().filter { $0.isLetter || $0.isNumber }
    }
}

/// A JSON document that tells numbers from booleans.
private enum JSONNode: Decodable {
    case object([String: JSONNode])
    case list([JSONNode])
    case boolean(Bool)
    case number(Double)
    case text(String)
    case null

    init?(_ bytes: [UInt8]) {
        guard let node = try? JSONDecoder().decode(JSONNode.self, from: Data(bytes)) else {
            return nil
        }
        self = node
    }

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let object = try? container.decode([String: JSONNode].self) {
            self = .object(object)
        } else if let list = try? container.decode([JSONNode].self) {
            self = .list(list)
        } else if let boolean = try? container.decode(Bool.self) {
            self = .boolean(boolean)
        } else if let number = try? container.decode(Double.self) {
            self = .number(number)
        } else if let text = try? container.decode(String.self) {
            self = .text(text)
        } else {
            self = .null
        }
    }

    subscript(key: String) -> JSONNode? {
        if case .object(let object) = self { object[key] } else { nil }
    }
}

extension SharedCase {
    /// The payload with the device's model where its server says none, or another name.
    func payloadWithModel() throws -> [UInt8] {
        guard var root = try JSONSerialization.jsonObject(with: Data(payload)) as? [String: Any]
        else { return payload }
        let name = "\(vendor)-\(model)"
        if var info = root["deviceInfo"] as? [String: Any] {
            info["deviceProfileName"] = name
            root["deviceInfo"] = info
        } else if var uplink = root["uplink_message"] as? [String: Any] {
            uplink["version_ids"] = ["brand_id": vendor, "model_id": model]
            root["uplink_message"] = uplink
        } else {
            root["deviceProfileName"] = name
        }
        return Array(try JSONSerialization.data(withJSONObject: root))
    }

    /// Whether some value of the case is this one: in its unit, as it stands, or by a power of ten
    /// that the source's unit has.
    func expects(_ value: Double, in unit: String) -> Bool {
        (expected + worded).contains { expected in
            let factors: [Double] = [1, 100, 1000, 0.01, 0.001]
            var candidates = factors.map { expected.value * $0 }
            if let conversion = expected.unit.flatMap({ UnitConversion(from: $0, to: unit) }) {
                candidates.append(
                    (expected.value * conversion.factor.double + conversion.shift.double)
                        / conversion.divisor.double)
            }
            return candidates.contains { abs($0 - value) <= max(abs($0) * 1e-6, 1e-9) }
        }
    }
}

enum SharedCases {
    private static let path = root + "../shared/devices/cases.jsonl"
    private static let root =
        #filePath.components(separatedBy: "Tests/DeviceProfilesTests")[0]

    static var areThere: Bool { FileManager.default.fileExists(atPath: path) }

    static let all: [SharedCase] = {
        guard let text = try? String(contentsOfFile: path, encoding: .utf8) else { return [] }
        return text.split(separator: "\n").compactMap { read(String($0)) }
    }()

    /// Those whose values have a place in a document, or are the whole payload.
    static let placed: [SharedCase] = all.filter { shared in
        let named = ["telegraf-json", "senml-json", "ha-discovery"]
        return !named.contains(shared.kind) && !shared.places.isEmpty
    }

    private static func read(_ line: String) -> SharedCase? {
        guard
            let root = try? JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any],
            let id = root["id"] as? String, let kind = root["kind"] as? String,
            let topic = root["topic"] as? String,
            let payload = (root["payload_b64"] as? String).flatMap({ Data(base64Encoded: $0) })
        else { return nil }
        let entries = root["expected"] as? [[String: Any]] ?? []
        return SharedCase(
            id: id, kind: kind, model: root["model"] as? String ?? "",
            vendor: root["vendor"] as? String ?? "", topic: topic, payload: Array(payload),
            expected: entries.compactMap { entry in
                (entry["value"] as? NSNumber).flatMap { expected(entry, $0.doubleValue) }
            },
            worded: entries.compactMap { entry in
                let words = (entry["value"] as? String)?.split(separator: " ") ?? []
                return words.first.flatMap { Double($0) }.flatMap { expected(entry, $0) }
            })
    }

    private static func expected(
        _ entry: [String: Any], _ value: Double
    ) -> SharedCase.Expected? {
        guard let metric = entry["metric"] as? String else { return nil }
        let time = (entry["ts"] as? String).flatMap { parseRFC3339(Array($0.utf8).span) }
        return (metric, value, entry["unit"] as? String, time)
    }

    /// The folder of this repository's profiles.
    static let devices = root + "devices"
}
