public import SuperBase

/// What was asked of a process or a group.
public enum Action: String, Codable, Sendable, Hashable, CaseIterable {
    case start, stop, roll, scale, signal, clear, read, write, add, remove, update
}

/// What came of an action; a closed set.
public enum ResultCode: String, Codable, Sendable, Hashable, CaseIterable {
    /// It is as was asked for.
    case ok
    /// Start: it was up or coming up already.
    case alreadyStarted
    /// Nothing was up that could be stopped, signalled or written to.
    case notRunning
    case noSuchProcess
    case noSuchGroup
    /// Start: the command does not exist.
    case noFile
    /// Start: the command cannot be executed.
    case notExecutable
    /// Start: it could not be started in all its tries.
    case spawnError
    /// Start: it ended, or was stopped, before it counted as started.
    case abnormalTermination
    case badSignal
    /// There is no log file.
    case noLogFile
    /// The time given was over first; what was asked for still goes on.
    case timedOut
    /// Remove: a process of the group is still up.
    case stillRunning
    /// Add: the group is active already.
    case alreadyAdded
    /// superd goes down and starts nothing.
    case shuttingDown
    /// A later command asked for the opposite.
    case superseded
    /// Roll, and restart of a rolling program: a new process serves in the place of the old one.
    case replaced
    /// Roll and update: the old process goes on; the message says why.
    case notReplaced
    /// Roll: it was replaced, and went back because another one could not be replaced.
    case restored
    /// Roll: it may not run twice at a time.
    case notRolling
    /// Start: it waits for something that is not going to happen by itself; the message says for what.
    case dependencyFailed
    case noSuchProgram
    /// Anything else; the message says what.
    case failed

    /// The kind of problem that a request has whose worst result is this one.
    var problemKind: Problem.Kind {
        switch self {
        case .noSuchProcess, .noSuchGroup, .noSuchProgram, .noFile, .noLogFile: .notFound
        case .badSignal: .badRequest
        case .timedOut: .timedOut
        case .shuttingDown: .shuttingDown
        case .ok, .alreadyStarted, .notRunning, .notExecutable, .spawnError, .abnormalTermination, .stillRunning,
            .alreadyAdded, .superseded, .replaced, .notReplaced, .restored, .notRolling, .dependencyFailed, .failed:
            .conflict
        }
    }

    /// The words for it after a name.
    var words: String {
        switch self {
        case .ok: "done"
        case .alreadyStarted: "already started"
        case .notRunning: "not running"
        case .noSuchProcess: "no such process"
        case .noSuchGroup: "no such group"
        case .noFile: "no such file"
        case .notExecutable: "file is not executable"
        case .spawnError: "spawn error"
        case .abnormalTermination: "abnormal termination"
        case .badSignal: "bad signal name"
        case .noLogFile: "no log file"
        case .timedOut: "timed out"
        case .stillRunning: "still running"
        case .alreadyAdded: "already added"
        case .shuttingDown: "superd is shutting down"
        case .superseded: "a later command asked for something else"
        case .replaced: "replaced"
        case .notReplaced: "not replaced"
        case .restored: "went back to its old configuration"
        case .notRolling: "not a rolling program: restart_mode=stop-first"
        case .dependencyFailed: "a dependency failed"
        case .noSuchProgram: "no such program"
        case .failed: "failed"
        }
    }
}

/// What an action did to one process or group.
public struct ActionResult: Documented, Hashable {
    /// The full name of the process, the name of the group, or the word that names nothing.
    public var name: String
    public var action: Action
    public var code: ResultCode
    /// More than the code says, where there is more.
    public var message: String?

    public init(_ name: String, _ action: Action, _ code: ResultCode, message: String? = nil) {
        self.name = name
        self.action = action
        self.code = code
        self.message = message
    }

    /// A program that has this many processes now.
    public init(scaled program: String, to count: Int) {
        self.init(program, .scale, .ok, message: "scaled to \(count)")
    }

    /// The result for a word that selects nothing.
    public init(_ unknown: Selection.Unknown, _ action: Action) {
        switch unknown {
        case .process(let word): self.init(word, action, .noSuchProcess)
        case .group(let group): self.init(group, action, .noSuchGroup)
        }
    }

    /// Whether things are not as was asked for. Starting what is up, stopping what is down and adding what is there
    /// change nothing and are no failures, so every command can be repeated.
    public var isFailure: Bool {
        switch (code, action) {
        case (.ok, _), (.replaced, _), (.alreadyStarted, _), (.alreadyAdded, _), (.notRunning, .stop): false
        default: true
        }
    }

    /// `web:web_00: not running`
    public var sentence: String { "\(name): \(reason)" }

    /// What came of it, in words, without the name.
    public var reason: String {
        guard let message else { return code.words }
        return switch (action, code) {
        case (.update, .notReplaced): message
        case (_, .notReplaced): "\(code.words): \(message)"
        case (_, .dependencyFailed): "dependency: \(message)"
        default: message
        }
    }

    public static let fields: [Field] = [
        Field(
            "name", .string,
            "The process, as `group:process` or one word if both are equal; the group; the program; or the word that names nothing"
        ),
        Field("action", .word(Action.allCases.map(\.rawValue)), "What was asked for"),
        Field("code", .word(ResultCode.allCases.map(\.rawValue)), "What came of it"),
        Field("message", .string, .optional, "More than the code says"),
    ]

    public static let example = ActionResult(
        "web:web_00", .start, .spawnError, message: "can't find command '/srv/web'")
}

/// What a command did, one result for each process or group, in the order of the words that named them.
public struct ActionResults: Documented, Hashable {
    public var results: [ActionResult]

    public init(_ results: [ActionResult]) {
        self.results = results
    }

    public static let fields: [Field] = [
        Field("results", .list(.object(ActionResult.self)), "One for each process or group named")
    ]

    public static let example = ActionResults([ActionResult("web:web_00", .start, .ok)])
}

/// The answer to a command about superd itself that has been accepted.
public struct Accepted: Documented, Hashable {
    /// What happens now.
    public var message: String

    public init(_ message: String) {
        self.message = message
    }

    public static let fields: [Field] = [Field("message", .string, "What happens now")]
    public static let example = Accepted("shutting down")
}
