public import SuperBase

/// What to do next with one process.
///
/// ```
///             start                spawned            up for startsecs
///  stopped ──────────▶ spawning ───────────▶ starting ───────────▶ running
///     ▲                 │   ▲ delay over        │                   │  │
///     │            fails│   └──── backoff ◀─────┘ ends early        │  │ ends by itself
///     │                 └──────────▲ │ too many tries               │  ▼
///     │                              └─────────▶ fatal              │ exited ──▶ spawning (autorestart)
///     └─────────────────────── stopping ◀──────── stop ─────────────┘
/// ```
///
/// Invariants:
/// - at most one process exists: `spawning`, `starting`, `running` and `stopping` carry its generation, the other states carry none,
///   and only those others lead to `spawning`;
/// - an event of another generation than the current one changes nothing;
/// - a stop request while `spawning` is kept as a wish and obeyed as soon as the process exists;
/// - `deadline` is computed from the state: nothing is scheduled and nothing is cancelled.
public struct ProcessMachine: Sendable, Hashable {
    /// One life of the process.
    public struct Run: Sendable, Hashable {
        /// Unique among all runs of all processes while the keeper lives.
        public var generation: UInt64
        public var pid: Int32
        public var startedAt: Instant

        public init(generation: UInt64, pid: Int32, startedAt: Instant) {
            self.generation = generation
            self.pid = pid
            self.startedAt = startedAt
        }
    }

    public enum State: Sendable, Hashable {
        /// Never started, or stopped on request.
        case stopped
        /// The keeper was asked to start it and has not answered. `stopWished`: it is to be stopped as soon as it exists.
        case spawning(generation: UInt64, stopWished: Bool)
        case starting(Run)
        case running(Run)
        case backoff(until: Instant)
        /// `killAt`: when it is sent SIGKILL (again); `reportAt`: when the log says again that we wait.
        case stopping(Run, killAt: Instant, reportAt: Instant?)
        /// `restartAt` is nil where it stays as it is.
        case exited(restartAt: Instant?)
        case fatal
    }

    public internal(set) var config: ProcessConfig
    public internal(set) var state = State.stopped
    /// It is to be started once it has stopped: a restart was asked for. Kept apart from the state, so that a new brain obeys it too.
    public internal(set) var startWished = false
    /// Failed starts in a row.
    public internal(set) var failures = 0
    /// Runs in a row that ended soon after they counted as started.
    public internal(set) var shortRuns = 0
    /// How often it was started, over its whole life.
    public internal(set) var starts: UInt64 = 0
    /// Why the last start failed, in Supervisor's words; empty when it did not.
    public internal(set) var spawnError = ""
    public internal(set) var lastExit: ExitStatus?
    /// When the last run began; nil when it never did.
    public internal(set) var startedAt: Instant?
    /// When the last run ended.
    public internal(set) var endedAt: Instant?

    public init(config: ProcessConfig) {
        self.config = config
    }

    public var name: ProcessName { config.name }

    /// The run that exists now.
    public var run: Run? {
        switch state {
        case .starting(let run), .running(let run), .stopping(let run, _, _): run
        case .stopped, .spawning, .backoff, .exited, .fatal: nil
        }
    }

    /// The generation of the run that exists or is being started.
    public var generation: UInt64? {
        if case .spawning(let generation, _) = state { return generation }
        return run?.generation
    }

    /// The state in an operator's words.
    public var processState: ProcessState {
        switch state {
        case .stopped: .stopped
        case .spawning, .starting: .starting
        case .running: .running
        case .backoff: .backoff
        case .stopping: .stopping
        case .exited: .exited
        case .fatal: .fatal
        }
    }

    /// When `wake` has something to do; nil: never by itself.
    public var deadline: Instant? {
        switch state {
        case .stopped, .spawning, .running, .fatal: nil
        case .starting(let run): run.startedAt + .seconds(config.startSeconds)
        case .backoff(let until): until
        case .stopping(_, let killAt, let reportAt): reportAt.map { min($0, killAt) } ?? killAt
        case .exited(let restartAt): restartAt
        }
    }
}

/// What happens to a process, or is asked of it.
public enum ProcessEvent: Sendable, Hashable {
    /// Start it, unless it is up, coming up or being stopped. `generation` is the one its new run gets.
    case start(generation: UInt64)
    /// Stop it. `reports`: the log says every two seconds that we wait for it.
    case stop(reports: Bool)
    /// Stop it if it is up, and remember that it is to be started again; `start` is what starts it.
    case restart(reports: Bool)
    /// The keeper started it.
    case spawned(generation: UInt64, pid: Int32, at: Instant)
    /// The keeper, or the look before it, could not start it.
    case spawnFailed(generation: UInt64, message: String)
    /// The keeper reaped it; `at` is when.
    case exited(generation: UInt64, status: ExitStatus, at: Instant)
    /// Time has passed. `generation` is the one a new run gets, where it is time for one.
    case wake(generation: UInt64)
    /// The stop signal was never sent: the brain that wanted it ended before. It is sent now, and the time until SIGKILL begins anew.
    case stopSignalLost
    /// superd goes down: a process that waits for its next try gives up.
    case daemonStops
}

/// What is to be done for a process, in this order.
public enum ProcessEffect: Sendable, Hashable {
    case spawn(generation: UInt64)
    case signal(Signal, generation: UInt64, toGroup: Bool)
    case log(LogLevel, String)
    case changed(StateChange)
}

/// A step from one state to another, for whoever follows events.
public struct StateChange: Sendable, Hashable {
    public var name: ProcessName
    public var from: ProcessState
    public var to: ProcessState
    /// Zero where there is none.
    public var pid: Int32
    /// Failed starts in a row, for STARTING and BACKOFF.
    public var tries: Int
    /// For EXITED: whether the exit code is one of `exitcodes`.
    public var expected: Bool
}
