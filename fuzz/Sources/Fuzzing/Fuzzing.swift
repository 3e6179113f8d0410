import Foundation

/// Runs one input: what goes wrong with it ends the process, and libFuzzer keeps the bytes.
public func run(
    _ start: UnsafePointer<UInt8>?, _ count: Int, _ body: ([UInt8]) throws -> Void
) -> CInt {
    do {
        try body(Array(UnsafeBufferPointer(start: start, count: count)))
    } catch {
        fatalError("\(error)")
    }
    return 0
}

/// Runs a mutator on libFuzzer's buffer; gives the new size.
public func mutate(
    _ data: UnsafeMutablePointer<UInt8>?, _ size: Int, _ sizeMax: Int,
    _ body: ([UInt8]) -> [UInt8]
) -> Int {
    guard let data else { return 0 }
    let mutated = body(Array(UnsafeBufferPointer(start: data, count: size))).prefix(sizeMax)
    for (index, byte) in mutated.enumerated() { data[index] = byte }
    return mutated.count
}

/// Writes what a target begins with into the folder that the environment names, if it does:
/// libFuzzer reads it next.
public func writeSeeds(_ inputs: () throws -> [[UInt8]]) -> CInt {
    guard let folder = ProcessInfo.processInfo.environment["FUZZ_SEEDS"] else { return 0 }
    do {
        for (index, bytes) in try inputs().enumerated() {
            try Data(bytes).write(to: URL(filePath: folder).appending(path: "seed-\(index)"))
        }
    } catch {
        fatalError("\(error)")
    }
    return 0
}
