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
    var results: [CommandResult]

    var isDone: Bool { pending.isEmpty && toStart.isEmpty && pendingGroups.isEmpty }

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
        case .signal(let signal, let names): send(signal, names, ticket, &turn)
        case .update(let changes): beginUpdate(changes, job, wait: wait, &turn)
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
        for name in inStartOrder(names) {
            if ending != nil {
                job.results.append(CommandResult(name, .shuttingDown))
            } else {
                start(name, &job, wait: wait, &turn)
            }
        }
        enlist(job, wait: wait, &turn)
    }

    private mutating func start(_ name: ProcessName, _ job: inout Job, wait: Bool, _ turn: inout FleetTurn) {
        guard let machine = machines[name], !machine.isBeingStopped, mayStart(name) else {
            return job.results.append(CommandResult(name, .abnormalTermination))
        }
        switch machine.processState {
        case .starting, .running: job.results.append(CommandResult(name, .alreadyStarted))
        case .stopped, .backoff, .stopping, .exited, .fatal, .unknown:
            feed(.start(generation: nextGeneration()), to: name, &turn)
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
        let wasUp = machine.processState.isRunning || machine.processState == .stopping || machine.deadline != nil
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
        guard ending == nil else {
            let results = inStartOrder(names).map { CommandResult($0, .shuttingDown) }
            return turn.effects.append(.settled(job.ticket, results))
        }
        var job = job
        for name in inStartOrder(names) { stop(name, &job, wait: wait, thenStart: true, &turn) }
        if wait {
            jobs.append(job)
            job.pending.isEmpty ? startHeld(jobs.count - 1, &turn) : ()
        } else {
            // Nobody waits, so nothing is held back: each starts as soon as it has stopped itself.
            let results = job.toStart.map { CommandResult($0, mayStart($0) ? .started : .abnormalTermination) }
            turn.effects.append(.settled(job.ticket, results))
            for name in job.toStart { turn.touched.append(name) }
        }
    }

    private mutating func send(_ signal: Signal, _ names: [ProcessName], _ ticket: Ticket, _ turn: inout FleetTurn) {
        var results: [CommandResult] = []
        for name in inStartOrder(names) {
            guard let run = machines[name]?.run else {
                results.append(CommandResult(name, .notRunning))
                continue
            }
            turn.effects.append(.signal(name, generation: run.generation, signal, toGroup: false))
            results.append(CommandResult(name, .signalled))
        }
        turn.effects.append(.settled(ticket, results))
    }

    private func inStartOrder(_ wanted: [ProcessName]) -> [ProcessName] {
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
            jobs[index].results.append(CommandResult(name, outcome))
        }
        for index in jobs.indices.reversed() where jobs[index].pending.isEmpty {
            jobs[index].toStart.isEmpty ? settleIfDone(index, &turn) : startHeld(index, &turn)
        }
    }

    /// Nil: it is still on its way.
    private func outcome(of pending: Job.Pending, _ machine: ProcessMachine) -> CommandResult.Outcome? {
        switch (pending, machine.processState) {
        case (.stop, .stopped), (.stop, .exited), (.stop, .fatal), (.stop, .unknown): .stopped
        case (.stop, .starting), (.stop, .running), (.stop, .backoff), (.stop, .stopping): nil
        case (.start, .running): .started
        case (.start, .starting): nil
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
            feed(.start(generation: nextGeneration()), to: name, &turn)
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
            // No longer held back: each starts as soon as it has stopped.
            turn.touched += jobs[index].toStart
            settle(index, &turn)
        }
    }
}

extension ProcessMachine {
    /// Whether it will have stopped before it can be started again.
    var isBeingStopped: Bool {
        switch state {
        case .spawning(_, let stopWished): stopWished
        case .stopping: true
        case .stopped, .starting, .running, .backoff, .exited, .fatal: false
        }
    }

    /// Whether the last start failed because the process ended, not because it could not be executed.
    var endedTooQuickly: Bool { lastExit != nil && spawnError.hasPrefix("Exited too quickly") }
}
