import ArgumentParser
import Foundation
import Gateway
import SeriesQuery
import SeriesStore
import StrictYAML

/// Which configuration a command reads.
struct ConfigurationOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            say("Configuration file.", "Fichier de configuration."), valueName: "file"))
    var config: String?

    /// The first of `--config`, `$SOCLE_CONFIG`, `/etc/socle/socle.yaml` and `./socle.yaml` that is
    /// there; nil where none is.
    var path: String? {
        if let config { return config }
        if let path = ProcessInfo.processInfo.environment["SOCLE_CONFIG"], !path.isEmpty {
            return path
        }
        return ["/etc/socle/socle.yaml", "socle.yaml"]
            .first { FileManager.default.fileExists(atPath: $0) }
    }

    func load() throws -> GatewayConfiguration {
        try GatewayConfiguration.load(path: namedPath())
    }

    /// The configuration with the profiles and the policy that it names.
    func loadAll() throws -> GatewaySettings { try GatewaySettings.load(path: namedPath()) }

    private func namedPath() throws -> String {
        if let path { return path }
        throw Failure(
            .configuration,
            say(
                "no configuration: name one with --config FILE or $SOCLE_CONFIG",
                "pas de configuration : indiquez-la par --config FICHIER ou $SOCLE_CONFIG"))
    }
}

/// Which store a command reads.
struct StoreOptions: ParsableArguments {
    @OptionGroup var configuration: ConfigurationOptions

    @Option(
        help: ArgumentHelp(
            say("Read this store directly.", "Lire directement cette base."), valueName: "file"))
    var store: String?

    /// The path of the store.
    func path() throws -> String {
        if let store { return store }
        guard configuration.path != nil else {
            throw Failure(
                .noInput,
                say(
                    "which store? Name it with --store FILE, or a configuration with --config",
                    "quelle base ? Indiquez-la par --store FICHIER, ou une configuration par "
                        + "--config"))
        }
        return try configuration.load().store
    }

    /// Reads one state of the store. What is written meanwhile does not keep it for long, however
    /// slowly our output is read.
    ///
    /// - Parameter selectors: of the series that are asked for; empty for all.
    /// - Throws: a ``Failure`` where damaged rows are missing in what was read; the rest of the
    ///   answer is written by then.
    func snapshot<T>(
        only selectors: [Selector] = [], _ body: (StoreSnapshot) throws -> T
    ) throws -> T {
        try snapshot(of: StoreReader(path: path()), only: selectors, body)
    }

    /// Likewise by a reader of the store that is open already.
    func snapshot<T>(
        of reader: StoreReader, only selectors: [Selector] = [],
        _ body: (StoreSnapshot) throws -> T
    ) throws -> T {
        try Terminal.withoutWaiting {
            try reader.snapshot(only: selectors.map(\.pattern)) { snapshot in
                warn(ofDamagedRows: try snapshot.damage().count)
                let answer = try body(snapshot)
                try DamageReport(file: reader.path, zone: snapshot.zone).tell(what: snapshot)
                return answer
            }
        }
    }

    /// Damage is said with each answer: it may be in what was asked for.
    private func warn(ofDamagedRows count: Int) {
        guard count > 0 else { return }
        complain(
            "socle: "
                + say(
                    "damaged rows of this store, which answers may lack or misstate: \(count); "
                        + "socle store verify lists them",
                    "lignes abîmées de cette base, dont les réponses peuvent manquer ou se "
                        + "ressentir : \(count) ; socle store verify les énumère"))
    }
}
