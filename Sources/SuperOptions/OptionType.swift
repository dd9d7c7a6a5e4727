public import SuperBase

/// How values of one type are written, read and explained.
public struct OptionType<Value: Sendable>: Sendable {
    /// The type's name in the reference, such as `size`.
    public var name: String
    /// What is accepted, for messages and the reference: "expected …".
    public var expected: String
    /// The words that are accepted, where the type is a choice; for hints.
    public var words: [String]
    /// From text, expanded and trimmed.
    public var parse: @Sendable (String, ValueContext) throws(ValueError) -> Value
    /// From any value: text as in INI, or one of TOML's own types.
    public var read: @Sendable (OptionValue, ValueContext) throws(ValueError) -> Value
    /// The value for JSON, differences and messages.
    public var value: @Sendable (Value) -> OptionValue
    /// As it is written in an INI file; nil for a value that is given by leaving the option out.
    public var text: @Sendable (Value) -> String?
    /// What is accepted but most likely not meant, one sentence each.
    public var doubts: @Sendable (String) -> [String] = { _ in [] }

    init(
        _ name: String, expected: String, words: [String] = [],
        parse: @escaping @Sendable (String, ValueContext) throws(ValueError) -> Value,
        value: @escaping @Sendable (Value) -> OptionValue
    ) {
        self.name = name
        self.expected = expected
        self.words = words
        self.parse = parse
        self.value = value
        read = { (given, context) throws(ValueError) in
            guard let text = given.plainText else {
                throw ValueError("\(given.typeName) is not \(expected)")
            }
            return try parse(text, context)
        }
        text = { value($0).iniText }
    }

    /// The same for an option that may be left out; nil is what it then is.
    var optional: OptionType<Value?> {
        let parse = parse
        let read = read
        let value = value
        let text = text
        var type = OptionType<Value?>(
            name, expected: expected, words: words,
            parse: { (text, context) throws(ValueError) in try parse(text, context) },
            value: { $0.map(value) ?? .none })
        type.read = { (given, context) throws(ValueError) in try read(given, context) }
        type.text = { $0.flatMap(text) }
        type.doubts = doubts
        return type
    }

    /// An error that names what was given and what was expected, with the near word if there is one.
    static func mismatch(_ text: String, _ expected: String, words: [String] = []) -> ValueError {
        ValueError(
            "\(quoted(text)) is not \(expected)", hint: nearMiss(of: text, among: words).map { "did you mean \($0)?" })
    }
}

/// The text in quotes, with its line ends made visible, cut where it is too long for a message.
func quoted(_ text: String) -> String {
    var shown = ""
    var count = 0
    for scalar in text.unicodeScalars {
        count += 1
        guard count <= 80 else { return "\"\(shown)…\"" }
        if scalar == "\n" {
            shown += "\\n"
        } else {
            shown.unicodeScalars.append(scalar)
        }
    }
    return "\"\(shown)\""
}

extension OptionValue {
    /// The values with commas between them; nil where one is a list or a table itself.
    private static func commaSeparated(_ values: [OptionValue]) -> String? {
        var words: [String] = []
        for value in values {
            if case .list = value { return nil }
            guard let word = value.plainText else { return nil }
            words.append(word)
        }
        return words.joined(separator: ",")
    }

    /// The value as one word of INI; nil for tables. A list is written with commas.
    var plainText: String? {
        switch self {
        case .none: ""
        case .boolean(let flag): flag ? "true" : "false"
        case .integer(let number): String(number)
        case .text(let text): text
        case .list(let values): Self.commaSeparated(values)
        case .map: nil
        }
    }

    /// The value as it is written in INI; nil where it is written by leaving the option out.
    var iniText: String? {
        switch self {
        case .none: nil
        case .map(let entries):
            entries.map { "\($0.key)=\"\($0.value.plainText ?? "")\"" }.joined(separator: ",")
        default: plainText
        }
    }

    /// What it is, for messages about a value of the wrong type.
    var typeName: String {
        switch self {
        case .none: "nothing"
        case .boolean: "a boolean"
        case .integer: "an integer"
        case .text: "a text"
        case .list: "a list"
        case .map: "a table"
        }
    }
}
