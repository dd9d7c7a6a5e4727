public import SuperBase

/// What to do next with every process, given an event and the time.
///
/// The fleet holds one `ProcessMachine` for each process, in groups in start order; it adds what concerns more than one of them: who is
/// started and stopped in which order, commands that wait (`Fleet+Commands`), changes of the configuration (`Fleet+Update`) and the end of
/// superd (`Fleet+Shutdown`).
///
/// Invariants:
/// - every change of a machine is followed by its `.record` effect, before any signal or spawn that comes of it;
/// - every ticket given in is settled exactly once;
/// - once superd goes down, nothing is started any more.
public struct Fleet: Sendable {
    /// What the fleet is told.
    public enum Event: Sendable, Hashable {
        /// The keeper started a process.
        case spawned(ProcessName, generation: UInt64, pid: Int32, at: Instant)
        /// The keeper, or the look before it, could not.
        case spawnFailed(ProcessName, generation: UInt64, message: String)
        /// The keeper reaped a process.
        case exited(ProcessName, generation: UInt64, status: ExitStatus, at: Instant)
        /// An operator asks for something. `wait`: the answer comes when it is done; `deadline`: or then at the latest.
        case command(Command, Ticket, wait: Bool, deadline: Instant?)
        /// superd is to end, or to read its configuration anew; every process is stopped first.
        case end(End)
        /// The stop for `.restart` is over, and this is the new configuration.
        case configured([GroupConfig])
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
        /// Persist the machine's record; nothing, where the process is gone again by the end of this turn.
        case record(ProcessName)
        /// The process is no longer part of the fleet: its record can go.
        case forget(ProcessName)
        case spawn(ProcessName, generation: UInt64)
        case signal(ProcessName, generation: UInt64, Signal, toGroup: Bool)
        case log(LogLevel, String)
        case changed(StateChange)
        case groupAdded(String)
        case groupRemoved(String)
        case settled(Ticket, [CommandResult])
        /// Every process has stopped, as `end` asked.
        case ended(End)
    }

    /// A group as it runs, which may differ from the files until an update.
    public struct Group: Sendable, Hashable {
        public internal(set) var config: GroupConfig
        /// In start order.
        public internal(set) var members: [ProcessName]
    }

    /// In start order.
    public internal(set) var groups: [Group] = []
    public private(set) var machines: [ProcessName: ProcessMachine] = [:]
    /// The deadlines of the machines that have one: most have none, so the next one is found without looking at all.
    private var deadlines: [ProcessName: Instant] = [:]
    var jobs: [Job] = []
    /// Changes that wait until every process of their group has stopped, by group.
    var pendingChanges: [String: GroupChange] = [:]
    var ending: Ending?
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

    public func group(_ name: String) -> Group? { groups.first { $0.config.name == name } }

    /// All names in start order.
    public var names: [ProcessName] { groups.flatMap(\.members) }

    /// When `wake` has something to do; nil: never by itself.
    public var deadline: Instant? {
        var earliest: Instant?
        func consider(_ other: Instant?) {
            guard let other else { return }
            earliest = earliest.map { min($0, other) } ?? other
        }
        for deadline in deadlines.values { consider(deadline) }
        for job in jobs { consider(job.deadline) }
        consider(ending?.reportAt)
        return earliest
    }

    /// Takes an event and says what is to be done about it, in order.
    public mutating func handle(_ event: Event, at now: Instant) -> [Effect] {
        var turn = FleetTurn(now: now)
        switch event {
        case .spawned(let name, let generation, let pid, let at):
            feed(.spawned(generation: generation, pid: pid, at: at), to: name, &turn)
        case .spawnFailed(let name, let generation, let message):
            feed(.spawnFailed(generation: generation, message: message), to: name, &turn)
        case .exited(let name, let generation, let status, let at):
            feed(.exited(generation: generation, status: status, at: at), to: name, &turn)
        case .command(let command, let ticket, let wait, let deadline):
            begin(command, ticket, wait: wait, deadline: deadline, &turn)
        case .end(let end): begin(end, &turn)
        case .configured(let configs): configure(configs, &turn)
        case .wake: wakeDue(&turn)
        }
        settleDown(&turn)
        return turn.effects
    }

    /// Gives an event to one machine and takes up its effects.
    mutating func feed(_ event: ProcessEvent, to name: ProcessName, _ turn: inout FleetTurn) {
        guard var machine = machines[name] else { return }
        let before = machine
        var random = random
        let effects = machine.handle(event, at: turn.now) { random.nextFraction() }
        self.random = random
        guard machine != before || !effects.isEmpty else { return }
        put(machine, name)
        turn.touched.append(name)
        turn.effects.append(.record(name))
        for effect in effects {
            switch effect {
            case .spawn(let generation): turn.effects.append(.spawn(name, generation: generation))
            case .signal(let signal, let generation, let toGroup):
                turn.effects.append(.signal(name, generation: generation, signal, toGroup: toGroup))
            case .log(let level, let text): turn.effects.append(.log(level, text))
            case .changed(let change): turn.effects.append(.changed(change))
            }
        }
    }

    /// Stores a machine, or takes it out; the only way to change one.
    mutating func put(_ machine: ProcessMachine?, _ name: ProcessName) {
        machines[name] = machine
        deadlines[name] = machine?.deadline
    }

    /// A generation that no run had before.
    mutating func nextGeneration() -> UInt64 {
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
    }

    private mutating func drain(_ turn: inout FleetTurn) {
        while let name = turn.touched.popLast() { advance(name, &turn) }
    }

    private mutating func wakeDue(_ turn: inout FleetTurn) {
        let now = turn.now
        let due = deadlines.filter { $0.value <= now }.map(\.key)
        guard !due.isEmpty else { return }
        // In start order, so that a run can be replayed.
        for name in due.count == 1 ? due : names.filter(Set(due).contains) {
            feed(.wake(generation: nextGeneration()), to: name, &turn)
        }
    }

    /// What follows from the change of one machine.
    private mutating func advance(_ name: ProcessName, _ turn: inout FleetTurn) {
        guard machines[name] != nil else { return }
        if ending != nil { feed(.daemonStops, to: name, &turn) }
        advanceJobs(name, &turn)
        if mayStart(name), let machine = machines[name], machine.startWished, machine.processState.isStopped,
            !jobs.contains(where: { $0.holds(name) })
        {
            feed(.start(generation: nextGeneration()), to: name, &turn)
        }
        advanceChange(of: name.group, &turn)
        advanceEnding(&turn)
    }

    /// Whether nothing stands against a start: neither the end of superd nor an update that stops the group.
    func mayStart(_ name: ProcessName) -> Bool { ending == nil && pendingChanges[name.group] == nil }

    /// Whether nothing of the group is up or coming up.
    func isStopped(_ group: Group) -> Bool {
        group.members.allSatisfy { machines[$0]?.processState.isStopped ?? true }
    }
}

/// What is gathered while one event is handled.
struct FleetTurn {
    let now: Instant
    var effects: [Fleet.Effect] = []
    /// Machines that changed and whose consequences are not drawn yet.
    var touched: [ProcessName] = []
}

/// Numbers that look like chance and depend on the seed alone (SplitMix64).
struct RandomNumbers: Sendable {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    /// From 0 up to 1.
    mutating func nextFraction() -> Double {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return Double((z ^ (z >> 31)) >> 11) / Double(1 << 53)
    }
}
