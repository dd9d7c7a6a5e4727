import SuperBase

@testable import SuperCore

/// Performs the effects of a fleet in memory, on a clock that is a variable, and checks the rules on every step.
///
/// It stands for the keeper, the processes and the helpers of the brain: spawns take a while or fail, processes become ready, live or die,
/// signals end them, are ignored or handled late, and SIGKILL always ends them; hooks and probes answer, late or never
/// (`FakeWorld+Processes`). News reach the fleet in the order they happened, perhaps late, and always before a `wake`, as the loop of superd
/// does it.
///
/// The rules: every effect is legal (`FakeWorld+Rules`); what is so after a step may be so (`FakeWorld+Seats`); the goal follows the last
/// command (`FakeWorld+Goals`); a machine woken at its deadline moves on (`turn`); a brain that dies loses nothing (`FakeWorld+Crash`). A
/// broken rule becomes a line in `problems`.
struct FakeWorld {
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
    /// The fleet has asked for the end of superd.
    var isEndWanted = false

    var lives: [UInt64: Life] = [:]
    /// What is to happen outside of superd, apart from the ends of processes.
    var happenings: [Happening] = []
    /// What the fleet will be told, oldest first.
    var news: [Fleet.Event] = []
    var tempers: [ProcessName: Temper] = [:]
    /// From now on nothing fails and nothing ends by itself.
    var isCalm = false
    var nextPid: Int32 = 100

    /// All configurations that there were, by their number, and the groups in them by name.
    var configurations: [UInt64: [String: GroupConfig]] = [:]
    var lastOrigin: UInt64 = 0
    /// What a new brain would find.
    var kept = Kept()
    /// Generations that the keeper had a run of.
    var usedGenerations: Set<UInt64> = []
    /// The hooks that were run, each with the generation that it was run for.
    var hooksRun: [Hook: Set<UInt64>] = [:]

    var ledger = Ledger()
    var questions: [Ticket: Question] = [:]
    var answers: [Ticket: [CommandResult]] = [:]
    var lastTicket: UInt64 = 0
    /// The log lines of the last step.
    var lines: [String] = []

    /// The event that is being handled; nil while a new brain takes over.
    var current: Fleet.Event?
    /// The fleet before this step.
    var before: Fleet
    /// The names of which another process has become the holder in this step.
    var taken: Set<ProcessName> = []
    /// The states that a process had in this step.
    var seen: [ProcessName: Set<ProcessState>] = [:]
    /// The ledger, the phase and whether it has ended before this step, for a brain that dies in the middle of it.
    var ledgerBefore = Ledger()
    var phaseBefore = (Phase.running, false)
    /// Between `adopt` and `resume`: nothing follows yet from what the fleet is told.
    var isTakingOver = false
    /// The brain dies after it has performed so many effects of its next step.
    var crashAfterEffects: Int?

    var steps = 0
    var wakesAtThisInstant = 0
    var problems: [String] = []
    /// How often something came about, for whoever asks whether a walk gets everywhere.
    var tally: [String: Int] = [:]
    /// Every event and effect, for whoever looks for a mistake; nil keeps none.
    var story: [String]?

    init(seed: UInt64 = 1, exitWhen: ExitCondition = .never) {
        dice = Dice(seed: seed)
        fleet = Fleet(seed: seed)
        fleet.exitWhen = exitWhen
        before = fleet
    }

    mutating func fail(_ text: String) {
        problems.append("step \(steps), \(now.nanoseconds / 1_000_000) ms: \(text)")
        tell("!!! \(text)")
    }

    mutating func tell(_ text: @autoclosure () -> String) {
        guard story != nil else { return }
        story?.append("\(now.nanoseconds / 1_000_000) \(text())")
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
            if wakesAtThisInstant > 8 { fail("woken \(wakesAtThisInstant) times at one instant: busy loop") }
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
        var next = fleet.deadline
        for life in lives.values where life.ended == nil {
            if let end = life.endsAt { next = next.map { min($0, end) } ?? end }
        }
        for happening in happenings { next = next.map { min($0, happening.due) } ?? happening.due }
        return next
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

    /// A configuration of all groups, under a number of its own.
    mutating func configure(_ groups: [GroupConfig]) {
        lastOrigin += 1
        configurations[lastOrigin] = Dictionary(uniqueKeysWithValues: groups.map { ($0.name, $0) })
        step(.configured(groups, origin: lastOrigin))
    }

    /// The command for these changes, with a configuration of their own that has all groups that were there as well.
    mutating func update(_ changes: [GroupChange]) -> Command {
        var groups = Dictionary(uniqueKeysWithValues: fleet.runningGroups.map { ($0.name, $0) })
        for change in changes {
            switch change {
            case .remove(let name): groups[name] = nil
            case .replace(let config), .add(let config): groups[config.name] = config
            }
        }
        lastOrigin += 1
        configurations[lastOrigin] = groups
        return .update(changes, origin: lastOrigin)
    }

    /// Hands an event to the fleet, performs what it wants done, and checks everything.
    mutating func step(_ event: Fleet.Event) {
        steps += 1
        current = event
        tell("EVENT \(event)")
        (ledgerBefore, phaseBefore) = (ledger, (phase, hasEnded))
        before = fleet
        note(event)
        let effects = fleet.handle(event, at: now)
        if let count = crashAfterEffects {
            crashAfterEffects = nil
            return crash(after: count, of: effects)
        }
        perform(effects)
        checkAfterStep()
        if case .exited(_, let generation, _, _) = event { lives[generation] = nil }
    }

    mutating func perform(_ effects: [Fleet.Effect]) {
        prepare()
        keep(effects)
        perform(effects[...], of: effects)
        forgetTheGone()
    }

    /// Does some of what a turn wants done.
    mutating func perform(_ some: ArraySlice<Fleet.Effect>, of effects: [Fleet.Effect]) {
        for index in some.indices {
            perform(effects[index])
            if case .groupChanged(let name) = effects[index] {
                let isLast = !effects[(index + 1)...].contains(.groupChanged(name))
                groupChanged(name, isLast: isLast, effects)
            }
        }
    }

    /// What is known of a step before its effects are performed.
    mutating func prepare() {
        seen = [:]
        lines = []
        taken = []
        for (seat, machine) in before.others where seat.role == .successor {
            guard let generation = machine.generation else { continue }
            if fleet[seat.name]?.generation == generation { taken.insert(seat.name) }
        }
    }

    mutating func perform(_ effect: Fleet.Effect) {
        tell("  \(effect.words)")
        switch effect {
        case .record, .forget, .unfinished: break
        case .spawn(let seat, let generation):
            checkSpawn(seat, generation)
            spawn(seat, generation)
        case .signal(let seat, let generation, let signal, let toGroup):
            checkSignal(seat, generation, signal, toGroup: toGroup)
            receive(signal, generation)
        case .runHook(let seat, let hook, let generation):
            checkHook(seat, hook, generation)
            run(hook, seat, generation)
        case .runStopCommand(let seat, let generation):
            tally["stop command", default: 0] += 1
            checkStopCommand(seat, generation)
            receive(.terminate, generation)
        case .probe(let seat, _, let generation, let timeout): probe(seat, generation, timeout)
        case .measure(let seat, let generation): measure(seat, generation)
        case .log(let level, let text):
            lines.append("\(level.label) \(text)")
            if text.contains("go back to what they were") { tally["going back", default: 0] += 1 }
        case .changed(let change): changed(change)
        case .groupAdded(let name): groupAdded(name)
        case .groupChanged: break
        case .groupRemoved(let name): ledger.updating[name] = nil
        case .settled(let ticket, let results): settled(ticket, results)
        case .endRequested:
            tally["end requested", default: 0] += 1
            // After the end there is no brain; some tests have one take over all the same.
            if isEndWanted || (phase != .running && phase != .over) { fail("the end is asked for again") }
            isEndWanted = true
        case .ended(let end): ended(end)
        }
    }
}

extension Fleet {
    /// All seats that somebody has.
    var allSeats: [Seat] {
        var seats: [Seat] = []
        for group in groups {
            for name in group.members {
                seats.append(Seat(name))
                seats += others(of: name).map(\.seat)
            }
        }
        return seats
    }
}
