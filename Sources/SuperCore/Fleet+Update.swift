public import SuperBase

extension GroupChange {
    /// What becomes of a group that is there and has to stop first.
    fileprivate var outcomeOfStopped: CommandResult.Outcome {
        switch self {
        case .remove: .removed
        case .replace, .add: .updated
        }
    }
}

/// Changes of the configuration: groups that come, go and are replaced.
extension Fleet {
    mutating func beginUpdate(_ changes: [GroupChange], _ job: Job, wait: Bool, _ turn: inout FleetTurn) {
        var job = job
        guard ending == nil else {
            let results = changes.map { CommandResult(.group($0.group), .shuttingDown) }
            return turn.effects.append(.settled(job.ticket, results))
        }
        job.pendingGroups = Set(changes.map(\.group))
        jobs.append(job)
        for change in changes { begin(change, &turn) }
        guard let index = jobs.firstIndex(where: { $0.ticket == job.ticket }) else { return }
        if !wait {
            // Nobody waits, so the answer is what will become of those that are stopped first.
            for change in changes where jobs[index].pendingGroups.remove(change.group) != nil {
                jobs[index].results.append(CommandResult(.group(change.group), change.outcomeOfStopped))
            }
        }
        settleIfDone(index, &turn)
    }

    private mutating func begin(_ change: GroupChange, _ turn: inout FleetTurn) {
        guard let group = group(change.group) else {
            if case .remove = change { return finished(change, .removed, &turn) }
            return apply(change, &turn)
        }
        pendingChanges[change.group] = change
        for name in group.members { feed(.stop(reports: true), to: name, &turn) }
        advanceChange(of: change.group, &turn)
    }

    /// Applies the change that waits for this group, if the group has stopped.
    mutating func advanceChange(of name: String, _ turn: inout FleetTurn) {
        guard let change = pendingChanges[name], let group = group(name), isStopped(group) else { return }
        pendingChanges[name] = nil
        apply(change, &turn)
    }

    private mutating func apply(_ change: GroupChange, _ turn: inout FleetTurn) {
        switch change {
        case .remove(let name):
            remove(name, &turn)
            finished(change, .removed, &turn)
        case .replace(let config), .add(let config):
            let existed = group(config.name) != nil
            if existed { remove(config.name, &turn) }
            add(config, &turn)
            finished(change, existed ? .updated : .added, &turn)
        }
    }

    private mutating func finished(
        _ change: GroupChange, _ outcome: CommandResult.Outcome, _ turn: inout FleetTurn
    ) {
        for index in jobs.indices.reversed() where jobs[index].pendingGroups.remove(change.group) != nil {
            if outcome != .added { jobs[index].results.append(CommandResult(.group(change.group), .stopped)) }
            jobs[index].results.append(CommandResult(.group(change.group), outcome))
            settleIfDone(index, &turn)
        }
    }

    /// Takes a group in, in its place of the start order, and starts what starts by itself.
    mutating func add(_ config: GroupConfig, _ turn: inout FleetTurn) {
        insert(config)
        turn.effects.append(.groupAdded(config.name))
        for process in config.processes {
            turn.effects.append(.record(process.name))
            if process.autoStart { feed(.start(generation: nextGeneration()), to: process.name, &turn) }
        }
    }

    mutating func insert(_ config: GroupConfig) {
        let place = groups.firstIndex { (config.priority, config.name) < ($0.config.priority, $0.config.name) }
        groups.insert(Group(config: config, members: config.processes.map(\.name)), at: place ?? groups.endIndex)
        for process in config.processes { put(ProcessMachine(config: process), process.name) }
    }

    private mutating func remove(_ name: String, _ turn: inout FleetTurn) {
        guard let index = groups.firstIndex(where: { $0.config.name == name }) else { return }
        for member in groups.remove(at: index).members {
            abandon(member, &turn)
            put(nil, member)
            turn.effects.append(.forget(member))
        }
        turn.effects.append(.groupRemoved(name))
    }

    /// Answers every job that waits for a process that goes away.
    private mutating func abandon(_ name: ProcessName, _ turn: inout FleetTurn) {
        for index in jobs.indices.reversed() where jobs[index].pending[name] != nil || jobs[index].holds(name) {
            jobs[index].results.append(
                CommandResult(name, jobs[index].holds(name) ? .abnormalTermination : .stopped))
            jobs[index].pending[name] = nil
            jobs[index].toStart.removeAll { $0 == name }
            settleIfDone(index, &turn)
        }
    }

    /// Puts the whole fleet in place: at the first start, and again after the stop for a restart.
    mutating func configure(_ configs: [GroupConfig], _ turn: inout FleetTurn) {
        ending = nil
        for group in groups { remove(group.config.name, &turn) }
        for config in configs { add(config, &turn) }
    }

    // MARK: - A new brain

    /// Takes over a fleet that runs already: the groups as they ran, with the records that the last brain left at the keeper.
    ///
    /// What the keeper knows of living and ended processes comes after this, as `spawned` and `exited` events, and then `resume`.
    /// Groups and records must be of one moment: what a turn does to the groups reaches the keeper together with its records, or not at
    /// all. A superd that was on its way down is told `end` again, right after this.
    ///
    /// `living` are the runs that the keeper has. A process whose record cannot be read is not started a second time beside its own run:
    /// it counts as RUNNING.
    public mutating func adopt(
        _ configs: [GroupConfig], records: [ProcessName: [UInt8]], living: [ProcessName: ProcessMachine.Run] = [:]
    ) -> [Effect] {
        var effects: [Effect] = []
        var stopping: Set<UInt64> = []
        for config in configs {
            insert(config)
            for process in config.processes {
                // Without a record: the last brain ended while it took this one in.
                var machine = ProcessMachine(config: process, run: living[process.name])
                var isRecorded = false
                if let record = records[process.name] {
                    do {
                        machine = try ProcessMachine(config: process, record: record)
                        isRecorded = true
                    } catch {
                        effects.append(.log(.critical, "the record of \(process.name) cannot be read: \(error)"))
                    }
                }
                put(machine, process.name)
                if !isRecorded { effects.append(.record(process.name)) }
                lastGeneration = max(lastGeneration, machine.generation ?? 0)
                if case .stopping(let run, _, _) = machine.state { stopping.insert(run.generation) }
            }
        }
        takeover = stopping
        return effects
    }

    /// Goes on after `adopt`: `alive` are the generations that the keeper has, running or ended but not acknowledged, and `signalled`
    /// those of them that were sent their stop signal or SIGKILL; a signal that an operator sent for another reason does not count.
    public mutating func resume(alive: Set<UInt64>, signalled: Set<UInt64>, at now: Instant) -> [Effect] {
        var turn = FleetTurn(now: now)
        let stopping = takeover ?? []
        takeover = nil
        for name in names {
            guard let machine = machines[name] else { continue }
            if case .spawning(let generation, let stopWished) = machine.state, !alive.contains(generation) {
                if stopWished || ending != nil {
                    let message = "the start of \(name.process) was called off"
                    feed(.spawnFailed(generation: generation, message: message), to: name, &turn)
                } else {
                    turn.effects.append(.spawn(name, generation: generation))
                }
            } else if let run = machine.run, !alive.contains(run.generation) {
                turn.effects.append(.log(.critical, "\(name) (pid \(run.pid)) is gone and nobody saw it end"))
                let unknown = ExitStatus.signaled(.kill, coreDumped: false)
                feed(.exited(generation: run.generation, status: unknown, at: now), to: name, &turn)
            } else if case .stopping(let run, _, _) = machine.state, stopping.contains(run.generation),
                !signalled.contains(run.generation)
            {
                feed(.stopSignalLost, to: name, &turn)
            }
            turn.touched.append(name)
        }
        settleDown(&turn)
        return turn.effects
    }
}
