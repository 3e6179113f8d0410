import StrictYAML

/// The faults of files in the reader's language: a line a fault, in the order of files and lines.
func text(of faults: YAMLFaults) -> String {
    guard Language.current == .french else { return faults.description }
    return faults.sorted.map { fault in
        fault.place
            + say(": ", " : ") + text(of: fault.message)
            + (fault.remedy.isEmpty ? "" : say("; ", " ; ") + text(of: fault.remedy))
    }.joined(separator: "\n")
}

/// A sentence of a fault in the reader's language.
func text(of sentence: FaultText) -> String {
    sentence.text { template in
        guard Language.current == .french else { return nil }
        // What was found is inserted afterwards.
        return frenchFaults[template].map { French(typesetting: $0).text }
    }
}

/// By the English template; `%1` is what was found.
private let frenchFaults: [String: String] = [
    // What is described, after « dans » and at the beginning of a sentence.
    "the configuration": "la configuration",
    "the broker": "le courtier (broker)",
    "the broker's tls": "tls du courtier (broker)",
    "the policy": "la politique",
    "a profile": "un profil",
    "a title": "un titre",
    "a match": "match",
    "a time": "time",
    "a sequence": "sequence",
    "a reading": "un relevé",
    "a test": "un test",

    // Files and their keys.
    "unknown key '%1' in %2": "clé inconnue « %1 » dans %2",
    "known are %1": "sont connues : %1",
    "%1 must be a list of keys with values": "%1 : il faut une liste de clés avec leurs valeurs",
    "%1 lacks the key '%2'": "%1 : la clé « %2 » manque",
    "add it": "ajoutez-la",
    "'%1' in %2 %3": "« %1 » dans %2 %3",
    "must be a word or text": "doit être un mot ou un texte",
    "must be a whole number from %1 to %2": "doit être un nombre entier de %1 à %2",
    "must be true or false": "doit être true ou false",
    "must be one of %1": "doit être l'un de : %1",
    "must be a list, as in [ a, b ]": "doit être une liste, comme [ a, b ]",
    "must list words or texts": "doit énumérer des mots ou des textes",
    "must be a list of keys with values, as in { a: b }":
        "doit être une liste de clés avec leurs valeurs, comme { a: b }",
    "key %1 appears twice": "la clé %1 est présente deux fois",
    "keep one of them": "gardez-en une",
    "cannot be opened": "ne peut pas être ouvert",
    "check that it exists and may be read": "vérifiez qu'il existe et peut être lu",
    "cannot be read": "ne peut pas être lu",
    "cannot be read: %1": "ne peut pas être lu : %1",
    "check that it is a file": "vérifiez que c'est un fichier",
    "is not UTF-8": "n'est pas en UTF-8",
    "save it with the encoding UTF-8": "enregistrez-le avec le codage UTF-8",
    "is larger than %1 bytes": "dépasse %1 octets",
    "split it": "divisez-le",
    "holds NUL bytes": "contient des octets NUL",
    "check that it is a text file": "vérifiez que c'est un fichier de texte",
    "is empty": "est vide",
    "write the keys that it needs": "écrivez les clés qu'il lui faut",
    "cannot be read as YAML": "n'est pas lisible comme YAML",
    "is not YAML: %1": "n'est pas du YAML : %1",
    "check indentation, colons and quotes around that line":
        "vérifiez l'indentation, les deux-points et les guillemets autour de cette ligne",
    "is nested deeper than %1 levels": "dépasse %1 niveaux d'imbrication",
    "has an anchor (&)": "contient une ancre (&)",
    "has an alias (*)": "contient un alias (*)",
    "write the value out at each place": "écrivez la valeur à chaque endroit",
    "a key is not a word": "une clé n'est pas un mot",

    // The configuration.
    "no time zone '%1'": "pas de fuseau horaire « %1 »",
    "write Europe/Paris, Indian/Reunion, ...": "écrivez Europe/Paris, Indian/Reunion, ...",
    "keep_alive is less than four times the longest commit interval, %1 ms":
        "keep_alive est inférieur à quatre fois le plus long intervalle d'enregistrement, %1 ms",
    "write_budget and commit_interval exclude each other":
        "write_budget et commit_interval s'excluent",
    "leave one of them out": "n'en gardez qu'un",
    "write_budget '%1' is no size from 10MB to 1000GB":
        "write_budget : « %1 » n'est pas une taille de 10MB à 1000GB",
    "write 300MB or 2GB: what may be written in a day":
        "écrivez 300MB ou 2GB : ce qui peut être écrit en un jour",
    "the socket's path %1 is longer than %2 bytes":
        "le chemin du socket %1 dépasse %2 octets",
    "name a shorter one with 'socket'": "indiquez-en un plus court par « socket »",
    "the broker would take a slow commit for a lost connection":
        "le courtier prendrait un enregistrement lent pour une connexion perdue",
    "%1 '%2' is no duration from %3 to %4 ms":
        "%1 : « %2 » n'est pas une durée de %3 à %4 ms",
    "write 5s, 2m or 7d": "écrivez 5s, 2m ou 7d",
    "the password file %1 %2": "le fichier du mot de passe %1 %2",
    "'%1' needs %2, which is not there": "« %1 » a besoin de %2, qui n'existe pas",
    "make it, or correct the path; relative paths begin at this file":
        "créez-le, ou corrigez le chemin ; les chemins relatifs partent de ce fichier",
    "'%1' needs the folder %2, which is no folder":
        "« %1 » a besoin du dossier %2, qui n'est pas un dossier",
    "'%1' needs the file %2, which is no file":
        "« %1 » a besoin du fichier %2, qui n'est pas un fichier",
    "'%1' needs %2, which may not be read": "« %1 » a besoin de %2, que l'on ne peut pas lire",
    "let the user who runs socle read it": "permettez au compte qui lance socle de le lire",
    "'%1' needs %2, which may not be written":
        "« %1 » a besoin de %2, où l'on ne peut pas écrire",
    "let the user who runs socle write there": "permettez au compte qui lance socle d'y écrire",
    "the topics %1 and %2 overlap": "les sujets %1 et %2 se recouvrent",
    "a message of both would be delivered twice: narrow one of them":
        "un message des deux serait livré deux fois : restreignez l'un d'eux",
    "the profile '%1' claims the topic %2, by which socle counts what the broker drops":
        "le profil « %1 » prend le sujet %2, par lequel socle compte ce que le courtier perd",
    "add it to the profile's 'except'": "ajoutez-le à « except » du profil",
    "no profiles": "pas de profils",
    "put device profiles there, or name their folder with 'devices'":
        "mettez-y des profils d'appareils, ou indiquez leur dossier par « devices »",
    "late_limit '%1' is no duration": "late_limit : « %1 » n'est pas une durée",
    "write 30d, 12h or none": "écrivez 30d, 12h ou none",
].merging(frenchProfileFaults) { first, _ in first }
    .merging(frenchLayoutFaults) { first, _ in first }
