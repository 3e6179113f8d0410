import Foundation

/// What the argument parser says of itself, in the reader's language: the frame of a help, and
/// what is wrong with arguments.
///
/// Its texts are English and cannot be replaced one by one, so the whole is gone through. A
/// sentence that is not known here stays as it is.
func argumentText(_ english: String) -> String {
    guard Language.current == .french else { return english }
    return frenchArgumentTexts.reduce(english) { text, pair in
        text.replacingOccurrences(
            of: "(?m)" + pair.pattern, with: French(typesetting: pair.french).text,
            options: .regularExpression)
    }
}

/// What of it is said how, one after the other. Headings are no longer than the English ones, by
/// which the text was filled.
private let frenchArgumentTexts: [(pattern: String, french: String)] = [
    ("^OVERVIEW: ", "OBJET : "),
    ("^USAGE: ", "USAGE : "),
    ("^Usage: ", "Usage : "),
    ("^Help:  ", "Aide : "),
    ("^ARGUMENTS:$", "ARGUMENTS :"),
    ("^OPTIONS:$", "OPTIONS :"),
    ("^SUBCOMMANDS:$", "SOUS-COMMANDES :"),
    ("Show help\\s+information\\.", "Cette aide."),
    ("<subcommand>", "<sous-commande>"),
    ("^  See '(.+)' for detailed help\\.$", "  Le détail : $1"),
    ("^  See '(.+)' for more information\\.$", "  Pour en savoir plus : $1"),

    ("^Error: ", "Erreur : "),
    (
        "Unknown option '(.+)'\\. Did you mean '(.+)'\\?$",
        "option inconnue « $1 » ; vouliez-vous « $2 » ?"
    ),
    ("Unknown option '(.+)'$", "option inconnue « $1 »"),
    ("Unexpected argument '(.+)'$", "argument inattendu « $1 »"),
    ("([0-9]+) unexpected arguments: (.+)$", "$1 arguments inattendus : $2"),
    ("Missing expected argument '(.+)'$", "il manque l'argument « $1 »"),
    ("Missing value for '(.+)'$", "il manque la valeur de « $1 »"),
    (
        "The value '(.*)' is invalid for '(.+)'$",
        "la valeur « $1 » ne convient pas à « $2 »"
    ),
]
