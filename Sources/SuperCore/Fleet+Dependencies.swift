import SuperBase

/// Who waits for whom. A process with `depends_on` is started when all of that is there; what becomes of it later does not touch the process.
extension Fleet {
    /// What is started along with a process that depends on it.
    enum PullIn {
        /// What has never been started.
        case whateverIsNew
        /// What is down, also where somebody stopped it.
        case whateverIsDown
    }

    /// Starts a process, or has it wait for what it depends on, which is started too.
    mutating func startOrAwait(
        _ name: ProcessName, pullsIn: PullIn = .whateverIsNew, _ turn: inout FleetTurn
    ) {
        var asked: Set<ProcessName> = []
        startOrAwait(name, pullsIn, asked: &asked, &turn)
    }

    /// `asked` are those that this start has come to already: updates of single groups can bring a circle, which the files cannot have.
    private mutating func startOrAwait(
        _ name: ProcessName, _ pullsIn: PullIn, asked: inout Set<ProcessName>, _ turn: inout FleetTurn
    ) {
        guard asked.insert(name).inserted, let machine = machines[name] else { return }
        guard !machine.config.dependencies.isEmpty, let reason = reasonToWait(name) else {
            return feed(.start(generation: nextGeneration()), to: name, &turn)
        }
        feed(.hold(reason), to: name, &turn)
        for dependency in machine.config.dependencies {
            for needed in members(of: dependency) where isToBePulledIn(needed, pullsIn) && mayStart(needed) {
                startOrAwait(needed, pullsIn, asked: &asked, &turn)
            }
        }
    }

    private func isToBePulledIn(_ name: ProcessName, _ pullsIn: PullIn) -> Bool {
        guard let machine = machines[name] else { return false }
        switch (machine.state, pullsIn) {
        case (.stopped, .whateverIsNew): return machine.starts == 0 && machine.failures == 0
        case (.stopped, .whateverIsDown), (.exited(restartAt: nil), .whateverIsDown), (.fatal, .whateverIsDown),
            (.waiting, .whateverIsDown):
            return true
        default: return false
        }
    }

    /// The processes that a dependency means.
    private func members(of dependency: Dependency) -> [ProcessName] {
        if let name = ProcessName(dependency.name), machines[name] != nil { return [name] }
        if let group = group(dependency.name) { return group.members }
        return names.filter { machines[$0]?.config.program == dependency.name }
    }

    /// Why the process cannot be started yet, for an operator; nil where nothing stands against it.
    func reasonToWait(_ name: ProcessName) -> String? {
        guard let dependencies = machines[name]?.config.dependencies else { return nil }
        for dependency in dependencies {
            for needed in members(of: dependency) {
                guard let machine = machines[needed], !dependency.condition.holds(for: machine) else { continue }
                let error = machine.spawnError.isEmpty ? "" : " (\(machine.spawnError))"
                return
                    "waiting for \(needed) to be \(dependency.condition.rawValue), it is \(machine.processState.name)\(error)"
            }
        }
        return nil
    }

    /// Whether a process waits for something that is not going to happen by itself.
    func isBlocked(_ name: ProcessName) -> Bool {
        var known: [ProcessName: Bool] = [:]
        return isBlocked(name, &known)
    }

    /// `known`: what has been found out already. Two that wait for each other are blocked; updates of single groups can lead there.
    private func isBlocked(_ name: ProcessName, _ known: inout [ProcessName: Bool]) -> Bool {
        if let known = known[name] { return known }
        known[name] = true
        let dependencies = machines[name]?.config.dependencies ?? []
        let isBlocked = dependencies.contains { dependency in
            members(of: dependency).contains { needed in
                guard let machine = machines[needed], !dependency.condition.holds(for: machine) else { return false }
                guard dependency.condition.isPossible(for: machine.config) else { return true }
                switch machine.state {
                case .exited(restartAt: nil), .fatal(retryAt: nil), .completed: return true
                case .stopped: return !machine.startWished && pendingChanges[needed.group] == nil
                case .waiting: return self.isBlocked(needed, &known)
                case .preparing, .spawning, .starting, .running, .backoff, .stopping, .exited, .fatal: return false
                }
            }
        }
        known[name] = isBlocked
        return isBlocked
    }

    /// Starts those whose waiting is over, and tells operators for whom the others wait now.
    mutating func startWaiting(_ turn: inout FleetTurn) {
        guard !waiting.isEmpty else { return }
        for name in names where waiting.contains(name) {
            if let reason = reasonToWait(name) {
                if machines[name]?.waitingFor != reason { feed(.hold(reason), to: name, &turn) }
                advanceJobs(name, &turn)
            } else if mayStart(name) {
                feed(.start(generation: nextGeneration()), to: name, &turn)
            }
        }
    }

    /// Whether any process depends on another one: then the end of superd goes by that.
    var hasDependencies: Bool { machines.values.contains { !$0.config.dependencies.isEmpty } }

    /// For each process those that depend on it.
    func dependents() -> [ProcessName: Set<ProcessName>] {
        var dependents: [ProcessName: Set<ProcessName>] = [:]
        for (name, machine) in machines {
            for needed in machine.config.dependencies.flatMap(members) {
                dependents[needed, default: []].insert(name)
            }
        }
        return dependents
    }

    // MARK: - On demand

    mutating func startOnDemand(_ name: ProcessName, _ turn: inout FleetTurn) {
        guard let machine = machines[name], machine.config.startsOnDemand else { return }
        switch machine.state {
        case .stopped, .exited(restartAt: nil): startOrAwait(name, &turn)
        default: break
        }
    }

    mutating func stopIdle(_ name: ProcessName, _ turn: inout FleetTurn) {
        guard ending == nil, let machine = machines[name], machine.config.startsOnDemand,
            machine.processState == .running
        else { return }
        turn.effects.append(.log(.info, "idle: \(name.process) is stopped until the next connection (idle_timeout)"))
        leaveRollouts(name, &turn)
        feed(.stop(reports: false), to: name, &turn)
    }
}

extension Dependency.Condition {
    /// Whether a process with this configuration can ever fulfil it.
    fileprivate func isPossible(for config: ProcessConfig) -> Bool {
        switch self {
        case .started, .ready: true
        case .healthy: config.kind == .oneshot || config.health.check != nil
        case .completed: config.kind == .oneshot
        }
    }

    /// Whether it is fulfilled. A oneshot that has done its work was ready, and healthy, too.
    fileprivate func holds(for machine: ProcessMachine) -> Bool {
        if case .completed = machine.state { return true }
        switch self {
        case .started: return machine.run != nil && machine.processState != .stopping
        case .ready: return machine.processState == .running
        case .healthy:
            guard case .running(_, let watch) = machine.state else { return false }
            return watch.verdict == .healthy
        case .completed: return false
        }
    }
}
