import SuperBase

/// The end of a process, and what follows from it.
extension ProcessMachine {
    mutating func exited(
        _ generation: UInt64, _ status: ExitStatus, at: Instant, _ draw: () -> Double, _ step: inout Step
    ) {
        guard let run, run.generation == generation else { return }
        lastExit = status
        endedAt = at
        statusText = ""
        let expected = config.exitCodes.contains(status.code)
        let level = expected ? LogLevel.info : .warn
        switch state {
        case .stopping(_, let stop):
            step.log(level, "stopped: \(name.process) (\(status))")
            hasStopped(run, stop.purpose, at: at, draw, &step)
        case .starting where !config.isReadyByUptime || at - run.startedAt < .seconds(config.startSeconds):
            spawnError =
                config.isReadyByUptime
                ? Self.exitedTooQuickly : "Exited before it was ready (process log may have details)"
            step.log(.warn, "exited: \(name.process) (\(status); not expected)")
            backOff(draw, &step)
        case .starting:
            succeed(run, draw, &step)
            endedByItself(run, status, at: at, draw, &step)
        case .running: endedByItself(run, status, at: at, draw, &step)
        case .stopped, .waiting, .preparing, .spawning, .backoff, .exited, .completed, .fatal:
            preconditionFailure("\(name): \(state) has no run to end")
        }
        runHook(.postStop, generation, &step)
    }

    static let exitedTooQuickly = "Exited too quickly (process log may have details)"

    private mutating func endedByItself(
        _ run: Run, _ status: ExitStatus, at: Instant, _ draw: () -> Double, _ step: inout Step
    ) {
        let expected = config.exitCodes.contains(status.code)
        spawnError = expected ? "" : "Bad exit code \(status.code)"
        step.log(
            expected ? .info : .warn,
            "exited: \(name.process) (\(status); \(expected ? "expected" : "not expected"))")
        if config.kind == .oneshot {
            guard !expected else {
                failures = 0
                return enter(.completed, &step)
            }
            return backOff(draw, &step)
        }
        guard restartsByItself(expected: expected) else {
            return enter(.exited(restartAt: nil), &step, pid: run.pid, expected: expected)
        }
        waitForRestart(run, at: at, expected: expected, draw, &step)
    }

    /// It was stopped, and this is why.
    private mutating func hasStopped(
        _ run: Run, _ purpose: Stop.Purpose, at: Instant, _ draw: () -> Double, _ step: inout Step
    ) {
        switch purpose {
        case .asked:
            failures = 0
            enter(.stopped, &step, pid: run.pid)
        case .notReady(let why):
            spawnError = why
            backOff(draw, &step)
        case .unhealthy(let why):
            spawnError = why
            waitForRestart(run, at: at, expected: false, draw, &step)
        }
    }

    private func restartsByItself(expected: Bool) -> Bool {
        switch config.autoRestart {
        case .never: false
        case .unexpected: !expected
        case .always: true
        }
    }

    /// EXITED until it is time to start again, or FATAL where it has been started too often.
    private mutating func waitForRestart(
        _ run: Run, at: Instant, expected: Bool, _ draw: () -> Double, _ step: inout Step
    ) {
        let life = at - run.startedAt
        shortRuns = life < .seconds(config.startSeconds) + .seconds(10) ? shortRuns + 1 : 0
        var delay = config.restartDelay
        if config.restartDelayMax > delay {
            // Without a first delay the first restart is at once, and the next ones double from a second.
            let first = delay > .zero ? delay : shortRuns > 1 ? .seconds(1) : .zero
            delay = Self.doubled(first, times: shortRuns - 1, upTo: config.restartDelayMax)
        }
        let restartAt = step.now + Self.jittered(delay, percent: config.restartJitter, draw)
        enter(.exited(restartAt: restartAt), &step, pid: run.pid, expected: expected)
        guard let limit = config.restartLimit else { return }
        restartTimes = restartTimes.filter { step.now - $0 < limit.window } + [step.now]
        if restartTimes.count > limit.count {
            restartTimes = []
            spawnError = "restarted \(limit.count) times within \(limit.window.text) (restart_limit)"
            giveUp(&step, spawnError)
        }
    }
}
