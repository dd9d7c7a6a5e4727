import SuperBase
import SuperCore

/// Which effects are legal.
extension FakeWorld {
    /// The paths of the table of transitions. Superd's own are those of WAITING, COMPLETED, oneshots and health, and some that Supervisor
    /// does not have: what waits for its next try is called off, a spawn fails that was to be stopped anyway (STARTING to STOPPED).
    private static let paths: [ProcessState: Set<ProcessState>] = [
        .stopped: [.starting, .waiting],
        .waiting: [.starting, .stopped],
        .starting: [.running, .backoff, .stopping, .stopped],
        .running: [.exited, .stopping, .completed, .backoff],
        .backoff: [.starting, .fatal, .stopped, .waiting],
        .stopping: [.stopped, .exited, .backoff],
        .exited: [.starting, .stopped, .fatal, .waiting],
        .completed: [.starting, .stopped, .waiting],
        .fatal: [.starting, .stopped, .waiting],
    ]

    mutating func checkSpawn(_ seat: Seat, _ generation: UInt64) {
        if phase != .running { fail("spawn of \(seat) after superd began to go down") }
        guard let machine = fleet[seat], case .spawning(generation, _) = machine.state else {
            return fail("spawn of \(seat), which is \(String(describing: fleet[seat]?.state))")
        }
        let leaving = Set(
            fleet.others(of: seat.name).filter { $0.seat.role != .successor }.compactMap(\.machine.generation))
        switch seat.role {
        case .retiring: fail("spawn of \(seat)")
        case .successor:
            if machine.config.restartMode != .rolling, fleet[seat.name]?.config.restartMode != .rolling {
                fail("spawn of \(seat), which may not run twice")
            }
        case .holder:
            let rolling = Set(fleet.others(of: seat.name).compactMap(\.machine.generation))
            if let life = living(seat.name, otherThan: leaving.union(rolling)) {
                fail("spawn of \(seat) while \(life.generation) lives")
            }
            if ledger.goals[seat.name] == .down { fail("spawn of \(seat), which nobody wants up") }
        }
        if usedGenerations.contains(generation) {
            fail("spawn of \(seat) with generation \(generation) for a second time")
        }
        if machine.config.hooks.commands[.preStart] != nil, current != nil,
            hooksRun[.preStart]?.contains(generation) != true
        {
            fail("spawn of \(seat) without its pre_start")
        }
    }

    mutating func checkSignal(_ seat: Seat, _ generation: UInt64, _ signal: Signal, toGroup: Bool) {
        guard let life = lives[generation], life.name == seat.name else {
            return fail("signal to \(seat) generation \(generation), which does not exist")
        }
        if case .command(.signal(signal, let names), _, _, _) = current, names.contains(seat.name), seat.role == .holder
        {
            if toGroup { fail("an operator's signal to the group of \(seat)") }
            return
        }
        guard let machine = fleet[fleet.seat(of: generation, seat.name)],
            case .stopping(let run, let stop) = machine.state,
            run.generation == generation
        else { return fail("\(signal) to \(seat), which is not being stopped") }
        // It may have come under another configuration in this very step.
        let configs = [machine.config, before[before.seat(of: generation, seat.name)]?.config].compactMap { $0 }
        if !configs.contains(where: { $0.sends(signal, toGroup: toGroup, in: stop.stage) }) {
            fail("\(signal) to \(toGroup ? "the group of " : "")\(seat) in \(stop.stage)")
        }
        if signal == .kill { checkKill(life, machine.config, stop) }
        if lives[generation]?.stopBegan == nil { lives[generation]?.stopBegan = now }
        if stop.stage != .dump { lives[generation]?.stopSignalAt = now }
    }

    /// No process is killed before the time that its stop is given.
    private mutating func checkKill(_ life: Life, _ config: ProcessConfig, _ stop: ProcessMachine.Stop) {
        var least = Duration.zero
        let steps = config.stopSequence
        if case .unhealthy = stop.purpose, config.health.check == .heartbeat {
            if config.health.dumpSignal != nil { least = config.health.dumpWait }
        } else if steps.isEmpty {
            least = .seconds(config.stopWaitSeconds)
        } else {
            for step in steps.prefix(while: { $0.signal != .kill }) { least += step.wait }
        }
        let waited = life.stopBegan.map { now - $0 } ?? .zero
        // One that is unhealthy in the moment in which it is to stop anyway is stopped as such.
        let isNew = life.stopBegan == nil && mayBeInTrouble(config)
        if !life.isTimedAnew, !isNew, waited < least { fail("SIGKILL to \(life.name) after \(waited), not \(least)") }
    }

    mutating func checkStopCommand(_ seat: Seat, _ generation: UInt64) {
        guard let machine = fleet[fleet.seat(of: generation, seat.name)], case .stopping(_, let stop) = machine.state,
            stop.stage == .step(0), machine.config.stopCommand != nil
        else { return fail("stop command of \(seat), which is not being stopped by one") }
        if lives[generation]?.stopBegan == nil { lives[generation]?.stopBegan = now }
    }

    mutating func checkHook(_ seat: Seat, _ hook: Hook, _ generation: UInt64) {
        let current = fleet.seat(of: generation, seat.name)
        let configs = [
            fleet[current]?.config, before[before.seat(of: generation, seat.name)]?.config, lives[generation]?.config,
        ]
        if configs.allSatisfy({ $0?.hooks.commands[hook] == nil }) { fail("\(hook) of \(seat), which has none") }
        tally["\(hook)", default: 0] += 1
        if hook == .onFatal {
            if seen[seat.name]?.contains(.fatal) != true { fail("on_fatal of \(seat), which is not FATAL") }
            return
        }
        if hook == .preStop, lives[generation]?.stopBegan == nil { lives[generation]?.stopBegan = now }
        if hooksRun[hook, default: []].insert(generation).inserted { return }
        // A new brain does not know how far the command of the last one had come.
        if hook == .preStart, self.current == nil { return }
        fail("\(hook) of \(seat) generation \(generation) for a second time")
    }

    mutating func changed(_ change: StateChange) {
        let (name, from, to) = (change.name, change.from, change.to)
        if ledger.states[name] != from {
            fail("\(name) goes from \(from) but was \(String(describing: ledger.states[name]))")
        }
        if FakeWorld.paths[from]?.contains(to) != true, !taken.contains(name) {
            fail("\(name) goes from \(from) to \(to)")
        }
        tally[taken.contains(name) ? "replaced" : "\(from.name) → \(to.name)", default: 0] += 1
        ledger.states[name] = to
        seen[name, default: [from]].insert(to)
        if taken.contains(name) {
            ledger.failures[name] = 0
            ledger.since[name] = now
            if ledger.goals[name] == .resting { ledger.goals[name] = .up }
        } else {
            checkGoal(change)
        }
    }

    // MARK: - Answers

    mutating func settled(_ ticket: Ticket, _ results: [CommandResult]) {
        guard let question = questions.removeValue(forKey: ticket) else {
            return fail("ticket \(ticket.number) is settled a second time, or was never given")
        }
        answers[ticket] = results
        let outcomes = results.map(\.outcome)
        for outcome in outcomes { tally["\(outcome)", default: 0] += 1 }
        if outcomes.contains(.timedOut), question.deadline.map({ $0 > now }) ?? true {
            fail("ticket \(ticket.number) timed out too early")
        }
        if question.wait { checkTruth(question.command, results) }
        checkSubjects(question, results)
    }

    /// An answer for each process or group that was asked for, and for no other.
    private mutating func checkSubjects(_ question: Question, _ results: [CommandResult]) {
        let subjects = results.map(\.subject)
        switch question.command {
        case .start(let names), .stop(let names), .signal(_, let names), .roll(let names, _):
            let wanted = Set(names)
            if subjects.count != wanted.count || Set(subjects) != Set(wanted.map { .process($0) }) {
                fail("\(question.command) is answered by \(results.map(\.words))")
            }
        case .restart(let names):
            if Set(subjects) != Set(names.map { .process($0) }) {
                fail("\(question.command) is answered by \(results.map(\.words))")
            }
        case .update(let changes, _):
            if Set(subjects) != Set(changes.map { .group($0.group) }) {
                fail("\(question.command) is answered by \(results.map(\.words))")
            }
        }
    }

    /// What is said was the case in this very step.
    private mutating func checkTruth(_ command: Command, _ results: [CommandResult]) {
        if case .update(let changes, let origin) = command { return checkUpdated(changes, origin, results) }
        guard results.count == 1, let result = results.first, case .process(let name) = result.subject else { return }
        let states = (seen[name] ?? []).union(ledger.states[name].map { [$0] } ?? [])
        switch (command, result.outcome) {
        case (.start, .started) where states.isDisjoint(with: [.running, .completed]):
            fail("\(name) is said to be started, was \(states)")
        case (.start, .dependencyFailed):
            if ledger.states[name] != .waiting || result.detail?.isEmpty != false {
                fail("\(name) is said to wait in vain, is \(states): \(result.detail ?? "no reason")")
            }
        case (.stop, .stopped) where !states.contains(where: \.isStopped):
            fail("\(name) is said to be stopped, was \(states)")
        default: break
        }
    }

    /// A group that is said to be updated is as it was to be.
    private mutating func checkUpdated(_ changes: [GroupChange], _ origin: UInt64, _ results: [CommandResult]) {
        for change in changes where ledger.lastUpdate[change.group] == origin {
            guard results.contains(where: { $0.subject == .group(change.group) && $0.outcome == .updated }),
                let group = fleet.group(change.group), let wanted = configurations[origin]?[change.group]
            else { continue }
            if Set(group.members) != Set(wanted.processes.map(\.name)) { fail("\(change.group) has other members") }
            for process in wanted.processes where fleet[process.name]?.config != process {
                fail("\(process.name) is said to be updated and is not")
            }
        }
    }

    mutating func ended(_ end: Fleet.End) {
        if phase != .ending(end) { fail("ended for \(end) in \(phase)") }
        if hasEnded { fail("ended twice") }
        hasEnded = true
        if lives.values.contains(where: { $0.ended == nil }) { fail("ended, and somebody lives") }
        for (name, state) in ledger.states where !state.isStopped { fail("ended, and \(name) is \(state)") }
        if end == .shutdown { phase = .over }
    }
}

extension ProcessConfig {
    /// Whether a process is sent this signal at this point of its stop.
    fileprivate func sends(_ signal: Signal, toGroup: Bool, in stage: ProcessMachine.Stop.Stage) -> Bool {
        switch stage {
        case .hook: return false
        case .dump: return signal == health.dumpSignal && !toGroup
        case .kill: return signal == .kill && toGroup == killAsGroup
        case .step(0) where stopCommand != nil: return false
        case .step(let number):
            let signals = stopSequence.isEmpty ? [stopSignal] : stopSequence.map(\.signal)
            return signals.indices.contains(number) && signals[number] == signal && toGroup == stopAsGroup
        }
    }
}
