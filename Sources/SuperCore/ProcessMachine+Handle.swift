public import SuperBase

extension ProcessMachine {
    /// Takes an event and says what is to be done about it.
    ///
    /// `draw` gives a number from 0 up to 1, for the jitter of delays; it is called only where the configuration asks for jitter.
    public mutating func handle(
        _ event: ProcessEvent, at now: Instant, draw: () -> Double = { 0 }
    ) -> [ProcessEffect] {
        var step = Step(before: processState)
        switch event {
        case .start(let generation): start(generation, &step)
        case .stop(let reports):
            startWished = false
            stop(at: now, reports: reports, &step)
        case .restart(let reports):
            startWished = true
            stop(at: now, reports: reports, &step)
        case .spawned(let generation, let pid, let at):
            spawned(Run(generation: generation, pid: pid, startedAt: at), at: now, &step)
        case .spawnFailed(let generation, let message): spawnFailed(generation, message, at: now, draw, &step)
        case .exited(let generation, let status, let at): exited(generation, status, at: at, now: now, draw, &step)
        case .wake(let generation): wake(generation, at: now, &step)
        case .stopSignalLost: stopSignalLost(at: now, &step)
        case .daemonStops: daemonStops(&step)
        }
        return step.effects
    }

    /// The effects of one event while they are gathered.
    struct Step {
        var before: ProcessState
        var effects: [ProcessEffect] = []
    }

    /// Enters a state and tells of it where an operator would see another one.
    private mutating func enter(_ next: State, _ step: inout Step, pid: Int32? = nil, expected: Bool = false) {
        state = next
        let after = processState
        guard after != step.before else { return }
        step.effects.append(
            .changed(
                StateChange(
                    name: name, from: step.before, to: after, pid: pid ?? run?.pid ?? 0, tries: failures,
                    expected: expected)))
        step.before = after
    }

    // MARK: - Starting

    private mutating func start(_ generation: UInt64, _ step: inout Step) {
        switch state {
        case .stopped, .exited, .fatal, .backoff:
            failures = processState == .backoff ? failures : 0
            spawn(generation, &step)
        case .spawning, .starting, .running, .stopping: break
        }
    }

    private mutating func spawn(_ generation: UInt64, _ step: inout Step) {
        startWished = false
        spawnError = ""
        starts += 1
        enter(.spawning(generation: generation, stopWished: false), &step)
        step.effects.append(.spawn(generation: generation))
    }

    private mutating func spawned(_ run: Run, at now: Instant, _ step: inout Step) {
        guard case .spawning(run.generation, let stopWished) = state else { return }
        startedAt = run.startedAt
        step.effects.append(.log(.info, "spawned: '\(name.process)' with pid \(run.pid)"))
        enter(.starting(run), &step)
        if stopWished {
            stop(at: now, reports: false, &step)
        } else if config.startSeconds <= 0 {
            succeed(run, &step)
        }
    }

    private mutating func succeed(_ run: Run, _ step: inout Step) {
        failures = 0
        let seconds = config.startSeconds
        step.effects.append(
            .log(
                .info,
                "success: \(name.process) entered RUNNING state, process has stayed up for > than \(seconds) seconds (startsecs)"
            ))
        enter(.running(run), &step)
    }

    private mutating func spawnFailed(
        _ generation: UInt64, _ message: String, at now: Instant, _ draw: () -> Double, _ step: inout Step
    ) {
        guard case .spawning(generation, let stopWished) = state else { return }
        spawnError = message
        step.effects.append(.log(.info, "spawnerr: \(message)"))
        if stopWished {
            enter(.stopped, &step)
        } else {
            backOff(at: now, draw, &step)
        }
    }

    /// Waits for the next try, or gives up after the last one.
    private mutating func backOff(at now: Instant, _ draw: () -> Double, _ step: inout Step) {
        failures += 1
        enter(.backoff(until: now + jittered(.seconds(failures), draw)), &step)
        if failures > config.startRetries { giveUp(&step) }
    }

    private mutating func giveUp(_ step: inout Step) {
        failures = 0
        step.effects.append(
            .log(.info, "gave up: \(name.process) entered FATAL state, too many start retries too quickly"))
        enter(.fatal, &step)
    }

    // MARK: - Ending

    private mutating func exited(
        _ generation: UInt64, _ status: ExitStatus, at: Instant, now: Instant, _ draw: () -> Double,
        _ step: inout Step
    ) {
        guard let run, run.generation == generation else { return }
        lastExit = status
        endedAt = at
        let expected = config.exitCodes.contains(status.code)
        let level = expected ? LogLevel.info : .warn
        if case .stopping = state {
            failures = 0
            step.effects.append(.log(level, "stopped: \(name.process) (\(status))"))
            return enter(.stopped, &step, pid: run.pid)
        }
        if case .starting = state {
            if at - run.startedAt < .seconds(config.startSeconds) {
                spawnError = "Exited too quickly (process log may have details)"
                step.effects.append(.log(.warn, "exited: \(name.process) (\(status); not expected)"))
                return backOff(at: now, draw, &step)
            }
            succeed(run, &step)
        }
        spawnError = expected ? "" : "Bad exit code \(status.code)"
        step.effects.append(
            .log(level, "exited: \(name.process) (\(status); \(expected ? "expected" : "not expected"))"))
        let delay = restartDelay(after: at - run.startedAt, expected: expected, draw)
        enter(.exited(restartAt: delay.map { now + $0 }), &step, pid: run.pid, expected: expected)
    }

    /// How long to wait before the next run; nil: there is none.
    private mutating func restartDelay(after life: Duration, expected: Bool, _ draw: () -> Double) -> Duration? {
        switch config.autoRestart {
        case .never: return nil
        case .unexpected where expected: return nil
        case .unexpected, .always: break
        }
        shortRuns = life < .seconds(config.startSeconds) + .seconds(10) ? shortRuns + 1 : 0
        var delay = config.restartDelay
        if config.restartDelayMax > delay {
            delay = min(delay * (1 << min(max(shortRuns - 1, 0), 30)), config.restartDelayMax)
        }
        return jittered(delay, draw)
    }

    /// The delay less a part drawn by chance, at most `restart_jitter` percent of it.
    private func jittered(_ delay: Duration, _ draw: () -> Double) -> Duration {
        guard config.restartJitter > 0, delay > .zero else { return delay }
        return delay - delay * (draw() * Double(config.restartJitter) / 100)
    }

    // MARK: - Stopping

    private mutating func stop(at now: Instant, reports: Bool, _ step: inout Step) {
        switch state {
        case .spawning(let generation, _): state = .spawning(generation: generation, stopWished: true)
        case .starting(let run), .running(let run):
            if reports { step.effects.append(waitingReport) }
            enter(
                .stopping(run, killAt: firstKill(after: now), reportAt: reports ? now + .seconds(2) : nil), &step)
            step.effects.append(stopSignal(run))
        case .backoff, .exited(restartAt: .some):
            failures = 0
            enter(.stopped, &step)
        case .stopped, .stopping, .exited(restartAt: nil), .fatal: break
        }
    }

    private mutating func stopSignalLost(at now: Instant, _ step: inout Step) {
        guard case .stopping(let run, _, let reportAt) = state else { return }
        state = .stopping(run, killAt: firstKill(after: now), reportAt: reportAt)
        step.effects.append(stopSignal(run))
    }

    private func firstKill(after now: Instant) -> Instant { now + .seconds(max(config.stopWaitSeconds, 0)) }

    private func stopSignal(_ run: Run) -> ProcessEffect {
        .signal(config.stopSignal, generation: run.generation, toGroup: config.stopAsGroup)
    }

    private var waitingReport: ProcessEffect { .log(.info, "waiting for \(name.process) to stop") }

    private mutating func daemonStops(_ step: inout Step) {
        startWished = false
        switch state {
        case .backoff: giveUp(&step)
        case .exited(restartAt: .some): state = .exited(restartAt: nil)
        case .stopped, .spawning, .starting, .running, .stopping, .exited(restartAt: nil), .fatal: break
        }
    }

    // MARK: - Time

    private mutating func wake(_ generation: UInt64, at now: Instant, _ step: inout Step) {
        guard let deadline, deadline <= now else { return }
        switch state {
        case .starting(let run): succeed(run, &step)
        case .backoff, .exited: spawn(generation, &step)
        case .stopping(let run, let killAt, let reportAt):
            stillStopping(run, killAt: killAt, reportAt: reportAt, at: now, &step)
        case .stopped, .spawning, .running, .fatal:
            preconditionFailure("\(name): woken in \(state), which has no deadline")
        }
    }

    private mutating func stillStopping(
        _ run: Run, killAt: Instant, reportAt: Instant?, at now: Instant, _ step: inout Step
    ) {
        var (killAt, reportAt) = (killAt, reportAt)
        if let due = reportAt, due <= now {
            step.effects.append(waitingReport)
            reportAt = now + .seconds(2)
        }
        if killAt <= now {
            step.effects.append(.log(.warn, "killing '\(name.process)' (\(run.pid)) with SIGKILL"))
            step.effects.append(.signal(.kill, generation: run.generation, toGroup: config.killAsGroup))
            killAt = now + .seconds(max(config.stopWaitSeconds, 1))
        }
        state = .stopping(run, killAt: killAt, reportAt: reportAt)
    }
}
