import SuperBase

/// A change of a group that is not done yet.
struct PendingChange: Sendable, Hashable {
    var change: GroupChange
    var origin: UInt64
    /// Processes that stop first: they go, or come back under their new configuration.
    var toStop: Set<ProcessName>
    /// They have stopped, and have gone or come back.
    var isApplied = false
    /// The rollouts that replace the others.
    var rollouts: [UInt64] = []
    /// Whether anything was stopped for it; what is replaced goes on all the time.
    var hasStopped: Bool
    /// Why a rollout of it came to nothing.
    var failure: String?

    /// What the group is to become; nil where it is to go.
    var config: GroupConfig? {
        switch change {
        case .remove: nil
        case .replace(let config), .add(let config): config
        }
    }
}

/// Changes of the configuration: groups that come and go, and groups of which something is different.
///
/// A process of which nothing is different is left alone, and so is one of which only that is different what superd can apply while it
/// runs. The others are stopped and started again, or replaced one by one where they are `rolling`. Taking groups and processes in and out is
/// in `Fleet+Members`.
extension Fleet {
    mutating func beginUpdate(
        _ changes: [GroupChange], origin: UInt64, _ job: Job, wait: Bool, _ turn: inout FleetTurn
    ) {
        var job = job
        guard ending == nil else {
            let results = changes.map { CommandResult(.group($0.group), .shuttingDown) }
            return turn.effects.append(.settled(job.ticket, results))
        }
        job.pendingGroups = Set(changes.map(\.group))
        jobs.append(job)
        begin(changes, origin: origin, &turn)
        guard let index = jobs.firstIndex(where: { $0.ticket == job.ticket }) else { return }
        if !wait {
            // Nobody waits, so the answer is what will become of those that are not done.
            for change in changes where jobs[index].pendingGroups.remove(change.group) != nil {
                jobs[index].results.append(CommandResult(.group(change.group), change.outcomeOfStopped))
            }
        }
        settleIfDone(index, &turn)
    }

    mutating func begin(_ changes: [GroupChange], origin: UInt64, _ turn: inout FleetTurn) {
        turn.newcomers = []
        for change in changes { begin(change, origin: origin, &turn) }
        let newcomers = turn.newcomers ?? []
        turn.newcomers = nil
        for name in newcomers where mayStart(name) { startOrAwait(name, &turn) }
        for index in jobs.indices.reversed() { settleIfDone(index, &turn) }
    }

    private mutating func begin(_ change: GroupChange, origin: UInt64, _ turn: inout FleetTurn) {
        turn.hasUnfinishedChanges = true
        let existing = group(change.group)
        switch (change, existing) {
        case (.remove, nil): return finished(change, .removed, &turn)
        case (.replace(let config), nil), (.add(let config), nil):
            add(config, origin: origin, &turn)
            return finished(change, .added, &turn)
        case (.replace(let config), let group?) where config.kind == group.config.kind,
            (.add(let config), let group?) where config.kind == group.config.kind:
            replace(group, with: config, change, origin: origin, &turn)
        case (.remove, let group?), (.replace, let group?), (.add, let group?):
            stop(group.members, for: change, origin: origin, &turn)
        }
        advanceChange(of: change.group, &turn)
    }

    /// Stops all of a group, which goes or is another one then.
    private mutating func stop(
        _ members: [ProcessName], for change: GroupChange, origin: UInt64, _ turn: inout FleetTurn
    ) {
        pendingChanges[change.group] = PendingChange(
            change: change, origin: origin, toStop: Set(members), hasStopped: true)
        for name in members { stopForChange(name, &turn) }
    }

    private mutating func stopForChange(_ name: ProcessName, _ turn: inout FleetTurn) {
        leaveRollouts(name, &turn)
        feed(.stop(reports: true), to: name, &turn)
    }

    /// What becomes of a process whose group has another configuration.
    private enum Fate {
        /// The new configuration is applied while it runs.
        case adopts
        case isReplaced
        /// It stops, and goes or starts again.
        case stops
    }

    private func fate(of name: ProcessName, under config: ProcessConfig?) -> Fate {
        guard let config else { return .stops }
        guard let machine = machines[name] else { return .adopts }
        // An earlier change has told it to stop, and it is not to stay down.
        if pendingChanges[name.group]?.toStop.contains(name) == true { return .stops }
        if let target = rollingTarget(name) {
            // It is on its way there already.
            if target.runsLike(config) { return .adopts }
        } else {
            if machine.config == config { return .adopts }
            // Down, and perhaps for what has been changed: it has another try.
            if [.stopped, .fatal].contains(machine.processState) { return .stops }
            if machine.config.runsLike(config) { return .adopts }
        }
        let rolls = config.restartMode == .rolling && machine.config.restartMode == .rolling
        let isUp = [.running, .starting].contains(machine.processState) && !machine.isBeingStopped
        return rolls && isUp ? .isReplaced : .stops
    }

    /// Works out what becomes of each process of a group, and begins it.
    private mutating func replace(
        _ group: Group, with config: GroupConfig, _ change: GroupChange, origin: UInt64, _ turn: inout FleetTurn
    ) {
        let new = Dictionary(config.processes.map { ($0.name, $0) }) { first, _ in first }
        var pending = PendingChange(change: change, origin: origin, toStop: [], hasStopped: false)
        var steps: [Rollout.Step] = []
        for name in group.members {
            switch (fate(of: name, under: new[name]), new[name]) {
            case (.stops, _): pending.toStop.insert(name)
            case (.isReplaced, let process?):
                steps.append(Rollout.Step(name: name, config: Shared(process), origin: origin))
            case (_, let process?): adoptWhileUp(process, origin: origin, &turn)
            case (_, nil): break
            }
        }
        pending.hasStopped =
            pending.toStop.contains { !isStopped($0) } || pendingChanges[config.name]?.hasStopped == true
        pending.isApplied = pending.toStop.isEmpty
        move(group, to: config)
        turn.effects.append(.groupChanged(config.name))
        for name in group.members where pending.toStop.contains(name) { stopForChange(name, &turn) }
        _ = enroll(steps, .update(config.name), options: RollOptions(), &turn)
        // Those of an earlier change go on, and are part of this one now.
        pending.rollouts = rollouts.filter { $0.cause == .update(config.name) }.map(\.number)
        pendingChanges[config.name] = pending
        for process in config.processes where !group.members.contains(process.name) {
            takeIn(process, origin: origin, &turn)
        }
    }

    /// The configuration that a rollout under way brings a process to; nil where there is none.
    private func rollingTarget(_ name: ProcessName) -> ProcessConfig? {
        for rollout in rollouts.reversed() where rollout.bringsConfigurations {
            if let step = rollout.pending.first(where: { $0.name == name }) { return step.config.value }
            // One that is draining has its place: what it is by now counts.
            if let active = rollout.active[name], !active.isDraining { return active.step.config.value }
        }
        return nil
    }

    /// Goes by another configuration of a process that need not be restarted for it; so does the one that is to take its place. One
    /// that runs differently goes by its own until it is replaced.
    private mutating func adoptWhileUp(_ config: ProcessConfig, origin: UInt64, _ turn: inout FleetTurn) {
        for seat in [Seat(config.name), Seat(config.name, .successor)] where self[seat]?.config.runsLike(config) == true
        {
            adopt(config, origin: origin, seat, &turn)
        }
        for index in rollouts.indices where rollouts[index].openNames.contains(config.name) {
            rollouts[index].take(config, origin: origin)
            turn.hasUnfinishedChanges = true
        }
    }

    /// Goes by another configuration of a process that is not started for it.
    mutating func adopt(_ config: ProcessConfig, origin: UInt64, _ turn: inout FleetTurn) {
        adopt(config, origin: origin, Seat(config.name), &turn)
    }

    private mutating func adopt(_ config: ProcessConfig, origin: UInt64, _ seat: Seat, _ turn: inout FleetTurn) {
        guard var machine = self[seat], machine.origin != origin || machine.config != config else { return }
        var random = random
        machine.adopt(config, origin: origin, at: turn.now) { random.nextFraction() }
        self.random = random
        put(machine, seat)
        turn.effects.append(.record(seat))
    }

    /// Applies what waits for processes of this group to stop, and finishes the change when its rollouts are done too.
    mutating func advanceChange(of name: String, _ turn: inout FleetTurn) {
        guard let pending = pendingChanges[name] else { return }
        if !pending.isApplied {
            guard pending.toStop.allSatisfy(isStopped) else { return }
            pendingChanges[name]?.toStop = []
            pendingChanges[name]?.isApplied = true
            turn.hasUnfinishedChanges = true
            guard apply(pending, &turn) else { return }
        }
        guard pendingChanges[name]?.rollouts.isEmpty == true, let done = pendingChanges.removeValue(forKey: name)
        else { return }
        turn.hasUnfinishedChanges = true
        // A later rollout may have made good what an earlier one failed at.
        let isAsWanted = done.config?.processes.allSatisfy { machines[$0.name]?.config == $0 } ?? true
        let outcome = done.failure == nil || isAsWanted ? done.change.outcomeOfStopped : .notReplaced
        finished(
            done.change, outcome, hasStopped: done.hasStopped, detail: isAsWanted ? nil : done.failure, &turn)
    }

    /// Does what waited for processes to stop; false where that was all.
    private mutating func apply(_ pending: PendingChange, _ turn: inout FleetTurn) -> Bool {
        switch pending.change {
        case .remove(let name):
            pendingChanges[name] = nil
            remove(name, &turn)
            finished(pending.change, .removed, &turn)
            return false
        case .replace(let config), .add(let config):
            guard let group = group(config.name), config.kind == group.config.kind else {
                pendingChanges[config.name] = nil
                remove(config.name, &turn)
                add(config, origin: pending.origin, &turn)
                finished(pending.change, .updated, &turn)
                return false
            }
            let new = Dictionary(config.processes.map { ($0.name, $0) }) { first, _ in first }
            for name in group.members where pending.toStop.contains(name) && new[name] == nil { drop(name, &turn) }
            turn.effects.append(.groupChanged(config.name))
            for process in config.processes where pending.toStop.contains(process.name) {
                abandon(process.name, .stopped, &turn)
                takeIn(process, origin: pending.origin, &turn)
            }
            return true
        }
    }

    private mutating func finished(
        _ change: GroupChange, _ outcome: CommandResult.Outcome, hasStopped: Bool = true, detail: String? = nil,
        _ turn: inout FleetTurn
    ) {
        for index in jobs.indices.reversed() where jobs[index].pendingGroups.remove(change.group) != nil {
            if hasStopped && outcome != .added {
                jobs[index].results.append(CommandResult(.group(change.group), .stopped))
            }
            jobs[index].results.append(CommandResult(.group(change.group), outcome, detail: detail))
            if turn.newcomers == nil { settleIfDone(index, &turn) }
        }
    }
}

extension GroupChange {
    /// What becomes of a group that is there and has to stop first.
    fileprivate var outcomeOfStopped: CommandResult.Outcome {
        switch self {
        case .remove: .removed
        case .replace, .add: .updated
        }
    }
}
