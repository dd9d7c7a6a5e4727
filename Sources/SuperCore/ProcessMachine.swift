public import SuperBase

/// What to do next with one process.
///
/// ```
///  waiting ─▶ preparing        spawned            ready            (ready: up for startsecs, or as `ready=` says)
///     ▲          ▼             │                  │
///  stopped ──▶ spawning ───────▶ starting ────────▶ running ──▶ completed (oneshot)
///     ▲         │   ▲ delay over     │  ends early    │  │ ends by itself
///     │    fails│   └──── backoff ◀──┤ or is late     │  ▼
///     │         └─────────▲   │      │                │ exited ──▶ spawning (autorestart)
///     │                       └─▶ fatal               │  ▲
///     └───────────────────────── stopping ◀─── stop, or unhealthy
/// ```
///
/// Invariants:
/// - at most one process exists: `preparing`, `spawning`, `starting`, `running` and `stopping` carry its generation, the other states
///   carry none, and only those others lead to `preparing` and `spawning`;
/// - an event of another generation than the current one changes nothing;
/// - a stop request while `preparing` or `spawning` is kept as a wish and obeyed as soon as the process exists, or is not to exist;
/// - `deadline` is computed from the state: nothing is scheduled and nothing is cancelled.
///
/// Starting is in `ProcessMachine+Starting`, what is watched in `ProcessMachine+Watching`, stopping in `ProcessMachine+Stopping` and ending in
/// `ProcessMachine+Ending`.
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

    /// A process on its way down.
    public struct Stop: Sendable, Hashable {
        public enum Stage: Sendable, Hashable {
            /// The command of the `pre_stop` hook runs.
            case hook
            /// It was sent the signal that makes it say what it hangs in.
            case dump
            /// It was told to stop, as this step of the sequence says.
            case step(Int)
            /// It was sent SIGKILL.
            case kill
        }

        /// Why it is stopped, and so what it is afterwards.
        public enum Purpose: Sendable, Hashable {
            /// It was asked for: STOPPED.
            case asked
            /// It was not ready in time: a failed start.
            case notReady(String)
            /// It is not well: EXITED, and started again.
            case unhealthy(String)
        }

        public var stage: Stage
        /// When the next stage begins; in the last one, when SIGKILL is sent again.
        public var due: Instant
        /// When the log says again that we wait.
        public var reportAt: Instant?
        public var purpose = Purpose.asked
    }

    public enum State: Sendable, Hashable {
        /// Never started, or stopped on request.
        case stopped
        /// To be started when what it depends on is there.
        case waiting
        /// The command of the `pre_start` hook runs. `stopWished`: the process is not to be started any more.
        case preparing(generation: UInt64, until: Instant, stopWished: Bool)
        /// The keeper was asked to start it and has not answered. `stopWished`: it is to be stopped as soon as it exists.
        case spawning(generation: UInt64, stopWished: Bool)
        case starting(Run, Watch)
        case running(Run, Watch)
        case backoff(until: Instant)
        case stopping(Run, Stop)
        /// `restartAt` is nil where it stays as it is.
        case exited(restartAt: Instant?)
        /// A oneshot that has done its work.
        case completed
        /// `retryAt` is nil where nobody tries again.
        case fatal(retryAt: Instant?)
    }

    private var sharedConfig: Shared<ProcessConfig>
    public internal(set) var state = State.stopped
    /// It is to be started once it has stopped: a restart was asked for. Kept apart from the state, so that a new brain obeys it too.
    public internal(set) var startWished = false
    /// Which configuration `config` comes from: a number of whoever gave it.
    public internal(set) var origin: UInt64
    /// Failed starts in a row.
    public internal(set) var failures = 0
    /// Runs in a row that ended soon after they counted as started.
    public internal(set) var shortRuns = 0
    /// When it was last started again by itself, the latest last; no more than `restartLimit` looks at.
    public internal(set) var restartTimes: [Instant] = []
    /// How often it was started, over its whole life.
    public internal(set) var starts: UInt64 = 0
    /// Why the last start failed, in Supervisor's words; empty when it did not.
    public internal(set) var spawnError = ""
    /// Why it waits, for an operator; empty where it does not.
    public internal(set) var waitingFor = ""
    /// What the program last said of itself.
    public internal(set) var statusText = ""
    public internal(set) var lastExit: ExitStatus?
    /// When the last run began; nil when it never did.
    public internal(set) var startedAt: Instant?
    /// When the last run ended.
    public internal(set) var endedAt: Instant?

    public init(config: ProcessConfig, origin: UInt64 = 0) {
        sharedConfig = Shared(config)
        self.origin = origin
    }

    /// Changes with `adopt` only.
    public internal(set) var config: ProcessConfig {
        get { sharedConfig.value }
        set { sharedConfig = Shared(newValue) }
    }

    public var name: ProcessName { config.name }

    /// The run that exists now.
    public var run: Run? {
        switch state {
        case .starting(let run, _), .running(let run, _), .stopping(let run, _): run
        case .stopped, .waiting, .preparing, .spawning, .backoff, .exited, .completed, .fatal: nil
        }
    }

    /// The generation of the run that exists or is being started.
    public var generation: UInt64? {
        switch state {
        case .preparing(let generation, _, _), .spawning(let generation, _): generation
        case .stopped, .waiting, .starting, .running, .backoff, .stopping, .exited, .completed, .fatal:
            run?.generation
        }
    }

    /// What is known of the health of the run that starts or runs.
    public var watch: Watch? {
        switch state {
        case .starting(_, let watch), .running(_, let watch): watch
        case .stopped, .waiting, .preparing, .spawning, .backoff, .stopping, .exited, .completed, .fatal: nil
        }
    }

    /// Whether it serves: RUNNING, and neither unhealthy nor on its way out.
    public var isServing: Bool {
        guard case .running(_, let watch) = state else { return false }
        if case .unhealthy = watch.verdict { return false }
        return !watch.isLeaving
    }

    /// The state in an operator's words.
    public var processState: ProcessState {
        switch state {
        case .stopped: .stopped
        case .waiting: .waiting
        case .preparing, .spawning, .starting: .starting
        case .running: .running
        case .backoff: .backoff
        case .stopping: .stopping
        case .exited: .exited
        case .completed: .completed
        case .fatal: .fatal
        }
    }

    /// When `wake` has something to do; nil: never by itself.
    public var deadline: Instant? {
        switch state {
        case .stopped, .waiting, .spawning, .completed: nil
        case .preparing(_, let until, _): until
        case .starting(let run, let watch):
            config.isReadyByUptime ? run.startedAt + .seconds(config.startSeconds) : watch.deadline
        case .running(_, let watch): watch.deadline
        case .backoff(let until): until
        case .stopping(_, let stop): stop.reportAt.map { min($0, stop.due) } ?? stop.due
        case .exited(let restartAt): restartAt
        case .fatal(let retryAt): retryAt
        }
    }
}

extension ProcessConfig {
    /// Whether nothing but time makes a process of it RUNNING.
    var isReadyByUptime: Bool { readiness == .uptime && kind == .service }
}
