public import SuperBase

/// One field of a request or an answer: what the documentation says of it and what the server checks.
public struct Field: Sendable {
    public enum Presence: Sendable {
        case required
        /// Left out where there is nothing to say.
        case optional
        /// In a request: assumed where it is left out.
        case defaulted(OptionValue)
    }

    public var name: String
    public var type: FieldType
    public var presence: Presence
    /// One sentence without its full stop.
    public var summary: String

    public init(_ name: String, _ type: FieldType, _ presence: Presence, _ summary: String) {
        self.name = name
        self.type = type
        self.presence = presence
        self.summary = summary
    }

    /// A required field.
    public init(_ name: String, _ type: FieldType, _ summary: String) {
        self.init(name, type, .required, summary)
    }
}

/// The type of a field on the wire.
public indirect enum FieldType: Sendable {
    case string
    case integer
    /// A whole number within these limits.
    case number(ClosedRange<Int>)
    case boolean
    /// A string out of a closed set.
    case word([String])
    case list(FieldType)
    case object(any Documented.Type)

    /// Reads the texts given in a query, where a list is a repeated key. Nil where they do not fit.
    func read(_ texts: [String]) -> OptionValue? {
        if case .list(let element) = self {
            let items = texts.compactMap { element.read([$0]) }
            return items.count == texts.count ? .list(items) : nil
        }
        guard texts.count == 1, let text = texts.first else { return nil }
        return switch self {
        case .string: .text(text)
        case .integer: Int(text).map(OptionValue.integer)
        case .number(let limits): Int(text).flatMap { limits.contains($0) ? .integer($0) : nil }
        case .boolean: ["true": true, "1": true, "false": false, "0": false][text].map(OptionValue.boolean)
        case .word(let words): words.contains(text) ? .text(text) : nil
        case .list, .object: nil
        }
    }

    /// Whether a JSON value fits; what an object holds is left to the decoder.
    func accepts(_ value: OptionValue) -> Bool {
        switch (self, value) {
        case (.string, .text), (.integer, .integer), (.boolean, .boolean), (.object, .map): true
        case (.number(let limits), .integer(let number)): limits.contains(number)
        case (.word(let words), .text(let text)): words.contains(text)
        case (.list(let element), .list(let items)): items.allSatisfy(element.accepts)
        default: false
        }
    }

    /// What is expected, for a message and for the reference: `a list of strings`.
    var phrase: String {
        switch self {
        case .string: "a string"
        case .integer: "a whole number"
        case .number(let limits): "a whole number from \(limits.lowerBound) to \(limits.upperBound)"
        case .boolean: "true or false"
        case .word(let words): "one of " + words.joined(separator: ", ")
        case .list(.object(let type)): "a list of \(type.schemaName)"
        case .list: "a list of strings"
        case .object(let type): "\(type.schemaName)"
        }
    }
}

/// A value on the wire that says what its fields are and shows itself once.
public protocol Documented: Codable, Sendable {
    static var fields: [Field] { get }
    static var example: Self { get }
}

extension Documented {
    /// The name of the type, in the documentation and in the OpenAPI schemas.
    static var schemaName: String { "\(Self.self)" }
}

/// Fields that several requests share.
extension Field {
    static let select = Field(
        "select", .list(.string),
        "Which processes: `all`, `web:*`, `web:web_00`, `db`, or patterns such as `*worker*` and `web:*_0[0-3]`")
    static let selectOrAll = Field("select", .list(.string), .defaulted(.list([])), "Which processes; all if left out")
    static let processName = Field(
        "name", .string, "The process, as `group:process`, or one word if both are equal; not a pattern")
    static let group = Field("group", .string, "The name of the group")
    static let wait = Field(
        "wait", .boolean, .defaulted(.boolean(true)), "Whether to answer when it is done instead of when it is begun")
    static let timeout = Field(
        "timeout", .integer, .optional,
        "Seconds to wait at most; then the answer is `timedOut` and what was asked for goes on")
    static let stream = Field(
        "stream", .word(LogStream.allCases.map(\.rawValue)), .defaulted(.text("stdout")), "Which output")
}
