import CMosquitto
import Glibc

/// One libmosquitto client, in Swift terms.
///
/// It belongs to one thread but for what libmosquitto declares thread-safe.
@safe
final class MosquittoClient {
    // SAFETY: made in `init`, destroyed in `deinit`, never handed out.
    private let handle: OpaquePointer
    /// Kept for the callbacks, which hold it without owning it.
    private let target = CallbackTarget()
    private let configuration: MQTTConfiguration
    /// Whether the broker keeps the session while we are away.
    private let isPersistent: Bool

    /// - Parameter isExternallyLooped: acknowledgements stay queued until ``loopWrite()``
    ///   (`mosquitto_threaded_set`), DESIGN 1.1.
    init(
        _ configuration: MQTTConfiguration, isPersistent: Bool, isExternallyLooped: Bool
    ) throws(MQTTError) {
        MosquittoClient.initialiseLibrary
        // SAFETY: the target lives as long as this client, which destroys the handle first.
        let context = unsafe Unmanaged.passUnretained(target).toOpaque()
        guard
            let handle = unsafe mosquitto_new(
                configuration.clientID, !isPersistent, context)
        else { throw .setting(name: "client_id", reason: MosquittoClient.text(MOSQ_ERR_INVAL)) }
        unsafe self.handle = handle
        self.configuration = configuration
        self.isPersistent = isPersistent
        if isExternallyLooped { unsafe mosquitto_threaded_set(handle, true) }
        setCallbacks()
        try applyConfiguration()
    }

    deinit { unsafe mosquitto_destroy(handle) }

    private static let initialiseLibrary: Void = {
        mosquitto_lib_init()
        return ()
    }()

    static var libraryVersion: String {
        var major: Int32 = 0
        var minor: Int32 = 0
        var revision: Int32 = 0
        // SAFETY: the three outlive the call.
        unsafe mosquitto_lib_version(&major, &minor, &revision)
        return "\(major).\(minor).\(revision)"
    }

    private func setCallbacks() {
        unsafe mosquitto_connect_v5_callback_set(handle, mosquittoConnected)
        unsafe mosquitto_disconnect_v5_callback_set(handle, mosquittoDisconnected)
        unsafe mosquitto_message_v5_callback_set(handle, mosquittoReceived)
        unsafe mosquitto_subscribe_v5_callback_set(handle, mosquittoSubscribed)
        unsafe mosquitto_unsubscribe_v5_callback_set(handle, mosquittoUnsubscribed)
        unsafe mosquitto_publish_v5_callback_set(handle, mosquittoPublished)
    }

    private func applyConfiguration() throws(MQTTError) {
        try set("protocol", MOSQ_OPT_PROTOCOL_VERSION, MQTT_PROTOCOL_V5)
        try set("receive_maximum", MOSQ_OPT_RECEIVE_MAXIMUM, Int32(configuration.receiveMaximum))
        if configuration.username != nil {
            try check(
                "user",
                unsafe mosquitto_username_pw_set(
                    handle, configuration.username, configuration.password))
        }
        if let tls = configuration.tls {
            try check(
                "tls",
                unsafe mosquitto_tls_set(
                    handle, tls.authorityFile, nil, tls.certificateFile, tls.keyFile, nil))
        }
    }

    private func set(_ name: String, _ option: mosq_opt_t, _ value: Int32) throws(MQTTError) {
        try check(name, unsafe mosquitto_int_option(handle, option, value))
    }

    private func check(_ name: String, _ code: Int32) throws(MQTTError) {
        if code != MOSQ_ERR_SUCCESS.rawValue {
            throw .setting(name: name, reason: MosquittoClient.errorText(code))
        }
    }

    func loopStart() -> Int32 { unsafe mosquitto_loop_start(handle) }
    func loopStop() { unsafe mosquitto_loop_stop(handle, true) }

    func publish(
        topic: String, payload: [UInt8], isRetained: Bool, packetID: inout Int32
    ) -> Int32 {
        unsafe mosquitto_publish(
            handle, &packetID, topic, Int32(payload.count), payload, 1, isRetained)
    }

    static func errorText(_ code: Int32) -> String {
        if code == MOSQ_ERR_ERRNO.rawValue {
            // SAFETY: strerror's text lives until the thread's next call.
            return unsafe String(cString: strerror(errno))
        }
        // libmosquitto keeps OpenSSL's reason to itself.
        if code == MOSQ_ERR_TLS.rawValue {
            return "TLS failed: check the broker's certificate, its host name and ca_file"
        }
        // SAFETY: libmosquitto returns constant texts, sentences with their full stop.
        let text = unsafe String(cString: mosquitto_strerror(code))
        return text.last == "." ? String(text.dropLast()) : text
    }

    private static func text(_ code: mosq_err_t) -> String { errorText(code.rawValue) }

    /// The broker's reason for refusing, by MQTT v5 reason code.
    static func reasonText(_ code: Int32) -> String {
        // SAFETY: libmosquitto returns constant texts.
        unsafe String(cString: mosquitto_reason_string(code))
    }
}

extension MosquittoClient: BrokerLink {
    /// LIMIT: how long the broker may leave a full socket unread.
    private static let writeMilliseconds: Int32 = 30_000

    var events: (any BrokerEvents)? {
        get { target.events }
        set { target.events = newValue }
    }

    var descriptor: Int32 { unsafe mosquitto_socket(handle) }
    var isReadable: Bool { MQTTSession.isReadable(descriptor) }
    var wantsWrite: Bool { unsafe mosquitto_want_write(handle) }

    func connect() throws(LinkFailure) {
        var properties: OpaquePointer?
        if isPersistent {
            unsafe mosquitto_property_add_int32(
                &properties, Int32(MQTT_PROP_SESSION_EXPIRY_INTERVAL.rawValue),
                configuration.sessionExpiry)
        }
        unsafe mosquitto_property_add_int32(
            &properties, Int32(MQTT_PROP_MAXIMUM_PACKET_SIZE.rawValue),
            UInt32(configuration.packetSizeMaximum))
        defer { unsafe mosquitto_property_free_all(&properties) }
        try check(
            unsafe mosquitto_connect_bind_v5(
                handle, configuration.host, Int32(configuration.port),
                Int32(configuration.keepAlive), nil, properties))
    }

    func read() throws(LinkFailure) { try check(unsafe mosquitto_loop_read(handle, 1)) }

    func write() throws(LinkFailure) {
        try check(unsafe mosquitto_loop_write(handle, 1))
        if wantsWrite, !isWritable(descriptor, within: Self.writeMilliseconds) {
            throw LinkFailure("the broker does not read")
        }
    }

    func keepAlive() throws(LinkFailure) { try check(unsafe mosquitto_loop_misc(handle)) }

    /// Retained messages come only where the subscription is new.
    func subscribe(to filters: [String]) throws(LinkFailure) -> Int32 {
        try subscribe(to: filters, qos: 1, MQTT_SUB_OPT_SEND_RETAIN_NEW)
    }

    func watch(_ topics: [String]) throws(LinkFailure) -> Int32 {
        try subscribe(to: topics, qos: 0, MQTT_SUB_OPT_SEND_RETAIN_ALWAYS)
    }

    private func subscribe(
        to filters: [String], qos: Int32, _ retain: mqtt5_sub_options
    ) throws(LinkFailure) -> Int32 {
        var packetID: Int32 = -1
        let code = unsafe withCStrings(filters) { pointers in
            unsafe mosquitto_subscribe_multiple(
                handle, &packetID, Int32(filters.count), pointers, qos, Int32(retain.rawValue),
                nil)
        }
        try check(code)
        return packetID
    }

    func unsubscribe(from filters: [String]) throws(LinkFailure) -> Int32 {
        var packetID: Int32 = -1
        let code = unsafe withCStrings(filters) { pointers in
            unsafe mosquitto_unsubscribe_multiple(
                handle, &packetID, Int32(filters.count), pointers, nil)
        }
        try check(code)
        return packetID
    }

    func publish(_ message: OutgoingMessage) throws(LinkFailure) {
        let size = Int32(message.payload.count)
        try check(
            unsafe mosquitto_publish(handle, nil, message.topic, size, message.payload, 0, false))
    }

    func disconnect() { unsafe mosquitto_disconnect(handle) }

    func drop() {
        if descriptor >= 0 { shutdown(descriptor, Int32(SHUT_RDWR)) }
    }

    private func check(_ code: Int32) throws(LinkFailure) {
        if code != MOSQ_ERR_SUCCESS.rawValue {
            throw LinkFailure(MosquittoClient.errorText(code))
        }
    }
}

/// Calls `body` with the texts as an array of C strings that live as long as the call.
private func withCStrings(
    _ texts: [String],
    _ body: (UnsafePointer<UnsafeMutablePointer<CChar>?>?) -> Int32
) -> Int32 {
    // SAFETY: each copy is freed after the call, and nobody keeps the pointers.
    var copies = unsafe texts.map { unsafe strdup($0) }
    defer { for index in unsafe copies.indices { unsafe free(copies[index]) } }
    return unsafe copies.withUnsafeMutableBufferPointer { buffer in
        unsafe body(UnsafePointer(buffer.baseAddress))
    }
}
