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
    case start([ProcessName])
    case stop([ProcessName])
    /// First stops all, then starts all, as `supervisorctl restart` does.
    case restart([ProcessName])
    /// To the process alone, never to its group.
    case signal(Signal, [ProcessName])
    /// Makes the groups what the configuration on disk says, one `GroupChange` each.
    case update([GroupChange])
}

/// One step of an update.
public enum GroupChange: Sendable, Hashable {
    /// Stop it and forget it.
    case remove(String)
    /// Stop it, put the new one in its place, start what starts by itself.
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
    }

    public var subject: Subject
    public var outcome: Outcome

    public init(_ subject: Subject, _ outcome: Outcome) {
        self.subject = subject
        self.outcome = outcome
    }

    public init(_ name: ProcessName, _ outcome: Outcome) { self.init(.process(name), outcome) }
}
