/// The state of a process as an operator sees it; names and codes are Supervisor's.
public enum ProcessState: Int, Sendable, Hashable, CaseIterable {
    /// Not started yet, or stopped on request.
    case stopped = 0
    /// Started, and not yet up for longer than `startsecs`.
    case starting = 10
    case running = 20
    /// Died while starting; waits for its next try.
    case backoff = 30
    /// Was sent its stop signal and has not ended yet.
    case stopping = 40
    /// Is to be started when what it depends on is there. superd's own.
    case waiting = 50
    /// Ended by itself after it was running.
    case exited = 100
    /// A oneshot that has done its work. superd's own.
    case completed = 110
    /// Could not be started in all its tries; nobody tries again.
    case fatal = 200
    /// Supervisor knows it for errors of its own; superd never enters it.
    case unknown = 1000

    /// The word that `superctl status` prints, such as `RUNNING`.
    public var name: String {
        switch self {
        case .stopped: "STOPPED"
        case .starting: "STARTING"
        case .running: "RUNNING"
        case .backoff: "BACKOFF"
        case .stopping: "STOPPING"
        case .waiting: "WAITING"
        case .exited: "EXITED"
        case .completed: "COMPLETED"
        case .fatal: "FATAL"
        case .unknown: "UNKNOWN"
        }
    }

    public init?(name: String) {
        guard let state = ProcessState.allCases.first(where: { $0.name == name }) else { return nil }
        self = state
    }

    /// Supervisor's "stopped" set: nothing runs and nothing will by itself.
    public var isStopped: Bool { [.stopped, .exited, .completed, .fatal, .unknown].contains(self) }

    /// Supervisor's "running" set: it runs, or will be tried again; and what waits for its dependencies.
    public var isRunning: Bool { [.running, .backoff, .starting, .waiting].contains(self) }

    /// Supervisor's "signallable" set: there is a process that a signal can reach.
    public var isSignallable: Bool { [.running, .starting, .stopping].contains(self) }
}

/// The state of the daemon; names and codes are Supervisor's.
public enum DaemonState: Int, Sendable, Hashable, CaseIterable {
    case fatal = 2
    case running = 1
    case restarting = 0
    case shutdown = -1

    public var name: String {
        switch self {
        case .fatal: "FATAL"
        case .running: "RUNNING"
        case .restarting: "RESTARTING"
        case .shutdown: "SHUTDOWN"
        }
    }
}
