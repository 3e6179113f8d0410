import ArgumentParser
import DeviceProfiles
import Foundation
import Gateway
import MQTTSession
import QueryAPI
import SeriesQuery
import SeriesStore
import StoredSeries
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

    /// A value of `--format` that a command does not have.
    init(noFormat name: String, known: String) {
        self.init(
            .usage,
            say("no format '\(name)': \(known)", "pas de format « \(name) » : \(known)"))
    }

    /// What an error of one of the rooms means to the command line; nil for others.
    init?(_ error: any Error) {
        switch error {
        case let failure as Failure: self = failure
        case let error as StoreError: self.init(Failure.code(of: error), Failure.text(of: error))
        case let error as QueryError: self.init(Failure.code(of: error), Failure.text(of: error))
        case let error as StatementError:
            self.init(Failure.code(of: error), Failure.text(of: error))
        case let error as RecordingError:
            self.init(Failure.code(of: error), Failure.text(of: error))
        case let error as MQTTError: self.init(Failure.code(of: error), Failure.text(of: error))
        case let error as SocketError: self.init(Failure.code(of: error), Failure.text(of: error))
        case let error as YAMLFaults: self.init(.configuration, socle.text(of: error))
        case let error as SecretKeyError:
            self.init(
                .cannotCreate,
                say(
                    error.description,
                    "impossible de lire ou de créer la clé \(error.path) : vérifiez que l'on peut "
                        + "écrire dans le dossier"))
        default: return nil
        }
    }

    private static func code(of error: StoreError) -> Code {
        switch error {
        case .missing: .noInput
        case .notAStore, .newerFormat, .damaged, .setAside, .corrupt, .damagedBackup: .badInput
        case .isStore: .usage
        case .wouldReplaceSound: .no
        case .notAllowed: .notAllowed
        case .inUse: .unavailable
        case .cannotCreate, .isThere: .cannotCreate
        case .diskFull, .database: .inputOutput
        case .redefined: .configuration
        }
    }

    private static func code(of error: StatementError) -> Code {
        switch error {
        case .notAQuestion, .several, .wrong: .usage
        case .damaged: .badInput
        }
    }

    private static func code(of error: RecordingError) -> Code {
        switch error {
        case .unreadable, .badRow: .badInput
        case .redefined: .configuration
        }
    }

    private static func code(of error: MQTTError) -> Code {
        switch error {
        case .setting: .configuration
        case .library, .connection, .protocolVersion, .timeout: .unavailable
        case .login: .notAllowed
        }
    }

    private static func code(of error: SocketError) -> Code {
        switch error {
        case .inUse, .noGateway: .unavailable
        case .notASocket: .cannotCreate
        case .notAllowed: .notAllowed
        case .failed: .inputOutput
        }
    }

    private static func code(of error: QueryError) -> Code {
        switch error {
        case .noSuchSeries: .noInput
        case .badSelector, .noSuchStatistic, .stepTooFine, .readingsNotKept, .noSuchTier,
            .unalignedTier, .emptyRange, .tooManyRows:
            .usage
        }
    }
}

/// Writes to standard error.
func complain(_ text: String) {
    FileHandle.standardError.write(Data((text + "\n").utf8))
}
