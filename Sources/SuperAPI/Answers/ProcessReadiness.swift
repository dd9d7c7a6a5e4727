/// How well a process is that runs.
public enum ProcessReadiness: String, Codable, Sendable, Hashable, CaseIterable {
    /// It is up and not ready yet.
    case starting
    case ready
    /// It is RUNNING, and its checks say that it is not well.
    case degraded
}

/// How far the replacement of a process has come.
public enum ProcessRolling: String, Codable, Sendable, Hashable, CaseIterable {
    /// Its turn is yet to come.
    case queued
    /// The new process is on its way up, or must stay ready for a while.
    case replacing
    /// It has been replaced, and the old process is on its way out.
    case draining
    /// It goes back to its old configuration, because another one could not be replaced.
    case restoring
}
