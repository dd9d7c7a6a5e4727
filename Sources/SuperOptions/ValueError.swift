public import SuperBase

/// Why a value cannot be used. The reader of the section adds the option's name and place.
public struct ValueError: Error, Sendable, Hashable {
    /// The kind of problem in fixed words, as in `Diagnostic.kind`.
    public var kind: String
    /// What is wrong and what was expected.
    public var message: String
    /// What to write instead, where we know.
    public var hint: String?
    /// Further facts for programs.
    public var details: [OptionValue.Entry]

    public init(
        _ message: String, hint: String? = nil, kind: String = "value.invalid", details: [OptionValue.Entry] = []
    ) {
        self.kind = kind
        self.message = message
        self.hint = hint
        self.details = details
    }
}
