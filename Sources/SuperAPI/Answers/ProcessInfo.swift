public import SuperBase

/// Everything about one process that an operator may want to see.
///
/// Times are seconds since 1970 by the wall clock.
public struct ProcessInfo: Documented, Hashable {
    /// The full name: `group:process`, or one word if both are equal.
    public var name: String
    public var group: String
    public var process: String
    public var state: ProcessState
    /// Supervisor's number of the state.
    public var stateCode: Int
    /// Nil while there is no process.
    public var pid: Int?
    /// The last start; nil if there was none.
    public var startedAt: Int?
    /// The last end; nil if there was none.
    public var stoppedAt: Int?
    public var now: Int
    /// Seconds since the start, while it runs.
    public var uptime: Int?
    /// Of the last end: the exit code, or −1 after a signal.
    public var exitStatus: Int?
    /// Of the last end, in words: `exit status 2`, `terminated by SIGSEGV (core dumped)`.
    public var lastExit: String?
    /// Why the last start failed.
    public var spawnError: String?
    /// What `superctl status` prints behind the state; see `describe(utcOffset:)`.
    public var description = ""
    /// The path of the log; nil where there is none.
    public var stdoutLog: String?
    /// Nil where there is none, or stderr goes to stdout.
    public var stderrLog: String?
    /// Starts after the first one, since superd started.
    public var restarts = 0
    /// Output that could not be kept.
    public var lostLogBytes = 0
    /// Whether text can be written to its input now.
    public var acceptsInput = false
    /// Which load of the configuration it was started from, counted from 1.
    public var configGeneration = 1
    /// The `x` of `[program:x]`.
    public var program: String?
    /// Nil where it does not run, and for programs of which nothing is watched.
    public var readiness: ProcessReadiness?
    /// Why the last check failed; nil while it is well.
    public var health: String?
    /// What the program last said of itself, with `STATUS=`.
    public var statusText: String?
    /// What it waits for before it is started; nil where it does not wait.
    public var waitingFor: String?
    /// How far its replacement has come; nil where there is none.
    public var rolling: ProcessRolling?
    /// Processes of the same name beside this one; nil where there are none.
    public var others: [OtherProcess]?

    public init(_ name: ProcessName, _ state: ProcessState, now: Int) {
        self.name = name.description
        group = name.group
        process = name.process
        self.state = state
        stateCode = state.rawValue
        self.now = now
    }

    /// The name in its two parts.
    public var processName: ProcessName { ProcessName(group: group, process: process) }

    public static let fields: [Field] = [
        Field("name", .string, "The full name: `group:process`, or one word if both are equal"),
        Field("group", .string, "The name of its group"),
        Field("process", .string, "Its name within the group"),
        Field("state", .word(ProcessState.allCases.map(\.name)), "Its state"),
        Field("stateCode", .integer, "Supervisor's number of the state"),
        Field("pid", .integer, .optional, "The process id, while there is a process"),
        Field("startedAt", .integer, .optional, "The last start, in seconds since 1970"),
        Field("stoppedAt", .integer, .optional, "The last end, in seconds since 1970"),
        Field("now", .integer, "The time of this answer, in seconds since 1970"),
        Field("uptime", .integer, .optional, "Seconds since the start, while it runs"),
        Field("exitStatus", .integer, .optional, "The exit code of the last end, or -1 after a signal"),
        Field("lastExit", .string, .optional, "The last end in words"),
        Field("spawnError", .string, .optional, "Why the last start failed"),
        Field("description", .string, "What `superctl status` prints behind the state"),
        Field("stdoutLog", .string, .optional, "The path of the log of stdout"),
        Field("stderrLog", .string, .optional, "The path of the log of stderr"),
        Field("restarts", .integer, "Starts after the first one, since superd started"),
        Field("lostLogBytes", .integer, "Bytes of output that could not be kept"),
        Field("acceptsInput", .boolean, "Whether text can be written to its input now"),
        Field("configGeneration", .integer, "Which load of the configuration it was started from, counted from 1"),
        Field("program", .string, .optional, "The program, as in `[program:x]`"),
        Field(
            "readiness", .word(ProcessReadiness.allCases.map(\.rawValue)), .optional,
            "How well it is; not where nothing is watched"),
        Field("health", .string, .optional, "Why the last check failed, while it is not well"),
        Field("statusText", .string, .optional, "What the program last said of itself, with `STATUS=`"),
        Field("waitingFor", .string, .optional, "What it waits for before it is started"),
        Field(
            "rolling", .word(ProcessRolling.allCases.map(\.rawValue)), .optional,
            "How far its replacement has come, while there is one"),
        Field(
            "others", .list(.object(OtherProcess.self)), .optional,
            "Processes of the same name beside this one: the new one that is to replace it, and old ones on their way out"
        ),
    ]

    public static var example: ProcessInfo {
        var info = ProcessInfo(ProcessName(group: "web", process: "web_00"), .running, now: 1_700_000_100)
        info.pid = 4711
        info.startedAt = 1_700_000_000
        info.stoppedAt = 1_699_999_999
        info.uptime = 100
        info.exitStatus = 1
        info.lastExit = "exit status 1"
        info.spawnError = "Exited too quickly (process log may have details)"
        info.stdoutLog = "/var/log/web_00.out"
        info.stderrLog = "/var/log/web_00.err"
        info.restarts = 1
        info.acceptsInput = true
        info.program = "web"
        info.readiness = .degraded
        info.health = "no heartbeat within 10s"
        info.statusText = "12 requests in flight"
        info.waitingFor = "waiting for db to be ready, it is STARTING"
        info.rolling = .replacing
        info.others = [.example]
        info.describe(utcOffset: 0)
        return info
    }
}

extension ProcessState: Codable {
    /// Reads the word, such as `RUNNING`.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let word = try container.decode(String.self)
        guard let state = ProcessState(name: word) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "'\(word)' is not a state")
        }
        self = state
    }

    /// Writes the word.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(name)
    }
}
