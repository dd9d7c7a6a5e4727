import SuperBase
import SuperCore

/// Which effects are legal.
extension FakeWorld {
    /// The paths of the table of transitions, and two of superd's own: a restart that waits is called off (EXITED to STOPPED), and a
    /// spawn fails that was to be stopped anyway (STARTING to STOPPED).
    private static let paths: [ProcessState: Set<ProcessState>] = [
        .stopped: [.starting],
        .starting: [.running, .backoff, .stopping, .stopped],
        .running: [.exited, .stopping],
        .backoff: [.starting, .fatal, .stopped],
        .stopping: [.stopped],
        .exited: [.starting, .stopped],
        .fatal: [.starting],
    ]

    mutating func checkSpawn(_ name: ProcessName, _ generation: UInt64) {
        if phase != .running { fail("spawn of \(name) after superd began to go down") }
        if let life = living(name) { fail("spawn of \(name) while \(life.generation) lives") }
        if spawns.contains(where: { $0.name == name }) { fail("spawn of \(name) while another one is under way") }
        if usedGenerations.contains(generation) {
            fail("spawn of \(name) with generation \(generation) for a second time")
        }
        if ledger.states[name] != .starting { fail("spawn of \(name) in \(String(describing: ledger.states[name]))") }
        if ledger.goals[name] != .up { fail("spawn of \(name), which nobody wants up") }
        checkRecord(name, "spawn")
    }

    mutating func checkSignal(_ name: ProcessName, _ generation: UInt64, _ signal: Signal, toGroup: Bool) {
        guard let life = lives[generation], life.name == name, let config = ledger.configs[name] else {
            return fail("signal to \(name) generation \(generation), which does not exist")
        }
        checkRecord(name, "signal")
        if case .command(.signal(signal, let names), _, _, _) = current, names.contains(name) {
            if toGroup { fail("an operator's signal to the group of \(name)") }
            return
        }
        if ledger.states[name] != .stopping { fail("\(signal) to \(name), which is not being stopped") }
        defer { lives[generation]?.stopSignalAt = now }
        guard let last = life.stopSignalAt else {
            // A new brain does not know when the stop signal went out, so SIGKILL may be the first one it sends.
            if signal == config.stopSignal {
                if toGroup != config.stopAsGroup { fail("stop signal to \(name), toGroup: \(toGroup)") }
            } else if signal != .kill || !life.isSignalled {
                fail("\(signal) to \(name) instead of \(config.stopSignal)")
            }
            return
        }
        guard signal == .kill else { return fail("\(signal) to \(name) for a second time") }
        if toGroup != config.killAsGroup { fail("SIGKILL to \(name), toGroup: \(toGroup)") }
        if now - last < .seconds(config.stopWaitSeconds) { fail("SIGKILL to \(name) after \(now - last)") }
    }

    /// What is done for a process must be on record before, as it is.
    private mutating func checkRecord(_ name: ProcessName, _ what: String) {
        if records[name] != fleet[name]?.record { fail("\(what) of \(name) before its record") }
    }

    mutating func forget(_ name: ProcessName) {
        if living(name) != nil || spawns.contains(where: { $0.name == name }) { fail("\(name) lives and is forgotten") }
        if records[name] == nil { fail("\(name) has no record and is forgotten") }
        records[name] = nil
        ledger.forget(name)
    }

    mutating func changed(_ change: StateChange) {
        let (name, from, to) = (change.name, change.from, change.to)
        if ledger.states[name] != from {
            fail("\(name) goes from \(from) but was \(String(describing: ledger.states[name]))")
        }
        if FakeWorld.paths[from]?.contains(to) != true { fail("\(name) goes from \(from) to \(to)") }
        ledger.states[name] = to
        seen[name, default: [from]].insert(to)
        checkGoal(change)
    }

    mutating func settled(_ ticket: Ticket, _ results: [CommandResult]) {
        guard let question = questions.removeValue(forKey: ticket) else {
            return fail("ticket \(ticket.number) is settled a second time, or was never given")
        }
        answers[ticket] = results
        let outcomes = results.map(\.outcome)
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
        case .start(let names), .stop(let names), .signal(_, let names):
            let wanted = Set(names)
            if subjects.count != wanted.count || Set(subjects) != Set(wanted.map { .process($0) }) {
                fail("\(question.command) is answered by \(results)")
            }
        case .restart(let names):
            if Set(subjects) != Set(names.map { .process($0) }) {
                fail("\(question.command) is answered by \(results)")
            }
        case .update(let changes):
            if Set(subjects) != Set(changes.map { .group($0.group) }) {
                fail("\(question.command) is answered by \(results)")
            }
        }
    }

    /// What is said of one process was the case in this very step.
    private mutating func checkTruth(_ command: Command, _ results: [CommandResult]) {
        guard results.count == 1, let result = results.first, case .process(let name) = result.subject else { return }
        let states = seen[name] ?? ledger.states[name].map { [$0] } ?? []
        switch (command, result.outcome) {
        case (.start, .started) where !states.contains(.running): fail("\(name) is said to be started, was \(states)")
        case (.stop, .stopped) where !states.contains(where: \.isStopped):
            fail("\(name) is said to be stopped, was \(states)")
        default: break
        }
    }

    mutating func ended(_ end: Fleet.End) {
        if phase != .ending(end) { fail("ended for \(end) in \(phase)") }
        if hasEnded { fail("ended twice") }
        hasEnded = true
        if !spawns.isEmpty || lives.values.contains(where: { $0.ended == nil }) { fail("ended, and somebody lives") }
        for (name, state) in ledger.states where !state.isStopped { fail("ended, and \(name) is \(state)") }
        if end == .shutdown { phase = .over }
    }

    mutating func checkAfterStep() {
        for (ticket, question) in questions {
            if !question.wait { fail("ticket \(ticket.number) does not wait and is open") }
            if let deadline = question.deadline, deadline <= now { fail("ticket \(ticket.number) is open too long") }
        }
        if hasEnded, !questions.isEmpty { fail("ended, and \(questions.count) tickets are open") }
        for name in fleet.names where records[name] != fleet[name]?.record {
            fail("the change of \(name) was not recorded")
        }
        for name in fleet.names where fleet[name]?.processState != ledger.states[name] {
            fail("the change of \(name) was not reported")
        }
        let earliest = fleet.names.compactMap { fleet[$0]?.deadline }.min()
        if let earliest, fleet.deadline.map({ $0 > earliest }) ?? true {
            fail("the fleet sleeps longer than a machine")
        }
    }
}
