import SuperBase

/// Whether a process is ready, and whether it is well.
extension ProcessMachine {
    /// The first look at a process that is to become ready comes at once; further ones wait a little longer each time.
    private static let longestProbePause = Duration.seconds(1)

    /// How long to wait for the answer of a probe beyond its own limit, before it counts as failed.
    private static let answerGrace = Duration.seconds(1)

    /// How often the memory is measured where it has a limit.
    static let memoryInterval = Duration.seconds(10)

    /// The shortest interval of heartbeats that a program may ask for: nobody is to keep superd busy.
    private static let shortestBeatInterval = Duration.milliseconds(100)

    /// How long a process that could not be replaced goes on before that is tried again.
    static let recyclingPause = Duration.seconds(60)

    // MARK: - What there is to watch

    /// `since`: when the time to become ready begins.
    func startWatch(since: Instant, _ now: Instant) -> Watch {
        var watch = Watch()
        guard !config.isReadyByUptime, config.kind == .service else { return watch }
        if config.readyTimeout > .zero { watch.readyDue = max(since + config.readyTimeout, now) }
        if case .probe = config.readiness { watch.nextProbe = now }
        return watch
    }

    /// `before` is what has been known of this run already.
    func runWatch(of run: Run, before: Watch? = nil, _ now: Instant, _ draw: () -> Double) -> Watch {
        var watch = Watch()
        if let before {
            watch.verdict = before.verdict
            watch.isReloading = before.isReloading
            watch.isLeaving = before.isLeaving
            watch.recycling = before.recycling
        }
        guard config.kind == .service else { return watch }
        let grace = now + config.health.grace
        switch config.health.check {
        case nil: watch.verdict = .unknown
        case .heartbeat:
            watch.beatInterval = before.map(\.beatInterval) ?? config.health.interval
            watch.beatDue = watch.beatInterval.map { grace + $0 }
        case .probe:
            watch.graceEnd = grace
            watch.nextProbe = now
        }
        let recycling = config.recycling
        if recycling.maxLifetime > .zero, watch.recycling == nil {
            let lifetime = Self.jittered(recycling.maxLifetime, percent: recycling.jitter, draw)
            watch.lifetimeEnd = max(run.startedAt + lifetime, now)
        }
        if recycling.maxMemory.bytes > 0 {
            let part = recycling.jitter > 0 ? draw() * Double(recycling.jitter) / 100 : 0
            watch.memoryLimit = ByteSize(
                bytes: recycling.maxMemory.bytes - Int(Double(recycling.maxMemory.bytes) * part))
            watch.nextMemoryLook = now + Self.memoryInterval
        }
        return watch
    }

    /// Goes by a configuration that differs in what can be changed while a process runs.
    mutating func adopt(_ config: ProcessConfig, origin: UInt64, at now: Instant, draw: () -> Double) {
        let old = self.config
        self.config = config
        self.origin = origin
        switch state {
        case .starting(let run, var watch) where old.readyTimeout != config.readyTimeout:
            watch.readyDue = startWatch(since: run.startedAt, now).readyDue
            state = .starting(run, watch)
        case .running(let run, let watch) where old.health != config.health || old.recycling != config.recycling:
            state = .running(run, runWatch(of: run, before: watch, now, draw))
        default: break
        }
    }

    // MARK: - Time

    /// What is due while it starts.
    mutating func stillStarting(_ run: Run, _ watch: Watch, _ draw: () -> Double, _ step: inout Step) {
        if config.isReadyByUptime { return succeed(run, draw, &step) }
        var watch = watch
        if let due = watch.readyDue, due <= step.now {
            let why = "not ready within \((due - run.startedAt).text) (\(config.readiness.text))"
            return beginStop(run, purpose: .notReady(why), reports: false, &step)
        }
        if let due = watch.probeDue, due <= step.now {
            probeFailed(&watch, "no answer", step.now)
        }
        if let due = watch.nextProbe, due <= step.now, case .probe(let probe) = config.readiness {
            beginProbe(probe, run, &watch, &step)
        }
        state = .starting(run, watch)
    }

    /// What is due while it runs.
    mutating func watchOver(_ run: Run, _ watch: Watch, _ step: inout Step) {
        var watch = watch
        if let due = watch.beatDue, due <= step.now {
            let limit = watch.beatInterval ?? config.health.interval
            watch.beatDue = nil
            if judgeUnhealthy("no heartbeat within \(limit.text)", run, &watch, &step) { return }
            watch.beatDue = step.now + limit
        }
        if let due = watch.probeDue, due <= step.now {
            watch.probeDue = nil
            if healthFailed("no answer", run, &watch, &step) { return }
        }
        if let due = watch.nextProbe, due <= step.now, case .probe(let probe)? = config.health.check {
            beginProbe(probe, run, &watch, &step)
        }
        if let due = watch.lifetimeEnd, due <= step.now {
            watch.lifetimeEnd = nil
            recycle("it has run for \((step.now - run.startedAt).text) (max_lifetime)", &watch, &step)
        }
        if let due = watch.nextMemoryLook, due <= step.now {
            watch.nextMemoryLook = step.now + Self.memoryInterval
            step.effects.append(.measure(generation: run.generation))
        }
        state = .running(run, watch)
    }

    private func beginProbe(_ probe: Probe, _ run: Run, _ watch: inout Watch, _ step: inout Step) {
        watch.nextProbe = nil
        watch.probeDue = step.now + config.health.timeout + Self.answerGrace
        step.effects.append(.probe(probe, generation: run.generation, timeout: config.health.timeout))
    }

    // MARK: - Answers

    mutating func shownReady(_ generation: UInt64, _ draw: () -> Double, _ step: inout Step) {
        guard case .starting(let run, _) = state, run.generation == generation, !config.isReadyByUptime else { return }
        succeed(run, draw, &step)
    }

    mutating func probed(_ generation: UInt64, _ failure: String?, _ draw: () -> Double, _ step: inout Step) {
        switch state {
        case .starting(let run, var watch) where run.generation == generation && watch.probeDue != nil:
            guard case .probe = config.readiness else { return }
            guard let failure else { return succeed(run, draw, &step) }
            probeFailed(&watch, failure, step.now)
            state = .starting(run, watch)
        case .running(let run, var watch) where run.generation == generation && watch.probeDue != nil:
            watch.probeDue = nil
            if let failure {
                if healthFailed(failure, run, &watch, &step) { return }
            } else {
                healthSucceeded(&watch, &step)
            }
            state = .running(run, watch)
        default: break
        }
    }

    /// A look at a process that is not ready yet: the next one comes a little later each time.
    private func probeFailed(_ watch: inout Watch, _ why: String, _ now: Instant) {
        watch.failures += 1
        watch.probeDue = nil
        watch.verdict = .failing(why)
        watch.nextProbe = now + min(.milliseconds(50) * (1 << min(watch.failures, 10)), Self.longestProbePause)
    }

    /// A failed check; true where the process is stopped for it.
    private mutating func healthFailed(_ why: String, _ run: Run, _ watch: inout Watch, _ step: inout Step) -> Bool {
        watch.nextProbe = step.now + config.health.interval
        watch.successes = 0
        if let end = watch.graceEnd, step.now < end { return false }
        watch.failures += 1
        guard watch.failures >= config.health.failures else {
            if case .unhealthy = watch.verdict { return false }
            watch.verdict = .failing(why)
            return false
        }
        return judgeUnhealthy(why, run, &watch, &step)
    }

    private func healthSucceeded(_ watch: inout Watch, _ step: inout Step) {
        watch.nextProbe = step.now + config.health.interval
        watch.failures = 0
        watch.successes += 1
        if case .unhealthy = watch.verdict {
            guard watch.successes >= config.health.successes else { return }
            step.log(.info, "healthy: \(name.process) is well again")
        }
        watch.verdict = .healthy
    }

    /// Acts on an unhealthy process; true where it is stopped.
    private mutating func judgeUnhealthy(
        _ why: String, _ run: Run, _ watch: inout Watch, _ step: inout Step
    ) -> Bool {
        let isNews = if case .unhealthy = watch.verdict { false } else { true }
        watch.verdict = .unhealthy(why)
        if isNews { step.log(.warn, "unhealthy: \(name.process) (pid \(run.pid)): \(why)") }
        guard config.health.action == .restart else { return false }
        beginStop(run, purpose: .unhealthy("unhealthy: \(why)"), reports: false, &step)
        return true
    }

    // MARK: - What the program says

    mutating func notified(
        _ generation: UInt64, _ notice: Notice, _ draw: () -> Double, _ step: inout Step
    ) {
        guard run?.generation == generation else { return }
        if let status = notice.status { statusText = status }
        switch state {
        case .starting(let run, var watch):
            if notice.isReady, config.readiness == .notify {
                succeed(run, draw, &step)
                // The same words may say more, such as WATCHDOG_USEC.
                if case .running(let run, let watch) = state { take(notice, run, watch, &step) }
                return
            }
            if let more = notice.moreTime, let due = watch.readyDue { watch.readyDue = max(due, step.now + more) }
            state = .starting(run, watch)
        case .running(let run, let watch): take(notice, run, watch, &step)
        case .stopping(let run, var stop):
            if let more = notice.moreTime, stop.stage != .kill { stop.due = max(stop.due, step.now + more) }
            state = .stopping(run, stop)
        case .stopped, .waiting, .preparing, .spawning, .backoff, .exited, .completed, .fatal: break
        }
    }

    private mutating func take(_ notice: Notice, _ run: Run, _ watch: Watch, _ step: inout Step) {
        var watch = watch
        if notice.isReloading { watch.isReloading = true }
        if notice.isReady { watch.isReloading = false }
        if notice.isStopping { watch.isLeaving = true }
        if config.health.check == .heartbeat, config.kind == .service {
            if let interval = notice.heartbeatInterval {
                watch.beatInterval = interval > .zero ? max(interval, Self.shortestBeatInterval) : nil
                watch.beatDue = watch.beatInterval.map { step.now + $0 }
            }
            switch notice.heartbeat {
            case .alive:
                watch.beatDue = watch.beatInterval.map { step.now + $0 }
                healthSucceeded(&watch, &step)
                watch.nextProbe = nil
            case .failed:
                if judgeUnhealthy("it asks to be taken for hung (WATCHDOG=trigger)", run, &watch, &step) { return }
            case nil: break
            }
        }
        state = .running(run, watch)
    }

    // MARK: - Recycling

    mutating func measured(_ generation: UInt64, _ size: ByteSize, _ step: inout Step) {
        guard case .running(let run, var watch) = state, run.generation == generation, let limit = watch.memoryLimit,
            size >= limit
        else { return }
        recycle("it uses \(size.bytes >> 20) MiB (max_memory)", &watch, &step)
        state = .running(run, watch)
    }

    private func recycle(_ why: String, _ watch: inout Watch, _ step: inout Step) {
        guard watch.recycling == nil else { return }
        watch.recycling = why
        step.log(.info, "recycling: \(name.process): \(why)")
        step.effects.append(.recycle(why))
    }

    mutating func recyclingFailed(_ step: inout Step) {
        guard case .running(let run, var watch) = state, watch.recycling != nil else { return }
        watch.recycling = nil
        if config.recycling.maxLifetime > .zero, watch.lifetimeEnd == nil {
            watch.lifetimeEnd = step.now + Self.recyclingPause
        }
        if watch.nextMemoryLook != nil { watch.nextMemoryLook = step.now + Self.recyclingPause }
        state = .running(run, watch)
    }
}
