import SuperBase

/// What is known of the health of one run, and what is asked about it next.
///
/// When something is due is kept here and not in a record: a new brain looks anew.
public struct Watch: Sendable, Hashable {
    /// What the checks say.
    public enum Verdict: Sendable, Hashable {
        /// No check has had an answer yet, or there is none.
        case unknown
        case healthy
        /// Checks have failed, but not often enough to act on.
        case failing(String)
        case unhealthy(String)
    }

    public internal(set) var verdict = Verdict.unknown
    /// The program said RELOADING=1 and has not said READY=1 since.
    public internal(set) var isReloading = false
    /// The program said STOPPING=1: it is on its way out.
    public internal(set) var isLeaving = false
    /// Why it is to be replaced although it is well; nil where it is not.
    public internal(set) var recycling: String?
    /// While it starts: when it must be ready; nil for never.
    var readyDue: Instant?
    /// When the next probe begins; nil: there is none, or one is under way.
    var nextProbe: Instant?
    /// When the probe under way counts as failed.
    var probeDue: Instant?
    /// Probes in a row that failed, while it starts or runs.
    var failures = 0
    /// Probes in a row that succeeded.
    var successes = 0
    /// Failures do not count before this.
    var graceEnd: Instant?
    /// The longest time between two heartbeats; the program may change it.
    var beatInterval: Duration?
    var beatDue: Instant?
    var lifetimeEnd: Instant?
    /// The size at which it is replaced; nil for none.
    var memoryLimit: ByteSize?
    var nextMemoryLook: Instant?

    /// When there is something to do.
    var deadline: Instant? {
        [readyDue, nextProbe, probeDue, beatDue, lifetimeEnd, nextMemoryLook].compactMap { $0 }.min()
    }
}

/// What a program said through the notify socket that matters to a decision.
public struct Notice: Sendable, Hashable {
    public enum Heartbeat: Sendable, Hashable {
        case alive
        /// It asks to be treated as hung.
        case failed
    }

    public var isReady = false
    public var isReloading = false
    public var isStopping = false
    /// Free text about its state; an empty one takes the last one away.
    public var status: String?
    public var heartbeat: Heartbeat?
    /// The new longest time between two heartbeats; zero ends the watch.
    public var heartbeatInterval: Duration?
    /// More time for what it is about, counted from now: its start or its stop.
    public var moreTime: Duration?

    public init() {}
}
