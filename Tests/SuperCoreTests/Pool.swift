import SuperBase
import SuperCore

/// `w0`, `w1` and so on of the group `web`, which share a socket: each is ready when it says so through descriptor 3.
func pool(_ count: Int, _ change: (inout ProcessConfig) -> Void = { _ in }) -> GroupConfig {
    group(
        "web",
        (0..<count).map { index in
            process("w\(index)", in: "web") {
                $0.program = "web"
                $0.sockets = [SharedSocket(address: .inet(host: "127.0.0.1", port: 8000))]
                $0.readiness = .descriptor(3)
                $0.autoRestart = .always
                $0.restartDelay = .seconds(3)
                change(&$0)
            }
        })
}

func worker(_ index: Int) -> ProcessName { ProcessName(group: "web", process: "w\(index)") }

/// A fleet of one pool, on a clock that goes on by a second with each event.
struct Pool {
    var crew: Crew
    private(set) var now = 0.0

    /// All are RUNNING, with the generations from 1 on.
    init(_ count: Int, _ change: (inout ProcessConfig) -> Void = { _ in }) {
        crew = Crew([pool(count, change)])
        for index in 0..<count {
            arrive(index)
            ready(index)
        }
        now = 100
    }

    var did: [String] { crew.did }
    var answer: String? { crew.did("answer").last }
    var spawns: [String] { crew.did("spawn") }
    var signals: [String] { crew.did("SIG") }

    func state(_ index: Int) -> ProcessState? { crew.fleet[worker(index)]?.processState }
    func holder(_ index: Int) -> UInt64? { crew.fleet[worker(index)]?.generation }
    func successor(_ index: Int) -> UInt64? { crew.fleet[Seat(worker(index), .successor)]?.generation }
    func retiring(_ index: Int) -> [UInt64] { crew.retiring("web:w\(index)") }
    func command(_ index: Int) -> String? { crew.fleet[worker(index)]?.config.command }

    /// The commands of all, in order.
    var commands: [String] { crew.fleet.names.compactMap { crew.fleet[$0]?.config.command } }

    /// Nothing is under way: there is one process of each name.
    var isQuiet: Bool {
        crew.fleet.names.allSatisfy { crew.fleet.others(of: $0).isEmpty } && crew.fleet.unfinished == Fleet().unfinished
    }

    @discardableResult
    mutating func tell(_ event: Fleet.Event) -> [String] {
        now += 1
        return crew.tell(event, now)
    }

    @discardableResult
    mutating func ask(_ command: Command, wait: Bool = true, until: Double? = nil) -> [String] {
        now += 1
        return crew.ask(command, now, wait: wait, until: until)
    }

    @discardableResult
    mutating func roll(_ indices: [Int], _ options: RollOptions = RollOptions(), wait: Bool = true) -> [String] {
        ask(.roll(indices.map(worker), options), wait: wait)
    }

    /// The same pool with this command, or as many as these, under the configuration of this number.
    @discardableResult
    mutating func update(
        _ count: Int, origin: UInt64 = 2, wait: Bool = true, _ change: (inout ProcessConfig) -> Void
    ) -> [String] {
        ask(.update([.replace(pool(count, change))], origin: origin), wait: wait)
    }

    /// Time goes on, and superd wakes up then.
    @discardableResult
    mutating func wait(_ seconds: Double) -> [String] {
        now += seconds - 1
        return tell(.wake)
    }

    /// The keeper has started the new process of this name, or the only one.
    mutating func arrive(_ index: Int) {
        let generation = successor(index) ?? holder(index) ?? 0
        tell(.spawned(worker(index), generation: generation, pid: 40 + Int32(generation), at: at(now)))
    }

    /// It says that it is ready.
    mutating func ready(_ index: Int) {
        tell(.ready(worker(index), generation: successor(index) ?? holder(index) ?? 0))
    }

    @discardableResult
    mutating func end(_ index: Int, _ generation: UInt64?, _ status: ExitStatus = .exited(code: 0)) -> [String] {
        tell(.exited(worker(index), generation: generation ?? 0, status: status, at: at(now)))
    }

    /// The new process comes up and is ready, and the old one goes.
    mutating func replace(_ index: Int) {
        arrive(index)
        ready(index)
        for generation in retiring(index) { end(index, generation) }
    }
}
