public import SuperBase

/// The grammar of `environment=`: `KEY=value,KEY2="value two"`.
///
/// It is Supervisor's: the words of a shell lexer without escapes, taken four at a time as key, `=`, value and separator.
/// What that loses in silence is reported by `doubts`, and the result is still the same.
enum EnvironmentList {
    /// A word, a quoted text with its quotes, or one character that is neither.
    private struct Token {
        var text: String
        /// A comment began in or after it.
        var isCut = false
    }

    static func parse(_ text: String) throws(ValueError) -> [EnvironmentVariable] {
        let tokens = try tokens(of: text)
        var variables: [EnvironmentVariable] = []
        for start in stride(from: 0, to: tokens.count, by: 4) {
            guard start + 2 < tokens.count, tokens[start + 1].text == "=" else {
                throw broken(text, at: start, of: tokens)
            }
            variables.set(tokens[start].text, to: withoutQuotes(tokens[start + 2].text))
        }
        return variables
    }

    /// What is lost of the text, one sentence each; nothing for a text that `parse` refuses.
    static func doubts(_ text: String) -> [String] {
        guard let tokens = try? tokens(of: text), (try? parse(text)) != nil else { return [] }
        var doubts: [String] = []
        for start in stride(from: 0, to: tokens.count, by: 4) {
            let key = tokens[start].text
            let value = tokens[start + 2].text
            if start + 3 < tokens.count, tokens[start + 3].text != "," {
                doubts.append(
                    "\(quoted(tokens[start + 3].text)) after the value of \(key) is lost: put the value in quotes")
            }
            if key.utf8.contains(where: { isQuote(Unicode.Scalar($0)) }) {
                doubts.append("the quotes are part of the name \(key): leave them out")
            }
            if withoutQuotes(value) != withoutOnePair(value) {
                doubts.append("quotes at the ends of the value of \(key) are lost: use the other kind around it")
            } else if value == withoutQuotes(value), value.contains(where: { $0 == "\"" || $0 == "'" }) {
                doubts.append("the quotes inside the value of \(key) protect nothing: put the whole value in quotes")
            }
            if tokens[start..<min(start + 4, tokens.count)].contains(where: \.isCut) {
                doubts.append("what follows # at \(key) is lost: put the value in quotes")
            }
            if value == "$" { doubts.append("the value of \(key) is only $: variables are written %(ENV_NAME)s") }
        }
        return doubts
    }

    private static func broken(_ text: String, at start: Int, of tokens: [Token]) -> ValueError {
        let near = tokens[start...].prefix(3).map(\.text).joined()
        return ValueError(
            "\(quoted(text)) is not a list of KEY=\"value\" pairs separated by commas (at \(quoted(near)))",
            hint: "put values with other characters than letters, digits and _/.+-(): in quotes",
            kind: "value.environment")
    }

    private static func tokens(of text: String) throws(ValueError) -> [Token] {
        let scalars = Array(text.unicodeScalars)
        var tokens: [Token] = []
        var index = 0
        while index < scalars.count {
            let scalar = scalars[index]
            if isSeparator(scalar) {
                index += 1
            } else if scalar == "#" {
                skipLine(scalars, &index)
                if !tokens.isEmpty { tokens[tokens.count - 1].isCut = true }
            } else if isQuote(scalar) {
                guard let end = scalars[(index + 1)...].firstIndex(of: scalar) else {
                    throw ValueError("\(quoted(text)) has no closing quote", kind: "value.environment")
                }
                tokens.append(Token(text: string(scalars[index...end])))
                index = end + 1
            } else if isWordCharacter(scalar) {
                tokens.append(word(scalars, &index))
            } else {
                tokens.append(Token(text: String(scalar)))
                index += 1
            }
        }
        return tokens
    }

    /// A word from `index` on. Quotes within it are characters like any other, and it goes on after a comment.
    private static func word(_ scalars: [Unicode.Scalar], _ index: inout Int) -> Token {
        var word = String.UnicodeScalarView()
        var isCut = false
        while index < scalars.count {
            let scalar = scalars[index]
            if scalar == "#" {
                skipLine(scalars, &index)
                isCut = true
            } else if isWordCharacter(scalar) || isQuote(scalar) {
                word.append(scalar)
                index += 1
            } else {
                break
            }
        }
        return Token(text: String(word), isCut: isCut)
    }

    /// Moves past the end of the line.
    private static func skipLine(_ scalars: [Unicode.Scalar], _ index: inout Int) {
        index = (scalars[index...].firstIndex(of: "\n") ?? scalars.count - 1) + 1
    }

    private static func isSeparator(_ scalar: Unicode.Scalar) -> Bool {
        scalar == " " || scalar == "\t" || scalar == "\r" || scalar == "\n"
    }

    private static func isQuote(_ scalar: Unicode.Scalar) -> Bool { scalar == "\"" || scalar == "'" }

    private static func isWordCharacter(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar {
        case "a"..."z", "A"..."Z", "0"..."9", "_", "/", ".", "+", "-", "(", ")", ":": true
        default: false
        }
    }

    private static func string(_ scalars: ArraySlice<Unicode.Scalar>) -> String {
        String(String.UnicodeScalarView(scalars))
    }

    /// Without any quotes at its ends, of either kind.
    private static func withoutQuotes(_ text: String) -> String {
        let scalars = Array(text.unicodeScalars)
        guard let first = scalars.firstIndex(where: { !isQuote($0) }),
            let last = scalars.lastIndex(where: { !isQuote($0) })
        else { return "" }
        return string(scalars[first...last])
    }

    /// Without the one pair of quotes around it, as a reader would understand it.
    private static func withoutOnePair(_ text: String) -> String {
        let scalars = Array(text.unicodeScalars)
        guard scalars.count >= 2, let first = scalars.first, isQuote(first), scalars.last == first else { return text }
        return string(scalars[1..<(scalars.count - 1)])
    }
}

extension [EnvironmentVariable] {
    /// Gives the variable this value, at the place of its first mention.
    public mutating func set(_ name: String, to value: String) {
        if let index = firstIndex(where: { $0.name == name }) {
            self[index].value = value
        } else {
            append(EnvironmentVariable(name, value))
        }
    }

    /// These variables, then the others; the later of a name wins.
    public func merging(_ others: [EnvironmentVariable]) -> [EnvironmentVariable] {
        var merged = self
        for variable in others { merged.set(variable.name, to: variable.value) }
        return merged
    }
}

extension OptionType where Value == [EnvironmentVariable] {
    /// Variables for children; a table in TOML.
    static var environment: OptionType {
        var type = OptionType(
            "environment", expected: "a list of KEY=\"value\" pairs separated by commas",
            parse: { (text, _) throws(ValueError) in try EnvironmentList.parse(text) },
            value: { .map($0.map { .init($0.name, .text($0.value)) }) })
        let parse = type.parse
        type.read = { (given, context) throws(ValueError) in
            guard case .map(let entries) = given else {
                guard case .text(let text) = given else {
                    throw ValueError("\(given.typeName) is not a table of variables", kind: "value.environment")
                }
                return try parse(text, context)
            }
            var variables: [EnvironmentVariable] = []
            for entry in entries {
                switch entry.value {
                case .text, .integer, .boolean: variables.set(entry.key, to: entry.value.plainText ?? "")
                default:
                    throw ValueError(
                        "\(entry.value.typeName) is not a value for \(entry.key)", kind: "value.environment")
                }
            }
            return variables
        }
        type.doubts = { EnvironmentList.doubts($0) }
        return type
    }
}
