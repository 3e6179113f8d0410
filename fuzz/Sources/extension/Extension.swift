import Fuzzing
import HostileBytes

// libFuzzer calls from one thread, and a run ends with the process.
nonisolated(unsafe) private let hostile = Result { try HostileStore() }

@c(LLVMFuzzerTestOneInput)
public func testOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    run(start, count) { try hostile.get().take($0) }
}

/// Changes either the head or the block, so that neither shifts the other.
@c(LLVMFuzzerCustomMutator)
public func mutateStore(
    _ data: UnsafeMutablePointer<UInt8>?, _ size: Int, _ sizeMax: Int, _ seed: UInt32
) -> Int {
    mutate(data, size, sizeMax) { bytes in
        let end = StoreInput.headEnd(of: bytes)
        let (head, block) = (Array(bytes[..<end].dropFirst()), Array(bytes[end...]))
        let rest = seed / 3
        guard seed % 3 == 0 else {
            return Array(bytes[..<end])
                + BlockMutation.mutate(block, sizeMax: sizeMax - end, seed: rest)
        }
        let mutated = changed(head, sizeMax: min(255, max(1, sizeMax - 1 - block.count)))
        return [UInt8(mutated.count)] + mutated + block
    }
}

@c(LLVMFuzzerInitialize)
public func writeSeeds(
    _ count: UnsafeMutablePointer<CInt>?,
    _ words: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?>?
) -> CInt {
    Fuzzing.writeSeeds { Seeds.stores }
}
