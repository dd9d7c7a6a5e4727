public import SuperBase

extension ProcessMachine {
    /// Takes an event and says what is to be done about it.
    ///
    /// `draw` gives a number from 0 up to 1, for the jitter of delays and limits; it is called only where the configuration asks for jitter.
    public mutating func handle(
        _ event: ProcessEvent, at now: Instant, draw: () -> Double = { 0 }
    ) -> [ProcessEffect] {
        var step = Step(before: processState, now: now)
        switch event {
        case .start(let generation): start(generation, &step)
        case .hold(let reason): wait(reason, &step)
        case .stop(let reports):
            startWished = false
            stop(reports: reports, &step)
        case .restart(let reports):
            startWished = true
            stop(reports: reports, &step)
        case .spawned(let generation, let pid, let at):
            spawned(Run(generation: generation, pid: pid, startedAt: at), draw, &step)
        case .spawnFailed(let generation, let message): spawnFailed(generation, message, draw, &step)
        case .exited(let generation, let status, let at): exited(generation, status, at: at, draw, &step)
        case .explained(let why): explained(why, &step)
        case .ready(let generation): shownReady(generation, draw, &step)
        case .notified(let generation, let notice): notified(generation, notice, draw, &step)
        case .probed(let generation, let failure): probed(generation, failure, draw, &step)
        case .measured(let generation, let size): measured(generation, size, &step)
        case .hookEnded(let hook, let generation, let failure): hookEnded(hook, generation, failure, draw, &step)
        case .recyclingFailed: recyclingFailed(&step)
        case .wake(let generation): wake(generation, draw, &step)
        case .stopSignalLost: stopSignalLost(&step)
        case .takenOver: takenOver(draw, &step)
        case .daemonStops: daemonStops(&step)
        }
        return step.effects
    }

    /// The effects of one event while they are gathered.
    struct Step {
        var before: ProcessState
        let now: Instant
        var effects: [ProcessEffect] = []

        mutating func log(_ level: LogLevel, _ text: String) { effects.append(.log(level, text)) }
    }

    /// Enters a state and tells of it where an operator would see another one.
    mutating func enter(_ next: State, _ step: inout Step, pid: Int32? = nil, expected: Bool = false) {
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

    /// Runs the command of a hook, if there is one.
    func runHook(_ hook: Hook, _ generation: UInt64, _ step: inout Step) {
        guard config.hooks.commands[hook] != nil else { return }
        step.effects.append(.runHook(hook, generation: generation))
    }

    /// A duration doubled so many times, and no longer than `longest`.
    static func doubled(_ duration: Duration, times: Int, upTo longest: Duration) -> Duration {
        var (duration, times) = (duration, times)
        while times > 0, duration > .zero, duration < longest { (duration, times) = (duration * 2, times - 1) }
        return min(duration, longest)
    }

    /// A duration less a part drawn by chance, at most `percent` of it.
    static func jittered(_ duration: Duration, percent: Int, _ draw: () -> Double) -> Duration {
        guard percent > 0, duration > .zero else { return duration }
        return duration - duration * (draw() * Double(percent) / 100)
    }

    // MARK: - Time

    private mutating func wake(_ generation: UInt64, _ draw: () -> Double, _ step: inout Step) {
        guard let deadline, deadline <= step.now else { return }
        switch state {
        case .preparing(let current, _, _):
            hookEnded(.preStart, current, "no end within \(config.hooks.timeout.text)", draw, &step)
        case .starting(let run, let watch): stillStarting(run, watch, draw, &step)
        case .running(let run, let watch): watchOver(run, watch, &step)
        case .backoff, .exited: begin(generation, &step)
        case .fatal:
            failures = 0
            restartTimes = []
            begin(generation, &step)
        case .stopping(let run, let stop): stillStopping(run, stop, &step)
        case .stopped, .waiting, .spawning, .completed:
            preconditionFailure("\(name): woken in \(state), which has no deadline")
        }
    }

    /// Does again what a brain that has ended had begun and cannot answer for any more.
    private mutating func takenOver(_ draw: () -> Double, _ step: inout Step) {
        switch state {
        case .preparing(_, _, stopWished: true): enter(.stopped, &step)
        case .preparing(let generation, _, stopWished: false): begin(generation, &step)
        // It may have become ready while nobody listened, so that its time begins anew.
        case .starting(let run, _): state = .starting(run, startWatch(since: step.now, step.now))
        case .running(let run, var watch):
            watch.recycling = nil
            state = .running(run, runWatch(of: run, before: watch, step.now, draw))
        case .stopping(let run, let stop) where stop.stage == .hook:
            enterStop(run, from: 0, purpose: stop.purpose, reportAt: stop.reportAt, &step)
        case .stopped, .waiting, .spawning, .backoff, .stopping, .exited, .completed, .fatal: break
        }
    }

    private mutating func daemonStops(_ step: inout Step) {
        startWished = false
        switch state {
        case .backoff: giveUp(&step, "too many start retries too quickly")
        case .exited(restartAt: .some): state = .exited(restartAt: nil)
        case .waiting:
            waitingFor = ""
            enter(.stopped, &step)
        case .preparing(let generation, let until, _):
            state = .preparing(generation: generation, until: until, stopWished: true)
        case .stopped, .spawning, .starting, .running, .stopping, .exited(restartAt: nil), .completed, .fatal: break
        }
        // Nobody tries again.
        if case .fatal(retryAt: .some) = state { state = .fatal(retryAt: nil) }
    }
}

extension Duration {
    /// For an operator: `1.5 s`, `300 ms`, `2 min`.
    var text: String {
        let (seconds, attoseconds) = components
        let milliseconds = attoseconds / 1_000_000_000_000_000
        if seconds == 0 { return "\(milliseconds) ms" }
        if milliseconds < 100 { return seconds >= 120 && seconds % 60 == 0 ? "\(seconds / 60) min" : "\(seconds) s" }
        return "\(seconds).\(milliseconds / 100) s"
    }
}
