import Foundation
import Yams

/// A file's contents.
public enum YAMLDocument {
    // LIMIT: a file by hand has a few hundred lines.
    /// The largest file, in bytes.
    public static let sizeMax = 1 << 20
    // LIMIT: no file of ours is nested deeper than ten levels.
    /// The deepest nesting of sequences and mappings.
    public static let depthMax = 32

    /// Reads a file.
    ///
    /// - Parameter name: the file's name for messages, its path where nil.
    public static func read(path: String, name: String? = nil) throws(YAMLFaults) -> YAMLNode {
        try read(text: fileText(path: path, name: name ?? path), file: name ?? path)
    }

    /// A file's text.
    public static func fileText(path: String, name: String) throws(YAMLFaults) -> String {
        guard let handle = FileHandle(forReadingAtPath: path) else {
            throw fault(name, 0, "cannot be opened", "check that it exists and may be read")
        }
        defer { try? handle.close() }
        guard let bytes = try? handle.read(upToCount: sizeMax + 1) ?? Data() else {
            throw fault(name, 0, "cannot be read", "check that it is a file")
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw fault(name, 0, "is not UTF-8", "save it with the encoding UTF-8")
        }
        return text
    }

    /// Reads a text.
    ///
    /// - Parameter file: the name for messages.
    public static func read(text: String, file: String) throws(YAMLFaults) -> YAMLNode {
        guard text.utf8.count <= sizeMax else {
            throw fault(file, 0, "is larger than \(sizeMax) bytes", "split it")
        }
        guard !text.utf8.contains(0) else {
            throw fault(file, 0, "holds NUL bytes", "check that it is a text file")
        }
        do {
            let parser = try Parser(yaml: text)
            guard let root = try parser.singleRoot() else {
                throw fault(file, 1, "is empty", "write the keys that it needs")
            }
            // The parser keeps the anchors of its nodes alive, by which they are recognised.
            return try withExtendedLifetime(parser) { () throws(YAMLFaults) in
                try convert(root, file: file, depth: 0)
            }
        } catch let faults as YAMLFaults {
            throw faults
        } catch let error as YamlError {
            throw YAMLFaults([syntaxFault(error, file: file)])
        } catch {
            throw fault(file, 0, "cannot be read as YAML", "")
        }
    }

    private static func convert(
        _ node: Node, file: String, depth: Int
    ) throws(YAMLFaults) -> YAMLNode {
        let line = node.mark?.line ?? 0
        guard depth <= depthMax else {
            throw fault(file, line, "is nested deeper than \(depthMax) levels", "")
        }
        guard node.anchor == nil else {
            throw fault(file, line, "has an anchor (&)", "write the value out at each place")
        }
        switch node {
        case .scalar(let scalar):
            let isPlain = scalar.style == .plain || scalar.style == .any
            return YAMLNode(
                file: file, line: line, content: .scalar(scalar.string, isPlain: isPlain))
        case .sequence(let sequence):
            var elements: [YAMLNode] = []
            for element in sequence {
                elements.append(try convert(element, file: file, depth: depth + 1))
            }
            return YAMLNode(file: file, line: line, content: .sequence(elements))
        case .mapping(let mapping):
            var members: [YAMLNode.Member] = []
            for (key, value) in mapping {
                let keyLine = key.mark?.line ?? line
                guard let name = key.scalar?.string, key.anchor == nil else {
                    throw fault(file, keyLine, "a key is not a word", "")
                }
                members.append(
                    YAMLNode.Member(
                        key: name, line: keyLine,
                        value: try convert(value, file: file, depth: depth + 1)))
            }
            return YAMLNode(file: file, line: line, content: .mapping(members))
        case .alias:
            throw fault(file, line, "has an alias (*)", "write the value out at each place")
        }
    }

    /// A parser's complaint in one line.
    private static func syntaxFault(_ error: YamlError, file: String) -> YAMLFault {
        let help: FaultText = "check indentation, colons and quotes around that line"
        switch error {
        case .scanner(let context, let problem, let mark, _),
            .parser(let context, let problem, let mark, _):
            // Where a quote or bracket is never closed, the line that opened it is the helpful one.
            let line = context?.mark.line ?? mark.line
            let message = context.map { "\($0.text) (\(problem))" } ?? problem
            return YAMLFault(
                file: file, line: line, message: "is not YAML: \(message)", remedy: help)
        case .composer(_, let problem, let mark, _):
            return YAMLFault(
                file: file, line: mark.line, message: "cannot be read: \(problem)", remedy: help)
        case .duplicatedKeysInMapping(let names, let context):
            let list = names.map { "'\($0)'" }.joined(separator: ", ")
            return YAMLFault(
                file: file, line: context.mark.line, message: "key \(list) appears twice",
                remedy: "keep one of them")
        case .reader(let problem, _, _, _):
            return YAMLFault(file: file, line: 0, message: "is not YAML: \(problem)", remedy: help)
        case .no, .memory, .writer, .emitter, .representer, .dataCouldNotBeDecoded:
            return YAMLFault(file: file, line: 0, message: "cannot be read as YAML")
        }
    }

    private static func fault(
        _ file: String, _ line: Int, _ message: FaultText, _ remedy: FaultText
    ) -> YAMLFaults {
        YAMLFaults([YAMLFault(file: file, line: line, message: message, remedy: remedy)])
    }
}
