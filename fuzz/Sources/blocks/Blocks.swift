import BlockCodec
import Fuzzing
import HostileBytes

// libFuzzer calls from one thread, and a run ends with the process.
nonisolated(unsafe) private let hostile = HostileBlock()

@c(LLVMFuzzerTestOneInput)
public func testOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    run(start, count) { bytes in
        // The slow efforts cost a hundred times what the rest does: now and then, by the bytes.
        let isSlow = bytes.suffix(4).first.map { $0 == 0 } ?? false
        try hostile.take(bytes, efforts: isSlow ? [.quick, .thorough, .smallest] : [.quick])
    }
}

@c(LLVMFuzzerCustomMutator)
public func mutateBlock(
    _ data: UnsafeMutablePointer<UInt8>?, _ size: Int, _ sizeMax: Int, _ seed: UInt32
) -> Int {
    mutate(data, size, sizeMax) { BlockMutation.mutate($0, sizeMax: sizeMax, seed: seed) }
}

@c(LLVMFuzzerInitialize)
public func writeSeeds(
    _ count: UnsafeMutablePointer<CInt>?,
    _ words: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?>?
) -> CInt {
    Fuzzing.writeSeeds { Seeds.blocks }
}
