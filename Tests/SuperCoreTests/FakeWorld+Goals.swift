import SuperBase
import SuperCore

/// What ought to be, kept apart from what the fleet thinks.
struct Ledger {
    enum Goal {
        /// Told to start, and to be kept up as its configuration says.
        case up
        /// Told to stop, never told to start, or superd goes down.
        case down
        /// It ended by itself, or could not be started, and nobody is to start it again.
        case resting
    }

    var goals: [ProcessName: Goal] = [:]
    var configs: [ProcessName: ProcessConfig] = [:]
    /// As reported last.
    var states: [ProcessName: ProcessState] = [:]
    /// Failed starts in a row.
    var failures: [ProcessName: Int] = [:]
    /// When it came into its state.
    var since: [ProcessName: Instant] = [:]
    /// Somebody asked for its stop, or for a restart, since it was started last.
    var stopAsked: Set<ProcessName> = []
    /// An operator asked for their stop, so they need not wait for their turn when superd goes down.
    var stoppedByHand: Set<ProcessName> = []
    /// Groups that an update waits for.
    var updating: Set<String> = []

    mutating func forget(_ name: ProcessName) {
        goals[name] = nil
        states[name] = nil
        failures[name] = nil
        since[name] = nil
        stopAsked.remove(name)
    }

    mutating func enter(_ process: ProcessConfig) {
        configs[process.name] = process
        states[process.name] = .stopped
        failures[process.name] = 0
        goals[process.name] = process.autoStart ? .up : .down
    }
}

/// The goal follows the last command.
extension FakeWorld {
    /// Sets the goals that an event asks for.
    mutating func note(_ event: Fleet.Event) {
        switch event {
        case .spawned, .spawnFailed, .exited, .wake: break
        case .command(let command, _, _, _): note(command)
        case .end(let end):
            if phase == .ending(.shutdown) || phase == .over { break }
            let hasBegun = phase == .ending(.restart)
            if hasBegun, end == .shutdown { hasEnded = false }
            phase = .ending(end)
            ledger.updating = []
            if !hasBegun { ledger.stoppedByHand = ledger.stopAsked }
            wantDown(fleet.names)
        case .configured:
            phase = .running
            hasEnded = false
        }
    }

    private mutating func note(_ command: Command) {
        guard phase == .running else {
            guard case .stop(let names) = command else { return }
            ledger.stoppedByHand.formUnion(names)
            return wantDown(names)
        }
        switch command {
        case .start(let names):
            for name in names where !ledger.updating.contains(name.group) {
                // A stop under way is not called off: the answer is an abnormal termination.
                let isUnderWay =
                    [.starting, .stopping].contains(ledger.states[name]) && ledger.stopAsked.contains(name)
                if !isUnderWay { ledger.goals[name] = .up }
            }
        case .stop(let names): wantDown(names)
        case .restart(let names):
            wantDown(names)
            for name in names where !ledger.updating.contains(name.group) { ledger.goals[name] = .up }
        case .signal: break
        case .update(let changes):
            for change in changes {
                guard let group = fleet.group(change.group) else { continue }
                wantDown(group.members)
                ledger.updating.insert(change.group)
            }
        }
    }

    private mutating func wantDown(_ names: [ProcessName]) {
        for name in names {
            ledger.goals[name] = .down
            ledger.stopAsked.insert(name)
        }
    }

    mutating func groupAdded(_ name: String) {
        guard let group = fleet.group(name) else { return fail("group \(name) is added and is not there") }
        configs.append(group.config)
        for process in group.config.processes {
            ledger.enter(process)
            ledgerBefore.enter(process)
        }
    }

    /// Whether the step is allowed by what was asked for and by the configuration.
    mutating func checkGoal(_ change: StateChange) {
        let name = change.name
        guard let config = ledger.configs[name] else { return fail("a change of \(name), which is not there") }
        switch change.to {
        case .starting: checkStarting(change, config)
        case .running: checkRunning(name, config)
        case .backoff: checkBackoff(change, config)
        case .fatal:
            let tries = ledger.failures[name] ?? 0
            if phase == .running, tries <= config.startRetries { fail("\(name) is given up after \(tries) tries") }
            rest(name)
        case .exited: checkExited(change, config)
        case .stopping: checkStopping(name)
        case .stopped:
            if !ledger.stopAsked.contains(name) { fail("\(name) is stopped and nobody asked for it") }
            if living(name) != nil { fail("\(name) is called stopped and lives") }
        case .unknown: fail("\(name) is unknown")
        }
        ledger.since[name] = now
    }

    private mutating func checkStarting(_ change: StateChange, _ config: ProcessConfig) {
        let name = change.name
        if phase != .running { fail("\(name) is started while superd goes down") }
        if ledger.goals[name] != .up { fail("\(name) is started and nobody wants it up") }
        if change.from != .backoff { ledger.failures[name] = 0 }
        let failures = ledger.failures[name] ?? 0
        if change.tries != failures { fail("\(name) starts with \(change.tries) tries, not \(failures)") }
        if failures > config.startRetries { fail("\(name) is tried too often: \(failures)") }
        // A restart that was asked for waits for nothing but the others of its command.
        if ledger.stopAsked.remove(name) != nil { return }
        if case .command = current { return }
        let least: Duration =
            switch change.from {
            case .backoff: .seconds(failures)
            case .exited: config.restartDelay
            default: .zero
            }
        let waited = ledger.since[name].map { now - $0 } ?? least
        if waited < least * (1 - Double(config.restartJitter) / 100) { fail("\(name) starts again after \(waited)") }
    }

    private mutating func checkRunning(_ name: ProcessName, _ config: ProcessConfig) {
        ledger.failures[name] = 0
        guard let life = lives.values.first(where: { $0.name == name }) else {
            return fail("\(name) runs and does not exist")
        }
        if (life.ended ?? now) - life.startedAt < .seconds(config.startSeconds) { fail("\(name) runs too early") }
    }

    private mutating func checkBackoff(_ change: StateChange, _ config: ProcessConfig) {
        let name = change.name
        ledger.failures[name, default: 0] += 1
        if change.tries != ledger.failures[name] { fail("\(name) backs off after \(change.tries) tries") }
        if let life = lives.values.first(where: { $0.name == name }) {
            guard let ended = life.ended else { return fail("\(name) backs off and lives") }
            if ended - life.startedAt >= .seconds(config.startSeconds) { fail("\(name) backs off after startsecs") }
        }
    }

    private mutating func checkExited(_ change: StateChange, _ config: ProcessConfig) {
        let name = change.name
        if ledger.stopAsked.contains(name), ledger.goals[name] == .down, phase == .running {
            fail("\(name) was told to stop and is called exited")
        }
        guard let life = lives.values.first(where: { $0.name == name }), life.ended != nil else {
            return fail("\(name) is called exited and lives")
        }
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

    func rested(_ goal: Ledger.Goal?) -> Ledger.Goal { goal == .down ? .down : .resting }

    private mutating func rest(_ name: ProcessName) { ledger.goals[name] = rested(ledger.goals[name]) }

    private mutating func checkStopping(_ name: ProcessName) {
        if !ledger.stopAsked.contains(name) { fail("\(name) is being stopped and nobody asked for it") }
        guard case .ending = phase, !ledger.stoppedByHand.contains(name) else { return }
        // Superd goes down: those behind it in start order have stopped, down to its own group.
        for group in fleet.groups.reversed() {
            if group.config.name == name.group { return }
            for member in group.members where ledger.states[member]?.isStopped != true {
                fail("\(name) is being stopped before \(member)")
            }
        }
    }

    /// After a long time in which nothing happened any more.
    mutating func checkRest() {
        for (ticket, question) in questions { fail("ticket \(ticket.number) stays open: \(question.command)") }
        for group in ledger.updating { fail("the update of \(group) is not done") }
        for name in fleet.names {
            let state = ledger.states[name] ?? .unknown
            let isUp = state == .running && living(name) != nil
            let isDown = state.isStopped && living(name) == nil
            switch ledger.goals[name] {
            case .up where !isUp: fail("\(name) is wanted up and is \(state)")
            case .down where !isDown, .resting where !isDown: fail("\(name) is wanted down and is \(state)")
            case nil: fail("\(name) has no goal")
            case .up, .down, .resting: break
            }
        }
    }
}
