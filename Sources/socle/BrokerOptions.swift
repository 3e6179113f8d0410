import ArgumentParser
import Foundation
import Gateway
import MQTTSession

/// Which broker a command publishes to: that of the configuration, or one that is named.
struct BrokerOptions: ParsableArguments {
    @OptionGroup var configuration: ConfigurationOptions
    @Option(help: ArgumentHelp(say("Broker.", "Courtier MQTT (broker).")))
    var host: String?
    @Option(help: ArgumentHelp(say("Its port.", "Son port.")))
    var port: Int?

    func connect(as name: String) throws -> MQTTPublisher {
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
        return try MQTTPublisher(broker)
    }
}
