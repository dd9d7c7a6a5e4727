public import SuperBase

/// One thing wrong, or doubtful, in the configuration.
public struct DiagnosticInfo: Documented, Hashable {
    public var severity: String
    /// The kind of problem in fixed words, such as `value.invalid`.
    public var kind: String
    public var file: String?
    public var line: Int?
    public var section: String?
    public var option: String?
    public var message: String
    public var hint: String?
    /// All of it as one line, as `superd --check` prints it.
    public var text: String

    public init(_ diagnostic: Diagnostic) {
        severity = diagnostic.severity == .error ? "error" : "warning"
        kind = diagnostic.kind
        file = diagnostic.location?.file
        line = diagnostic.location?.line
        section = diagnostic.section
        option = diagnostic.option
        message = diagnostic.message
        hint = diagnostic.hint
        text = diagnostic.description
    }

    public static let fields: [Field] = [
        Field("severity", .word(["error", "warning"]), "Whether the configuration can be used in spite of it"),
        Field("kind", .string, "The kind of problem in fixed words"),
        Field("file", .string, .optional, "The file"),
        Field("line", .integer, .optional, "The line, from 1"),
        Field("section", .string, .optional, "As written between the brackets"),
        Field("option", .string, .optional, "The option"),
        Field("message", .string, "What is wrong and what was expected"),
        Field("hint", .string, .optional, "What to do about it"),
        Field("text", .string, "All of it as one line"),
    ]

    public static let example = DiagnosticInfo(
        Diagnostic(
            .error, kind: "value.invalid", at: SourceLocation(file: "/etc/superd/superd.ini", line: 12),
            section: "program:web", option: "autostart", "not a valid boolean value: 'maybe'", hint: "true or false"))
}

/// The configuration on disk, checked.
public struct CheckReport: Documented, Hashable {
    /// Whether it can be used.
    public var isValid: Bool
    /// All files read.
    public var files: [String]
    public var diagnostics: [DiagnosticInfo]

    public init(isValid: Bool, files: [String], diagnostics: [DiagnosticInfo]) {
        self.isValid = isValid
        self.files = files
        self.diagnostics = diagnostics
    }

    public static let fields: [Field] = [
        Field("isValid", .boolean, "Whether the configuration can be used"),
        Field("files", .list(.string), "All files read, the main one first"),
        Field("diagnostics", .list(.object(DiagnosticInfo.self)), "Errors and warnings"),
    ]
    public static let example = CheckReport(
        isValid: false, files: ["/etc/superd/superd.ini"], diagnostics: [.example])
}

/// The groups that differ between the configuration on disk and the active one; each list by name.
public struct ConfigurationChanges: Documented, Hashable {
    public var added: [String]
    public var changed: [String]
    public var removed: [String]

    public init(added: [String] = [], changed: [String] = [], removed: [String] = []) {
        self.added = added
        self.changed = changed
        self.removed = removed
    }

    public static let fields: [Field] = [
        Field("added", .list(.string), "Groups that are new"),
        Field("changed", .list(.string), "Groups that differ"),
        Field("removed", .list(.string), "Groups that are gone"),
    ]
    public static let example = ConfigurationChanges(added: ["mail"], changed: ["web"], removed: ["old"])
}

/// How something of the configuration on disk differs from the active one.
public enum Change: String, Codable, Sendable, Hashable, CaseIterable {
    case added, changed, removed
}

/// One option whose value differs.
public struct OptionDifference: Documented, Hashable {
    public var option: String
    /// As it would be written in a file; nil where there was no value.
    public var old: String?
    /// As it would be written in a file; nil where there is none any more.
    public var new: String?

    public init(option: String, old: String?, new: String?) {
        self.option = option
        self.old = old
        self.new = new
    }

    public static let fields: [Field] = [
        Field("option", .string, "The option"),
        Field("old", .string, .optional, "The active value"),
        Field("new", .string, .optional, "The value on disk"),
    ]
    public static let example = OptionDifference(option: "stopwaitsecs", old: "10", new: "30")
}

/// What differs in one process.
public struct ProcessDifference: Documented, Hashable {
    /// The full name.
    public var name: String
    public var change: Change
    public var options: [OptionDifference]
    /// Whether an update would stop or restart it while it is up.
    public var restarts: Bool

    public init(name: String, change: Change, options: [OptionDifference], restarts: Bool) {
        self.name = name
        self.change = change
        self.options = options
        self.restarts = restarts
    }

    public static let fields: [Field] = [
        Field("name", .string, "The full name of the process"),
        Field("change", .word(Change.allCases.map(\.rawValue)), "How it differs"),
        Field("options", .list(.object(OptionDifference.self)), "The options that differ"),
        Field("restarts", .boolean, "Whether an update would stop or restart it"),
    ]
    public static let example = ProcessDifference(
        name: "web:web_00", change: .changed, options: [.example], restarts: true)
}

/// What differs in one group.
public struct GroupDifference: Documented, Hashable {
    public var group: String
    public var change: Change
    /// Options of the group itself.
    public var options: [OptionDifference]
    public var processes: [ProcessDifference]

    public init(group: String, change: Change, options: [OptionDifference] = [], processes: [ProcessDifference]) {
        self.group = group
        self.change = change
        self.options = options
        self.processes = processes
    }

    public static let fields: [Field] = [
        Field("group", .string, "The name of the group"),
        Field("change", .word(Change.allCases.map(\.rawValue)), "How it differs"),
        Field("options", .list(.object(OptionDifference.self)), "Options of the group itself that differ"),
        Field("processes", .list(.object(ProcessDifference.self)), "Its processes that differ"),
    ]
    public static let example = GroupDifference(group: "web", change: .changed, processes: [.example])
}

/// What `update` would change, option by option.
public struct DifferenceReport: Documented, Hashable {
    public var groups: [GroupDifference]
    /// Options of superd itself, which take effect with `reload` or a restart.
    public var daemon: [OptionDifference]

    public init(groups: [GroupDifference], daemon: [OptionDifference] = []) {
        self.groups = groups
        self.daemon = daemon
    }

    public static let fields: [Field] = [
        Field("groups", .list(.object(GroupDifference.self)), "Groups that differ"),
        Field(
            "daemon", .list(.object(OptionDifference.self)), "Options of superd itself, which `update` does not touch"),
    ]
    public static let example = DifferenceReport(
        groups: [.example], daemon: [OptionDifference(option: "loglevel", old: "info", new: "debug")])
}
