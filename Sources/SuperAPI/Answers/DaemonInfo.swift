public import SuperBase

/// superd about itself.
public struct DaemonInfo: Documented, Hashable {
    public var version: String
    /// Of this API; grows when a request or answer changes its meaning.
    public var apiVersion: Int
    /// `identifier` of the configuration.
    public var identifier: String
    /// Of the keeper: the process that the init system knows.
    public var pid: Int
    /// Of the brain: the process that answers.
    public var brainPID: Int
    public var state: String
    /// Supervisor's number of the state.
    public var stateCode: Int
    /// Seconds since 1970.
    public var startedAt: Int
    /// Seconds since the keeper started.
    public var uptime: Int
    /// How often the brain was replaced since then.
    public var brainRestarts: Int
    /// How many times the configuration was loaded, the first time included.
    public var configGeneration: Int
    /// Output of all processes that could not be kept.
    public var lostLogBytes: Int
    /// What an operator should know, in sentences: an endpoint without authentication, a log that cannot be written.
    public var warnings: [String]

    /// The version of the API that this code speaks.
    public static let currentAPIVersion = 1

    public init(
        version: String, identifier: String, pid: Int, brainPID: Int, state: DaemonState, startedAt: Int, uptime: Int,
        brainRestarts: Int = 0, configGeneration: Int = 1, lostLogBytes: Int = 0, warnings: [String] = []
    ) {
        self.version = version
        apiVersion = DaemonInfo.currentAPIVersion
        self.identifier = identifier
        self.pid = pid
        self.brainPID = brainPID
        self.state = state.name
        stateCode = state.rawValue
        self.startedAt = startedAt
        self.uptime = uptime
        self.brainRestarts = brainRestarts
        self.configGeneration = configGeneration
        self.lostLogBytes = lostLogBytes
        self.warnings = warnings
    }

    public static let fields: [Field] = [
        Field("version", .string, "The version of superd"),
        Field("apiVersion", .integer, "The version of this API"),
        Field("identifier", .string, "`identifier` of the configuration"),
        Field("pid", .integer, "The process that the init system knows"),
        Field("brainPID", .integer, "The process that answers"),
        Field("state", .word(DaemonState.allCases.map(\.name)), "The state of superd"),
        Field("stateCode", .integer, "Supervisor's number of the state"),
        Field("startedAt", .integer, "When the keeper started, in seconds since 1970"),
        Field("uptime", .integer, "Seconds since then"),
        Field("brainRestarts", .integer, "How often the brain was replaced since then"),
        Field("configGeneration", .integer, "How many times the configuration was loaded"),
        Field("lostLogBytes", .integer, "Bytes of output of all processes that could not be kept"),
        Field("warnings", .list(.string), "What an operator should know, in sentences"),
    ]

    public static let example = DaemonInfo(
        version: "1.0.0", identifier: "supervisor", pid: 4700, brainPID: 4701, state: .running,
        startedAt: 1_700_000_000, uptime: 100, warnings: ["inet_http_server: no authentication"])
}

/// That superd answers at all.
public struct Health: Documented, Hashable {
    public var status: String

    public init(status: String = "ok") {
        self.status = status
    }

    public static let fields: [Field] = [Field("status", .string, "`ok`")]
    public static let example = Health()
}

/// Whether everything that starts by itself is up.
public struct Readiness: Documented, Hashable {
    public var isReady: Bool
    /// Processes that start by themselves and are not RUNNING.
    public var waiting: Int

    public init(isReady: Bool, waiting: Int) {
        self.isReady = isReady
        self.waiting = waiting
    }

    public static let fields: [Field] = [
        Field("isReady", .boolean, "Whether superd runs and nothing is waited for"),
        Field("waiting", .integer, "How many processes that start by themselves are not RUNNING"),
    ]
    public static let example = Readiness(isReady: true, waiting: 0)
}
