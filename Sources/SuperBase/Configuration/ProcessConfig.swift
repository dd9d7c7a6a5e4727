/// One process of a `[program:x]` section, every `%(…)s` expanded.
public struct ProcessConfig: Sendable, Hashable {
    public var name: ProcessName
    /// The `x` of `[program:x]`.
    public var program: String
    /// Split into words by shell rules at each start; no shell runs.
    public var command: String
    public var directory: String?
    public var umask: UInt32?
    public var priority = 999
    public var autoStart = true
    public var autoRestart = AutoRestart.unexpected
    /// Seconds that a process must stay up to count as started; 0 counts it at once, negative likewise.
    public var startSeconds = 1
    /// Tries after the first failed start.
    public var startRetries = 3
    /// The exit codes that are expected, for `autorestart=unexpected`.
    public var exitCodes: [Int32] = [0]
    public var stopSignal = Signal.terminate
    /// Seconds between the stop signal and SIGKILL.
    public var stopWaitSeconds = 10
    /// The stop signal goes to the whole process group.
    public var stopAsGroup = false
    /// SIGKILL goes to the whole process group.
    public var killAsGroup = false
    public var user: String?
    /// stderr goes where stdout goes.
    public var redirectStderr = false
    public var stdout = StreamConfig()
    public var stderr = StreamConfig()
    /// `[supervisord] environment` and then the program's own, the later of a name winning, in order of first mention.
    public var environment: [EnvironmentVariable] = []
    /// SUPERVISOR_SERVER_URL for this process where it is not the daemon's.
    public var serverURL: String?
    /// What it is given as descriptor 0: the socket of its `[fcgi-program:x]`, also inside a `[group:x]`.
    public var sharedSocket: SharedSocket?
    /// The least time between the end of a process that was RUNNING and its restart. Zero restarts at once, as Supervisor does.
    public var restartDelay = Duration.zero
    /// Above `restartDelay`: the delay doubles with every run that ended before `startsecs` plus 10 s, up to this.
    public var restartDelayMax = Duration.zero
    /// Percent, 0 to 100, of each delay that is drawn by chance, so that many do not start at one moment.
    public var restartJitter = 0
    public var kind = ProgramKind.service
    /// What must have happened before it is started.
    public var dependencies: [Dependency] = []
    /// The listening sockets of its own, which all processes of the program are given.
    public var sockets: [SharedSocket] = []
    /// The first of `sockets` is its standard input, too.
    public var hasSocketAsInput = false
    /// It is started when the first connection comes in on one of `sockets`.
    public var startsOnDemand = false
    /// On demand: it is stopped when nobody has been connected for this long; zero never.
    public var idleTimeout = Duration.zero
    public var readiness = Readiness.uptime
    /// A process that is not ready after this long has failed to start; zero waits without end. Not for `Readiness.uptime`.
    public var readyTimeout = Duration.seconds(60)
    public var health = HealthConfig()
    public var recycling = RecyclingConfig()
    public var rolling = RollingConfig()
    /// More restarts make it FATAL; nil is no limit.
    public var restartLimit: RestartLimit?
    /// A FATAL process is tried again after this long; zero is never.
    public var fatalRetry = Duration.zero
    /// superd ends when it has ended for good, with its exit code.
    public var isCritical = false
    /// How it is stopped; empty: `stopSignal`, `stopWaitSeconds`, SIGKILL. Ends with SIGKILL in any case.
    public var stopSequence: [StopStep] = []
    /// Run instead of the first stop signal; nil for none.
    public var stopCommand: String?
    public var hooks = HookConfig()
    /// Files of `NAME=VALUE` lines, read at each start; a path that begins with `-` need not exist.
    public var environmentFiles: [String] = []

    public init(name: ProcessName, program: String? = nil, command: String) {
        self.name = name
        self.program = program ?? name.process
        self.command = command
    }
}

/// When a process that ended by itself is started again.
public enum AutoRestart: String, Sendable, Hashable, CaseIterable {
    case never
    /// When its exit code is not one of `exitcodes`, or a signal ended it.
    case unexpected
    case always
}

/// What happens to one output stream of a process.
public struct StreamConfig: Sendable, Hashable {
    public var logFile = LogTarget.automatic
    /// The log file was given as an empty text: it is `none`, and a report shows what was given.
    public var hasEmptyLogFile = false
    /// Zero never rotates.
    public var maxBytes = ByteSize.mebibytes(50)
    /// Zero truncates instead of keeping old files.
    public var backups = 10
    /// Above zero, text between Supervisor's tags is captured for events instead of logged.
    public var captureMaxBytes = ByteSize(bytes: 0)
    public var eventsEnabled = false
    /// Each line also goes to syslog.
    public var syslog = false

    public init() {}
}

/// Where a log goes.
public enum LogTarget: Sendable, Hashable {
    /// A file of its own in `childlogdir`, with a name that superd chooses.
    case automatic
    /// Nowhere.
    case none
    /// A file, a device or a FIFO.
    case path(String)
}
