import SuperBase

extension OptionType where Value == Bool {
    /// Yes or no.
    static var boolean: OptionType {
        let expected = "true, yes, on, 1, false, no, off or 0"
        return OptionType(
            "boolean", expected: expected, words: truthWords.map(\.word),
            parse: { (text, _) throws(ValueError) in
                guard let flag = parseTruth(text) else {
                    throw mismatch(text, expected, words: truthWords.map(\.word))
                }
                return flag
            }, value: { .boolean($0) })
    }
}

private let truthWords: [(word: String, flag: Bool)] = [
    ("true", true), ("yes", true), ("on", true), ("1", true), ("false", false), ("no", false), ("off", false),
    ("0", false),
]

private func parseTruth(_ text: String) -> Bool? {
    let lower = text.lowercased()
    return truthWords.first { $0.word == lower }?.flag
}

extension OptionType where Value == AutoRestart {
    /// When to restart: the boolean words, or `unexpected`.
    static var autoRestart: OptionType {
        let expected = "true, false or unexpected"
        let words = ["unexpected"] + truthWords.map(\.word)
        var type = OptionType(
            "restart rule", expected: expected, words: words,
            parse: { (text, _) throws(ValueError) in
                switch parseTruth(text) {
                case true: return .always
                case false: return .never
                case nil:
                    let lower = text.lowercased()
                    if lower == "unexpected" { return .unexpected }
                    var error = mismatch(text, expected, words: words)
                    if lower == "always" { error.hint = "write true" }
                    if lower == "never" { error.hint = "write false" }
                    throw error
                }
            },
            value: {
                switch $0 {
                case .always: .boolean(true)
                case .never: .boolean(false)
                case .unexpected: .text("unexpected")
                }
            })
        type.text = { $0 == .unexpected ? "unexpected" : $0 == .always ? "true" : "false" }
        return type
    }
}

extension OptionType where Value == LogLevel {
    /// How much is logged.
    static var logLevel: OptionType {
        let words = LogLevel.allCases.map(\.name)
        let expected = words.dropLast().joined(separator: ", ") + " or " + (words.last ?? "")
        return OptionType(
            "log level", expected: expected, words: words,
            parse: { (text, _) throws(ValueError) in
                let lower = text.lowercased()
                guard let level = LogLevel.allCases.first(where: { $0.name == lower }) else {
                    var error = mismatch(text, expected, words: words)
                    if lower == "warning" { error.hint = "did you mean warn?" }
                    throw error
                }
                return level
            }, value: { .text($0.name) })
    }
}

extension OptionType where Value == Signal {
    /// A signal by name or number.
    static var signal: OptionType {
        let expected = "the name or number of a signal, such as TERM, SIGINT or 9"
        let words = (1...31).map { Signal(rawValue: $0).name }
        return OptionType(
            "signal", expected: expected, words: words,
            parse: { (text, _) throws(ValueError) in
                if let number = parseInteger(text) {
                    guard let raw = Int32(exactly: number), Signal(rawValue: raw).isKnown else {
                        throw mismatch(text, expected)
                    }
                    return Signal(rawValue: raw)
                }
                guard let signal = Signal(name: text) else { throw mismatch(text, expected, words: words) }
                return signal
            }, value: { .text($0.name) })
    }
}

extension OptionType where Value == [String] {
    /// Words separated by commas, each trimmed. An empty text is an empty list.
    static func names(_ name: String, expected: String) -> OptionType {
        list(name, expected: expected) { text in
            text.isEmpty ? [] : text.split(separator: ",", omittingEmptySubsequences: false).map { trimmed($0) }
        }
    }

    /// Words separated by blanks or line ends.
    static func words(_ name: String, expected: String) -> OptionType {
        var type = list(name, expected: expected) { text in
            text.unicodeScalars.split { $0.properties.isWhitespace }.map { String($0) }
        }
        type.text = { $0.joined(separator: " ") }
        return type
    }

    private static func list(
        _ name: String, expected: String, split: @escaping @Sendable (String) -> [String]
    ) -> OptionType {
        var type = OptionType(
            name, expected: expected, parse: { (text, _) throws(ValueError) in split(text) },
            value: { .list($0.map { .text($0) }) })
        let parse = type.parse
        type.read = { (given, context) throws(ValueError) in
            guard case .list(let values) = given else {
                guard case .text(let text) = given else { throw ValueError("\(given.typeName) is not \(expected)") }
                return try parse(text, context)
            }
            var words: [String] = []
            for value in values {
                guard case .text(let word) = value else {
                    throw ValueError("\(value.typeName) in it is not \(expected)")
                }
                words.append(word)
            }
            return words
        }
        return type
    }

    /// The event types of a listener, in capitals.
    static var events: OptionType {
        var type = names("event types", expected: "a comma-separated list of event types")
        let readNames = type.read
        let read: @Sendable (OptionValue, ValueContext) throws(ValueError) -> [String] = {
            (given, context) throws(ValueError) in
            var events: [String] = []
            for word in try readNames(given, context) {
                let event = word.uppercased()
                guard eventTypes.contains(event) else {
                    throw ValueError(
                        "\(quoted(word)) is not an event type",
                        hint: nearMiss(of: event, among: eventTypes).map { "did you mean \($0)?" },
                        kind: "eventlistener.unknown_event", details: [.init("name", .text(event))])
                }
                if !events.contains(event) { events.append(event) }
            }
            return events
        }
        type.words = eventTypes
        type.read = read
        type.parse = { (text, context) throws(ValueError) in try read(.text(text), context) }
        return type
    }
}

/// The types of events that a listener can subscribe to; a type stands for all that begin with its name.
public let eventTypes = [
    "EVENT",
    "PROCESS_STATE", "PROCESS_STATE_STARTING", "PROCESS_STATE_RUNNING", "PROCESS_STATE_BACKOFF",
    "PROCESS_STATE_STOPPING", "PROCESS_STATE_EXITED", "PROCESS_STATE_STOPPED", "PROCESS_STATE_FATAL",
    "PROCESS_STATE_UNKNOWN",
    "PROCESS_LOG", "PROCESS_LOG_STDOUT", "PROCESS_LOG_STDERR",
    "PROCESS_COMMUNICATION", "PROCESS_COMMUNICATION_STDOUT", "PROCESS_COMMUNICATION_STDERR",
    "REMOTE_COMMUNICATION",
    "SUPERVISOR_STATE_CHANGE", "SUPERVISOR_STATE_CHANGE_RUNNING", "SUPERVISOR_STATE_CHANGE_STOPPING",
    "TICK", "TICK_5", "TICK_60", "TICK_3600",
    "PROCESS_GROUP", "PROCESS_GROUP_ADDED", "PROCESS_GROUP_REMOVED",
]

/// The text without white space at its ends.
func trimmed(_ text: some StringProtocol) -> String {
    let scalars = text.unicodeScalars
    guard let first = scalars.firstIndex(where: { !$0.properties.isWhitespace }),
        let last = scalars.lastIndex(where: { !$0.properties.isWhitespace })
    else { return "" }
    return String(String.UnicodeScalarView(scalars[first...last]))
}
