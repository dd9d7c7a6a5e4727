import SuperBase
import SuperCore

/// Whether each change of a state is allowed by what was asked for and by the configuration.
extension FakeWorld {
    mutating func checkGoal(_ change: StateChange) {
        let name = change.name
        guard let config = fleet[name]?.config ?? before[name]?.config else {
            return fail("a change of \(name), which is not there")
        }
        switch change.to {
        case .waiting:
            ledger.failures[name] = 0
            allowStart(change, config)
        case .starting: checkStarting(change, config)
        case .running: checkRunning(name, config)
        case .backoff: checkBackoff(change, config)
        case .fatal: checkFatal(change, config)
        case .exited: checkExited(change, config)
        case .completed:
            if config.kind != .oneshot { fail("\(name) is no oneshot and is completed") }
            if let life = life(name), !config.exitCodes.contains(life.status.code) {
                fail("\(name) completed with \(life.status)")
            }
            rest(name)
        case .stopping: checkStopping(name, config)
        case .stopped:
            if !ledger.stopAsked.contains(name) { fail("\(name) is stopped and nobody asked for it") }
            if let life = holderLife(name), life.ended == nil { fail("\(name) is called stopped and lives") }
        case .unknown: fail("\(name) is unknown")
        }
        ledger.since[name] = now
    }

    /// The life of the one that the name means, from before this step.
    private func holderLife(_ name: ProcessName) -> Life? { before[name]?.generation.flatMap { lives[$0] } }

    private func life(_ name: ProcessName) -> Life? {
        (fleet[name]?.generation ?? before[name]?.generation).flatMap { lives[$0] }
    }

    private mutating func checkStarting(_ change: StateChange, _ config: ProcessConfig) {
        let name = change.name
        allowStart(change, config)
        if change.from != .backoff { ledger.failures[name] = 0 }
        let failures = ledger.failures[name] ?? 0
        if change.tries != failures { fail("\(name) starts with \(change.tries) tries, not \(failures)") }
        if failures > config.startRetries, !hasNewConfiguration(name) {
            fail("\(name) is tried too often: \(failures)")
        }
        let isByItself = [.exited, .backoff, .fatal].contains(change.from)
        // A restart that was asked for waits for nothing but the others of its command.
        let wasAsked = ledger.stopAsked.remove(name) != nil
        ledger.stoppedByHand.remove(name)
        if case .wake? = current, isByItself, !wasAsked, !isNeeded(name) { return checkDelay(change, config, failures) }
        if isByItself, current == .wake || current == nil { return }
        if !conditionsHold(name, orHeld: true) {
            fail("\(name) is started and waits for something: \(config.dependencies.map(\.text))")
        }
    }

    /// Whether another one waits for it: a start of that one starts it along, whenever it would be tried again.
    private func isNeeded(_ name: ProcessName) -> Bool {
        fleet.names.contains { other in
            ledger.states[other] == .waiting
                && (fleet[other]?.config.dependencies ?? []).contains { neededProcesses($0).contains(name) }
        }
    }

    /// The least time before a start by itself.
    private mutating func checkDelay(_ change: StateChange, _ config: ProcessConfig, _ failures: Int) {
        let name = change.name
        var least: Duration
        switch change.from {
        case .backoff:
            least = .seconds(failures)
            if config.restartDelayMax > .zero {
                least = min(max(config.restartDelay, .seconds(1)), config.restartDelayMax)
            }
        case .fatal: least = config.fatalRetry
        default: least = config.restartDelay
        }
        if change.from != .fatal { least = least * (1 - Double(config.restartJitter) / 100) }
        if hasNewConfiguration(name) { return }
        let waited = ledger.since[name].map { now - $0 } ?? least
        if waited < least { fail("\(name) starts again from \(change.from) after \(waited), not \(least)") }
    }

    /// Delays are worked out under the configuration that there is when they begin.
    private func hasNewConfiguration(_ name: ProcessName) -> Bool { ledger.lastUpdate[name.group] != nil }

    /// A start follows from a wish for this process, or for one that depends on it.
    private mutating func allowStart(_ change: StateChange, _ config: ProcessConfig) {
        let name = change.name
        if phase != .running { fail("\(name) is started while superd goes down") }
        switch ledger.goals[name] {
        case .up?, .open?: return
        case .down?, .resting?, nil: break
        }
        let isWanted = fleet.names.contains { other in
            [.up, .open].contains(ledger.goals[other]) && ledger.states[other] == .waiting
                && (fleet[other]?.config.dependencies ?? []).contains { neededProcesses($0).contains(name) }
        }
        var isCommanded = (before[name]?.starts ?? 0) == 0 || (fleet[name]?.starts ?? 0) <= 1
        switch current {
        case .command(.start, _, _, _)?, .command(.restart, _, _, _)?, .demanded?: isCommanded = true
        default: break
        }
        // A restart starts what its processes depend on when they have stopped.
        let isRestart = questions.values.contains { question in
            if case .restart = question.command { question.wait } else { false }
        }
        if isWanted, isCommanded || isRestart {
            ledger.goals[name] = .up
        } else {
            fail("\(name) is started and nobody wants it up")
        }
    }

    private mutating func checkRunning(_ name: ProcessName, _ config: ProcessConfig) {
        guard let life = life(name) else { return fail("\(name) runs and does not exist") }
        if config.kind == .oneshot { return }
        ledger.failures[name] = 0
        if config.readiness != .uptime {
            if !isReady(life) { fail("\(name) runs and is not ready") }
        } else if (life.ended ?? now) - life.startedAt < .seconds(config.startSeconds) {
            fail("\(name) runs too early")
        }
    }

    private mutating func checkBackoff(_ change: StateChange, _ config: ProcessConfig) {
        let name = change.name
        ledger.failures[name, default: 0] += 1
        if change.tries != ledger.failures[name] { fail("\(name) backs off after \(change.tries) tries") }
        guard let life = holderLife(name) else { return }
        guard let ended = life.ended else { return fail("\(name) backs off and lives") }
        if config.kind == .oneshot {
            if config.exitCodes.contains(life.status.code) { fail("\(name) backs off after \(life.status)") }
        } else if config.readiness == .uptime, change.from == .starting,
            ended - life.startedAt >= .seconds(config.startSeconds)
        {
            fail("\(name) backs off after startsecs")
        }
    }

    private mutating func checkFatal(_ change: StateChange, _ config: ProcessConfig) {
        let name = change.name
        let tries = ledger.failures[name] ?? 0
        if change.from == .exited {
            if config.restartLimit == nil { fail("\(name) is given up without a limit of restarts") }
        } else if phase == .running, tries <= config.startRetries {
            fail("\(name) is given up after \(tries) tries")
        }
        if config.fatalRetry == .zero || phase != .running { rest(name) }
    }

    private mutating func checkExited(_ change: StateChange, _ config: ProcessConfig) {
        let name = change.name
        if config.kind == .oneshot { fail("\(name) is a oneshot and is called exited") }
        if change.from == .running, ledger.stopAsked.contains(name), ledger.goals[name] == .down, phase == .running {
            fail("\(name) was told to stop and is called exited")
        }
        guard let life = holderLife(name), life.ended != nil else { return fail("\(name) is called exited and lives") }
        // It was stopped because it was not well: it comes back.
        if change.from == .stopping { return }
        let expected = config.exitCodes.contains(life.status.code)
        if change.expected != expected { fail("\(name) exited, expected: \(change.expected)") }
        if !mustRestart(config, after: life.status) { rest(name) }
    }

    func mustRestart(_ config: ProcessConfig, after status: ExitStatus) -> Bool {
        switch config.autoRestart {
        case .always: true
        case .never: false
        case .unexpected: !config.exitCodes.contains(status.code)
        }
    }

    private mutating func rest(_ name: ProcessName) {
        if ledger.goals[name] != .down { ledger.goals[name] = .resting }
    }

    private mutating func checkStopping(_ name: ProcessName, _ config: ProcessConfig) {
        // What came of it may already be more than that.
        if case .stopping(let run, let stop)? = fleet[name]?.state, stop.purpose != .asked {
            return checkTrouble(name, run, stop.purpose, config)
        }
        let isRecycled = config.recycling.maxLifetime > .zero || config.recycling.maxMemory.bytes > 0
        if isRecycled, config.restartMode == .stopFirst, fleet[name]?.startWished == true {
            ledger.stopAsked.insert(name)
        }
        if !ledger.stopAsked.contains(name) { fail("\(name) is being stopped and nobody asked for it") }
        guard case .ending = phase, !ledger.stoppedByHand.contains(name), !mayBeInTrouble(config) else { return }
        checkTurn(name)
    }

    /// Whether it may have been stopped in this step for what it is, and been told to stop for another reason in the same one.
    func mayBeInTrouble(_ config: ProcessConfig) -> Bool {
        switch current {
        case .wake?, .probed?, .notified?: config.readiness != .uptime || config.health.check != nil
        default: false
        }
    }

    /// It is stopped because it is not ready, or not well.
    private mutating func checkTrouble(
        _ name: ProcessName, _ run: ProcessMachine.Run, _ purpose: ProcessMachine.Stop.Purpose, _ config: ProcessConfig
    ) {
        switch purpose {
        case .asked: break
        case .notReady:
            if config.readiness == .uptime || config.readyTimeout == .zero { fail("\(name) need not be ready in time") }
            if !hasNewConfiguration(name), now - run.startedAt < config.readyTimeout {
                fail("\(name) has more time to be ready")
            }
        case .unhealthy:
            if config.health.check == nil || config.health.action != .restart {
                fail("\(name) is stopped for its health")
            }
            if let life = lives[run.generation], !isSick(life), !life.hasFailed, config.health.check != .heartbeat,
                isReady(life)
            {
                fail("\(name) is well and is stopped for its health")
            }
        }
    }

    /// Superd goes down: all that come before in the order of stopping have stopped.
    private mutating func checkTurn(_ name: ProcessName) {
        let depend = fleet.names.contains { !(fleet[$0]?.config.dependencies.isEmpty ?? true) }
        for group in fleet.groups.reversed() {
            if !depend, group.config.name == name.group { return }
            for member in group.members {
                let dependsOnIt = (fleet[member]?.config.dependencies ?? []).contains {
                    neededProcesses($0).contains(name)
                }
                guard !depend || dependsOnIt else { continue }
                if ledger.states[member]?.isStopped != true || living(member) != nil {
                    fail("\(name) is being stopped before \(member)")
                }
            }
        }
    }

    // MARK: - At rest

    /// What is wrong when nothing has happened for a long time.
    var restProblems: [String] {
        var problems = questions.map { "ticket \($0.key.number) stays open: \($0.value.command)" }
        problems += ledger.updating.keys.map { "the update of \($0) is not done" }
        if fleet.unfinished != Fleet().unfinished { problems.append("something is not finished") }
        for seat in fleet.allSeats where seat.role != .holder { problems.append("\(seat) is left over") }
        for name in fleet.names {
            let state = ledger.states[name] ?? .unknown
            let isUp =
                state == .running && living(name) != nil || state == .completed
                || state == .waiting && !conditionsHold(name)
            let isDown = state.isStopped && living(name) == nil
            switch ledger.goals[name] {
            case .up where !isUp: problems.append("\(name) is wanted up and is \(state)")
            case .down where !isDown, .resting where !isDown: problems.append("\(name) is wanted down and is \(state)")
            case nil: problems.append("\(name) has no goal")
            case .up, .down, .resting, .open: break
            }
        }
        return problems
    }
}
