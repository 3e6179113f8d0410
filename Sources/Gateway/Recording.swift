import Foundation
import Glibc
import Telemetry

/// One row of a recording.
public struct RecordedReading {
    /// The series' name or canonical text, as it stands in the file.
    public let series: String
    /// Milliseconds since 1970 UTC.
    public let time: Int64
    /// The value's text, as it stands in the file.
    public let valueText: String
    public let value: Value
}

/// A file of readings, `series,time,value[,…]`, one a row.
///
/// Times are epoch milliseconds, RFC 3339, or `YYYY-MM-DD[ HH:MM[:SS]]` on the clocks of a zone. A
/// head row is recognised by its first field, `series`; further fields are ignored, but a row with
/// more of them than the head is a fault. What gzip has packed is unpacked on the way.
public struct Recording {
    public let path: String
    /// LIMIT: bytes of a row, which is held whole.
    private static let lineMax = 65_536
    /// What messages call it.
    public let name: String
    /// Where times without an offset belong.
    public let zone: CivilZone

    /// - Parameter name: what messages call it, its path where nil.
    public init(path: String, name: String? = nil, zone: CivilZone = .paris) {
        self.path = path
        self.name = name ?? path
        self.zone = zone
    }

    /// Reads the rows in the order of the file.
    ///
    /// - Throws: ``RecordingError``, or what `body` throws.
    public func forEachReading(_ body: (RecordedReading) throws -> Void) throws {
        var lineNumber = 0
        var fieldsMax = Int.max
        try forEachLine { line in
            lineNumber += 1
            // What spreadsheets put before UTF-8 is no part of a name.
            let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
            let line = lineNumber == 1 && line.starts(with: mark) ? line.dropFirst(3) : line
            if line.isEmpty { return }
            if lineNumber == 1, isHead(line) {
                if line.contains(UInt8(ascii: "\r")) { throw fault(lineNumber, .lineEnds) }
                fieldsMax = fieldCount(line)
                return
            }
            try body(reading(line, lineNumber, fieldsMax: fieldsMax))
        }
    }

    private func isHead(_ line: ArraySlice<UInt8>) -> Bool {
        var rest = line
        return takeField(&rest).elementsEqual("series".utf8)
    }

    /// Hands over the file's bytes, unpacked, piece by piece.
    public func forEachChunk(_ body: (UnsafeRawBufferPointer) throws -> Void) throws {
        let source = try open()
        defer { source.close() }
        let size = 1 << 18
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: size, alignment: 16)
        defer { unsafe buffer.deallocate() }
        while true {
            // SAFETY: the buffer has `size` bytes.
            let count = unsafe Glibc.read(source.descriptor, buffer.baseAddress, size)
            guard count >= 0 else { throw RecordingError.unreadable(file: name) }
            if count == 0 { break }
            try unsafe body(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
        }
        if !source.isWhole { throw RecordingError.unreadable(file: name) }
    }

    /// Lines without their ends; `\r\n` is taken as well.
    private func forEachLine(_ body: (ArraySlice<UInt8>) throws -> Void) throws {
        var rest: [UInt8] = []
        var count = 0
        try unsafe forEachChunk { chunk in
            unsafe rest.append(contentsOf: chunk)
            var start = 0
            while let end = rest[start...].firstIndex(of: UInt8(ascii: "\n")) {
                let hasReturn = end > start && rest[end - 1] == UInt8(ascii: "\r")
                try body(rest[start..<(hasReturn ? end - 1 : end)])
                count += 1
                start = end + 1
            }
            rest.removeSubrange(..<start)
            guard rest.count <= Self.lineMax else {
                let fault: RecordingError.RowFault =
                    rest.contains(UInt8(ascii: "\r")) ? .lineEnds : .fields
                throw RecordingError.badRow(file: name, line: count + 1, fault: fault)
            }
        }
        if !rest.isEmpty { try body(rest[...]) }
    }

    private func reading(
        _ line: ArraySlice<UInt8>, _ number: Int, fieldsMax: Int
    ) throws -> RecordedReading {
        var rest = line
        let series = takeField(&rest)
        let time = takeField(&rest)
        let value = takeField(&rest)
        guard !series.isEmpty, !time.isEmpty, !value.isEmpty else {
            throw fault(number, .fields)
        }
        // Most rows end here.
        if !rest.isEmpty, fieldsMax < .max {
            let count = 3 + fieldCount(rest)
            guard count <= fieldsMax else {
                throw fault(number, .extraFields(count: count, head: fieldsMax))
            }
        }
        guard let name = String(validating: series, as: UTF8.self) else {
            throw fault(number, .encoding)
        }
        guard let instant = instant(Array(time)) else {
            throw fault(number, .time(excerpt(time)))
        }
        let digits = Array(value)
        guard let number = Value(parsing: digits.span) else {
            throw fault(number, .number(excerpt(value)))
        }
        return RecordedReading(
            series: name, time: instant, valueText: text(value), value: number)
    }

    /// nil too for a time whose day, in whichever zone, is none of the calendar.
    private func instant(_ bytes: [UInt8]) -> Int64? {
        let dayLength: Int64 = 86_400_000
        let number = Value(parsing: bytes.span).flatMap { $0.scale == 0 ? $0.bits : nil }
        guard
            let instant = number ?? parseRFC3339(bytes.span)
                ?? zone.instant(parsing: text(bytes[...])),
            calendarInstants.contains(instant), calendarInstants.contains(instant - dayLength),
            calendarInstants.contains(instant + dayLength)
        else { return nil }
        return instant
    }

    private func fault(_ line: Int, _ fault: RecordingError.RowFault) -> RecordingError {
        .badRow(file: name, line: line, fault: fault)
    }

    private func open() throws -> Source {
        let descriptor: Int32
        // SAFETY: the path lives as long as the call.
        descriptor = path == "-" ? dup(STDIN_FILENO) : unsafe Glibc.open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw RecordingError.unreadable(file: name) }
        guard isPacked(descriptor) else { return Source(descriptor: descriptor, unpacker: nil) }
        let unpacker = Process()
        let pipe = Pipe()
        unpacker.executableURL = URL(filePath: "/usr/bin/env")
        unpacker.arguments = ["gzip", "-dc"]
        unpacker.standardInput = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
        unpacker.standardOutput = pipe
        // What it says of a damaged file is said by us.
        unpacker.standardError = FileHandle.nullDevice
        try unpacker.run()
        return Source(
            descriptor: dup(pipe.fileHandleForReading.fileDescriptor), unpacker: unpacker)
    }

    /// Whether a file begins as gzip's do; a pipe is none.
    private func isPacked(_ descriptor: Int32) -> Bool {
        var start: [UInt8] = [0, 0]
        // SAFETY: the array has room for the two bytes.
        return unsafe pread(descriptor, &start, 2, 0) == 2 && start == [0x1F, 0x8B]
    }

    /// An open file, unpacked by another process where it is packed.
    private struct Source {
        let descriptor: Int32
        let unpacker: Process?

        func close() {
            Glibc.close(descriptor)
            if let unpacker, unpacker.isRunning { unpacker.terminate() }
        }

        /// Whether the unpacker, if there is one, got to the file's end.
        var isWhole: Bool {
            guard let unpacker else { return true }
            unpacker.waitUntilExit()
            return unpacker.terminationStatus == 0
        }
    }
}

/// Takes one CSV field off the front; a quoted one loses its quotes.
private func takeField(_ rest: inout ArraySlice<UInt8>) -> ArraySlice<UInt8> {
    let quote = UInt8(ascii: "\"")
    guard rest.first == quote else {
        let end = rest.firstIndex(of: UInt8(ascii: ",")) ?? rest.endIndex
        let field = rest[..<end]
        rest = end < rest.endIndex ? rest[(end + 1)...] : []
        return field
    }
    var field: [UInt8] = []
    var index = rest.startIndex + 1
    while index < rest.endIndex {
        if rest[index] == quote {
            guard index + 1 < rest.endIndex, rest[index + 1] == quote else { break }
            index += 1
        }
        field.append(rest[index])
        index += 1
    }
    // Past the closing quote and the comma.
    rest = index + 2 <= rest.endIndex ? rest[(index + 2)...] : []
    return field[...]
}

private func fieldCount(_ line: ArraySlice<UInt8>) -> Int {
    var rest = line
    var count = 0
    while !rest.isEmpty {
        _ = takeField(&rest)
        count += 1
    }
    return count
}

/// LIMIT: bytes of a field that a message quotes.
private let excerptMax = 60

private func excerpt(_ bytes: ArraySlice<UInt8>) -> String {
    text(bytes.prefix(excerptMax)) + (bytes.count > excerptMax ? "…" : "")
}

private func text(_ bytes: ArraySlice<UInt8>) -> String { String(decoding: bytes, as: UTF8.self) }
