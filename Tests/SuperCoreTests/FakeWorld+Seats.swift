import SuperBase

@testable import SuperCore

/// What must be so after every step.
extension FakeWorld {
    mutating func checkAfterStep() {
        guard !isTakingOver else { return }
        closeUpdates()
        checkQuestions()
        let seats = fleet.allSeats
        var known: Set<UInt64> = []
        var earliest: Instant?
        for seat in seats {
            guard let machine = fleet[seat] else { continue }
            if let generation = machine.generation { known.insert(generation) }
            if let deadline = machine.deadline { earliest = earliest.map { min($0, deadline) } ?? deadline }
            let old = before[seat]
            if machine != old { checkSeat(seat, machine, old) }
            guard seat.role == .holder else { continue }
            if machine.processState != ledger.states[seat.name] { fail("the change of \(seat) was not reported") }
            checkWaiting(seat.name, machine)
            if let old, machine != old { checkReplacement(seat.name, machine, old) }
        }
        if let earliest, fleet.deadline.map({ $0 > earliest }) ?? true {
            fail("the fleet sleeps longer than a machine")
        }
        checkKept(seats)
        checkNobodyIsLost(known)
    }

    private mutating func checkQuestions() {
        for (ticket, question) in questions {
            if !question.wait { fail("ticket \(ticket.number) does not wait and is open") }
            if let deadline = question.deadline, deadline <= now { fail("ticket \(ticket.number) is open too long") }
        }
        if hasEnded, !questions.isEmpty { fail("ended, and \(questions.count) tickets are open") }
    }

    private mutating func checkSeat(_ seat: Seat, _ machine: ProcessMachine, _ old: ProcessMachine?) {
        if kept.records[seat] != machine.record { fail("the change of \(seat) was not recorded") }
        if configuration(machine.origin, seat.name) != machine.config {
            fail("\(seat) does not run under the configuration that it names, \(machine.origin)")
        }
        if !fleet.origins.contains(machine.origin) { fail("nobody keeps the configuration of \(seat)") }
        if case .retiring(let generation) = seat.role {
            if machine.generation != generation { fail("\(seat) has no process") }
            if machine.processState == .running { fail("\(seat) is not on its way out") }
        }
        let isUp = machine.processState == .running && machine.config.hooks.commands[.postStart] != nil
        if isUp, let generation = machine.generation, old?.processState == .starting,
            hooksRun[.postStart]?.contains(generation) != true
        {
            fail("\(seat) came up without its post_start")
        }
    }

    func configuration(_ origin: UInt64, _ name: ProcessName) -> ProcessConfig? {
        configurations[origin]?[name.group]?.processes.first { $0.name == name }
    }

    private mutating func checkKept(_ seats: [Seat]) {
        if kept.records.count != seats.count {
            fail("records of \(kept.records.keys.filter { fleet[$0] == nil }) are left")
        }
        if fleet.groups != before.groups, kept.groups != fleet.groups.map(\.config) {
            fail("the change of a group was not kept")
        }
        if fleet.rollouts != before.rollouts || fleet.pendingChanges != before.pendingChanges,
            kept.unfinished != fleet.unfinished
        {
            fail("what is not finished was not kept")
        }
    }

    /// Every process that lives is known to the fleet.
    private mutating func checkNobodyIsLost(_ known: Set<UInt64>) {
        for life in lives.values where life.ended == nil && !known.contains(life.generation) {
            fail("\(life.name) generation \(life.generation) lives and nobody knows")
        }
        for happening in happenings {
            if case .spawn(let config, let generation) = happening.what, !known.contains(generation) {
                fail("\(config.name) generation \(generation) is being started and nobody knows")
            }
        }
    }

    // MARK: - Replacements

    /// A process gives its place only to one that serves, and is told to stop only then.
    private mutating func checkReplacement(_ name: ProcessName, _ holder: ProcessMachine, _ old: ProcessMachine) {
        guard let generation = old.generation, old.run != nil, fleet[Seat(name, .retiring(generation))] != nil
        else { return checkSilence(name, holder, old) }
        if !holder.isServing || !taken.contains(name) {
            fail("\(name) generation \(generation) is replaced by one that is \(holder.state)")
        }
        if holder.starts <= old.starts { fail("\(name) was started \(holder.starts) times, and \(old.starts) before") }
    }

    /// One that served and does not any more has been told to stop, or has ended or shown that it is not well.
    private mutating func checkSilence(_ name: ProcessName, _ holder: ProcessMachine, _ old: ProcessMachine) {
        guard old.isServing, !holder.isServing else { return }
        switch current {
        case .exited(name, _, _, _)?, .notified(name, _, _)?, .probed(name, _, _)?, .end?, nil: break
        case .wake?, .measured?:
            if case .stopping(_, let stop) = holder.state, stop.purpose == .asked,
                holder.config.restartMode == .rolling,
                phase == .running
            {
                fail("\(name) is stopped and nothing serves in its place")
            }
        default:
            if !ledger.stopAsked.contains(name) {
                fail("\(name) does not serve any more, after \(String(describing: current))")
            }
        }
    }

    // MARK: - Dependencies

    /// Whether all that a process depends on is there, in the way that it is asked for. `held`: or was in this very step, before another
    /// process took its place.
    func conditionsHold(_ name: ProcessName, orHeld held: Bool = false) -> Bool {
        (fleet[name]?.config.dependencies ?? []).allSatisfy { dependency in
            neededProcesses(dependency).allSatisfy { needed in
                guard let state = ledger.states[needed] else { return false }
                if state == .completed { return true }
                switch dependency.condition {
                case .started: return fleet[needed]?.run != nil && state != .stopping
                case .ready: return state == .running
                case .healthy:
                    if held, taken.contains(needed) { return true }
                    return state == .running && fleet[needed]?.watch?.verdict == .healthy
                case .completed: return false
                }
            }
        }
    }

    /// One process, or all of a group, or all of a program: the first that there is.
    func neededProcesses(_ dependency: Dependency) -> [ProcessName] {
        let names = fleet.names
        let asProcess = names.filter { $0.description == dependency.name }
        let asGroup = names.filter { $0.group == dependency.name }
        let asProgram = names.filter { fleet[$0]?.config.program == dependency.name }
        return [asProcess, asGroup, asProgram].first { !$0.isEmpty } ?? []
    }

    /// Who waits says for whom, and starts as soon as that is there.
    private mutating func checkWaiting(_ name: ProcessName, _ machine: ProcessMachine) {
        let isWaiting = machine.processState == .waiting
        if isWaiting == machine.waitingFor.isEmpty {
            fail("\(name) is \(machine.processState), waiting: \(machine.waitingFor)")
        }
        if isWaiting, phase != .running { fail("\(name) waits while superd goes down") }
        if isWaiting, conditionsHold(name) { fail("\(name) waits and all that it waits for is there") }
    }
}
