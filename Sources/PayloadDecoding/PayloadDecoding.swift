import Telemetry

// Payload formats to fields.
//
// A payload is scanned once, from front to back, without recursion and without allocation; only
// what a plan names leaves the scan, everything else is checked and passed over. A document is
// taken whole or not at all: a fault anywhere in it, even behind the wanted fields, is an error,
// because a cut or garbled message is no evidence of anything.
//
// ``JSONScanner`` reads JSON (RFC 8259), ``TextScalar`` payloads that are one bare number or word.
// Formats that name their values fill a ``FieldList``: line protocol, SenML, Sparkplug B,
// OpenMetrics, collectd, Linky TIC, Cayenne LPP, Telegraf's JSON, and JSON documents in which
// names vary.

/// Why a payload cannot be read. Offsets count bytes from the payload's start.
public enum PayloadError: Error, Equatable, Sendable, BitwiseCopyable {
    /// The byte there, or the payload's end, does not continue the format's grammar.
    case syntax(offset: Int)
    /// A string holds bytes that are not UTF-8.
    case badUTF8(offset: Int)
    /// Containers are nested deeper than ``JSONScanner/depthMax``.
    case tooDeep(offset: Int)
    /// A wanted member appears twice in its object; the offset is that of the second name.
    case duplicateKey(offset: Int)
    /// The payload is larger than its format's limit.
    case tooLarge(size: Int)
}

/// What a scan found in one wanted place.
public enum JSONField: Equatable, Sendable, BitwiseCopyable {
    /// The document has no such place.
    case absent
    case null
    case boolean(Bool)
    case number(Value)
    /// A number that is longer than ``Telemetry/Value/textSizeMax`` or too large for a double.
    case hugeNumber
    /// The bytes `start..<end` of the payload, between the quotes; where `hasEscapes`, see
    /// ``unescapeJSON(_:into:sizeMax:)``.
    case string(start: Int, end: Int, hasEscapes: Bool)
    case object
    case array
}
