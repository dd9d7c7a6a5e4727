/// `[supervisord]`: superd itself.
public struct DaemonConfig: Sendable, Hashable {
    /// The main log; absolute once loaded. The word `syslog` is kept as it is.
    public var logFile = "supervisord.log"
    /// Zero never rotates.
    public var logFileMaxBytes = ByteSize.mebibytes(50)
    /// Zero truncates instead of keeping old files.
    public var logFileBackups = 10
    public var logLevel = LogLevel.info
    public var pidFile = "supervisord.pid"
    public var umask: UInt32 = 0o022
    /// Stay in the foreground.
    public var noDaemon = false
    /// In the foreground, do not repeat the main log on stdout.
    public var silent = false
    /// The least number of descriptors that superd makes sure it and its children may have.
    public var minFDs = 1024
    public var minProcs = 200
    /// Keep the AUTO logs of the run before.
    public var noCleanup = false
    public var stripANSI = false
    /// Where AUTO logs go.
    public var childLogDirectory = "/tmp"
    public var user: String?
    public var directory: String?
    public var identifier = "supervisor"
    /// Added to the environment of every child.
    public var environment: [EnvironmentVariable] = []
    /// The URL of the first control endpoint (unix before inet), which children find in SUPERVISOR_SERVER_URL.
    public var serverURL: String?
    /// When superd ends by itself, beside the end of a critical process.
    public var exitWhen = ExitCondition.never
    /// The program that SIGTTIN and SIGTTOU give one process more or less; nil: the only one that has sockets, if there is one.
    public var pool: String?

    public init() {}
}
