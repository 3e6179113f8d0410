import Glibc
import MQTTSession
import QueryAPI
import StrictYAML

extension GatewayConfiguration {
    /// What is wrong with the files and folders that the configuration names.
    ///
    /// Apart from reading the configuration, because commands that only read the store need few of
    /// them.
    func pathFaults() -> [YAMLFault] {
        var faults = storeFaults() + socketFaults() + devicesFaults() + policyFaults()
        if let tls = broker.tls {
            faults += pathFault("ca_file", tls.authorityFile, S_IFREG, R_OK)
            if let file = tls.certificateFile {
                faults += pathFault("cert_file", file, S_IFREG, R_OK)
            }
            if let file = tls.keyFile { faults += pathFault("key_file", file, S_IFREG, R_OK) }
        }
        return faults
    }

    /// Whether what a key names can be read; what is wrong is among ``pathFaults()``.
    func isThere(_ key: String) -> Bool {
        if misspelt.contains(key) { return false }
        return key == "devices" ? devicesFaults().isEmpty : policyFaults().isEmpty
    }

    private func devicesFaults() -> [YAMLFault] {
        pathFault("devices", devices, S_IFDIR, R_OK | X_OK)
    }

    private func policyFaults() -> [YAMLFault] {
        policy.map { pathFault("policy", $0, S_IFREG, R_OK) } ?? []
    }

    /// A store that is not there yet needs a folder in which it can be made.
    private func storeFaults() -> [YAMLFault] {
        let inFolder = pathFault("store", folder(of: store), S_IFDIR, R_OK | W_OK | X_OK)
        // SAFETY: C takes the path for the length of the call, here and below.
        guard inFolder.isEmpty, unsafe access(store, F_OK) == 0 else { return inFolder }
        return pathFault("store", store, S_IFREG, R_OK | W_OK)
    }

    /// The folder of a socket that is named; the default one lies beside the store.
    private func socketFaults() -> [YAMLFault] {
        guard socket.utf8.count <= StatusServer.pathBytesMax else {
            return [
                place(
                    "socket",
                    "the socket's path \(socket) is longer than \(StatusServer.pathBytesMax) bytes",
                    remedy: "name a shorter one with 'socket'")
            ]
        }
        guard let namedSocket else { return [] }
        return pathFault("socket", folder(of: namedSocket), S_IFDIR, R_OK | W_OK | X_OK)
    }

    /// - Parameters:
    ///   - type: `S_IFREG` or `S_IFDIR`.
    ///   - mode: what must be allowed, as for `access`.
    private func pathFault(_ key: String, _ path: String, _ type: UInt32, _ mode: Int32)
        -> [YAMLFault]
    {
        // Where the path itself is a fault, the default that stands in for it was not meant.
        if misspelt.contains(key) { return [] }
        var status = stat()
        // SAFETY: `status` outlives the call.
        guard unsafe stat(path, &status) == 0 else {
            return [
                place(
                    key, "'\(key)' needs \(path), which is not there",
                    remedy: "make it, or correct the path; relative paths begin at this file")
            ]
        }
        if status.st_mode & S_IFMT != type {
            return [
                type == S_IFDIR
                    ? place(key, "'\(key)' needs the folder \(path), which is no folder")
                    : place(key, "'\(key)' needs the file \(path), which is no file")
            ]
        }
        if unsafe access(path, mode) == 0 { return [] }
        return [
            mode & W_OK == 0
                ? place(
                    key, "'\(key)' needs \(path), which may not be read",
                    remedy: "let the user who runs socle read it")
                : place(
                    key, "'\(key)' needs \(path), which may not be written",
                    remedy: "let the user who runs socle write there")
        ]
    }

    /// A fault where the key stands, or of the file where a default is meant.
    func place(_ key: String, _ message: FaultText, remedy: FaultText = "") -> YAMLFault {
        places[key]?.fault(message, remedy: remedy)
            ?? YAMLFault(file: path, line: 0, message: message, remedy: remedy)
    }
}
