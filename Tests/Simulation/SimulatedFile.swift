import Foundation
import NaiveModel

/// What a disk holds of one file: what was synced, and what was only handed to it since.
final class SimulatedFile {
    let path: String
    /// The content that a power cut cannot touch.
    private(set) var durable: [UInt8]
    /// Whether a power cut leaves the file's name: a new file has none until it is synced.
    private(set) var isNameDurable: Bool
    private var pending: [Change] = []
    /// Deleted without a sync of the folder: a power cut may bring it back.
    var isDeleted = false

    private enum Change {
        case write(offset: Int, bytes: [UInt8])
        case truncate(size: Int)
    }

    /// A disk writes sectors whole or not at all. (SQLite's unix VFS promises likewise that a write
    /// does not harm bytes beside it: SQLITE_IOCAP_POWERSAFE_OVERWRITE.)
    private static let sectorSize = 512

    init(path: String) {
        self.path = path
        let content = FileManager.default.contents(atPath: path)
        durable = content.map { Array($0) } ?? []
        isNameDurable = content != nil
    }

    func write(_ bytes: [UInt8], at offset: Int) {
        pending.append(.write(offset: offset, bytes: bytes))
    }

    func truncate(to size: Int) { pending.append(.truncate(size: size)) }

    func sync() {
        durable = applied(pending, to: durable)
        pending.removeAll()
        isNameDurable = true
    }

    /// What the disk holds after a power cut: of all that was not synced, any part in any order,
    /// each sector whole.
    ///
    /// - Returns: nil where not even the file's name is left.
    func afterPowerCut(_ random: inout SplitMix64) -> [UInt8]? {
        if isDeleted, Bool.random(using: &random) { return nil }
        if !isNameDurable, Bool.random(using: &random) { return nil }
        // Most of it, hardly any, or half: each tears in another way.
        let share = [90, 10, 50].randomElement(using: &random) ?? 50
        var kept: [Change] = []
        for change in pending {
            switch change {
            case .truncate:
                if Int.random(in: 0..<100, using: &random) < share { kept.append(change) }
            case .write(let offset, let bytes):
                kept += sectors(bytes, at: offset).filter { _ in
                    Int.random(in: 0..<100, using: &random) < share
                }
            }
        }
        return applied(kept, to: durable)
    }

    /// What a file holds after its process was killed: the kernel has all that was written.
    func afterKill() -> [UInt8]? { isDeleted ? nil : applied(pending, to: durable) }

    private func sectors(_ bytes: [UInt8], at offset: Int) -> [Change] {
        var parts: [Change] = []
        var start = 0
        while start < bytes.count {
            let room = Self.sectorSize - (offset + start) % Self.sectorSize
            let end = min(start + room, bytes.count)
            parts.append(.write(offset: offset + start, bytes: Array(bytes[start..<end])))
            start = end
        }
        return parts
    }

    private func applied(_ changes: [Change], to content: [UInt8]) -> [UInt8] {
        var content = content
        for change in changes {
            switch change {
            case .truncate(let size):
                if size < content.count {
                    content.removeSubrange(size...)
                } else {
                    content += [UInt8](repeating: 0, count: size - content.count)
                }
            case .write(let offset, let bytes):
                let end = offset + bytes.count
                if content.count < end {
                    content += [UInt8](repeating: 0, count: end - content.count)
                }
                content.replaceSubrange(offset..<end, with: bytes)
            }
        }
        return content
    }
}
