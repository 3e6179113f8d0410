import ArgumentParser
import DeviceProfiles
import Foundation
import Gateway
import MQTTSession
import SeriesQuery
import SeriesStore
import StrictYAML

/// An end that is no success: one clear line, and the exit code that CLI.md gives it.
struct Failure: Error {
    /// sysexits.h, as far as the command line uses it.
    enum Code: Int32 {
        case no = 1
        case usage = 64
        case badInput = 65
        case noInput = 66
        case unavailable = 69
        case cannotCreate = 73
        case inputOutput = 74
        case notAllowed = 77
        case configuration = 78
    }

    let code: Code
    let message: String

    init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    /// What an error of one of the rooms means to the command line; nil for others.
    init?(_ error: any Error) {
        switch error {
        case let failure as Failure: self = failure
        case let error as StoreError: self.init(Failure.code(of: error), Failure.text(of: error))
        case let error as QueryError: self.init(Failure.code(of: error), Failure.text(of: error))
        case let error as RecordingError:
            self.init(Failure.code(of: error), Failure.text(of: error))
        case let error as MQTTError: self.init(Failure.code(of: error), Failure.text(of: error))
        case let error as YAMLFaults: self.init(.configuration, error.description)
        case let error as SecretKeyError: self.init(.cannotCreate, error.description)
        default: return nil
        }
    }

    private static func code(of error: StoreError) -> Code {
        switch error {
        case .missing: .noInput
        case .notAStore, .newerFormat, .damaged: .badInput
        case .notAllowed: .notAllowed
        case .inUse: .unavailable
        case .cannotCreate: .cannotCreate
        case .diskFull, .database: .inputOutput
        case .redefined: .configuration
        }
    }

    private static func text(of error: StoreError) -> String {
        guard Language.current == .french else { return error.description }
        switch error {
        case .missing(let path):
            return "aucune base à \(path) : vérifiez --store ou la configuration"
        case .notAStore(let path):
            return "\(path) n'est pas une base Socle"
        case .newerFormat(let found, let newest):
            return "la base est au format \(found), ce programme connaît jusqu'au \(newest) : "
                + "installez un socle plus récent"
        case .notAllowed(let path, let reason):
            return "accès refusé à \(path) : \(reason) ; lancez socle sous le compte de son "
                + "propriétaire, ou donnez accès au fichier et à son dossier"
        case .inUse(let path):
            return "un autre processus écrit dans \(path) : arrêtez-le d'abord"
        case .cannotCreate(let path, let reason):
            return "impossible de créer \(path) : \(reason)"
        case .diskFull:
            return "le disque est plein : rien n'a été modifié"
        case .database(let code, let message):
            return "erreur SQLite \(code) : \(message)"
        case .damaged(let table, let row, let reason):
            return "ligne \(row) abîmée dans la table \(table) : \(reason)"
        case .redefined(let series, let stored, let wanted):
            return "\(series) est enregistrée comme \(stored), le profil dit \(wanted) : "
                + "renommez la grandeur"
        }
    }

    private static func code(of error: RecordingError) -> Code {
        switch error {
        case .unreadable, .badRow: .badInput
        case .redefined: .configuration
        }
    }

    private static func text(of error: RecordingError) -> String {
        guard Language.current == .french else { return error.description }
        switch error {
        case .unreadable(let file):
            return "impossible de lire \(file)"
        case .badRow(let file, let line, let fault):
            return "\(file):\(line) : \(text(of: fault))"
        case .redefined(let series, let stored, let asked):
            return "\(series) est enregistrée comme \(stored), il est demandé \(asked) : omettez "
                + "--kind, --unit et --step, ou donnez un autre nom à la série"
        }
    }

    private static func text(of fault: RecordingError.RowFault) -> String {
        switch fault {
        case .fields: "une ligne est series,time,value"
        case .time(let text):
            "« \(text) » n'est pas une date : écrivez des millisecondes epoch, RFC 3339 ou "
                + "2026-03-29 14:00"
        case .number(let text): "« \(text) » n'est pas un nombre"
        }
    }

    private static func code(of error: MQTTError) -> Code {
        switch error {
        case .setting: .configuration
        case .connection, .timeout: .unavailable
        case .login: .notAllowed
        }
    }

    static func text(of error: MQTTError) -> String {
        guard Language.current == .french else { return error.description }
        switch error {
        case .setting(let name, let reason): return "réglage MQTT \(name) : \(reason)"
        case .connection(let reason): return "courtier MQTT injoignable : \(reason)"
        case .login(let reason): return "le courtier MQTT a refusé l'identification : \(reason)"
        case .timeout: return "le courtier MQTT ne répond pas"
        }
    }

    private static func code(of error: QueryError) -> Code {
        switch error {
        case .noSuchSeries: .noInput
        case .badSelector, .noSuchStatistic, .stepTooFine, .noSuchTier, .unalignedTier, .emptyRange,
            .tooManyRows:
            .usage
        }
    }

    private static func text(of error: QueryError) -> String {
        guard Language.current == .french else { return error.description }
        switch error {
        case .badSelector(let text, let reason):
            return "sélecteur \(text) incorrect : \(reason)"
        case .noSuchSeries(let selector, let nearest):
            return "aucune série ne correspond à \(selector)"
                + (nearest.isEmpty ? "" : " ; vouliez-vous \(nearest.joined(separator: ", ")) ?")
        case .noSuchStatistic(let statistic, let metric, let kind, let available):
            return "\(metric) est de genre \(kind) et n'a pas \(statistic) ; elle a "
                + available.joined(separator: " ")
        case .stepTooFine(let series, let finest):
            return "\(series) est gardée par pas de \(finest) : demandez \(finest) ou un multiple"
        case .noSuchTier(let tier, let series, let available):
            return "\(series) n'a pas de palier \(tier) ; elle a "
                + available.joined(separator: " ")
        case .unalignedTier(let tier):
            return "le palier \(tier) ne convient pas à la question : donnez --every \(tier) ou un "
                + "multiple, et --from et --to au début d'une fenêtre de \(tier)"
        case .emptyRange:
            return "la période finit avant de commencer"
        case .tooManyRows(let limit):
            return "plus de \(limit) lignes : demandez un pas plus long ou une période plus courte"
        }
    }
}

/// Writes to standard error.
func complain(_ text: String) {
    FileHandle.standardError.write(Data((text + "\n").utf8))
}
