import SuperBase

@testable import SuperCore

/// What ought to be, kept apart from what the fleet thinks.
struct Ledger {
    enum Goal {
        /// Told to start, and to be kept up as its configuration says.
        case up
        /// Told to stop, never told to start, or superd goes down.
        case down
        /// It ended by itself, or could not be started, and nobody is to start it again.
        case resting
        /// Two updates of its group overlap, so that it depends on the moment what it is to be.
        case open
    }

    var goals: [ProcessName: Goal] = [:]
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
    /// Groups that an update waits for, and whether another one came while it did.
    var updating: [String: Bool] = [:]
    /// The last update of each group, by the number of its configuration.
    var lastUpdate: [String: UInt64] = [:]

    mutating func forget(_ name: ProcessName) {
        goals[name] = nil
        states[name] = nil
        failures[name] = nil
        since[name] = nil
        stopAsked.remove(name)
        stoppedByHand.remove(name)
    }

    mutating func enter(_ process: ProcessConfig) {
        states[process.name] = .stopped
        failures[process.name] = 0
        since[process.name] = nil
        stopAsked.remove(process.name)
        goals[process.name] = process.autoStart && !process.startsOnDemand ? .up : .down
    }
}

/// The goal follows the last command.
extension FakeWorld {
    /// Sets the goals that an event asks for.
    mutating func note(_ event: Fleet.Event) {
        switch event {
        case .spawned, .spawnFailed, .exited, .explained, .ready, .notified, .probed, .measured, .hookEnded, .wake:
            break
        case .demanded(let names):
            for name in names where phase == .running && !isToStop(name) {
                if [.stopped, .exited].contains(ledger.states[name]) { ledger.goals[name] = .up }
            }
        case .idle(let names): wantDown(names.filter { fleet[$0]?.processState == .running })
        case .command(let command, _, _, _): note(command)
        case .end(let end):
            if phase == .ending(.shutdown) || phase == .over { break }
            let hasBegun = phase == .ending(.restart)
            if hasBegun, end == .shutdown { hasEnded = false }
            phase = .ending(end)
            ledger.updating = [:]
            if !hasBegun { ledger.stoppedByHand = ledger.stopAsked }
            wantDown(fleet.names)
        case .configured:
            phase = .running
            hasEnded = false
            isEndWanted = false
        }
    }

    /// Whether an update is under way that waits for it to stop.
    private func isToStop(_ name: ProcessName) -> Bool {
        fleet.pendingChanges[name.group]?.toStop.contains(name) == true
    }

    private mutating func note(_ command: Command) {
        guard phase == .running else {
            guard case .stop(let names) = command else { return }
            ledger.stoppedByHand.formUnion(names)
            return wantDown(names)
        }
        switch command {
        case .start(let names):
            for name in names where !isToStop(name) {
                // A stop under way is not called off: the answer is an abnormal termination.
                let isUnderWay =
                    [.starting, .stopping].contains(ledger.states[name]) && ledger.stopAsked.contains(name)
                if !isUnderWay { want(.up, name) }
            }
        case .stop(let names): wantDown(names)
        case .restart(let names):
            for name in names where !isReplaceable(name) {
                let isToStop = isToStop(name)
                wantDown([name])
                if !isToStop { want(.up, name) }
            }
        case .roll, .signal: break
        case .update(let changes, let origin): for change in changes { note(change, origin) }
        }
    }

    private mutating func want(_ goal: Ledger.Goal, _ name: ProcessName) {
        if ledger.updating[name.group] == true, ledger.goals[name] == .open { return }
        ledger.goals[name] = goal
    }

    mutating func wantDown(_ names: [ProcessName]) {
        for name in names {
            if ledger.goals[name] != .open || phase != .running { ledger.goals[name] = .down }
            ledger.stopAsked.insert(name)
        }
    }

    private func isReplaceable(_ name: ProcessName) -> Bool {
        fleet[name]?.config.restartMode == .rolling && fleet[name]?.processState == .running
    }

    private mutating func note(_ change: GroupChange, _ origin: UInt64) {
        ledger.lastUpdate[change.group] = origin
        for generation in lives.keys where lives[generation]?.name.group == change.group {
            lives[generation]?.isTimedAnew = true
        }
        guard let group = fleet.group(change.group) else { return }
        if ledger.updating[change.group] != nil { return reopen(change.group) }
        ledger.updating[change.group] = false
        guard case .replace(let config) = change, config.kind == group.config.kind else {
            if case .add(let config) = change, config.kind == group.config.kind {
                return note(.replace(config), origin)
            }
            return wantDown(group.members)
        }
        for name in group.members {
            guard let new = config.processes.first(where: { $0.name == name }) else {
                wantDown([name])
                continue
            }
            guard let machine = fleet[name], machine.config != new else { continue }
            let isDown = [.stopped, .fatal].contains(machine.processState)
            if machine.config.runsLike(new), !isDown { continue }
            let rolls = machine.config.restartMode == .rolling && new.restartMode == .rolling
            if rolls, [.running, .starting].contains(machine.processState), !machine.isBeingStopped { continue }
            wantDown([name])
        }
    }

    mutating func groupAdded(_ name: String) {
        for process in fleet.group(name)?.config.processes ?? [] { ledger.enter(process) }
    }

    /// Processes that are taken in begin anew. `isLast`: the group does not change again in this step.
    mutating func groupChanged(_ name: String, isLast: Bool, _ effects: [Fleet.Effect]) {
        for process in fleet.group(name)?.config.processes ?? [] {
            if ledger.states[process.name] == nil {
                ledger.enter(process)
            } else if isLast, isTakenIn(process, effects) {
                // Whoever follows the states has it where it was.
                let state = ledger.states[process.name]
                ledger.enter(process)
                ledger.states[process.name] = state
                ledger.stopAsked.insert(process.name)
            }
        }
    }

    /// Those that are gone at the end of a step.
    mutating func forgetTheGone() {
        for name in Array(ledger.states.keys) where fleet[name] == nil { ledger.forget(name) }
    }

    private func isTakenIn(_ process: ProcessConfig, _ effects: [Fleet.Effect]) -> Bool {
        guard let machine = fleet[process.name], machine.startedAt == nil, machine.lastExit == nil, machine.starts <= 1
        else { return false }
        guard let old = before[process.name] else { return true }
        guard old.config != machine.config else { return false }
        if old.processState.isStopped || old.processState == .stopping || old.startedAt != nil { return true }
        return effects.contains {
            if case .changed(let change) = $0 { change.name == process.name && change.to == .stopped } else { false }
        }
    }

    /// An update is begun anew, or another one comes: it depends on the moment what becomes of each process.
    mutating func reopen(_ group: String) {
        ledger.updating[group] = true
        for name in fleet.group(group)?.members ?? [] {
            ledger.goals[name] = .open
            ledger.stopAsked.insert(name)
        }
    }

    /// Where nothing of an update is left to be done, what has become of its processes is what they are to be.
    mutating func closeUpdates() {
        for (group, overlaps) in ledger.updating where fleet.pendingChanges[group] == nil {
            ledger.updating[group] = nil
            guard overlaps else { continue }
            for name in fleet.group(group)?.members ?? [] where ledger.goals[name] == .open {
                ledger.goals[name] = goal(of: name)
            }
        }
    }

    private func goal(of name: ProcessName) -> Ledger.Goal {
        guard let machine = fleet[name] else { return .down }
        switch machine.state {
        case .stopped: return machine.startWished ? .up : .down
        case .stopping(_, let stop): return stop.purpose != .asked || machine.startWished ? .up : .down
        case .preparing(_, _, let stopWished), .spawning(_, let stopWished):
            return !stopWished || machine.startWished ? .up : .down
        case .exited(restartAt: nil), .fatal(retryAt: nil), .completed: return machine.startWished ? .up : .resting
        case .waiting, .starting, .running, .backoff, .exited, .fatal: return .up
        }
    }
}
