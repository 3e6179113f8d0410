import Foundation

/// The language of help, messages and human tables. Machine formats never change with it.
enum Language: Sendable {
    case english, french

    /// By `LC_ALL`, `LC_MESSAGES` and `LANG`, the first that is set.
    static let current: Language = {
        let environment = ProcessInfo.processInfo.environment
        let locale = ["LC_ALL", "LC_MESSAGES", "LANG"].lazy
            .compactMap { environment[$0] }.first { !$0.isEmpty }
        return locale?.hasPrefix("fr") == true ? .french : .english
    }()
}

/// A text in the reader's language.
func say(
    _ english: @autoclosure () throws -> String, _ french: @autoclosure () throws -> French
) rethrows -> String {
    try Language.current == .french ? french().text : english()
}

/// A number with its noun, and what agrees with that: in French 0 is singular.
func counted(
    _ number: Int, _ english: (one: String, many: String), _ french: (one: French, many: French)
) -> String {
    "\(number) "
        + say(number == 1 ? english.one : english.many, number < 2 ? french.one : french.many)
}

/// A number for reading: thousands apart, the language's decimal mark.
///
/// - Parameter text: plain digits with an optional sign and point.
func grouped(_ text: String) -> String {
    let isFrench = Language.current == .french
    var digits = Substring(text)
    let sign = digits.first == "-" ? "-" : ""
    if !sign.isEmpty { digits = digits.dropFirst() }
    let parts = digits.split(separator: ".", maxSplits: 1)
    guard let whole = parts.first, whole.allSatisfy(\.isNumber) else { return text }
    var result = ""
    for (index, digit) in whole.enumerated() {
        // A narrow no-break space, as French typography wants it.
        if index > 0, (whole.count - index) % 3 == 0 { result += isFrench ? "\u{202F}" : "," }
        result.append(digit)
    }
    if parts.count == 2 { result += (isFrench ? "," : ".") + parts[1] }
    return sign + result
}

/// A measured number for reading: four significant digits after rounding, more before the point.
func readable(_ number: Double) -> String {
    let magnitude = abs(number)
    let decimals = magnitude >= 1000 ? 0 : magnitude >= 100 ? 1 : magnitude >= 10 ? 2 : 3
    var text = String(format: "%.\(decimals)f", number)
    if text.contains(".") {
        while text.last == "0" { text.removeLast() }
        if text.last == "." { text.removeLast() }
    }
    return grouped(text == "-0" ? "0" : text)
}
