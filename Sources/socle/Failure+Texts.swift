import Gateway
import MQTTSession
import QueryAPI
import SeriesQuery
import SeriesStore
import StoredSeries

/// What errors of the rooms say in the reader's language.
extension Failure {
    static func text(of error: StoreError) -> String { say(error.description, french(error)) }

    static func text(of error: StatementError) -> String {
        switch error {
        case .notAQuestion:
            say(
                "this statement has no rows to answer with: sql only reads; write SELECT …",
                "cette requête n'a pas de lignes à répondre : sql ne fait que lire ; écrivez "
                    + "SELECT …")
        case .several:
            say("one statement at a time", "une seule requête à la fois")
        case .wrong(let message):
            say("the statement cannot be answered: ", "la requête ne peut aboutir : ")
                + message.replacing("\n", with: " ")
        case .damaged(let message):
            say(
                "damage in the store: \(message); socle store verify lists it",
                "base abîmée : \(french(message)) ; socle store verify énumère les dégâts")
        }
    }

    private static func french(_ error: StoreError) -> French {
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
        case .isThere(let path):
            return "\(path) existe déjà : ajoutez --replace, ou donnez un autre nom"
        case .isStore(let path):
            return "\(path) est une base, ou en fait partie : donnez un autre nom"
        case .wouldReplaceSound(let path, let faults):
            return "la copie a des lignes abîmées (\(faults)) et ne remplace pas \(path), qui est "
                + "peut-être intacte : donnez un autre nom"
        case .damagedBackup(let path, let faults):
            return "lignes abîmées dans la sauvegarde \(path) : \(faults) ; socle store verify les "
                + "énumère ; prenez une autre sauvegarde, ou ajoutez --damaged. La base est comme "
                + "avant"
        case .diskFull:
            return "le disque est plein : rien n'a été modifié"
        case .database(let code, let message):
            return "erreur SQLite \(code) : \(message)"
        case .damaged("(file)", _, let reason):
            return "pages abîmées : \(french(reason))"
        case .damaged(let table, let row, let reason):
            return "ligne \(row) abîmée dans la table \(table) : \(french(reason))"
        case .setAside(let table, let row, let reason):
            return "ligne \(row) de la table \(table) abîmée et mise de côté : "
                + "\(french(reason))"
        case .corrupt(let path, let reason):
            return "\(path) est abîmé : \(french(reason)) ; remettez-le par socle store restore, "
                + "ou sauvez ce qui se lit : socle export '*' --store \(path) --format sqlite "
                + "--output FICHIER"
        case .redefined(let series, let stored, let wanted):
            return "\(series) est enregistrée comme \(stored), le profil dit \(wanted) : "
                + "renommez la grandeur"
        }
    }

    /// What SQLite and the store say most of damage; the rest stays as it is.
    private static func french(_ reason: String) -> String {
        [
            ("database disk image is malformed", "page illisible"),
            (", here or in the rows behind", ", ici ou dans les lignes qui suivent"),
            ("cannot decode block: ", "bloc illisible : "), ("expected 0x", "attendu 0x"),
            ("found 0x", "trouvé 0x"), ("numbers have a gap", "il manque des numéros"),
            ("malformed database schema", "schéma de base illisible"),
            ("damaged row ", "ligne abîmée "), (" of table ", " de la table "),
            ("checksum mismatch", "somme de contrôle fausse"),
            (" is never used", " inutilisée"), ("the row is not there", "la ligne manque"),
            (" is not the block's", " n'est pas celui du bloc"),
        ].reduce(reason) { $0.replacing($1.0, with: $1.1) }
    }

    static func text(of error: RecordingError) -> String { say(error.description, french(error)) }

    private static func french(_ error: RecordingError) -> French {
        switch error {
        case .unreadable(let file):
            return "impossible de lire \(file)"
        case .badRow(let file, let line, let fault):
            return "\(file):\(line) : \(french(fault).text)"
        case .redefined(let series, let stored, let asked):
            return "\(series) est enregistrée comme \(stored), il est demandé \(asked) : omettez "
                + "--kind, --unit et --step, ou donnez un autre nom à la série"
        }
    }

    private static func french(_ fault: RecordingError.RowFault) -> French {
        switch fault {
        case .fields: "une ligne est series,time,value, séparés par des virgules"
        case .extraFields(let count, let head):
            "\(count) champs, l'en-tête en a \(head) : écrivez les décimales avec un point, ou "
                + "entre guillemets ce qui contient une virgule"
        case .lineEnds:
            "les lignes finissent par CR seul : convertissez-les, par tr '\\r' '\\n'"
        case .encoding: "ce n'est pas de l'UTF-8 : convertissez le fichier, par iconv -f latin1"
        case .time(let text):
            "« \(text) » n'est pas une date : écrivez des millisecondes epoch, RFC 3339 ou "
                + "2026-03-29 14:00"
        case .number(let text): "« \(text) » n'est pas un nombre"
        }
    }

    static func text(of error: MQTTError) -> String { say(error.description, french(error)) }

    private static func french(_ error: MQTTError) -> French {
        switch error {
        case .setting(let name, let reason): return "réglage MQTT \(name) : \(reason)"
        case .library(let version):
            return
                "libmosquitto \(version) n'est pas connue pour retenir les acquittements "
                + "jusqu'à l'enregistrement durable ; installez la 2.0 ou la 2.1"
        case .connection(let reason): return "courtier MQTT injoignable : \(reason)"
        case .login(let reason): return "le courtier MQTT a refusé l'identification : \(reason)"
        case .protocolVersion: return "le courtier MQTT ne parle pas MQTT v5"
        case .timeout: return "le courtier MQTT ne répond pas"
        }
    }

    static func text(of error: SocketError) -> String { say(error.description, french(error)) }

    private static func french(_ error: SocketError) -> French {
        switch error {
        case .inUse(let path):
            return "une autre passerelle répond à \(path) : arrêtez-la, ou indiquez un autre "
                + "chemin par « socket »"
        case .noGateway(let path):
            return "aucune passerelle ne répond à \(path) : démarrez-la par socle run"
        case .notASocket(let path):
            return "\(path) n'est pas un socket : déplacez-le, ou indiquez un autre chemin par "
                + "« socket »"
        case .notAllowed(let path):
            return "accès refusé à \(path) : lancez socle sous le compte de la passerelle ou dans "
                + "son groupe"
        case .failed(let path, let reason):
            return "le socket \(path) : \(reason)"
        }
    }

    static func text(of error: QueryError) -> String { say(error.description, french(error)) }

    private static func french(_ error: QueryError) -> French {
        switch error {
        case .badSelector(let selector, let reason):
            return "sélecteur \(selector) incorrect : \(french(reason).text)"
        case .noSuchSeries(let selector, let nearest):
            return "aucune série ne correspond à \(selector)"
                + (nearest.isEmpty ? "" : " ; vouliez-vous \(nearest.joined(separator: ", ")) ?")
        case .noSuchStatistic(let statistic, let metric, let kind, let available):
            return "\(metric) est de genre \(kind) et n'a pas \(statistic) ; elle a "
                + "\(available.joined(separator: " "))"
        case .stepTooFine(let series, let finest):
            return "\(series) est gardée par pas de \(finest) : demandez \(finest) ou un multiple"
        case .readingsNotKept(let series, let step):
            return "\(series) ne garde pas ses relevés : écrivez --every \(step) ; un profil les "
                + "garde dorénavant par « step: raw »"
        case .noSuchTier(let tier, let series, let available):
            return "\(series) n'a pas de palier \(tier) ; elle a "
                + "\(available.joined(separator: " "))"
        case .unalignedTier(let tier):
            return "le palier \(tier) ne convient pas à la question : donnez --every \(tier) ou un "
                + "multiple, et --from et --to au début d'une fenêtre de \(tier)"
        case .emptyRange:
            return "la période finit avant de commencer"
        case .tooManyRows(let limit):
            return "plus de \(limit) lignes : demandez un pas plus long ou une période plus courte"
        }
    }

    private static func french(_ fault: SelectorFault) -> French {
        switch fault {
        case .openBrace: "il manque l'accolade fermante"
        case .metric(let name): "« \(name) » n'est pas un nom de grandeur"
        case .matcher: "une condition est ÉTIQUETTE=\"VALEUR\""
        case .unquoted(let label): "la valeur de \(label) n'est pas entre guillemets"
        case .expression(let text): "\"\(text)\" n'est pas une expression régulière"
        }
    }
}
