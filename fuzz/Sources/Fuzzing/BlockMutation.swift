import BlockCodec
import CLibFuzzer

/// Changes a block so that what changed is met: its checksum, and the sizes of its payloads, are
/// those of the new bytes. Without that nearly each mutant would end at one of the two.
public enum BlockMutation {
    /// - Parameters:
    ///   - sizeMax: bytes that the block may have.
    ///   - seed: one of libFuzzer's, which says where.
    public static func mutate(_ block: [UInt8], sizeMax: Int, seed: UInt32) -> [UInt8] {
        guard sizeMax > checksumSize else { return block }
        let body = Array(block.dropLast(checksumSize))
        let room = sizeMax - checksumSize
        let pieces = BlockPieces(body)
        let mutated =
            if seed % 4 != 0, var pieces, !pieces.payloads.isEmpty {
                pieces.mutatePayload(Int(seed / 4) % pieces.payloads.count, room: room)
            } else {
                changed(body, sizeMax: room)
            }
        return sealed(mutated.count <= room ? mutated : changed(body, sizeMax: room))
    }

    static func sealed(_ body: [UInt8]) -> [UInt8] {
        let sum = BlockCodec.checksum(of: body)
        return body + (0..<4).map { UInt8(truncatingIfNeeded: sum >> UInt32(8 * $0)) }
    }

    private static let checksumSize = 4
}

/// Bytes as libFuzzer changes them.
public func changed(_ bytes: [UInt8], sizeMax: Int) -> [UInt8] {
    var copy = Array(bytes.prefix(sizeMax))
    let size = copy.count
    copy += repeatElement(0, count: max(1, sizeMax) - size)
    let newSize = copy.withUnsafeMutableBufferPointer {
        LLVMFuzzerMutate($0.baseAddress, size, sizeMax)
    }
    return Array(copy.prefix(Int(newSize)))
}

/// A block in pieces: what stands before each payload's size in the directory, and the payloads.
private struct BlockPieces {
    /// Bytes of the directory, each piece but the last followed by the size of a payload.
    var directory: [[UInt8]] = []
    var payloads: [[UInt8]] = []

    /// nil where the bytes are none that can be split.
    init?(_ body: [UInt8]) {
        var offset = 2
        var start = 0
        func number() -> Int? {
            var value = 0
            for shift in stride(from: 0, to: 63, by: 7) {
                guard offset < body.count else { return nil }
                defer { offset += 1 }
                value |= Int(body[offset] & 0x7F) << shift
                if body[offset] < 0x80 { return value }
            }
            return nil
        }
        guard number() != nil, let columnCount = number(), columnCount <= 64 else { return nil }
        var sizes: [Int] = []
        for _ in 0..<columnCount {
            guard offset + 1 < body.count else { return nil }
            let (id, encoding) = (body[offset], body[offset + 1])
            offset += 2
            if id & 0x80 != 0, number() == nil { return nil }
            switch encoding {
            case 0: break
            case 1: if number() == nil { return nil }
            case 2: if number() == nil || number() == nil { return nil }
            default:
                directory.append(Array(body[start..<offset]))
                guard let size = number() else { return nil }
                sizes.append(size)
                start = offset
            }
        }
        directory.append(Array(body[start..<offset]))
        for size in sizes {
            guard size <= body.count - offset else { return nil }
            payloads.append(Array(body[offset..<(offset + size)]))
            offset += size
        }
    }

    /// The body with one payload changed, and its size with it.
    mutating func mutatePayload(_ index: Int, room: Int) -> [UInt8] {
        let others = payloads.reduce(0) { $0 + $1.count } - payloads[index].count
        payloads[index] = changed(payloads[index], sizeMax: max(1, room - others - 700))
        var body = directory[0]
        for (payload, next) in zip(payloads, directory.dropFirst()) {
            var size = payload.count
            while size >= 0x80 {
                body.append(UInt8(size & 0x7F) | 0x80)
                size >>= 7
            }
            body.append(UInt8(size))
            body += next
        }
        return body + payloads.flatMap(\.self)
    }
}
