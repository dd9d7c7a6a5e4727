extension ProcessConfig {
    /// Whether a process that was started with this configuration would not run differently with the other one: they differ in
    /// nothing but what superd applies to a running process, such as how it is stopped, watched and replaced.
    public func runsLike(_ other: ProcessConfig) -> Bool {
        guard health.heartbeatInterval == other.health.heartbeatInterval else { return false }
        var applied = self
        applied.priority = other.priority
        applied.autoStart = other.autoStart
        applied.takeRestarting(from: other)
        applied.takeStopping(from: other)
        applied.dependencies = other.dependencies
        applied.startsOnDemand = other.startsOnDemand
        applied.idleTimeout = other.idleTimeout
        applied.readyTimeout = other.readyTimeout
        applied.health = other.health
        applied.recycling = other.recycling
        applied.rolling = other.rolling
        applied.isCritical = other.isCritical
        applied.hooks = other.hooks
        return applied == other
    }

    private mutating func takeRestarting(from other: ProcessConfig) {
        autoRestart = other.autoRestart
        startSeconds = other.startSeconds
        startRetries = other.startRetries
        exitCodes = other.exitCodes
        restartDelay = other.restartDelay
        restartDelayMax = other.restartDelayMax
        restartJitter = other.restartJitter
        restartLimit = other.restartLimit
        fatalRetry = other.fatalRetry
    }

    private mutating func takeStopping(from other: ProcessConfig) {
        stopSignal = other.stopSignal
        stopWaitSeconds = other.stopWaitSeconds
        stopAsGroup = other.stopAsGroup
        killAsGroup = other.killAsGroup
        stopSequence = other.stopSequence
        stopCommand = other.stopCommand
    }
}

extension HealthConfig {
    /// The longest time between two heartbeats, which the process finds in its environment; nil where it need not send any.
    public var heartbeatInterval: Duration? { check == .heartbeat ? interval : nil }
}
