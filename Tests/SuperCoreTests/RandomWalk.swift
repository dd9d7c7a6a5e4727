import SuperBase
import SuperCore

/// A life of superd drawn by chance: some configuration, some commands, some accidents, then calm, then the end.
struct RandomWalk {
    var world: FakeWorld

    /// Walks until something is wrong or everything has ended.
    init(seed: UInt64, length: Int = 400, keepsStory: Bool = false) {
        var dice = Dice(seed: seed)
        let exitWhen = dice.chance(percent: 10) ? dice.pick(ExitCondition.allCases) : .never
        world = FakeWorld(seed: seed, exitWhen: exitWhen)
        if keepsStory { world.story = [] }
        world.configure(drawGroups())
        for _ in 0..<length where world.problems.isEmpty && world.phase != .over { act() }
        settle()
    }

    private mutating func act() {
        if world.isEndWanted, world.phase == .running, world.dice.chance(percent: 30) {
            return world.step(.end(.shutdown))
        }
        switch world.dice.roll(1000) {
        case 0..<80: command()
        case 80..<90: world.crashAfterEffects = world.dice.roll(6)
        case 90..<94: world.step(.end(.restart))
        case 94..<95: world.step(.end(.shutdown))
        case 95..<110: knock()
        case 110..<125: say()
        case 125..<160: world.turn(lag: .milliseconds(world.dice.roll(5000)))
        default: world.turn()
        }
        if world.phase == .ending(.restart), world.hasEnded, world.dice.chance(percent: 50) {
            world.configure(drawGroups())
        }
    }

    /// Time runs, and the goals must have been reached; then superd goes down.
    private mutating func settle() {
        world.crashAfterEffects = nil
        world.calmDown()
        world.run(for: .seconds(150))
        if world.phase == .ending(.restart), world.problems.isEmpty {
            world.configure(drawGroups())
            world.run(for: .seconds(150))
        }
        rest()
        if world.phase == .running, world.problems.isEmpty {
            world.step(.end(.shutdown))
            world.run(for: .seconds(300))
        }
        if world.phase != .over, world.problems.isEmpty {
            world.fail("the shutdown does not come to its end: \(world.phase)")
        }
    }

    /// There must be a moment at which everything is as it should be; processes that are replaced for their age pass by.
    private mutating func rest() {
        guard world.problems.isEmpty else { return }
        for _ in 0..<300 {
            if world.problems.isEmpty, world.phase == .running, world.restProblems.isEmpty { return }
            world.run(for: .milliseconds(400))
        }
        guard world.phase == .running else { return }
        for problem in world.restProblems { world.fail(problem) }
    }

    // MARK: - What programs and clients do

    /// Somebody connects to what starts on demand, or nobody does any more.
    private mutating func knock() {
        let names = world.fleet.names.filter { world.fleet[$0]?.config.startsOnDemand == true }
        guard !names.isEmpty else { return }
        let chosen = world.dice.some(of: names)
        world.step(world.dice.chance(percent: 60) ? .demanded(chosen) : .idle(chosen))
    }

    /// A program says something of itself.
    private mutating func say() {
        let lives = world.lives.values.filter { $0.ended == nil }.sorted { $0.generation < $1.generation }
        guard !lives.isEmpty else { return }
        let life = world.dice.pick(lives)
        var notice = Notice()
        notice.status = world.dice.chance(percent: 50) ? "\(world.dice.roll(9)) requests" : nil
        notice.isReloading = world.dice.chance(percent: 20)
        notice.isStopping = world.dice.chance(percent: 15)
        notice.heartbeat = world.dice.chance(percent: 20) ? world.dice.pick([.alive, .alive, .failed]) : nil
        notice.heartbeatInterval =
            world.dice.chance(percent: 20) ? world.dice.pick([.zero, .seconds(3), .seconds(40)]) : nil
        notice.moreTime = world.dice.chance(percent: 20) ? .seconds(world.dice.roll(20)) : nil

        world.step(.notified(life.name, generation: life.generation, notice))
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
        switch world.dice.roll(12) {
        case 0...2: world.ask(.start(chosen), wait: wait, timeout: timeout)
        case 3...4: world.ask(.stop(chosen), wait: wait, timeout: timeout)
        case 5...6: world.ask(.restart(chosen), wait: wait, timeout: timeout)
        case 7: world.ask(.signal(world.dice.pick([.hangup, .terminate, .kill]), chosen), wait: false)
        case 8...9: world.ask(.roll(chosen, drawOptions()), wait: wait, timeout: timeout)
        default: world.ask(world.update(drawChanges()), wait: wait, timeout: timeout)
        }
    }

    private mutating func drawOptions() -> RollOptions {
        RollOptions(
            batch: world.dice.pick([nil, 1, 2, 5]), verify: world.dice.pick([nil, nil, .zero, .seconds(3)]))
    }

    private mutating func drawChanges() -> [GroupChange] {
        let present = world.dice.some(of: world.fleet.groups.map(\.config.name))
        var changes: [GroupChange] = present.map { name in
            switch world.dice.roll(10) {
            case 0...1: .remove(name)
            case 2...3: .replace(drawGroup(name))
            default: .replace(alter(name))
            }
        }
        let absent = ["a", "b", "c", "d", "e"].filter { world.fleet.group($0) == nil }
        if !absent.isEmpty, world.dice.chance(percent: 70) { changes.append(.add(drawGroup(world.dice.pick(absent)))) }
        return world.dice.chance(percent: 5) ? [] : changes
    }

    /// A group as it runs, with something different.
    private mutating func alter(_ name: String) -> GroupConfig {
        guard var group = world.fleet.runningGroups.first(where: { $0.name == name }) else { return drawGroup(name) }
        let (command, batch) = (drawCommand(), world.dice.roll(3) + 1)
        let kind = world.dice.roll(6)
        for index in group.processes.indices where kind != 1 || world.dice.chance(percent: 50) {
            switch kind {
            case 0, 1: group.processes[index].command = command
            // A version that works for some and not for the last.
            case 2:
                let isLast = index == group.processes.indices.last
                group.processes[index].command = isLast ? FakeWorld.badCommand : "/bin/other"
            case 3: group.processes[index].stopWaitSeconds = batch
            case 4: group.processes[index].rolling.batch = batch
            default: break
            }
        }
        if kind == 5 { scale(&group) }
        return group
    }

    /// One process more or less, alike the others.
    private mutating func scale(_ group: inout GroupConfig) {
        if world.dice.chance(percent: 50), !group.processes.isEmpty {
            group.processes.removeLast()
        } else if var last = group.processes.last {
            let number = group.processes.count
            guard !group.processes.contains(where: { $0.name.process == "\(group.name)\(number)" }) else { return }
            last.name = ProcessName(group: group.name, process: "\(group.name)\(number)")
            world.tempers[last.name] = drawTemper()
            group.processes.append(last)
        }
    }
}
