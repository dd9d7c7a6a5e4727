public import SuperBase

/// Names one command from its arrival to its answer. Given out by whoever asks; unique among the open ones.
public struct Ticket: Sendable, Hashable {
    public var number: UInt64

    public init(number: UInt64) {
        self.number = number
    }
}

/// What an operator asks of processes. All names exist; who does not exist is sorted out before.
public enum Command: Sendable, Hashable {
    /// Starts what they depend on as well, where it is down.
    case start([ProcessName])
    case stop([ProcessName])
    /// First stops all, then starts all, as `supervisorctl restart` does; those that are `rolling` and up are replaced one by one instead.
    case restart([ProcessName])
    /// Replaces those that are up one by one.
    case roll([ProcessName], RollOptions)
    /// To the process alone, never to its group.
    case signal(Signal, [ProcessName])
    /// Makes the groups what another configuration says, one `GroupChange` each. `origin` is the number of that configuration.
    case update([GroupChange], origin: UInt64)
}

/// One step of an update.
public enum GroupChange: Sendable, Hashable {
    /// Stop it and forget it.
    case remove(String)
    /// Make each of its processes what the new one says, and leave alone those of which nothing is different.
    case replace(GroupConfig)
    /// Take it in and start what starts by itself.
    case add(GroupConfig)

    public var group: String {
        switch self {
        case .remove(let name): name
        case .replace(let config), .add(let config): config.name
        }
    }
}

/// What became of one process, or of one group in an update.
public struct CommandResult: Sendable, Hashable {
    public enum Subject: Sendable, Hashable {
        case process(ProcessName)
        case group(String)
    }

    public enum Outcome: Sendable, Hashable, CaseIterable {
        case started
        case stopped
        case signalled
        /// Start: it was up or coming up already.
        case alreadyStarted
        /// Stop or signal: nothing was up.
        case notRunning
        /// Start: it could not be executed.
        case spawnError
        /// Start: it ended, or was stopped, before it counted as started.
        case abnormalTermination
        /// The time given was over first; what was asked for still goes on.
        case timedOut
        /// superd goes down and starts nothing.
        case shuttingDown
        case removed
        case updated
        case added
        /// A new process serves in the place of the old one.
        case replaced
        /// The old process goes on: the new one came to nothing, or somebody wanted something else.
        case notReplaced
        /// It was replaced, and went back to its old configuration because another one could not be replaced.
        case restored
        /// Roll: it may not run twice at a time.
        case notRolling
        /// Start: it waits for something that is not going to happen by itself.
        case dependencyFailed
    }

    public var subject: Subject
    public var outcome: Outcome
    /// Why, where the outcome alone does not say it.
    public var detail: String?

    public init(_ subject: Subject, _ outcome: Outcome, detail: String? = nil) {
        self.subject = subject
        self.outcome = outcome
        self.detail = detail
    }

    public init(_ name: ProcessName, _ outcome: Outcome, detail: String? = nil) {
        self.init(.process(name), outcome, detail: detail)
    }
}
