import SuperBase

/// From the wish that a process ends to its end.
extension ProcessMachine {
    mutating func stop(reports: Bool, _ step: inout Step) {
        switch state {
        case .preparing(let generation, let until, _):
            state = .preparing(generation: generation, until: until, stopWished: true)
        case .spawning(let generation, _): state = .spawning(generation: generation, stopWished: true)
        case .starting(let run, _), .running(let run, _): beginStop(run, purpose: .asked, reports: reports, &step)
        case .waiting, .backoff, .exited(restartAt: .some), .fatal(retryAt: .some):
            failures = 0
            waitingFor = ""
            enter(.stopped, &step)
        case .stopping(let run, var stop):
            // It was stopped for another reason; from now on because somebody wants it to stay down.
            stop.purpose = .asked
            state = .stopping(run, stop)
        case .stopped, .exited(restartAt: nil), .completed, .fatal(retryAt: nil): break
        }
    }

    /// Starts to stop it: with the dump signal where it is not well, with the hook, or with the first step.
    mutating func beginStop(_ run: Run, purpose: Stop.Purpose, reports: Bool, _ step: inout Step) {
        if reports { step.effects.append(waitingReport) }
        let reportAt = reports ? step.now + .seconds(2) : nil
        if case .unhealthy = purpose, let signal = config.health.dumpSignal {
            let due = step.now + config.health.dumpWait
            enter(.stopping(run, Stop(stage: .dump, due: due, reportAt: reportAt, purpose: purpose)), &step)
            step.effects.append(.signal(signal, generation: run.generation, toGroup: false))
        } else if case .asked = purpose, config.hooks.commands[.preStop] != nil {
            let due = step.now + config.hooks.timeout
            enter(.stopping(run, Stop(stage: .hook, due: due, reportAt: reportAt, purpose: purpose)), &step)
            runHook(.preStop, run.generation, &step)
        } else {
            enterStop(run, from: 0, purpose: purpose, reportAt: reportAt, &step)
        }
    }

    /// Takes the step of this number, or kills where there is none.
    mutating func enterStop(
        _ run: Run, from number: Int, purpose: Stop.Purpose, reportAt: Instant?, _ step: inout Step
    ) {
        let plan = stopPlan(for: purpose)
        guard number < plan.count else { return kill(run, purpose: purpose, reportAt: reportAt, &step) }
        let due = step.now + plan[number].wait
        enter(.stopping(run, Stop(stage: .step(number), due: due, reportAt: reportAt, purpose: purpose)), &step)
        if number == 0, config.stopCommand != nil {
            step.effects.append(.runStopCommand(generation: run.generation))
        } else {
            step.effects.append(
                .signal(plan[number].signal, generation: run.generation, toGroup: config.stopAsGroup))
        }
    }

    /// The steps before SIGKILL. A process that gives no sign of life is not asked: it would not hear it.
    private func stopPlan(for purpose: Stop.Purpose) -> [StopStep] {
        if case .unhealthy = purpose, config.health.check == .heartbeat { return [] }
        guard !config.stopSequence.isEmpty else {
            return [StopStep(config.stopSignal, wait: .seconds(max(config.stopWaitSeconds, 0)))]
        }
        return Array(config.stopSequence.prefix { $0.signal != .kill })
    }

    private mutating func kill(_ run: Run, purpose: Stop.Purpose, reportAt: Instant?, _ step: inout Step) {
        step.log(.warn, "killing '\(name.process)' (\(run.pid)) with SIGKILL")
        let due = step.now + .seconds(max(config.stopWaitSeconds, 1))
        enter(.stopping(run, Stop(stage: .kill, due: due, reportAt: reportAt, purpose: purpose)), &step)
        step.effects.append(.signal(.kill, generation: run.generation, toGroup: config.killAsGroup))
    }

    mutating func stillStopping(_ run: Run, _ stop: Stop, _ step: inout Step) {
        var stop = stop
        if let due = stop.reportAt, due <= step.now {
            step.effects.append(waitingReport)
            stop.reportAt = step.now + .seconds(2)
        }
        state = .stopping(run, stop)
        guard stop.due <= step.now else { return }
        switch stop.stage {
        case .hook:
            step.log(.warn, "pre_stop of \(name.process) has no end within \(config.hooks.timeout.text)")
            enterStop(run, from: 0, purpose: stop.purpose, reportAt: stop.reportAt, &step)
        case .dump: enterStop(run, from: 0, purpose: stop.purpose, reportAt: stop.reportAt, &step)
        case .step(let number):
            enterStop(run, from: number + 1, purpose: stop.purpose, reportAt: stop.reportAt, &step)
        case .kill: kill(run, purpose: stop.purpose, reportAt: stop.reportAt, &step)
        }
    }

    mutating func stopSignalLost(_ step: inout Step) {
        guard case .stopping(let run, let stop) = state else { return }
        switch stop.stage {
        case .hook, .kill: break
        case .dump: enterStop(run, from: 0, purpose: stop.purpose, reportAt: stop.reportAt, &step)
        case .step(let number):
            enterStop(run, from: number, purpose: stop.purpose, reportAt: stop.reportAt, &step)
        }
    }

    private var waitingReport: ProcessEffect { .log(.info, "waiting for \(name.process) to stop") }
}
