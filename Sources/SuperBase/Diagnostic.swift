/// A place in a configuration file.
public struct SourceLocation: Sendable, Hashable, CustomStringConvertible {
    /// The path as it was opened.
    public var file: String
    /// From 1; nil where only the file is known.
    public var line: Int?

    public init(file: String, line: Int? = nil) {
        self.file = file
        self.line = line
    }

    /// `/etc/superd/supervisor.ini:12`
    public var description: String { line.map { "\(file):\($0)" } ?? file }
}

/// One thing wrong, or doubtful, in a configuration.
public struct Diagnostic: Sendable, Hashable, CustomStringConvertible {
    public enum Severity: Sendable, Hashable {
        /// The configuration cannot be used.
        case error
        /// It can, and the operator should know.
        case warning
    }

    public var severity: Severity
    /// The kind of problem in fixed words, such as `value.invalid`, for programs.
    public var kind: String
    public var location: SourceLocation?
    /// As written between the brackets, such as `program:web`.
    public var section: String?
    public var option: String?
    /// A sentence: what is wrong and what was expected.
    public var message: String
    /// What to do about it, where we know.
    public var hint: String?

    /// Further facts for programs, such as the name that is not known.
    public var details: [OptionValue.Entry]

    public init(
        _ severity: Severity, kind: String, at location: SourceLocation? = nil, section: String? = nil,
        option: String? = nil, _ message: String, hint: String? = nil, details: [OptionValue.Entry] = []
    ) {
        self.severity = severity
        self.kind = kind
        self.location = location
        self.section = section
        self.option = option
        self.message = message
        self.hint = hint
        self.details = details
    }

    /// `file:line: error: [program:web] autostart: …`
    public var description: String {
        let place = location.map { "\($0): " } ?? ""
        let subject = (section.map { "[\($0)] " } ?? "") + (option.map { "\($0): " } ?? "")
        let word = severity == .error ? "error" : "warning"
        return "\(place)\(word): \(subject)\(message)\(hint.map { " (\($0))" } ?? "")"
    }
}
