import SuperBase

/// A command that is not settled yet.
struct Job: Sendable {
    enum Pending: Sendable {
        /// Settled when it has stopped. `thenStart`: it is started when all of the job have stopped.
        case stop
        case start
    }

    let ticket: Ticket
    let deadline: Instant?
    /// The processes that are to be started once all have stopped, in start order; they are held back until then.
    var toStart: [ProcessName]
    var pending: [ProcessName: Pending]
    /// The groups of an update that are not done yet.
    var pendingGroups: Set<String> = []
    /// The rollouts that it waits for.
    var rollouts: Set<UInt64> = []
    var results: [CommandResult]

    var isDone: Bool { pending.isEmpty && toStart.isEmpty && pendingGroups.isEmpty && rollouts.isEmpty }

    /// Whether the process waits for others before it is started again.
    func holds(_ name: ProcessName) -> Bool { toStart.contains(name) }
}

extension Fleet {
    mutating func begin(_ command: Command, _ ticket: Ticket, wait: Bool, deadline: Instant?, _ turn: inout FleetTurn) {
        let job = Job(ticket: ticket, deadline: deadline, toStart: [], pending: [:], results: [])
        switch command {
        case .start(let names): beginStart(names, job, wait: wait, &turn)
        case .stop(let names): beginStop(names, job, wait: wait, &turn)
        case .restart(let names): beginRestart(names, job, wait: wait, &turn)
        case .roll(let names, let options): beginRoll(names, options, job, wait: wait, &turn)
        case .signal(let signal, let names): send(signal, names, ticket, &turn)
        case .update(let changes, let origin): beginUpdate(changes, origin: origin, job, wait: wait, &turn)
        }
    }

    /// Keeps the job until it is done, or answers at once if nobody waits.
    mutating func enlist(_ job: Job, wait: Bool, _ turn: inout FleetTurn) {
        if job.isDone || (!wait && job.toStart.isEmpty) {
            turn.effects.append(.settled(job.ticket, job.results))
        } else {
            jobs.append(job)
        }
    }

    private mutating func beginStart(_ names: [ProcessName], _ job: Job, wait: Bool, _ turn: inout FleetTurn) {
        var job = job
        // One may start another one that it depends on, which was not up before.
        let wasUp = Set(names.filter { [.starting, .running].contains(machines[$0]?.processState) })
        for name in inStartOrder(names) {
            if ending != nil {
                job.results.append(CommandResult(name, .shuttingDown))
            } else {
                start(name, wasUp: wasUp.contains(name), &job, wait: wait, &turn)
            }
        }
        enlist(job, wait: wait, &turn)
    }

    private mutating func start(
        _ name: ProcessName, wasUp: Bool, _ job: inout Job, wait: Bool, _ turn: inout FleetTurn
    ) {
        guard let machine = machines[name], !machine.isBeingStopped, mayStart(name) else {
            return job.results.append(CommandResult(name, .abnormalTermination))
        }
        if wasUp {
            job.results.append(CommandResult(name, .alreadyStarted))
        } else {
            startOrAwait(name, pullsIn: .whateverIsDown, &turn)
            if wait {
                job.pending[name] = .start
            } else {
                job.results.append(CommandResult(name, .started))
            }
        }
    }

    private mutating func beginStop(_ names: [ProcessName], _ job: Job, wait: Bool, _ turn: inout FleetTurn) {
        var job = job
        for name in inStartOrder(names) { stop(name, &job, wait: wait, &turn) }
        enlist(job, wait: wait, &turn)
    }

    private mutating func stop(
        _ name: ProcessName, _ job: inout Job, wait: Bool, thenStart: Bool = false, _ turn: inout FleetTurn
    ) {
        guard let machine = machines[name] else { return }
        leaveRollouts(name, &turn)
        let wasUp =
            machine.processState.isRunning || machine.processState == .stopping || machine.deadline != nil
            || !isStopped(name)
        feed(thenStart && mayStart(name) ? .restart(reports: true) : .stop(reports: true), to: name, &turn)
        if thenStart { job.toStart.append(name) }
        if !wasUp {
            job.results.append(CommandResult(name, .notRunning))
        } else if wait || thenStart {
            job.pending[name] = .stop
        } else {
            job.results.append(CommandResult(name, .stopped))
        }
    }

    private mutating func beginRestart(_ names: [ProcessName], _ job: Job, wait: Bool, _ turn: inout FleetTurn) {
        let names = inStartOrder(names)
        guard ending == nil else {
            return turn.effects.append(.settled(job.ticket, names.map { CommandResult($0, .shuttingDown) }))
        }
        var job = job
        let rolling = names.filter(isReplaceable)
        roll(rolling, RollOptions(), &job, wait: wait, &turn)
        for name in names where !rolling.contains(name) { stop(name, &job, wait: wait, thenStart: true, &turn) }
        if wait {
            guard !job.isDone else { return turn.effects.append(.settled(job.ticket, job.results)) }
            jobs.append(job)
            if job.pending.isEmpty, !job.toStart.isEmpty { startHeld(jobs.count - 1, &turn) }
        } else {
            // Nobody waits, so nothing is held back: each starts as soon as it has stopped itself.
            let results = job.toStart.map { CommandResult($0, mayStart($0) ? .started : .abnormalTermination) }
            turn.effects.append(.settled(job.ticket, job.results.filter { $0.outcome == .replaced } + results))
            for name in job.toStart { turn.touched.append(Seat(name)) }
        }
    }

    private mutating func send(_ signal: Signal, _ names: [ProcessName], _ ticket: Ticket, _ turn: inout FleetTurn) {
        var results: [CommandResult] = []
        for name in inStartOrder(names) {
            guard let run = machines[name]?.run else {
                results.append(CommandResult(name, .notRunning))
                continue
            }
            turn.effects.append(.signal(Seat(name), generation: run.generation, signal, toGroup: false))
            results.append(CommandResult(name, .signalled))
        }
        turn.effects.append(.settled(ticket, results))
    }

    func inStartOrder(_ wanted: [ProcessName]) -> [ProcessName] {
        guard wanted.count > 1 else { return wanted }
        let wanted = Set(wanted)
        return names.filter(wanted.contains)
    }

    // MARK: - Progress

    /// Settles what every open job waited for from this process.
    mutating func advanceJobs(_ name: ProcessName, _ turn: inout FleetTurn) {
        // All jobs see what has happened before any of them starts something new.
        guard let machine = machines[name] else { return }
        for index in jobs.indices {
            guard let pending = jobs[index].pending[name] else { continue }
            guard let outcome = outcome(of: pending, machine) else { continue }
            jobs[index].pending[name] = nil
            let detail = outcome == .dependencyFailed ? reasonToWait(name) : nil
            jobs[index].results.append(CommandResult(name, outcome, detail: detail))
        }
        for index in jobs.indices.reversed() where jobs[index].pending.isEmpty {
            jobs[index].toStart.isEmpty ? settleIfDone(index, &turn) : startHeld(index, &turn)
        }
    }

    /// Nil: it is still on its way.
    private func outcome(of pending: Job.Pending, _ machine: ProcessMachine) -> CommandResult.Outcome? {
        switch (pending, machine.processState) {
        case (.stop, .stopped), (.stop, .exited), (.stop, .completed), (.stop, .fatal), (.stop, .unknown):
            // Those that it has replaced go first.
            isStopped(machine.name) ? .stopped : nil
        case (.stop, .starting), (.stop, .running), (.stop, .backoff), (.stop, .stopping), (.stop, .waiting):
            // It had stopped, and somebody has started it again while one that it has replaced was still on its way out.
            machine.isBeingStopped ? nil : .stopped
        case (.start, .running): machine.config.kind == .oneshot ? nil : .started
        case (.start, .completed): .started
        case (.start, .starting): nil
        case (.start, .waiting): isBlocked(machine.name) ? .dependencyFailed : nil
        case (.start, .backoff), (.start, .fatal), (.start, .unknown):
            ending != nil ? .shuttingDown : machine.endedTooQuickly ? .abnormalTermination : .spawnError
        case (.start, .exited), (.start, .stopped), (.start, .stopping): .abnormalTermination
        }
    }

    /// All of a restart have stopped: starts them.
    private mutating func startHeld(_ index: Int, _ turn: inout FleetTurn) {
        let names = jobs[index].toStart
        jobs[index].toStart = []
        for name in names {
            guard ending == nil else {
                jobs[index].results.append(CommandResult(name, .shuttingDown))
                continue
            }
            // Somebody may have started it, or stopped it for good, in the meantime.
            guard machines[name]?.startWished == true else {
                let isUp = machines[name]?.processState.isRunning ?? false
                jobs[index].results.append(CommandResult(name, isUp ? .alreadyStarted : .abnormalTermination))
                continue
            }
            jobs[index].pending[name] = .start
            startOrAwait(name, pullsIn: .whateverIsDown, &turn)
        }
        settleIfDone(index, &turn)
    }

    mutating func settleIfDone(_ index: Int, _ turn: inout FleetTurn) {
        if jobs[index].isDone { settle(index, &turn) }
    }

    mutating func settle(_ index: Int, _ turn: inout FleetTurn) {
        let job = jobs.remove(at: index)
        turn.effects.append(.settled(job.ticket, job.results))
    }

    /// Answers the jobs whose time is over; what they asked for goes on.
    mutating func expireJobs(_ turn: inout FleetTurn) {
        for index in jobs.indices.reversed() where jobs[index].deadline.map({ $0 <= turn.now }) ?? false {
            let late = Set(jobs[index].pending.keys).union(jobs[index].toStart)
            jobs[index].results += names.filter(late.contains).map { CommandResult($0, .timedOut) }
            jobs[index].results += jobs[index].pendingGroups.sorted().map { CommandResult(.group($0), .timedOut) }
            let rolling = Set(rollouts.filter { jobs[index].rollouts.contains($0.number) }.flatMap(\.openNames))
            jobs[index].results += names.filter(rolling.contains).map { CommandResult($0, .timedOut) }
            // No longer held back: each starts as soon as it has stopped.
            turn.touched += jobs[index].toStart.map { Seat($0) }
            settle(index, &turn)
        }
    }
}

extension ProcessMachine {
    /// Whether somebody wanted it down, and nobody has wanted it up since.
    var isDownOnRequest: Bool {
        guard !startWished else { return false }
        switch state {
        case .stopped: return true
        case .preparing(_, _, let stopWished), .spawning(_, let stopWished): return stopWished
        case .stopping(_, let stop): return stop.purpose == .asked
        case .waiting, .starting, .running, .backoff, .exited, .completed, .fatal: return false
        }
    }

    /// Whether it will have stopped before it can be started again.
    var isBeingStopped: Bool {
        switch state {
        case .spawning(_, let stopWished), .preparing(_, _, let stopWished): stopWished
        case .stopping: true
        case .stopped, .waiting, .starting, .running, .backoff, .exited, .completed, .fatal: false
        }
    }

    /// Whether the last start failed because the process ended, not because it could not be executed.
    var endedTooQuickly: Bool {
        lastExit != nil && (spawnError.hasPrefix("Exited ") || spawnError.hasPrefix("Bad exit code "))
    }
}
