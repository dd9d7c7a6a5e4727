import SuperBase

/// superd on its way down, or to a new configuration.
struct Ending: Sendable {
    /// Who is stopped when.
    enum Order: Sendable {
        /// One group after the other; those behind this place in start order have stopped.
        case groups(cursor: Int)
        /// Each process when those that depend on it have stopped.
        case dependencies([ProcessName: Set<ProcessName>])
    }

    var end: Fleet.End
    var order: Order
    /// All have stopped.
    var isOver = false
    /// When the log says again whom we wait for.
    var reportAt: Instant?
}

/// The end of superd. Without dependencies groups stop one after the other, last to start first, the members of one together, as in
/// Supervisor; with some, each process stops when those that depend on it have stopped, and independent ones stop together.
extension Fleet {
    mutating func begin(_ end: End, _ turn: inout FleetTurn) {
        if let current = ending {
            // A shutdown overrules a restart; anything else has begun already.
            guard end == .shutdown, current.end == .restart else { return }
            ending?.end = .shutdown
            if current.isOver { turn.effects.append(.ended(.shutdown)) }
            return
        }
        let order = hasDependencies ? Ending.Order.dependencies(dependents()) : .groups(cursor: groups.count)
        ending = Ending(end: end, order: order, reportAt: turn.now)
        for name in names {
            leaveRollouts(name, &turn)
            feed(.daemonStops, to: name, &turn)
        }
        for index in jobs.indices.reversed() where !jobs[index].pendingGroups.isEmpty {
            jobs[index].results += jobs[index].pendingGroups.sorted().map { CommandResult(.group($0), .shuttingDown) }
            jobs[index].pendingGroups = []
            settleIfDone(index, &turn)
        }
        pendingChanges = [:]
        turn.hasUnfinishedChanges = true
        advanceEnding(&turn)
    }

    /// Goes on to what is to be stopped next, and tells when all have stopped.
    mutating func advanceEnding(_ turn: inout FleetTurn) {
        guard let ending, !ending.isOver else { return }
        switch ending.order {
        case .groups(let cursor): advanceGroups(from: cursor, &turn)
        case .dependencies(let dependents):
            let left = names.filter { !isStopped($0) }
            guard !left.isEmpty else { return isOver(&turn) }
            var next = left.filter { dependents[$0]?.allSatisfy(isStopped) ?? true }
            // Two that depend on each other; updates of single groups can lead there.
            if next.isEmpty { next = left }
            for name in next.reversed() where machines[name]?.isDownOnRequest == false {
                feed(.stop(reports: false), to: name, &turn)
            }
        }
    }

    private mutating func advanceGroups(from cursor: Int, _ turn: inout FleetTurn) {
        var cursor = cursor
        while cursor == groups.count || isStopped(groups[cursor]) {
            cursor -= 1
            ending?.order = .groups(cursor: cursor)
            guard cursor >= 0 else { return isOver(&turn) }
            for name in groups[cursor].members.reversed() { feed(.stop(reports: false), to: name, &turn) }
        }
    }

    private mutating func isOver(_ turn: inout FleetTurn) {
        guard let end = ending?.end, ending?.isOver == false else { return }
        ending?.isOver = true
        ending?.reportAt = nil
        turn.effects.append(.ended(end))
    }

    /// Says every three seconds whom we wait for.
    mutating func reportEnding(_ turn: inout FleetTurn) {
        guard let reportAt = ending?.reportAt, reportAt <= turn.now else { return }
        let waiting = names.filter { !isStopped($0) }.map(\.process)
        guard !waiting.isEmpty else { return }
        turn.effects.append(.log(.info, "waiting for \(waiting.joined(separator: ", ")) to die"))
        ending?.reportAt = turn.now + .seconds(3)
    }

    // MARK: - An end that superd comes to by itself

    /// Asks for the end of superd where a process has ended for good and the configuration says that this is a reason.
    mutating func considerEnd(_ name: ProcessName, _ turn: inout FleetTurn) {
        guard !hasAskedToEnd, ending == nil, let machine = machines[name] else { return }
        let hasEnded: Bool
        switch machine.state {
        case .exited(restartAt: nil), .fatal(retryAt: nil): hasEnded = true
        case .completed, .stopped: hasEnded = false
        case .waiting, .preparing, .spawning, .starting, .running, .backoff, .stopping, .exited, .fatal: return
        }
        if hasEnded, machine.config.isCritical { return askToEnd(machine, "it is critical", &turn) }
        switch exitWhen {
        case .never: break
        case .anyExited: if machine.processState == .exited { askToEnd(machine, "exit_when=any-exited", &turn) }
        case .anyFatal: if machine.processState == .fatal { askToEnd(machine, "exit_when=any-fatal", &turn) }
        case .allStopped: if isAllOver { askToEnd(machine, "exit_when=all-stopped", &turn) }
        }
    }

    /// Whether nothing is up, and nothing comes up by itself or with the next connection.
    private var isAllOver: Bool {
        guard pendingChanges.isEmpty, rollouts.isEmpty else { return false }
        return machines.values.allSatisfy {
            isStopped($0.name) && !$0.startWished && $0.deadline == nil && !$0.config.startsOnDemand
        }
    }

    private mutating func askToEnd(_ machine: ProcessMachine, _ why: String, _ turn: inout FleetTurn) {
        hasAskedToEnd = true
        let reason = "\(machine.name) is \(machine.processState.name), and \(why)"
        turn.effects.append(.endRequested(code: machine.exitCodeForSuperd, reason: reason))
    }
}

extension ProcessMachine {
    /// What superd's exit code is where it ends because of this process: the process's own, as a shell would tell it.
    fileprivate var exitCodeForSuperd: Int32 {
        switch lastExit {
        case .exited(let code)?: processState == .fatal && code == 0 ? 1 : code
        case .signaled(let signal, _)?: 128 + signal.rawValue
        case nil: processState == .fatal ? 1 : 0
        }
    }
}
