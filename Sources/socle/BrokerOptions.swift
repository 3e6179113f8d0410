import ArgumentParser
import Foundation
import Gateway
import MQTTSession
import Telemetry

/// Which broker a command publishes to: that of the configuration, or one that is named.
struct BrokerOptions: ParsableArguments {
    @OptionGroup var configuration: ConfigurationOptions
    @Option(help: ArgumentHelp(say("Broker.", "Courtier MQTT (broker).")))
    var host: String?
    @Option(help: ArgumentHelp(say("Its port.", "Son port.")))
    var port: Int?

    /// Connects and hands the publisher over; what goes wrong names the broker.
    func publish(as name: String, _ body: (MQTTPublisher) throws -> Void) throws {
        let broker = try settings(as: name)
        do {
            try body(MQTTPublisher(broker))
        } catch let error as MQTTError {
            throw Failure(error, at: broker)
        }
    }

    /// The zone in which times without an offset belong.
    func zone() throws -> CivilZone {
        configuration.path == nil ? .paris : try configuration.load().zone
    }

    func settings(as name: String) throws -> MQTTConfiguration {
        var broker = MQTTConfiguration()
        if host == nil, port == nil, configuration.path != nil {
            broker = try configuration.load().broker
        }
        if let host { broker.host = host }
        if let port {
            guard (1...65_535).contains(port) else {
                throw Failure(.usage, say("--port is 1 to 65535", "--port va de 1 à 65535"))
            }
            broker.port = port
        }
        broker.clientID = "socle-\(name)-\(ProcessInfo.processInfo.processIdentifier)"
        return broker
    }
}

extension Failure {
    /// What the library says of a broker, with the broker and what to do.
    ///
    /// - Parameter isNamed: whether the command takes the broker from `--host` and `--port` too.
    init(_ error: MQTTError, at broker: MQTTConfiguration, isNamed: Bool = true) {
        let place = "\(broker.host):\(broker.port)"
        switch error {
        case .setting: self.init(.configuration, Failure.text(of: error))
        case .library: self.init(.unavailable, Failure.text(of: error))
        case .connection(let reason):
            let remedy =
                isNamed
                ? say(
                    "start it, or name another with --host and --port or in the configuration",
                    "démarrez-le, ou indiquez-en un autre par --host et --port ou dans la "
                        + "configuration")
                : say(
                    "start it, or name another in the configuration",
                    "démarrez-le, ou indiquez-en un autre dans la configuration")
            self.init(
                .unavailable,
                say(
                    "cannot reach the MQTT broker at \(place): \(reason); ",
                    "courtier MQTT injoignable à \(place) : \(reason) ; ") + remedy)
        case .login(let reason):
            let remedy =
                broker.username == nil
                ? say(
                    "put user and password_file into the configuration",
                    "indiquez user et password_file dans la configuration")
                    + (isNamed
                        ? say(", and leave --host and --port out", ", sans --host ni --port") : "")
                : say(
                    "check user and password_file of the configuration",
                    "vérifiez user et password_file de la configuration")
            self.init(
                .notAllowed,
                say(
                    "the MQTT broker at \(place) refused the login: \(reason); ",
                    "le courtier MQTT à \(place) a refusé l'identification : \(reason) ; ")
                    + remedy)
        case .protocolVersion:
            self.init(
                .unavailable,
                say(
                    "the MQTT broker at \(place) does not speak MQTT v5; install a newer one",
                    "le courtier MQTT à \(place) ne parle pas MQTT v5 ; installez-en un plus "
                        + "récent"))
        case .timeout:
            self.init(
                .unavailable,
                say(
                    "the MQTT broker at \(place) does not answer; check that it speaks MQTT there",
                    "le courtier MQTT à \(place) ne répond pas ; vérifiez qu'il y parle MQTT"))
        }
    }
}
