import SuperBase
import SuperCore

/// A life of superd drawn by chance: some configuration, some commands, some accidents, then calm, then the end.
struct RandomWalk {
    private(set) var world: FakeWorld

    /// Walks until something is wrong or everything has ended.
    init(seed: UInt64, length: Int = 400) {
        world = FakeWorld(seed: seed)
        world.step(.configured(drawGroups()))
        for _ in 0..<length where world.problems.isEmpty && world.phase != .over { act() }
        settle()
    }

    private mutating func act() {
        switch world.dice.roll(1000) {
        case 0..<80: command()
        case 80..<90: world.crashAfterEffects = world.dice.roll(6)
        case 90..<94: world.step(.end(.restart))
        case 94..<95: world.step(.end(.shutdown))
        case 95..<130: world.turn(lag: .milliseconds(world.dice.roll(5000)))
        default: world.turn()
        }
        if world.phase == .ending(.restart), world.hasEnded, world.dice.chance(percent: 50) {
            world.step(.configured(drawGroups()))
        }
    }

    /// Time runs, and the goals must have been reached; then superd goes down.
    private mutating func settle() {
        world.calmDown()
        world.run(for: .seconds(200))
        if world.phase == .ending(.restart), world.problems.isEmpty {
            world.step(.configured(drawGroups()))
            world.run(for: .seconds(200))
        }
        if world.problems.isEmpty { world.checkRest() }
        if world.phase == .running, world.problems.isEmpty {
            world.step(.end(.shutdown))
            world.run(for: .seconds(300))
        }
        if world.phase != .over { world.fail("the shutdown does not come to its end: \(world.phase)") }
    }

    // MARK: - Commands

    private mutating func command() {
        let names = world.fleet.names
        guard !names.isEmpty else { return }
        let chosen: [ProcessName] =
            switch world.dice.roll(4) {
            case 0, 1: [world.dice.pick(names)]
            case 2: world.dice.pick(world.fleet.groups).members
            default: names
            }
        let wait = world.dice.chance(percent: 70)
        let timeout: Duration? =
            wait && world.dice.chance(percent: 30) ? .milliseconds(world.dice.roll(15_000)) : nil
        switch world.dice.roll(10) {
        case 0...2: world.ask(.start(chosen), wait: wait, timeout: timeout)
        case 3...5: world.ask(.stop(chosen), wait: wait, timeout: timeout)
        case 6...7: world.ask(.restart(chosen), wait: wait, timeout: timeout)
        case 8: world.ask(.signal(world.dice.pick([.hangup, .terminate, .kill]), chosen), wait: false)
        default: world.ask(.update(drawChanges()), wait: wait, timeout: timeout)
        }
    }

    private mutating func drawChanges() -> [GroupChange] {
        let present = world.dice.some(of: world.fleet.groups.map(\.config.name))
        var changes: [GroupChange] = present.map { name in
            world.dice.chance(percent: 30) ? .remove(name) : .replace(drawGroup(name))
        }
        let absent = ["a", "b", "c", "d", "e"].filter { world.fleet.group($0) == nil }
        if !absent.isEmpty, world.dice.chance(percent: 70) { changes.append(.add(drawGroup(world.dice.pick(absent)))) }
        return world.dice.chance(percent: 5) ? [] : changes
    }

    // MARK: - Configuration

    private mutating func drawGroups() -> [GroupConfig] {
        world.dice.some(of: ["a", "b", "c", "d"]).map { drawGroup($0) }
            .sorted { ($0.priority, $0.name) < ($1.priority, $1.name) }
    }

    private mutating func drawGroup(_ name: String) -> GroupConfig {
        let count = world.dice.pick([0, 1, 1, 2, 3, 4])
        let processes = (0..<count).map { drawProcess(ProcessName(group: name, process: "\(name)\($0)")) }
        let priority = world.dice.pick([1, 5, 999])
        return GroupConfig(name: name, priority: priority, processes: processes)
    }

    private mutating func drawProcess(_ name: ProcessName) -> ProcessConfig {
        var config = ProcessConfig(name: name, command: "/bin/true")
        config.autoStart = world.dice.chance(percent: 80)
        config.autoRestart = world.dice.pick(AutoRestart.allCases)
        config.startSeconds = world.dice.pick([0, 1, 1, 5, -5])
        config.startRetries = world.dice.roll(4)
        config.exitCodes = world.dice.pick([[0], [0, 2], []])
        config.stopSignal = world.dice.pick([.terminate, .interrupt, .quit])
        config.stopWaitSeconds = world.dice.pick([0, 1, 10])
        config.stopAsGroup = world.dice.chance(percent: 50)
        config.killAsGroup = world.dice.chance(percent: 50)
        config.restartDelay = world.dice.pick([.zero, .zero, .seconds(1), .seconds(3)])
        config.restartDelayMax = world.dice.pick([.zero, .seconds(10)])
        config.restartJitter = world.dice.pick([0, 50, 100])
        world.tempers[name] = drawTemper()
        return config
    }

    private mutating func drawTemper() -> FakeWorld.Temper {
        var temper = FakeWorld.Temper()
        temper.spawnFailurePercent = world.dice.pick([0, 0, 20, 100])
        temper.spawnTakes = world.dice.pick([[.milliseconds(1)], [.milliseconds(1), .milliseconds(700)]])
        temper.lives = world.dice.pick([
            [nil], [nil, .seconds(30)], [.milliseconds(1), .milliseconds(500), nil], [.seconds(1), .seconds(5)],
            [.milliseconds(100)], [.seconds(3), .seconds(60)],
        ])
        temper.exits = world.dice.pick([
            [.exited(code: 0)], [.exited(code: 2), .exited(code: 0)],
            [.signaled(Signal(rawValue: 11), coreDumped: true)],
        ])
        temper.stopTakes = world.dice.pick([.milliseconds(5), .milliseconds(900), .seconds(4), nil])
        return temper
    }
}
