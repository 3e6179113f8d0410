import Fuzzing
import HostileBytes

// libFuzzer calls from one thread, and a run ends with the process.
nonisolated(unsafe) private let hostile = Result { try HostilePayload() }

@c(LLVMFuzzerTestOneInput)
public func testOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    run(start, count) { try hostile.get().take($0) }
}

@c(LLVMFuzzerInitialize)
public func writeSeeds(
    _ count: UnsafeMutablePointer<CInt>?,
    _ words: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?>?
) -> CInt {
    Fuzzing.writeSeeds { try Seeds.payloads() }
}
