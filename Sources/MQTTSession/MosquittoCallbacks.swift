import CMosquitto
import Glibc

// libmosquitto's callbacks. They are functions at file level and not closures: a closure formed in
// isolated code traps when a library's own thread calls it. Each does nothing but hand over.

/// Holds the events' owner without owning it, so that a client and its owner do not keep each
/// other alive.
final class CallbackTarget {
    weak var events: (any BrokerEvents)?
}

private func target(_ context: UnsafeMutableRawPointer?) -> (any BrokerEvents)? {
    guard let context = unsafe context else { return nil }
    // SAFETY: the context is the client's target, which outlives libmosquitto's handle.
    return unsafe Unmanaged<CallbackTarget>.fromOpaque(context).takeUnretainedValue().events
}

@c
func mosquittoConnected(
    _ handle: OpaquePointer?, _ context: UnsafeMutableRawPointer?, _ code: Int32, _ flags: Int32,
    _ properties: OpaquePointer?
) {
    unsafe target(context)?.didConnect(
        refusal: code == 0
            ? nil : BrokerRefusal(code: code, reason: MosquittoClient.reasonText(code)),
        isSessionPresent: flags & 1 == 1)
}

@c
func mosquittoDisconnected(
    _ handle: OpaquePointer?, _ context: UnsafeMutableRawPointer?, _ code: Int32,
    _ properties: OpaquePointer?
) {
    unsafe target(context)?.didDisconnect(reason: MosquittoClient.errorText(code))
}

@c
func mosquittoReceived(
    _ handle: OpaquePointer?, _ context: UnsafeMutableRawPointer?,
    _ message: UnsafePointer<mosquitto_message>?, _ properties: OpaquePointer?
) {
    guard let message = unsafe message, let topic = unsafe message.pointee.topic else { return }
    // SAFETY: topic is terminated and payload has payloadlen bytes; both live during the call.
    unsafe target(context)?.didReceive(
        packetID: message.pointee.mid,
        topic: UnsafeRawBufferPointer(start: topic, count: strlen(topic)),
        payload: UnsafeRawBufferPointer(
            start: message.pointee.payload, count: Int(message.pointee.payloadlen)),
        qos: message.pointee.qos, isRetained: message.pointee.retain)
}

@c
func mosquittoSubscribed(
    _ handle: OpaquePointer?, _ context: UnsafeMutableRawPointer?, _ packetID: Int32,
    _ count: Int32, _ granted: UnsafePointer<Int32>?, _ properties: OpaquePointer?
) {
    // SAFETY: libmosquitto passes `count` granted codes.
    let codes = unsafe UnsafeBufferPointer(start: granted, count: Int(count))
    unsafe target(context)?.didSubscribe(packetID: packetID, granted: Array(codes))
}

@c
func mosquittoUnsubscribed(
    _ handle: OpaquePointer?, _ context: UnsafeMutableRawPointer?, _ packetID: Int32,
    _ properties: OpaquePointer?
) {
    unsafe target(context)?.didUnsubscribe(packetID: packetID)
}

@c
func mosquittoPublished(
    _ handle: OpaquePointer?, _ context: UnsafeMutableRawPointer?, _ packetID: Int32,
    _ code: Int32, _ properties: OpaquePointer?
) {
    unsafe target(context)?.didPublish(packetID: packetID)
}
