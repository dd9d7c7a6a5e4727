import SuperBase

/// From a wish to a process that serves.
extension ProcessMachine {
    mutating func start(_ generation: UInt64, _ step: inout Step) {
        switch state {
        case .stopped, .waiting, .exited, .completed, .fatal, .backoff:
            failures = processState == .backoff ? failures : 0
            restartTimes = []
            begin(generation, &step)
        case .preparing, .spawning, .starting, .running, .stopping: break
        }
    }

    mutating func wait(_ reason: String, _ step: inout Step) {
        switch state {
        case .stopped, .waiting, .exited, .completed, .fatal, .backoff:
            startWished = false
            failures = 0
            waitingFor = reason
            spawnError = ""
            enter(.waiting, &step)
        case .preparing, .spawning, .starting, .running, .stopping: break
        }
    }

    /// The first step of a new run.
    mutating func begin(_ generation: UInt64, _ step: inout Step) {
        startWished = false
        spawnError = ""
        waitingFor = ""
        statusText = ""
        guard config.hooks.commands[.preStart] != nil else { return spawn(generation, &step) }
        let until = step.now + config.hooks.timeout
        enter(.preparing(generation: generation, until: until, stopWished: false), &step)
        runHook(.preStart, generation, &step)
    }

    private mutating func spawn(_ generation: UInt64, _ step: inout Step) {
        starts += 1
        enter(.spawning(generation: generation, stopWished: false), &step)
        step.effects.append(.spawn(generation: generation))
    }

    mutating func hookEnded(
        _ hook: Hook, _ generation: UInt64, _ failure: String?, _ draw: () -> Double, _ step: inout Step
    ) {
        guard generation == self.generation else { return }
        switch (hook, state) {
        case (.preStart, .preparing(_, _, stopWished: true)): enter(.stopped, &step)
        case (.preStart, .preparing):
            guard let failure else { return spawn(generation, &step) }
            spawnError = "pre_start: \(failure)"
            step.log(.info, "spawnerr: \(spawnError)")
            backOff(draw, &step)
        case (.preStop, .stopping(let run, let stop)) where stop.stage == .hook:
            enterStop(run, from: 0, purpose: stop.purpose, reportAt: stop.reportAt, &step)
        default: break
        }
    }

    mutating func spawned(_ run: Run, _ draw: () -> Double, _ step: inout Step) {
        guard case .spawning(run.generation, let stopWished) = state else { return goOn(as: run) }
        startedAt = run.startedAt
        step.log(.info, "spawned: '\(name.process)' with pid \(run.pid)")
        enter(.starting(run, startWatch(since: run.startedAt, step.now)), &step)
        if stopWished {
            stop(reports: false, &step)
        } else if config.kind == .oneshot {
            enter(.running(run, Watch()), &step)
            runHook(.postStart, run.generation, &step)
        } else if config.isReadyByUptime, config.startSeconds <= 0 {
            succeed(run, draw, &step)
        }
    }

    /// Its program has named another main process, which the run goes on as.
    private mutating func goOn(as run: Run) {
        switch state {
        case .starting(var current, let watch) where current.generation == run.generation:
            current.pid = run.pid
            state = .starting(current, watch)
        case .running(var current, let watch) where current.generation == run.generation:
            current.pid = run.pid
            state = .running(current, watch)
        case .stopping(var current, let stop) where current.generation == run.generation:
            current.pid = run.pid
            state = .stopping(current, stop)
        default: break
        }
    }

    /// It counts as started.
    mutating func succeed(_ run: Run, _ draw: () -> Double, _ step: inout Step) {
        failures = 0
        let seconds = config.startSeconds
        let why =
            config.isReadyByUptime
            ? "process has stayed up for > than \(seconds) seconds (startsecs)"
            : "it is ready (\(config.readiness.text))"
        step.log(.info, "success: \(name.process) entered RUNNING state, \(why)")
        enter(.running(run, runWatch(of: run, step.now, draw)), &step)
        runHook(.postStart, run.generation, &step)
    }

    mutating func spawnFailed(
        _ generation: UInt64, _ message: String, _ draw: () -> Double, _ step: inout Step
    ) {
        guard case .spawning(generation, let stopWished) = state else { return }
        spawnError = message
        step.log(.info, "spawnerr: \(message)")
        if stopWished {
            enter(.stopped, &step)
        } else {
            backOff(draw, &step)
        }
    }

    /// Waits for the next try, or gives up after the last one.
    mutating func backOff(_ draw: () -> Double, _ step: inout Step) {
        failures += 1
        var delay = Duration.seconds(failures)
        if config.restartDelayMax > .zero {
            let first = max(config.restartDelay, .seconds(1))
            delay = Self.doubled(first, times: failures - 1, upTo: config.restartDelayMax)
        }
        delay = Self.jittered(delay, percent: config.restartJitter, draw)
        enter(.backoff(until: step.now + delay), &step)
        if failures > config.startRetries { giveUp(&step, "too many start retries too quickly") }
    }

    mutating func explained(_ why: String, _ step: inout Step) {
        guard [.backoff, .fatal].contains(processState) else { return }
        spawnError = why
        step.log(.warn, "\(name.process): \(why)")
    }

    mutating func giveUp(_ step: inout Step, _ why: String) {
        failures = 0
        step.log(.info, "gave up: \(name.process) entered FATAL state, \(why)")
        let retryAt = config.fatalRetry > .zero ? step.now + config.fatalRetry : nil
        enter(.fatal(retryAt: retryAt), &step)
        // No run is there to name; the hook gets the number of the last one.
        runHook(.onFatal, 0, &step)
    }
}
