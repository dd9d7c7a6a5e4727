import SuperBase
import SuperCore

/// A moment of the tests' clock, in seconds.
func at(_ seconds: Double) -> Instant { Instant(nanoseconds: Int64(seconds * 1_000_000_000)) }

func process(
    _ name: String = "web", in group: String? = nil, _ change: (inout ProcessConfig) -> Void = { _ in }
) -> ProcessConfig {
    var config = ProcessConfig(name: ProcessName(group: group ?? name, process: name), command: "/bin/web")
    change(&config)
    return config
}

func group(_ name: String, priority: Int = 999, _ processes: [ProcessConfig] = []) -> GroupConfig {
    GroupConfig(name: name, priority: priority, processes: processes)
}

/// The name of a process that is alone in its group, or `group:process`.
func name(_ text: String) -> ProcessName { ProcessName(text) ?? ProcessName(group: text, process: text) }

extension StateChange {
    /// `STARTING → RUNNING (pid 7)`, with what the event of the new state carries.
    var words: String {
        let detail: String? =
            switch to {
            case .starting, .backoff: "tries \(tries)"
            case .running, .stopping, .stopped: pid == 0 ? nil : "pid \(pid)"
            case .exited: "pid \(pid), \(expected ? "expected" : "not expected")"
            case .waiting, .completed, .fatal, .unknown: nil
            }
        return "\(from.name) → \(to.name)" + (detail.map { " (\($0))" } ?? "")
    }
}

extension ProcessEffect {
    var words: String {
        switch self {
        case .spawn(let generation): "spawn \(generation)"
        case .signal(let signal, let generation, let toGroup): "\(signal) to \(toGroup ? "group of " : "")\(generation)"
        case .log(let level, let text): "\(level.label) \(text)"
        case .changed(let change): change.words
        case .runHook(let hook, let generation): "\(hook.rawValue) of \(generation)"
        case .runStopCommand(let generation): "stop command of \(generation)"
        case .probe(let probe, let generation, let timeout): "probe \(probe.text) of \(generation), \(timeout)"
        case .measure(let generation): "measure \(generation)"
        case .recycle(let why): "recycle: \(why)"
        }
    }
}

extension Fleet.Effect {
    var words: String {
        switch self {
        case .record(let seat): "record \(seat)"
        case .forget(let seat): "forget \(seat)"
        case .unfinished: "unfinished"
        case .spawn(let seat, let generation): "spawn \(seat) \(generation)"
        case .signal(let seat, let generation, let signal, let toGroup):
            "\(signal) to \(toGroup ? "group of " : "")\(seat) \(generation)"
        case .runHook(let seat, let hook, let generation): "\(hook.rawValue) of \(seat) \(generation)"
        case .runStopCommand(let seat, let generation): "stop command of \(seat) \(generation)"
        case .probe(let seat, let probe, let generation, let timeout):
            "probe \(probe.text) of \(seat) \(generation), \(timeout)"
        case .measure(let seat, let generation): "measure \(seat) \(generation)"
        case .log(let level, let text): "\(level.label) \(text)"
        case .changed(let change): "\(change.name) \(change.words)"
        case .groupAdded(let name): "group \(name) added"
        case .groupChanged(let name): "group \(name) changed"
        case .groupRemoved(let name): "group \(name) removed"
        case .settled(let ticket, let results):
            "answer \(ticket.number): " + results.map(\.words).joined(separator: ", ")
        case .endRequested(let code, let reason): "end with \(code): \(reason)"
        case .ended(let end): "ended for \(end)"
        }
    }
}

extension CommandResult {
    var words: String {
        switch subject {
        case .process(let name): "\(name) \(outcome)" + (detail.map { " (\($0))" } ?? "")
        case .group(let name): "\(name) \(outcome)" + (detail.map { " (\($0))" } ?? "")
        }
    }
}

extension Notice {
    init(_ change: (inout Notice) -> Void) {
        self.init()
        change(&self)
    }
}

/// One machine and what it did last, on a clock that is given with every event.
struct Bench {
    var machine: ProcessMachine
    /// What the last event made it do, in words.
    var did: [String] = []

    init(_ change: (inout ProcessConfig) -> Void = { _ in }) {
        machine = ProcessMachine(config: process("web", change))
    }

    var state: ProcessState { machine.processState }

    @discardableResult
    mutating func tell(_ event: ProcessEvent, _ seconds: Double, draw: Double = 0) -> [String] {
        did = machine.handle(event, at: at(seconds), draw: { draw }).map(\.words)
        return did
    }

    /// Started by hand and up at `seconds`, with the pid 40 + generation.
    mutating func launch(_ generation: UInt64, _ seconds: Double) {
        tell(.start(generation: generation), seconds)
        arrive(generation, seconds)
    }

    /// The keeper says that it has started it.
    mutating func arrive(_ generation: UInt64, _ seconds: Double) {
        tell(.spawned(generation: generation, pid: 40 + Int32(generation), at: at(seconds)), seconds)
    }

    /// The keeper says at `seconds` that it ended then, or `since` then.
    @discardableResult
    mutating func exit(
        _ generation: UInt64, _ status: ExitStatus = .exited(code: 0), _ seconds: Double, since: Double? = nil,
        draw: Double = 0
    ) -> [String] {
        tell(.exited(generation: generation, status: status, at: at(since ?? seconds)), seconds, draw: draw)
    }

    /// A bench whose process is RUNNING since 1 s after its start at 0 s, with generation 1 and pid 41.
    static func running(_ change: (inout ProcessConfig) -> Void = { _ in }) -> Bench {
        var bench = Bench(change)
        bench.launch(1, 0)
        if bench.state == .starting {
            bench.tell(.wake(generation: 2), Double(max(bench.machine.config.startSeconds, 0)))
        }
        return bench
    }
}

extension Fleet.Event {
    /// The first configuration.
    static func configured(_ groups: [GroupConfig]) -> Fleet.Event { .configured(groups, origin: 1) }
}

extension Command {
    /// An update to the second configuration.
    static func update(_ changes: [GroupChange]) -> Command { .update(changes, origin: 2) }
}

/// A fleet, and what it did last without what it had persisted.
struct Crew {
    var fleet = Fleet()
    var did: [String] = []
    private var lastTicket: UInt64 = 0

    init(_ groups: [GroupConfig]) { tell(.configured(groups), 0) }

    @discardableResult
    mutating func tell(_ event: Fleet.Event, _ seconds: Double) -> [String] {
        note(fleet.handle(event, at: at(seconds)))
    }

    @discardableResult
    mutating func note(_ effects: [Fleet.Effect]) -> [String] {
        did = effects.map(\.words).filter { !$0.hasPrefix("record ") && $0 != "unfinished" }
        return did
    }

    @discardableResult
    mutating func ask(_ command: Command, _ seconds: Double, wait: Bool = true, until: Double? = nil) -> [String] {
        lastTicket += 1
        let ticket = Ticket(number: lastTicket)
        return tell(.command(command, ticket, wait: wait, deadline: until.map(at)), seconds)
    }

    /// The keeper has started all that it was asked for, new ones as well; the pid is 40 + generation.
    mutating func arrive(_ seconds: Double, _ names: [ProcessName]? = nil) {
        for name in names ?? fleet.names {
            for seat in [Seat(name), Seat(name, .successor)] {
                guard let machine = fleet[seat], machine.run == nil, let generation = machine.generation else {
                    continue
                }
                tell(.spawned(name, generation: generation, pid: 40 + Int32(generation), at: at(seconds)), seconds)
            }
        }
    }

    @discardableResult
    mutating func exit(_ text: String, _ seconds: Double, _ status: ExitStatus = .exited(code: 0)) -> [String] {
        tell(
            .exited(name(text), generation: fleet[name(text)]?.generation ?? 0, status: status, at: at(seconds)),
            seconds)
    }

    func state(_ text: String) -> ProcessState? { fleet[name(text)]?.processState }

    /// The generations of the new process and of the old ones on their way out.
    func successor(_ text: String) -> UInt64? { fleet[Seat(name(text), .successor)]?.generation }
    func retiring(_ text: String) -> [UInt64] {
        fleet.others(of: name(text)).filter { $0.seat.role != .successor }.compactMap(\.machine.generation)
    }
    func holder(_ text: String) -> UInt64? { fleet[name(text)]?.generation }

    /// The keeper says that this run has ended.
    @discardableResult
    mutating func end(
        _ text: String, _ generation: UInt64?, _ seconds: Double, _ status: ExitStatus = .exited(code: 0)
    ) -> [String] {
        tell(.exited(name(text), generation: generation ?? 0, status: status, at: at(seconds)), seconds)
    }

    /// The processes say that they are ready, those that are to take over first.
    mutating func becomeReady(_ texts: [String], _ seconds: Double) {
        for text in texts {
            guard let generation = successor(text) ?? holder(text) else { continue }
            tell(.ready(name(text), generation: generation), seconds)
        }
    }

    /// What the last event did of all this.
    func did(_ prefix: String) -> [String] { did.filter { $0.hasPrefix(prefix) } }

    /// All with `startsecs=0`, RUNNING at 0 s.
    static func running(_ groups: [GroupConfig]) -> Crew {
        var groups = groups
        for group in groups.indices {
            for process in groups[group].processes.indices { groups[group].processes[process].startSeconds = 0 }
        }
        var crew = Crew(groups)
        crew.arrive(0)
        return crew
    }
}
