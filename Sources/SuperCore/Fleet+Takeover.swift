public import SuperBase

/// What a new brain does: it takes over a fleet that runs already.
extension Fleet {
    /// The configurations that processes run under.
    public typealias Lookup = (_ origin: UInt64, ProcessName) -> ProcessConfig?

    /// Takes over: the groups as they ran, with the records that the last brain left at the keeper.
    ///
    /// What the keeper knows of living and ended processes comes after this, as `spawned` and `exited` events, and then `resume`.
    /// Groups and records must be of one moment: what a turn does to the groups reaches the keeper together with its records, or not at
    /// all. A superd that was on its way down is told `end` again, right after this.
    ///
    /// `lookup` gives the configuration of a process under a number; where it knows none, that of the group counts. `living` are the
    /// runs that the keeper has. A member with a record that its group does not name any more was on its way out and goes on so. A process whose record cannot be read is not started a second time beside its own run: it counts as RUNNING.
    public mutating func adopt(
        _ configs: [(group: GroupConfig, origin: UInt64)], records: [Seat: [UInt8]],
        living: [ProcessName: ProcessMachine.Run] = [:], lookup: Lookup = { _, _ in nil }
    ) -> [Effect] {
        var effects: [Effect] = []
        for (config, origin) in configs {
            insert(config, origin: origin)
            for process in config.processes + leaving(config, records, lookup) {
                let seat = Seat(process.name)
                // Without a record: the last brain ended while it took this one in.
                var machine = ProcessMachine(config: process, origin: origin, run: living[process.name])
                let read = machineOfRecord(records[seat], of: seat, otherwise: process, lookup, &effects)
                if let read { machine = read }
                put(machine, seat)
                if read == nil { effects.append(.record(seat)) }
                lastGeneration = max(lastGeneration, machine.generation ?? 0)
            }
        }
        for (seat, record) in records where seat.role != .holder && machines[seat.name] != nil {
            guard let config = machines[seat.name]?.config,
                let machine = machineOfRecord(record, of: seat, otherwise: config, lookup, &effects)
            else { continue }
            put(machine, seat)
            lastGeneration = max(lastGeneration, machine.generation ?? 0)
        }
        takeover = Set(
            (Array(machines.values) + Array(others.values)).compactMap { machine in
                if case .stopping(let run, _) = machine.state { run.generation } else { nil }
            })
        return effects
    }

    /// Members that are not part of their group's configuration any more, and were not gone yet.
    private mutating func leaving(
        _ config: GroupConfig, _ records: [Seat: [UInt8]], _ lookup: Lookup
    ) -> [ProcessConfig] {
        let members = Set(config.processes.map(\.name))
        let others = records.keys.filter {
            $0.role == .holder && $0.name.group == config.name && !members.contains($0.name)
        }
        return others.map(\.name).sorted().compactMap { name in
            guard let record = records[Seat(name)], let origin = try? ProcessMachine.origin(ofRecord: record),
                let process = lookup(origin, name),
                let index = groups.firstIndex(where: { $0.config.name == config.name })
            else { return nil }
            groups[index].members.append(name)
            return process
        }
    }

    private func machineOfRecord(
        _ record: [UInt8]?, of seat: Seat, otherwise config: ProcessConfig, _ lookup: Lookup,
        _ effects: inout [Effect]
    ) -> ProcessMachine? {
        guard let record else { return nil }
        do {
            let origin = try ProcessMachine.origin(ofRecord: record)
            return try ProcessMachine(config: lookup(origin, seat.name) ?? config, record: record)
        } catch {
            effects.append(.log(.critical, "the record of \(seat) cannot be read: \(error)"))
            return nil
        }
    }

    /// Goes on after `adopt`: `alive` are the generations that the keeper has, running or ended but not acknowledged, and `signalled`
    /// those of them that were sent their stop signal or SIGKILL; a signal that an operator sent for another reason does not count.
    /// `unfinished` is what the last brain had not finished, with the groups that it was about, as `lookup` has them.
    public mutating func resume(
        alive: Set<UInt64>, signalled: Set<UInt64>, unfinished: [UInt8] = [], lookup: Lookup = { _, _ in nil },
        groupLookup: (_ origin: UInt64, _ name: String) -> GroupConfig? = { _, _ in nil }, at now: Instant
    ) -> [Effect] {
        var turn = FleetTurn(now: now)
        let stopping = takeover ?? []
        takeover = nil
        for seat in names.map({ Seat($0) }) + inOrder(Array(others.keys)) {
            // New processes begin anew: nobody knows how far the look at them had come.
            if seat.role == .successor, self[seat]?.run == nil { feed(.stop(reports: false), to: seat, &turn) }
            resume(seat, alive, signalled, stopping, &turn)
            if seat.role == .successor { dispose(seat, &turn) }
        }
        takeUp(unfinished, lookup, groupLookup, &turn)
        if !unfinished.isEmpty { turn.hasUnfinishedChanges = true }
        settleDown(&turn)
        return turn.ordered
    }

    private mutating func resume(
        _ seat: Seat, _ alive: Set<UInt64>, _ signalled: Set<UInt64>, _ stopping: Set<UInt64>,
        _ turn: inout FleetTurn
    ) {
        guard let machine = self[seat] else { return }
        if case .spawning(let generation, let stopWished) = machine.state, !alive.contains(generation) {
            if stopWished || ending != nil {
                let message = "the start of \(seat.name.process) was called off"
                feed(.spawnFailed(generation: generation, message: message), to: seat, &turn)
            } else {
                turn.effects.append(.spawn(seat, generation: generation))
            }
        } else if let run = machine.run, !alive.contains(run.generation) {
            turn.effects.append(.log(.critical, "\(seat) (pid \(run.pid)) is gone and nobody saw it end"))
            let unknown = ExitStatus.signaled(.kill, coreDumped: false)
            feed(.exited(generation: run.generation, status: unknown, at: turn.now), to: seat, &turn)
        } else if case .stopping(let run, _) = machine.state, stopping.contains(run.generation),
            !signalled.contains(run.generation)
        {
            feed(.stopSignalLost, to: seat, &turn)
        }
        feed(.takenOver, to: seat, &turn)
        turn.touched.append(seat)
    }

    // MARK: - What is not finished

    /// The rollouts and changes under way, as `resume` takes them up again: a rollout goes on with the places that were not taken yet, and a
    /// change of a group is worked out anew.
    public var unfinished: [UInt8] {
        var writer = ByteWriter()
        writer.write(UInt8(1))
        let recorded = rollouts.filter { rollout in
            switch rollout.cause {
            case .asked: true
            // The process is found too old or too large again.
            case .recycling: false
            case .update: rollout.failure != nil
            }
        }
        writer.write(recorded) { $0.write($1) }
        // One whose rollout goes back is not begun again.
        let failed = Set(rollouts.filter { $0.failure != nil }.map(\.number))
        let changes = pendingChanges.sorted { $0.key < $1.key }.map(\.value).filter {
            failed.isDisjoint(with: $0.rollouts)
        }
        writer.write(changes) { writer, pending in
            writer.write(pending.change.group)
            writer.write(pending.origin)
            if case .remove = pending.change { writer.write(true) } else { writer.write(false) }
            // The places that were taken go back if a later one fails.
            writer.write(rollouts.filter { pending.rollouts.contains($0.number) }.flatMap(\.undo)) { $0.write($1) }
        }
        return writer.bytes
    }

    private mutating func takeUp(
        _ bytes: [UInt8], _ lookup: Lookup, _ groupLookup: (UInt64, String) -> GroupConfig?, _ turn: inout FleetTurn
    ) {
        guard !bytes.isEmpty, ending == nil else { return }
        do {
            var reader = ByteReader(bytes)
            guard try reader.read(UInt8.self) == 1 else { throw MalformedBytes() }
            let stored = try reader.readArray { (r) throws(MalformedBytes) in try StoredRollout(from: &r) }
            let changes = try reader.readArray { (r) throws(MalformedBytes) in
                (
                    try r.readText(), try r.read(UInt64.self), try r.readBool(),
                    try r.readArray { (r) throws(MalformedBytes) in try StoredStep(from: &r) }
                )
            }
            for rollout in stored { takeUp(rollout, lookup, &turn) }
            for (name, origin, isRemoval, undo) in changes where group(name) != nil {
                let change = isRemoval ? GroupChange.remove(name) : groupLookup(origin, name).map(GroupChange.replace)
                guard let change else { continue }
                begin([change], origin: origin, &turn)
                guard let index = rollouts.lastIndex(where: { $0.cause == .update(name) }) else { continue }
                rollouts[index].undo += steps(undo, lookup)
            }
        } catch {
            turn.effects.append(.log(.critical, "what the last brain had not finished cannot be read: \(error)"))
        }
    }

    private mutating func takeUp(_ stored: StoredRollout, _ lookup: Lookup, _ turn: inout FleetTurn) {
        let steps = steps(stored.steps, lookup)
        guard !steps.isEmpty else { return }
        lastRollout += 1
        var rollout = Rollout(
            number: lastRollout, cause: .asked, batch: stored.batch, verify: stored.verify, pending: steps)
        if stored.isRestoring {
            rollout.isRestoring = true
            rollout.failure = "it was given up before superd's brain was replaced"
        }
        rollouts.append(rollout)
        turn.hasUnfinishedChanges = true
    }

    /// Those whose processes and configurations there still are.
    private func steps(_ stored: [StoredStep], _ lookup: Lookup) -> [Rollout.Step] {
        stored.compactMap { step in
            guard machines[step.name] != nil, let config = lookup(step.origin, step.name) else { return nil }
            return Rollout.Step(name: step.name, config: Shared(config), origin: step.origin)
        }
    }
}

/// A step of a rollout as it is recorded.
private struct StoredStep {
    var name: ProcessName
    var origin: UInt64

    init(from reader: inout ByteReader) throws(MalformedBytes) {
        name = ProcessName(group: try reader.readText(), process: try reader.readText())
        origin = try reader.read(UInt64.self)
    }
}

/// A rollout as it is recorded.
private struct StoredRollout {
    var isRestoring: Bool
    var batch: Int
    var verify: Duration
    var steps: [StoredStep]

    init(from reader: inout ByteReader) throws(MalformedBytes) {
        isRestoring = try reader.readBool()
        batch = Int(max(1, min(try reader.read(Int64.self), 1_000_000)))
        verify = .nanoseconds(max(0, try reader.read(Int64.self)))
        steps = try reader.readArray { (r) throws(MalformedBytes) in try StoredStep(from: &r) }
    }
}

extension ByteWriter {
    fileprivate mutating func write(_ rollout: Rollout) {
        write(rollout.failure != nil)
        write(Int64(rollout.batch))
        write(rollout.verify.wholeNanoseconds)
        // Those that are draining have their places.
        let open = rollout.active.values.filter { !$0.isDraining }
        var steps = open.map(\.step).sorted { $0.name < $1.name } + rollout.pending
        // It is about to go back, and only waits for the old processes to go.
        if rollout.failure != nil, !rollout.isRestoring { steps = rollout.undo }
        write(steps) { $0.write($1) }
    }

    fileprivate mutating func write(_ step: Rollout.Step) {
        write(step.name.group)
        write(step.name.process)
        write(step.origin)
    }
}
