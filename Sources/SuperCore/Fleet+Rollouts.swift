import SuperBase

/// Replacing processes one by one. A rollout waits while an earlier one works on a place of its own.
extension Fleet {
    /// Enters a rollout and answers its number; nil where there is nothing to do.
    mutating func enroll(
        _ steps: [Rollout.Step], _ cause: Rollout.Cause, options: RollOptions, _ turn: inout FleetTurn
    ) -> UInt64? {
        let rolling = steps.map(\.config.value.rolling)
        // Programs of one group may differ; the more careful one counts.
        guard let batch = rolling.map(\.batch).min(), let verify = rolling.map(\.verify).max() else { return nil }
        lastRollout += 1
        rollouts.append(
            Rollout(
                number: lastRollout, cause: cause, batch: max(options.batch ?? batch, 1),
                verify: options.verify ?? verify, pending: steps))
        turn.hasUnfinishedChanges = true
        return lastRollout
    }

    /// Takes every rollout as far as it goes.
    mutating func advanceRollouts(_ turn: inout FleetTurn) {
        guard !rollouts.isEmpty else { return }
        var taken: Set<ProcessName> = []
        for number in rollouts.map(\.number) {
            guard var rollout = rollouts.first(where: { $0.number == number }) else { continue }
            if taken.isDisjoint(with: rollout.names) {
                let before = rollout
                advance(&rollout, &turn)
                if rollout != before { turn.hasUnfinishedChanges = true }
                if let index = rollouts.firstIndex(where: { $0.number == number }) { rollouts[index] = rollout }
                if rollout.isDone {
                    finish(rollout, &turn)
                    continue
                }
            }
            taken.formUnion(rollout.names)
        }
    }

    private mutating func advance(_ rollout: inout Rollout, _ turn: inout FleetTurn) {
        for name in rollout.active.keys.sorted() { follow(name, &rollout, &turn) }
        if rollout.failure != nil && !rollout.isRestoring {
            giveUp(&rollout, &turn)
        }
        while rollout.active.count < rollout.batch, !rollout.pending.isEmpty {
            begin(rollout.pending.removeFirst(), &rollout, &turn)
        }
    }

    private mutating func begin(_ step: Rollout.Step, _ rollout: inout Rollout, _ turn: inout FleetTurn) {
        guard let holder = machines[step.name], ending == nil else { return }
        var step = step
        if rollout.bringsConfigurations {
            // Another update has been here already, or somebody has stopped it: nothing has to be started.
            if holder.config.runsLike(step.config.value) || holder.isDownOnRequest {
                adopt(step.config.value, origin: step.origin, &turn)
                let outcome = rollout.isRestoring ? CommandResult.Outcome.restored : .replaced
                return settleRoll(rollout.number, step.name, outcome, nil, &turn)
            }
        } else {
            // Another one has its place already.
            if rollout.cause == .recycling, holder.watch?.recycling == nil { return }
            guard isRollable(step.name) else {
                return settleRoll(rollout.number, step.name, .notRunning, nil, &turn)
            }
            step.config = Shared(holder.config)
            step.origin = holder.origin
        }
        let seat = Seat(step.name, .successor)
        put(ProcessMachine(config: step.config.value, origin: step.origin), seat)
        rollout.active[step.name] = Rollout.Active(step: step, stage: .starting)
        feed(.start(generation: nextGeneration()), to: seat, &turn)
    }

    /// Looks how far one place has come.
    private mutating func follow(_ name: ProcessName, _ rollout: inout Rollout, _ turn: inout FleetTurn) {
        guard let active = rollout.active[name] else { return }
        let seat = Seat(name, .successor)
        switch active.stage {
        case .draining(let generation):
            if self[Seat(name, .retiring(generation))] == nil { complete(name, &rollout, &turn) }
        case .starting, .verifying:
            guard let successor = self[seat] else { return fail(name, "it has gone", &rollout, &turn) }
            if let trouble = trouble(of: successor) { return fail(name, trouble, &rollout, &turn) }
            guard successor.isServing else { return }
            if case .verifying(let until) = active.stage {
                if until <= turn.now { takePlace(name, &rollout, &turn) }
            } else if rollout.verify > .zero, !rollout.isRestoring {
                rollout.active[name]?.stage = .verifying(until: turn.now + rollout.verify)
            } else {
                takePlace(name, &rollout, &turn)
            }
        }
    }

    /// Why a new process is not going to serve; nil while it may.
    private func trouble(of successor: ProcessMachine) -> String? {
        let ended = successor.lastExit.map { ": \($0)" } ?? ""
        switch successor.state {
        case .preparing, .spawning, .starting: return nil
        case .running(_, let watch):
            if case .unhealthy(let why) = watch.verdict { return "the new process is unhealthy: \(why)" }
            return watch.isLeaving ? "the new process is on its way out (STOPPING=1)" : nil
        case .stopping(_, let stop):
            switch stop.purpose {
            case .notReady(let why), .unhealthy(let why): return "the new process is \(why)"
            case .asked: return "the new process was stopped"
            }
        case .backoff, .fatal: return "the new process: \(successor.spawnError)\(ended)"
        case .exited, .completed, .stopped, .waiting: return "the new process has ended\(ended)"
        }
    }

    /// The new process becomes the one that is meant by the name; the old one is told to stop.
    private mutating func takePlace(_ name: ProcessName, _ rollout: inout Rollout, _ turn: inout FleetTurn) {
        guard let old = machines[name], var new = self[Seat(name, .successor)], let step = rollout.active[name]?.step
        else { return }
        new.starts += old.starts
        if !rollout.isRestoring, old.config != step.config.value {
            rollout.undo.insert(
                Rollout.Step(name: name, config: Shared(old.config), origin: old.origin), at: 0)
        }
        put(nil, Seat(name, .successor))
        put(new, Seat(name))
        turn.effects += [.forget(Seat(name, .successor)), .record(Seat(name))]
        turn.touched.append(Seat(name))
        var generation: UInt64?
        if let current = old.generation, !callOff(current, &turn) {
            generation = current
            put(old, Seat(name, .retiring(current)))
            turn.effects.append(.record(Seat(name, .retiring(current))))
        }
        tellOfChange(from: old, to: new, &turn)
        turn.hasUnfinishedChanges = true
        guard let generation else { return complete(name, &rollout, &turn) }
        rollout.active[name]?.stage = .draining(generation)
        feed(.stop(reports: false), to: Seat(name, .retiring(generation)), &turn)
    }

    /// For whoever follows the states of a name: as if the old one had stopped and the new one had started, in one moment.
    private func tellOfChange(from old: ProcessMachine, to new: ProcessMachine, _ turn: inout FleetTurn) {
        var state = old.processState
        func tell(_ next: ProcessState, pid: Int32) {
            turn.effects.append(
                .changed(
                    StateChange(name: old.name, from: state, to: next, pid: pid, tries: 0, expected: false)))
            state = next
        }
        let pid = old.run?.pid ?? 0
        if [.running, .starting].contains(state) { tell(.stopping, pid: pid) }
        if state == .stopping { tell(.stopped, pid: pid) }
        tell(.starting, pid: 0)
        tell(.running, pid: new.run?.pid ?? 0)
    }

    private mutating func complete(_ name: ProcessName, _ rollout: inout Rollout, _ turn: inout FleetTurn) {
        rollout.active[name] = nil
        settleRoll(rollout.number, name, rollout.isRestoring ? .restored : .replaced, nil, &turn)
    }

    private mutating func fail(
        _ name: ProcessName, _ why: String, _ rollout: inout Rollout, _ turn: inout FleetTurn
    ) {
        turn.effects.append(.log(.critical, "roll-out: \(name): \(why); the old process goes on"))
        rollout.active[name] = nil
        dispose(Seat(name, .successor), &turn)
        if rollout.failure == nil { rollout.failure = "\(name): \(why)" }
        if rollout.cause == .recycling { feed(.recyclingFailed, to: name, &turn) }
        // One that cannot go back stays what it has become, and was told of as such.
        if !rollout.isRestoring { settleRoll(rollout.number, name, .notReplaced, why, &turn) }
    }

    /// After a failure: nothing further begins, what is not in place yet goes, and then what was replaced goes back.
    private mutating func giveUp(_ rollout: inout Rollout, _ turn: inout FleetTurn) {
        for (name, active) in rollout.active.sorted(by: { $0.key < $1.key }) {
            if active.isDraining { continue }
            rollout.active[name] = nil
            dispose(Seat(name, .successor), &turn)
            if rollout.cause == .recycling { feed(.recyclingFailed, to: name, &turn) }
            settleRoll(rollout.number, name, .notReplaced, rollout.failure, &turn)
        }
        for step in rollout.pending {
            if rollout.cause == .recycling { feed(.recyclingFailed, to: step.name, &turn) }
            settleRoll(rollout.number, step.name, .notReplaced, rollout.failure, &turn)
        }
        rollout.pending = []
        guard rollout.active.isEmpty, !rollout.undo.isEmpty else { return }
        turn.effects.append(
            .log(.critical, "roll-out: \(rollout.undo.count) replaced processes go back to what they were"))
        rollout.isRestoring = true
        rollout.pending = rollout.undo
        rollout.undo = []
    }

    private mutating func finish(_ rollout: Rollout, _ turn: inout FleetTurn) {
        rollouts.removeAll { $0.number == rollout.number }
        turn.hasUnfinishedChanges = true
        settleRollout(rollout.number, &turn)
        if case .update(let group) = rollout.cause, pendingChanges[group]?.rollouts.contains(rollout.number) == true {
            pendingChanges[group]?.rollouts.removeAll { $0 == rollout.number }
            if let failure = rollout.failure { pendingChanges[group]?.failure = failure }
            advanceChange(of: group, &turn)
        }
    }

    /// Ends a process that has no place any more.
    mutating func dispose(_ seat: Seat, _ turn: inout FleetTurn) {
        guard let machine = self[seat] else { return }
        put(nil, seat)
        turn.effects.append(.forget(seat))
        // Somebody may wait for all of this name to be gone.
        turn.touched.append(Seat(seat.name))
        guard let generation = machine.generation, !callOff(generation, &turn) else { return }
        let retiring = Seat(seat.name, .retiring(generation))
        put(machine, retiring)
        turn.effects.append(.record(retiring))
        feed(.stop(reports: false), to: retiring, &turn)
    }

    /// Takes back the start of a process that began in this very turn; false where it is too late for that.
    private func callOff(_ generation: UInt64, _ turn: inout FleetTurn) -> Bool {
        let index = turn.effects.firstIndex { effect in
            switch effect {
            case .spawn(_, generation), .runHook(_, .preStart, generation): true
            default: false
            }
        }
        if let index { turn.effects.remove(at: index) }
        return index != nil
    }

    /// Takes a process out of all rollouts: somebody wants something else of it. What it was to become it is at its next start.
    mutating func leaveRollouts(_ name: ProcessName, _ turn: inout FleetTurn) {
        for index in rollouts.indices where rollouts[index].openNames.contains(name) {
            let rollout = rollouts[index]
            var left = rollout.pending.first { $0.name == name }
            rollouts[index].pending.removeAll { $0.name == name }
            if let active = rollout.active[name] {
                // One that has its place already only waits for the old one to go.
                if active.isDraining { continue }
                left = active.step
                rollouts[index].active[name] = nil
                dispose(Seat(name, .successor), &turn)
            }
            guard let left else { continue }
            turn.hasUnfinishedChanges = true
            if rollout.bringsConfigurations, ending == nil { adopt(left.config.value, origin: left.origin, &turn) }
            if !rollout.isRestoring { settleRoll(rollout.number, name, .notReplaced, "it was stopped", &turn) }
        }
    }

    // MARK: - Who asks for them

    /// Replaces processes that have grown too old or too large.
    mutating func beginRecycling(_ turn: inout FleetTurn) {
        for (seat, why) in turn.recycling where seat.role == .holder && ending == nil {
            guard let machine = machines[seat.name] else { continue }
            if machine.config.restartMode == .rolling {
                recycle(machine, &turn)
            } else {
                turn.effects.append(
                    .log(.info, "recycling: \(seat.name.process) is stopped and started again: \(why)"))
                feed(.restart(reports: false), to: seat, &turn)
            }
        }
        turn.recycling = []
    }

    /// Processes of one program that are to be recycled at the same time are part of one rollout, so that `roll_batch` holds for them.
    private mutating func recycle(_ machine: ProcessMachine, _ turn: inout FleetTurn) {
        let step = Rollout.Step(name: machine.name, config: Shared(machine.config), origin: machine.origin)
        // One that another rollout works on waits for it, which the others need not.
        let isFree = !rollouts.contains { $0.names.contains(machine.name) }
        let index = rollouts.firstIndex { rollout in
            rollout.cause == .recycling && rollout.failure == nil
                && rollout.openNames.contains {
                    $0.group == machine.name.group && machines[$0]?.config.program == machine.config.program
                }
        }
        if let index, isFree {
            rollouts[index].pending.append(step)
        } else {
            _ = enroll([step], .recycling, options: RollOptions(), &turn)
        }
    }

    /// Whether a restart replaces it instead of stopping it.
    func isReplaceable(_ name: ProcessName) -> Bool {
        guard let machine = machines[name], machine.config.restartMode == .rolling else { return false }
        return machine.processState == .running
    }

    /// Whether it can be replaced: it is up, or about to be, and may run twice at a time.
    private func isRollable(_ name: ProcessName) -> Bool {
        guard let machine = machines[name], machine.config.restartMode == .rolling, mayStart(name) else { return false }
        return !machine.isBeingStopped && [.running, .starting, .backoff].contains(machine.processState)
    }

    mutating func beginRoll(
        _ names: [ProcessName], _ options: RollOptions, _ job: Job, wait: Bool, _ turn: inout FleetTurn
    ) {
        var job = job
        var toRoll: [ProcessName] = []
        for name in inStartOrder(names) {
            guard let machine = machines[name] else { continue }
            if ending != nil {
                job.results.append(CommandResult(name, .shuttingDown))
            } else if machine.config.restartMode != .rolling {
                job.results.append(CommandResult(name, .notRolling))
            } else if !isRollable(name) {
                job.results.append(CommandResult(name, .notRunning))
            } else {
                toRoll.append(name)
            }
        }
        roll(toRoll, options, &job, wait: wait, &turn)
        enlist(job, wait: wait, &turn)
    }

    /// One rollout for each program, since each has its own batch.
    mutating func roll(
        _ names: [ProcessName], _ options: RollOptions, _ job: inout Job, wait: Bool, _ turn: inout FleetTurn
    ) {
        var programs: [String] = []
        var steps: [String: [Rollout.Step]] = [:]
        for name in names {
            guard let machine = machines[name] else { continue }
            let key = "\(name.group):\(machine.config.program)"
            if steps[key] == nil { programs.append(key) }
            steps[key, default: []].append(
                Rollout.Step(name: name, config: Shared(machine.config), origin: machine.origin))
        }
        for program in programs {
            guard let number = enroll(steps[program] ?? [], .asked, options: options, &turn) else { continue }
            if wait { job.rollouts.insert(number) }
        }
        if !wait { job.results += names.map { CommandResult($0, .replaced) } }
    }

    /// Tells the job that waits for this rollout what became of one place.
    private mutating func settleRoll(
        _ number: UInt64, _ name: ProcessName, _ outcome: CommandResult.Outcome, _ detail: String?,
        _ turn: inout FleetTurn
    ) {
        for index in jobs.indices where jobs[index].rollouts.contains(number) {
            // One that went back is told of as such alone.
            if outcome == .restored {
                jobs[index].results.removeAll { $0.subject == .process(name) && $0.outcome == .replaced }
            }
            jobs[index].results.append(CommandResult(name, outcome, detail: detail))
        }
    }

    /// A rollout is over.
    private mutating func settleRollout(_ number: UInt64, _ turn: inout FleetTurn) {
        for index in jobs.indices.reversed() where jobs[index].rollouts.remove(number) != nil {
            settleIfDone(index, &turn)
        }
    }
}
