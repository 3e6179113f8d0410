import PayloadDecoding
import Telemetry

/// One reader of envelopes for all profiles that need it.
final class UplinkReader {
    var envelope = LoRaWANEnvelope()
    /// The document that ChirpStack 3 writes into a string.
    var text: [UInt8] = []
}

/// LoRaWAN: what the network server has decoded, or the device's frame.
extension ProfileDecoder {
    // LIMIT: decoded objects have some kilobytes.
    private static var objectTextMax: Int { 65_536 }

    func decodeUplink(
        _ payload: Span<UInt8>, of topic: Span<UInt8>, prefersObject: Bool, arrival: Int64?,
        into message: inout DecodedMessage
    ) throws(DecodeFault) {
        guard let uplinks else { preconditionFailure("no reader of uplinks") }
        do {
            try uplinks.envelope.read(payload)
        } catch {
            throw DecodeFault(error, in: .json)
        }
        guard uplinks.envelope.isOfDevice(of: topic, payload) else { throw .wrongDevice }
        list.clear()
        let time = uplinks.envelope.time(payload)
        for index in settledRules.indices { settledRules[index] = false }
        if prefersObject, try readObject(payload, uplinks) {
            offerAll(arrival: arrival, time: time, to: &message)
        }
        if decoding.format != .object, settledRules.contains(false) {
            try readFrame(payload, of: topic, uplinks, time: time ?? arrival, &message)
            // What the server has decoded is not taken of the frame once more.
            offerAll(arrival: arrival, time: time, sparing: settledRules, to: &message)
        }
        guard wantsRadioFields else { return }
        let start = list.fields.count
        do {
            try uplinks.envelope.appendRadioFields(to: &list)
        } catch {
            throw DecodeFault(error, in: .json)
        }
        offerAll(from: start, arrival: arrival, time: time, to: &message)
    }

    /// - Returns: false where the server has decoded nothing.
    private func readObject(
        _ payload: Span<UInt8>, _ uplinks: UplinkReader
    ) throws(DecodeFault) -> Bool {
        do throws(PayloadError) {
            switch uplinks.envelope.content {
            case nil: return false
            case .object(let root): try decodeJSONFields(payload, under: root, into: &list)
            case .objectText(let start, let end):
                let string = payload.extracting(start..<end)
                guard
                    unescapeJSON(string, into: &uplinks.text, sizeMax: Self.objectTextMax)
                else { throw .tooLarge(size: string.count) }
                let text = uplinks.text
                try decodeJSONFields(text.span, under: Self.textRoot, into: &list)
            }
        } catch {
            throw DecodeFault(error, in: .json)
        }
        return true
    }

    private static let textRoot = Array("$.".utf8)

    /// Reads the frame into the list; one that does not fit its layout counts as a part of the
    /// message that cannot be read.
    private func readFrame(
        _ payload: Span<UInt8>, of topic: Span<UInt8>, _ uplinks: UplinkReader, time: Int64?,
        _ message: inout DecodedMessage
    ) throws(DecodeFault) {
        list.clear()
        do {
            try uplinks.envelope.readFrame(payload)
        } catch {
            throw DecodeFault(error, in: decoding.format)
        }
        let frame = uplinks.envelope.frame
        if frame.isEmpty { return }
        do {
            message.droppedCount += try readList(
                frame.span, of: topic, port: uplinks.envelope.port, time: time)
        } catch {
            list.clear()
            message.droppedCount += 1
        }
    }
}
