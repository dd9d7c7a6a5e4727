public import SuperBase

/// Groups and processes that come and go.
extension Fleet {
    /// The groups as they run, each process under the configuration that it has now.
    public var runningGroups: [GroupConfig] {
        groups.map { group in
            var config = group.config
            config.processes = group.members.compactMap { machines[$0]?.config }
            return config
        }
    }

    /// The configurations of all processes that there are, or that rollouts and changes under way are to bring.
    public var allConfigs: [ProcessConfig] {
        var configs = machines.values.map(\.config) + others.values.map(\.config)
        for rollout in rollouts {
            configs += (rollout.pending + rollout.undo + rollout.active.values.map(\.step)).map(\.config.value)
        }
        for change in pendingChanges.values {
            switch change.change {
            case .remove: break
            case .replace(let config), .add(let config): configs += config.processes
            }
        }
        return configs
    }

    /// The numbers of all configurations that something here comes from, or may go back to.
    public var origins: Set<UInt64> {
        var numbers = Set(machines.values.map(\.origin)).union(others.values.map(\.origin))
        for rollout in rollouts {
            numbers.formUnion((rollout.pending + rollout.undo + rollout.active.values.map(\.step)).map(\.origin))
        }
        return numbers.union(pendingChanges.values.map(\.origin))
    }

    /// Puts the whole fleet in place: at the first start, and again after the stop for a restart.
    mutating func configure(_ configs: [GroupConfig], origin: UInt64, _ turn: inout FleetTurn) {
        ending = nil
        hasAskedToEnd = false
        for group in groups { remove(group.config.name, &turn) }
        // All are there before the first one starts: one may depend on another further on.
        for config in configs { place(config, origin: origin, &turn) }
        for process in configs.flatMap(\.processes) where process.startsByItself {
            startOrAwait(process.name, &turn)
        }
    }

    /// Takes a group in, and starts what starts by itself.
    mutating func add(_ config: GroupConfig, origin: UInt64, _ turn: inout FleetTurn) {
        place(config, origin: origin, &turn)
        for process in config.processes where process.startsByItself { startNewcomer(process.name, &turn) }
    }

    private mutating func startNewcomer(_ name: ProcessName, _ turn: inout FleetTurn) {
        if turn.newcomers == nil {
            startOrAwait(name, &turn)
        } else {
            turn.newcomers?.append(name)
        }
    }

    private mutating func place(_ config: GroupConfig, origin: UInt64, _ turn: inout FleetTurn) {
        insert(config, origin: origin)
        turn.effects.append(.groupAdded(config.name))
        for process in config.processes {
            turn.effects.append(.record(Seat(process.name)))
            turn.touched.append(Seat(process.name))
        }
    }

    /// Puts a group in its place of the start order.
    mutating func insert(_ config: GroupConfig, origin: UInt64) {
        insert(Group(config: config, members: config.processes.map(\.name)))
        for process in config.processes { put(ProcessMachine(config: process, origin: origin), Seat(process.name)) }
    }

    private mutating func insert(_ group: Group) {
        let config = group.config
        let place = groups.firstIndex { (config.priority, config.name) < ($0.config.priority, $0.config.name) }
        groups.insert(group, at: place ?? groups.endIndex)
    }

    /// Puts a group under another configuration, in its new place of the start order. Members that go stay last until they have stopped.
    mutating func move(_ group: Group, to config: GroupConfig) {
        groups.removeAll { $0.config.name == group.config.name }
        let new = config.processes.map(\.name)
        insert(Group(config: config, members: new + group.members.filter { !new.contains($0) }))
    }

    /// Puts a process of a group that is there in place, and starts it if it starts by itself.
    mutating func takeIn(_ process: ProcessConfig, origin: UInt64, _ turn: inout FleetTurn) {
        // Whoever follows its states sees it begin anew.
        if let old = machines[process.name]?.processState, old != .stopped {
            turn.effects.append(
                .changed(StateChange(name: process.name, from: old, to: .stopped, pid: 0, tries: 0, expected: false)))
        }
        put(ProcessMachine(config: process, origin: origin), Seat(process.name))
        turn.effects.append(.record(Seat(process.name)))
        turn.touched.append(Seat(process.name))
        if process.startsByItself { startNewcomer(process.name, &turn) }
    }

    mutating func remove(_ name: String, _ turn: inout FleetTurn) {
        for member in group(name)?.members ?? [] { drop(member, &turn) }
        groups.removeAll { $0.config.name == name }
        turn.effects.append(.groupRemoved(name))
    }

    /// Takes a process out of the fleet.
    mutating func drop(_ name: ProcessName, _ turn: inout FleetTurn) {
        abandon(name, .stopped, &turn)
        put(nil, Seat(name))
        turn.effects.append(.forget(Seat(name)))
        guard let index = groups.firstIndex(where: { $0.config.name == name.group }) else { return }
        groups[index].members.removeAll { $0 == name }
    }

    /// Answers every job that waits for a process that goes away, or is another one now.
    mutating func abandon(_ name: ProcessName, _ outcome: CommandResult.Outcome, _ turn: inout FleetTurn) {
        for index in jobs.indices.reversed() where jobs[index].pending[name] != nil || jobs[index].holds(name) {
            jobs[index].results.append(
                CommandResult(name, jobs[index].holds(name) ? .abnormalTermination : outcome))
            jobs[index].pending[name] = nil
            jobs[index].toStart.removeAll { $0 == name }
            settleIfDone(index, &turn)
        }
    }
}

extension ProcessConfig {
    /// Whether it is started when it is taken in.
    var startsByItself: Bool { autoStart && !startsOnDemand }
}
