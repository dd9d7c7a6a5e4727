/// What a program is for.
public enum ProgramKind: String, Sendable, Hashable, CaseIterable {
    /// It runs until it is stopped.
    case service
    /// It does something and ends: an expected exit code makes it COMPLETED.
    case oneshot
}

/// Something that must have happened before a process is started.
public struct Dependency: Sendable, Hashable {
    public enum Condition: String, Sendable, Hashable, CaseIterable {
        /// It has a process.
        case started
        /// It is RUNNING.
        case ready
        /// It is RUNNING and its last health check was good.
        case healthy
        /// It is COMPLETED.
        case completed
    }

    /// A program or a group, by name, or one process as `group:process`.
    public var name: String
    public var condition: Condition

    public init(_ name: String, _ condition: Condition = .ready) {
        self.name = name
        self.condition = condition
    }

    /// As it is written in a configuration.
    public var text: String { condition == .ready ? name : "\(name)=\(condition.rawValue)" }
}

/// How a process is restarted and brought to a new configuration.
public enum RestartMode: String, Sendable, Hashable, CaseIterable {
    /// The old one stops, then the new one starts: there are never two.
    case stopFirst = "stop-first"
    /// The new one starts beside the old one, which is stopped when the new one is ready.
    case rolling
}

/// How a program is replaced process by process.
public struct RollingConfig: Sendable, Hashable {
    /// Nil: rolling where the program has sockets of its own, otherwise stop-first.
    public var mode: RestartMode?
    /// Processes that are replaced at a time; 1 or more.
    public var batch = 1
    /// How long a new process must stay ready before the old one is stopped.
    public var verify = Duration.zero

    public init() {}
}

/// One step of stopping a process: a signal, and the time it is given before the next step.
public struct StopStep: Sendable, Hashable {
    public var signal: Signal
    public var wait: Duration

    public init(_ signal: Signal, wait: Duration) {
        self.signal = signal
        self.wait = wait
    }
}

/// At most so many restarts in so much time.
public struct RestartLimit: Sendable, Hashable {
    /// 1 or more.
    public var count: Int
    /// Above zero.
    public var window: Duration

    public init(count: Int, window: Duration) {
        self.count = count
        self.window = window
    }
}

/// A moment of a process's life at which a command can be run.
public enum Hook: String, Sendable, Hashable, CaseIterable {
    /// Before each start; a failure is a failed start.
    case preStart = "pre_start"
    /// When it has become RUNNING.
    case postStart = "post_start"
    /// Before it is sent its stop signal, which waits for the end of the command.
    case preStop = "pre_stop"
    /// When it has ended, for whatever reason.
    case postStop = "post_stop"
    /// When it has become FATAL.
    case onFatal = "on_fatal"
}

/// The commands for the moments of a process's life. They run as the program's user, in its directory and environment.
public struct HookConfig: Sendable, Hashable {
    public var commands: [Hook: String] = [:]
    /// A command that takes longer is killed and has failed.
    public var timeout = Duration.seconds(30)

    public init() {}
}

/// When superd ends by itself.
public enum ExitCondition: String, Sendable, Hashable, CaseIterable {
    case never
    /// When every process is STOPPED, EXITED, COMPLETED or FATAL.
    case allStopped = "all-stopped"
    /// When a process ends by itself and is not started again.
    case anyExited = "any-exited"
    /// When a process is FATAL.
    case anyFatal = "any-fatal"
}
