import Foundation
import Fuzzing
import HostileBytes

// libFuzzer calls from one thread, and a run ends with the process.
nonisolated(unsafe) private let hostile = Result { try HostilePayload() }

@c(LLVMFuzzerTestOneInput)
public func testOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    run(start, count) { bytes in
        guard let format else { return try hostile.get().take(bytes) }
        try hostile.get().take([format] + bytes.dropFirst())
    }
}

/// The one format that is tried, where `FUZZ_FORMAT` names it; else the first byte says it.
nonisolated(unsafe) private let format: UInt8? =
    ProcessInfo.processInfo.environment["FUZZ_FORMAT"].flatMap { HostilePayload.number(of: $0) }

@c(LLVMFuzzerInitialize)
public func writeSeeds(
    _ count: UnsafeMutablePointer<CInt>?,
    _ words: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?>?
) -> CInt {
    Fuzzing.writeSeeds { try Seeds.payloads() }
}
