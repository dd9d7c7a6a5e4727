import SuperBase
import SuperCore

/// Performs the effects of a fleet in memory, on a clock that is a variable, and checks the rules on every step.
///
/// It stands for the keeper and the processes: spawns take a while or fail, processes live or die, signals end them, are ignored or
/// handled late, and SIGKILL always ends them. News reach the fleet in the order they happened, perhaps late, and always before a
/// `wake`, as the loop of superd does it.
///
/// The rules: every effect is legal (`FakeWorld+Rules`); the goal follows the last command (`FakeWorld+Goals`); a machine woken at its
/// deadline moves on (`turn`); a brain that dies loses nothing (`FakeWorld+Crash`). A broken rule becomes a line in `problems`.
struct FakeWorld {
    /// One life of a process, from its spawn until its end is acknowledged.
    struct Life {
        let name: ProcessName
        let generation: UInt64
        let pid: Int32
        let startedAt: Instant
        /// When it will end; nil: not by itself.
        var endsAt: Instant?
        var status: ExitStatus
        var ended: Instant?
        /// When it was sent the stop signal, or SIGKILL after it, last.
        var stopSignalAt: Instant?
        var isSignalled = false
    }

    /// A spawn that the keeper has been asked for and has not done.
    struct Spawn {
        let name: ProcessName
        let generation: UInt64
        let due: Instant
    }

    /// How the processes of one name behave.
    struct Temper {
        var spawnFailurePercent = 0
        var spawnTakes: [Duration] = [.milliseconds(1)]
        /// Nil: for ever.
        var lives: [Duration?] = [nil]
        var exits: [ExitStatus] = [.exited(code: 0)]
        /// Nil: it ignores the stop signal.
        var stopTakes: Duration? = .milliseconds(10)
    }

    enum Phase: Equatable {
        case running
        case ending(Fleet.End)
        case over
    }

    /// What an operator may ask at most once an answer for.
    struct Question {
        var command: Command
        var wait: Bool
        var deadline: Instant?
    }

    var dice: Dice
    var now = Instant(nanoseconds: 1_000_000_000_000)
    var fleet: Fleet
    var phase = Phase.running
    /// `.ended` has come for this end.
    var hasEnded = false

    var lives: [UInt64: Life] = [:]
    var spawns: [Spawn] = []
    /// What the keeper will tell, oldest first.
    var news: [Fleet.Event] = []
    var tempers: [ProcessName: Temper] = [:]
    /// From now on nothing fails and nothing ends by itself.
    var isCalm = false
    var nextPid: Int32 = 100

    /// What a new brain would find: the records and the groups as they ran.
    var records: [ProcessName: [UInt8]] = [:]
    var configs: [GroupConfig] = []
    /// Generations that the keeper had a run of.
    var usedGenerations: Set<UInt64> = []

    var ledger = Ledger()
    var questions: [Ticket: Question] = [:]
    var answers: [Ticket: [CommandResult]] = [:]
    var lastTicket: UInt64 = 0
    /// The log lines of the last step.
    var lines: [String] = []

    /// The event that is being handled; nil while a new brain takes over.
    var current: Fleet.Event?
    /// The states that a process had in this step.
    var seen: [ProcessName: Set<ProcessState>] = [:]
    /// The ledger before this step, for a brain that dies in the middle of it.
    var ledgerBefore = Ledger()
    /// The brain dies after it has performed so many effects of its next step.
    var crashAfterEffects: Int?

    var steps = 0
    var wakesAtThisInstant = 0
    var problems: [String] = []

    init(seed: UInt64 = 1) {
        dice = Dice(seed: seed)
        fleet = Fleet(seed: seed)
    }

    mutating func fail(_ text: String) {
        problems.append("step \(steps), \(now.nanoseconds / 1_000_000) ms: \(text)")
    }

    /// The life of the process that has not ended.
    func living(_ name: ProcessName) -> Life? {
        lives.values.first { $0.name == name && $0.ended == nil }
    }

    // MARK: - Time

    /// One turn of superd's loop: the next news, else what is due, else the clock moves on to the next thing that happens.
    mutating func turn(lag: Duration = .zero) {
        happen()
        if !news.isEmpty {
            wakesAtThisInstant = 0
            step(news.removeFirst())
        } else if let deadline = fleet.deadline, deadline <= now {
            wakesAtThisInstant += 1
            if wakesAtThisInstant > 3 { fail("woken \(wakesAtThisInstant) times at one instant: busy loop") }
            step(.wake)
        } else if let next = nextMoment {
            now = max(now, next) + lag
            wakesAtThisInstant = 0
        }
    }

    /// Lets time run up to `end`, through all that happens until then.
    mutating func run(for duration: Duration) {
        let end = now + duration
        var turns = 0
        while problems.isEmpty {
            happen()
            guard !news.isEmpty || nextMoment.map({ $0 <= end }) ?? false else { break }
            turn()
            turns += 1
            if turns > 20_000 { return fail("20,000 turns in \(duration): busy loop") }
        }
        now = max(now, end)
    }

    private var nextMoment: Instant? {
        let moments = spawns.map(\.due) + lives.values.filter { $0.ended == nil }.compactMap(\.endsAt)
        return (moments + [fleet.deadline].compactMap { $0 }).min()
    }

    /// Everything in the world outside superd that is due, in the order of time.
    mutating func happen() {
        while true {
            let spawn = spawns.indices.min { spawns[$0].due < spawns[$1].due }
            let ending = lives.values.filter { $0.ended == nil && $0.endsAt != nil }
                .min { ($0.endsAt ?? now, $0.generation) < ($1.endsAt ?? now, $1.generation) }
            let spawnDue = spawn.map { spawns[$0].due }.flatMap { $0 <= now ? $0 : nil }
            let endDue = ending?.endsAt.flatMap { $0 <= now ? $0 : nil }
            switch (spawnDue, endDue) {
            case (nil, nil): return
            case (let spawnDue?, let endDue) where endDue.map { spawnDue <= $0 } ?? true:
                if let spawn { carryOut(spawns.remove(at: spawn)) }
            default:
                if let ending, let endDue { end(ending.generation, at: endDue) }
            }
        }
    }

    /// The keeper spawns, or cannot.
    mutating func carryOut(_ spawn: Spawn) {
        let temper = isCalm ? Temper() : tempers[spawn.name] ?? Temper()
        if dice.chance(percent: temper.spawnFailurePercent) {
            news.append(
                .spawnFailed(spawn.name, generation: spawn.generation, message: "can't find command 'nothing'"))
            return
        }
        if let other = living(spawn.name) {
            fail("a second copy of \(spawn.name): \(other.generation) and \(spawn.generation)")
        }
        usedGenerations.insert(spawn.generation)
        nextPid += 1
        let span = dice.pick(temper.lives)
        lives[spawn.generation] = Life(
            name: spawn.name, generation: spawn.generation, pid: nextPid, startedAt: spawn.due,
            endsAt: span.map { spawn.due + $0 }, status: dice.pick(temper.exits))
        news.append(.spawned(spawn.name, generation: spawn.generation, pid: nextPid, at: spawn.due))
    }

    private mutating func end(_ generation: UInt64, at: Instant) {
        guard let life = lives[generation] else { return }
        lives[generation]?.ended = at
        news.append(.exited(life.name, generation: generation, status: life.status, at: at))
    }

    /// Nothing fails from now on, and what lives goes on living unless a signal is already on its way.
    mutating func calmDown() {
        isCalm = true
        for generation in lives.keys where lives[generation]?.isSignalled == false {
            lives[generation]?.endsAt = nil
        }
    }

    // MARK: - Steps

    /// Asks for something; the answer, once there, is in `answers`.
    @discardableResult
    mutating func ask(_ command: Command, wait: Bool = true, timeout: Duration? = nil) -> Ticket {
        lastTicket += 1
        let ticket = Ticket(number: lastTicket)
        let deadline = timeout.map { now + $0 }
        questions[ticket] = Question(command: command, wait: wait, deadline: deadline)
        step(.command(command, ticket, wait: wait, deadline: deadline))
        return ticket
    }

    /// Hands an event to the fleet, performs what it wants done, and checks everything.
    mutating func step(_ event: Fleet.Event) {
        steps += 1
        current = event
        ledgerBefore = ledger
        note(event)
        let effects = fleet.handle(event, at: now)
        perform(effects[...])
        checkAfterStep()
        if case .exited(_, let generation, _, _) = event { lives[generation] = nil }
    }

    mutating func perform(_ effects: ArraySlice<Fleet.Effect>) {
        seen = [:]
        lines = []
        for effect in effects { perform(effect) }
    }

    private mutating func perform(_ effect: Fleet.Effect) {
        switch effect {
        case .record(let name):
            // Gone again: it is forgotten further on.
            guard let machine = fleet[name] else { break }
            records[name] = machine.record
        case .forget(let name): forget(name)
        case .spawn(let name, let generation):
            checkSpawn(name, generation)
            let takes = dice.pick((tempers[name] ?? Temper()).spawnTakes)
            spawns.append(Spawn(name: name, generation: generation, due: now + takes))
        case .signal(let name, let generation, let signal, let toGroup):
            checkSignal(name, generation, signal, toGroup: toGroup)
            receive(signal, generation)
        case .log(let level, let text): lines.append("\(level.label) \(text)")
        case .changed(let change): changed(change)
        case .groupAdded(let name): groupAdded(name)
        case .groupRemoved(let name):
            configs.removeAll { $0.name == name }
            ledger.updating.remove(name)
        case .settled(let ticket, let results): settled(ticket, results)
        case .ended(let end): ended(end)
        }
    }

    /// What a signal does to a process.
    private mutating func receive(_ signal: Signal, _ generation: UInt64) {
        guard var life = lives[generation], life.ended == nil else { return }
        life.isSignalled = true
        var takes: Duration?
        if signal == .kill {
            takes = .milliseconds(dice.roll(3))
        } else if [.terminate, .interrupt, .quit].contains(signal) {
            takes = (tempers[life.name] ?? Temper()).stopTakes
        }
        if let takes, life.endsAt.map({ now + takes < $0 }) ?? true {
            life.endsAt = now + takes
            life.status = dice.chance(percent: 70) ? .signaled(signal, coreDumped: false) : .exited(code: 0)
        }
        if signal == .kill { life.status = .signaled(.kill, coreDumped: false) }
        lives[generation] = life
    }
}
