public import SuperBase

/// The replacement of processes by new ones, some at a time.
///
/// ```
///  pending ─▶ starting ─ ready ─▶ verifying ─ time over ─▶ draining ─ old one gone ─▶ done
///                 └──────────── fails ───────────┘
/// ```
/// A new process is started beside the old one, as its successor. When it is ready, and has stayed so for `verify`, it takes the old one's
/// place, and only then is the old one told to stop. If one fails, nothing further begins, what has not taken its place is stopped, and the places
/// that were taken already go back to their old configuration in the same way, where that is another one.
public struct Rollout: Sendable, Hashable {
    public enum Cause: Sendable, Hashable {
        /// An operator asked for it.
        case asked
        /// The configuration of this group is another one now.
        case update(String)
        /// A process has grown too old or too large.
        case recycling
    }

    /// One place to be taken.
    struct Step: Sendable, Hashable {
        var name: ProcessName
        var config: Shared<ProcessConfig>
        var origin: UInt64
    }

    enum Stage: Sendable, Hashable {
        case starting
        case verifying(until: Instant)
        /// The old process of this generation is on its way out.
        case draining(UInt64)
    }

    struct Active: Sendable, Hashable {
        var step: Step
        var stage: Stage

        /// Whether the new process has its place, and the old one is on its way out.
        var isDraining: Bool { if case .draining = stage { true } else { false } }
    }

    public let number: UInt64
    public let cause: Cause
    /// How many places are worked on at a time.
    let batch: Int
    let verify: Duration
    /// Places that nothing has been done about yet, in order.
    var pending: [Step]
    var active: [ProcessName: Active] = [:]
    /// For the places that were taken: how they go back, the last first.
    var undo: [Step] = []
    /// Why it does not go on; nil while it does.
    public internal(set) var failure: String?
    /// The places that were taken go back to what they were.
    public internal(set) var isRestoring = false

    /// The names whose places are still to be taken, or where the old process is not gone yet.
    var openNames: Set<ProcessName> { Set(pending.map(\.name)).union(active.keys) }

    /// All names that it works on or may still work on, those that may have to go back among them.
    var names: Set<ProcessName> { openNames.union(undo.map(\.name)) }

    /// Whether its steps say what the processes become; otherwise they stay under the configuration that they have when it is their turn.
    var bringsConfigurations: Bool {
        if case .update = cause { true } else { isRestoring }
    }

    var isDone: Bool { pending.isEmpty && active.isEmpty }

    /// Takes another configuration of a process where it need not be started anew for it.
    mutating func take(_ config: ProcessConfig, origin: UInt64) {
        let step = Step(name: config.name, config: Shared(config), origin: origin)
        func isAlike(_ other: Step) -> Bool { other.name == config.name && other.config.value.runsLike(config) }
        for index in pending.indices where isAlike(pending[index]) { pending[index] = step }
        if let other = active[config.name]?.step, isAlike(other) { active[config.name]?.step = step }
    }

    /// When a verification is over.
    var deadline: Instant? {
        active.values.compactMap { active -> Instant? in
            if case .verifying(let until) = active.stage { until } else { nil }
        }.min()
    }
}

/// How an operator wants processes replaced, where not as their configuration says.
public struct RollOptions: Sendable, Hashable {
    /// Processes at a time; nil takes `roll_batch`.
    public var batch: Int?
    /// Nil takes `roll_verify`.
    public var verify: Duration?

    public init(batch: Int? = nil, verify: Duration? = nil) {
        self.batch = batch
        self.verify = verify
    }
}

extension ProcessConfig {
    /// How it is restarted: as configured, and otherwise rolling where it has sockets of its own.
    public var restartMode: RestartMode { rolling.mode ?? (sockets.isEmpty ? .stopFirst : .rolling) }
}
