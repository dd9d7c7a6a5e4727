public import SuperBase

/// What to do next with every process, given an event and the time.
///
/// The fleet holds one `ProcessMachine` for each process, in groups in start order; it adds what concerns more than one of them: who is
/// started and stopped in which order, commands that wait (`Fleet+Commands`), who waits for whom (`Fleet+Dependencies`), replacing processes
/// one by one (`Fleet+Rollouts`), changes of the configuration (`Fleet+Update`), the end of superd (`Fleet+Shutdown`) and what a new brain does
/// (`Fleet+Takeover`).
///
/// Invariants:
/// - every turn begins with the `.record` effects of all machines that it changes, before any signal or spawn that comes of it;
/// - every ticket given in is settled exactly once;
/// - once superd goes down, nothing is started any more;
/// - a process that serves is told to stop for a replacement only when another one serves in its place.
public struct Fleet: Sendable {
    /// What the fleet is told.
    public enum Event: Sendable, Hashable {
        /// The keeper started a process.
        case spawned(ProcessName, generation: UInt64, pid: Int32, at: Instant)
        /// The keeper, or the look before it, could not.
        case spawnFailed(ProcessName, generation: UInt64, message: String)
        /// The keeper reaped a process.
        case exited(ProcessName, generation: UInt64, status: ExitStatus, at: Instant)
        /// Why the start of a process failed, where more is known of that than its exit status says.
        case explained(ProcessName, String)
        /// A process has shown that it is ready, by a line or through its descriptor.
        case ready(ProcessName, generation: UInt64)
        /// A process said something through the notify socket.
        case notified(ProcessName, generation: UInt64, Notice)
        /// A probe has succeeded, or failed for this reason.
        case probed(ProcessName, generation: UInt64, failure: String?)
        /// The memory of a process with all its descendants.
        case measured(ProcessName, generation: UInt64, ByteSize)
        /// The command of a hook that a process waits for has ended, well or for this reason.
        case hookEnded(ProcessName, Hook, generation: UInt64, failure: String?)
        /// A connection waits for processes that start on demand.
        case demanded([ProcessName])
        /// Nobody has been connected to these processes, which started on demand, for their `idle_timeout`.
        case idle([ProcessName])
        /// An operator asks for something. `wait`: the answer comes when it is done; `deadline`: or then at the latest.
        case command(Command, Ticket, wait: Bool, deadline: Instant?)
        /// superd is to end, or to read its configuration anew; every process is stopped first.
        case end(End)
        /// The stop for `.restart` is over, and this is the new configuration, with its number.
        case configured([GroupConfig], origin: UInt64)
        /// Time has passed. Comes after all that the keeper has to tell, so that no process counts as started that has ended already.
        case wake
    }

    /// Why superd stops everything.
    public enum End: Sendable, Hashable {
        case shutdown
        case restart
    }

    /// What is to be done, in this order.
    public enum Effect: Sendable, Hashable {
        /// Persist the machine's record as it is at the end of this turn. All that is to be persisted, `.forget` and `.unfinished` among
        /// it, comes before everything else and is to be persisted together or not at all, as are the groups that this turn changes.
        case record(Seat)
        /// The process is no longer part of the fleet: its record can go.
        case forget(Seat)
        /// Persist `unfinished`.
        case unfinished
        case spawn(Seat, generation: UInt64)
        case signal(Seat, generation: UInt64, Signal, toGroup: Bool)
        case runHook(Seat, Hook, generation: UInt64)
        case runStopCommand(Seat, generation: UInt64)
        case probe(Seat, Probe, generation: UInt64, timeout: Duration)
        case measure(Seat, generation: UInt64)
        case log(LogLevel, String)
        case changed(StateChange)
        case groupAdded(String)
        /// Its place in the order, its members or their configurations are others now.
        case groupChanged(String)
        case groupRemoved(String)
        case settled(Ticket, [CommandResult])
        /// superd is to go down by itself, with this exit code and for this reason.
        case endRequested(code: Int32, reason: String)
        /// Every process has stopped, as `end` asked.
        case ended(End)
    }

    /// A group as it runs, which may differ from the files until an update.
    public struct Group: Sendable, Hashable {
        /// The members' own configurations are those of their machines.
        public internal(set) var config: GroupConfig
        /// In start order.
        public internal(set) var members: [ProcessName]
    }

    /// When superd ends by itself.
    public var exitWhen = ExitCondition.never
    /// In start order.
    public internal(set) var groups: [Group] = []
    /// Those that operators mean, by name.
    public private(set) var machines: [ProcessName: ProcessMachine] = [:]
    /// Successors and the retiring.
    var others: [Seat: ProcessMachine] = [:]
    /// The deadlines of the machines that have one: most have none, so the next one is found without looking at all.
    private var deadlines: [Seat: Instant] = [:]
    /// Processes that wait for others.
    private(set) var waiting: Set<ProcessName> = []
    var jobs: [Job] = []
    /// Replacements under way and those that wait for them, in the order in which they were asked for.
    var rollouts: [Rollout] = []
    var lastRollout: UInt64 = 0
    /// Changes that wait until processes of their group have stopped or have been replaced, by group.
    var pendingChanges: [String: PendingChange] = [:]
    var ending: Ending?
    /// superd has been asked to go down by itself.
    var hasAskedToEnd = false
    /// Not nil between `adopt` and `resume`: what the keeper tells is taken in, and nothing follows from it yet. Holds the generations
    /// that were being stopped by their records.
    var takeover: Set<UInt64>?
    /// The last generation given out.
    var lastGeneration: UInt64
    var random: RandomNumbers

    /// An empty fleet. `lastGeneration`: the highest one the keeper knows; `seed` drives the jitter of delays.
    public init(lastGeneration: UInt64 = 0, seed: UInt64 = 0) {
        self.lastGeneration = lastGeneration
        random = RandomNumbers(seed: seed)
    }

    public subscript(name: ProcessName) -> ProcessMachine? { machines[name] }

    public subscript(seat: Seat) -> ProcessMachine? { seat.role == .holder ? machines[seat.name] : others[seat] }

    public func group(_ name: String) -> Group? { groups.first { $0.config.name == name } }

    /// All names in start order.
    public var names: [ProcessName] { groups.flatMap(\.members) }

    /// The successor and the retiring processes of a name, the successor first.
    public func others(of name: ProcessName) -> [(seat: Seat, machine: ProcessMachine)] {
        guard !others.isEmpty else { return [] }
        return others.filter { $0.key.name == name }.map { ($0.key, $0.value) }.sorted {
            ($0.seat.role == .successor ? 0 : 1, $0.machine.generation ?? 0)
                < ($1.seat.role == .successor ? 0 : 1, $1.machine.generation ?? 0)
        }
    }

    /// The one of a name's processes that has this generation; the holder, where none has.
    public func seat(of generation: UInt64, _ name: ProcessName) -> Seat {
        if machines[name]?.generation == generation || others.isEmpty { return Seat(name) }
        let retiring = Seat(name, .retiring(generation))
        if others[retiring] != nil { return retiring }
        let successor = Seat(name, .successor)
        return others[successor]?.generation == generation ? successor : Seat(name)
    }

    /// When `wake` has something to do; nil: never by itself.
    public var deadline: Instant? {
        var earliest: Instant?
        func consider(_ other: Instant?) {
            guard let other else { return }
            earliest = earliest.map { min($0, other) } ?? other
        }
        for deadline in deadlines.values { consider(deadline) }
        for job in jobs { consider(job.deadline) }
        for rollout in rollouts { consider(rollout.deadline) }
        consider(ending?.reportAt)
        return earliest
    }

    /// Takes an event and says what is to be done about it, in order.
    public mutating func handle(_ event: Event, at now: Instant) -> [Effect] {
        var turn = FleetTurn(now: now)
        take(event, &turn)
        settleDown(&turn)
        return turn.ordered
    }

    private mutating func take(_ event: Event, _ turn: inout FleetTurn) {
        switch event {
        case .spawned(let name, let generation, let pid, let at):
            feed(.spawned(generation: generation, pid: pid, at: at), to: seat(of: generation, name), &turn)
        case .spawnFailed(let name, let generation, let message):
            feed(.spawnFailed(generation: generation, message: message), to: seat(of: generation, name), &turn)
        case .exited(let name, let generation, let status, let at):
            feed(.exited(generation: generation, status: status, at: at), to: seat(of: generation, name), &turn)
        case .explained(let name, let why): feed(.explained(why), to: name, &turn)
        case .ready(let name, let generation):
            feed(.ready(generation: generation), to: seat(of: generation, name), &turn)
        case .notified(let name, let generation, let notice):
            feed(.notified(generation: generation, notice), to: seat(of: generation, name), &turn)
        case .probed(let name, let generation, let failure):
            feed(.probed(generation: generation, failure: failure), to: seat(of: generation, name), &turn)
        case .measured(let name, let generation, let size):
            feed(.measured(generation: generation, size), to: seat(of: generation, name), &turn)
        case .hookEnded(let name, let hook, let generation, let failure):
            feed(
                .hookEnded(hook, generation: generation, failure: failure), to: seat(of: generation, name), &turn)
        case .demanded(let names): for name in names where mayStart(name) { startOnDemand(name, &turn) }
        case .idle(let names): for name in names { stopIdle(name, &turn) }
        case .command(let command, let ticket, let wait, let deadline):
            begin(command, ticket, wait: wait, deadline: deadline, &turn)
        case .end(let end): begin(end, &turn)
        case .configured(let configs, let origin): configure(configs, origin: origin, &turn)
        case .wake: wakeDue(&turn)
        }
    }

    /// Gives an event to one machine and takes up its effects.
    mutating func feed(_ event: ProcessEvent, to seat: Seat, _ turn: inout FleetTurn) {
        guard var machine = self[seat] else { return }
        let before = machine
        var random = random
        let effects = machine.handle(event, at: turn.now) { random.nextFraction() }
        self.random = random
        guard machine != before || !effects.isEmpty else { return }
        put(machine, seat)
        turn.touched.append(seat)
        // Most heartbeats and good answers of probes change nothing that a new brain has to know.
        if !effects.isEmpty || machine.record != before.record { turn.effects.append(.record(seat)) }
        for effect in effects { take(effect, of: seat, &turn) }
    }

    mutating func feed(_ event: ProcessEvent, to name: ProcessName, _ turn: inout FleetTurn) {
        feed(event, to: Seat(name), &turn)
    }

    private mutating func take(_ effect: ProcessEffect, of seat: Seat, _ turn: inout FleetTurn) {
        switch effect {
        case .spawn(let generation): turn.effects.append(.spawn(seat, generation: generation))
        case .signal(let signal, let generation, let toGroup):
            turn.effects.append(.signal(seat, generation: generation, signal, toGroup: toGroup))
        case .runHook(let hook, let generation):
            // Nobody lost anything where only the process that was to take over cannot be started.
            guard hook != .onFatal || seat.role == .holder else { return }
            turn.effects.append(.runHook(seat, hook, generation: generation))
        case .runStopCommand(let generation): turn.effects.append(.runStopCommand(seat, generation: generation))
        case .probe(let probe, let generation, let timeout):
            turn.effects.append(.probe(seat, probe, generation: generation, timeout: timeout))
        case .measure(let generation): turn.effects.append(.measure(seat, generation: generation))
        case .recycle(let why): turn.recycling.append((seat, why))
        case .log(let level, let text): turn.effects.append(.log(level, text))
        // Whoever follows a name hears of those who replace each other when one takes the other's place.
        case .changed(let change): if seat.role == .holder { turn.effects.append(.changed(change)) }
        }
    }

    /// Stores a machine, or takes it out; the only way to change one.
    mutating func put(_ machine: ProcessMachine?, _ seat: Seat) {
        if seat.role == .holder {
            machines[seat.name] = machine
            if machine?.processState == .waiting {
                waiting.insert(seat.name)
            } else {
                waiting.remove(seat.name)
            }
        } else {
            others[seat] = machine
        }
        deadlines[seat] = machine?.deadline
    }

    /// A generation that no run had before.
    public mutating func nextGeneration() -> UInt64 {
        lastGeneration += 1
        return lastGeneration
    }

    /// Everything that follows from what has changed, until nothing more follows.
    mutating func settleDown(_ turn: inout FleetTurn) {
        guard takeover == nil else { return }
        drain(&turn)
        expireJobs(&turn)
        drain(&turn)
        reportEnding(&turn)
        if turn.hasUnfinishedChanges { turn.effects.append(.unfinished) }
    }

    private mutating func drain(_ turn: inout FleetTurn) {
        repeat {
            while let seat = turn.touched.popLast() { advance(seat, &turn) }
            beginRecycling(&turn)
            startWaiting(&turn)
            advanceRollouts(&turn)
        } while !turn.touched.isEmpty
    }

    private mutating func wakeDue(_ turn: inout FleetTurn) {
        let now = turn.now
        let due = deadlines.filter { $0.value <= now }.map(\.key)
        guard !due.isEmpty else { return }
        for seat in inOrder(due) { feed(.wake(generation: nextGeneration()), to: seat, &turn) }
    }

    /// In start order, so that a run can be replayed.
    func inOrder(_ seats: [Seat]) -> [Seat] {
        guard seats.count > 1 else { return seats }
        let places = Dictionary(uniqueKeysWithValues: zip(names, 0...))
        func key(_ seat: Seat) -> (Int, UInt64) {
            let rank: UInt64 =
                switch seat.role {
                case .holder: 0
                case .successor: 1
                case .retiring(let generation): 2 + generation
                }
            return (places[seat.name] ?? .max, rank)
        }
        return seats.sorted { key($0) < key($1) }
    }

    /// What follows from the change of one machine.
    private mutating func advance(_ seat: Seat, _ turn: inout FleetTurn) {
        guard let changed = self[seat] else { return }
        let name = seat.name
        if case .retiring = seat.role, changed.generation == nil {
            put(nil, seat)
            turn.effects.append(.forget(seat))
        }
        if ending != nil { feed(.daemonStops, to: name, &turn) }
        advanceJobs(name, &turn)
        if mayStart(name), let machine = machines[name], machine.startWished, machine.processState.isStopped,
            !jobs.contains(where: { $0.holds(name) })
        {
            startOrAwait(name, &turn)
        }
        advanceChange(of: name.group, &turn)
        advanceEnding(&turn)
        if seat.role == .holder { considerEnd(name, &turn) }
    }

    /// Whether nothing stands against a start: neither the end of superd nor an update that stops it.
    func mayStart(_ name: ProcessName) -> Bool {
        ending == nil && pendingChanges[name.group]?.toStop.contains(name) != true
    }

    /// Whether nothing of the group is up or coming up.
    func isStopped(_ group: Group) -> Bool { group.members.allSatisfy(isStopped) }

    /// Whether no process of this name is up or coming up, none that retires either.
    func isStopped(_ name: ProcessName) -> Bool {
        (machines[name]?.processState.isStopped ?? true)
            && (others.isEmpty || !others.keys.contains { $0.name == name })
    }
}
