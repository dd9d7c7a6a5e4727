import SuperBase
import SuperCore

/// Configurations drawn by chance. A group may depend on those with an earlier letter, so that nobody waits for himself.
extension RandomWalk {
    mutating func drawGroups() -> [GroupConfig] {
        world.dice.some(of: ["a", "b", "c", "d"]).map { drawGroup($0) }
            .sorted { ($0.priority, $0.name) < ($1.priority, $1.name) }
    }

    mutating func drawGroup(_ name: String) -> GroupConfig {
        let count = world.dice.pick([0, 1, 1, 2, 3, 4])
        let isPool = world.dice.chance(percent: 50)
        let pattern = drawProcess(ProcessName(group: name, process: "\(name)0"), isPool: isPool)
        let isWell = isPool && world.dice.chance(percent: 50)
        let processes = (0..<count).map { index in
            let own = ProcessName(group: name, process: "\(name)\(index)")
            var process = isPool ? pattern : drawProcess(own, isPool: false)
            process.name = own
            process.program = "program-\(name)"
            world.tempers[own] = isWell ? FakeWorld.Temper() : drawTemper()
            return process
        }
        let priority = world.dice.pick([1, 5, 999])
        let kind = world.dice.chance(percent: 95) ? GroupConfig.Kind.group : .eventListener(EventListenerConfig())
        return GroupConfig(name: name, kind: kind, priority: priority, processes: processes)
    }

    mutating func drawCommand() -> String { world.dice.pick(["/bin/true", "/bin/other", FakeWorld.badCommand]) }

    private mutating func drawProcess(_ name: ProcessName, isPool: Bool) -> ProcessConfig {
        var config = ProcessConfig(name: name, command: "/bin/true")
        config.autoStart = world.dice.chance(percent: 80)
        config.exitCodes = world.dice.pick([[0], [0, 2], []])
        if isPool {
            config.sockets = [SharedSocket(address: .inet(host: "127.0.0.1", port: 8000))]
            config.rolling.batch = world.dice.roll(3) + 1
            config.rolling.verify = world.dice.pick([.zero, .zero, .seconds(2)])
            config.startsOnDemand = world.dice.chance(percent: 15)
        } else if world.dice.chance(percent: 15) {
            config.kind = .oneshot
            config.exitCodes = [0]
        }
        if world.dice.chance(percent: 10) { config.rolling.mode = world.dice.pick([.rolling, .stopFirst]) }
        if world.dice.chance(percent: 3) { config.isCritical = true }
        drawRestarting(&config)
        drawStopping(&config)
        drawWatching(&config)
        drawDependencies(&config)
        return config
    }

    private mutating func drawRestarting(_ config: inout ProcessConfig) {
        config.autoRestart = world.dice.pick(AutoRestart.allCases)
        config.startSeconds = world.dice.pick([0, 1, 1, 5, -5])
        config.startRetries = world.dice.roll(4)
        config.restartDelay = world.dice.pick([.zero, .zero, .seconds(1), .seconds(3)])
        config.restartDelayMax = world.dice.pick([.zero, .seconds(10)])
        config.restartJitter = world.dice.pick([0, 50, 100])
        if world.dice.chance(percent: 30) { config.restartLimit = RestartLimit(count: 2, window: .seconds(30)) }
        config.fatalRetry = world.dice.pick([.zero, .zero, .seconds(15)])
    }

    private mutating func drawStopping(_ config: inout ProcessConfig) {
        config.stopSignal = world.dice.pick([.terminate, .interrupt, .quit])
        config.stopWaitSeconds = world.dice.pick([0, 1, 10])
        config.stopAsGroup = world.dice.chance(percent: 50)
        config.killAsGroup = world.dice.chance(percent: 50)
        config.stopSequence = world.dice.pick([
            [], [], [StopStep(.interrupt, wait: .seconds(1)), StopStep(.terminate, wait: .seconds(2))],
            [StopStep(.hangup, wait: .zero), StopStep(.kill, wait: .zero)], [StopStep(.kill, wait: .seconds(1))],
        ])
        if world.dice.chance(percent: 10) { config.stopCommand = "/bin/stop" }
        if world.dice.chance(percent: 30) {
            for hook in world.dice.some(of: Hook.allCases) { config.hooks.commands[hook] = "/bin/hook" }
            config.hooks.timeout = .seconds(3)
        }
    }

    private mutating func drawWatching(_ config: inout ProcessConfig) {
        let probe = Probe.tcp(host: "127.0.0.1", port: 8000)
        config.readiness = world.dice.pick([.uptime, .uptime, .notify, .descriptor(3), .line("ready*"), .probe(probe)])
        config.readyTimeout = world.dice.pick([.zero, .seconds(4), .seconds(20)])
        config.health.check = world.dice.pick([nil, nil, .heartbeat, .probe(probe)])
        config.health.interval = world.dice.pick([.seconds(3), .seconds(8)])
        config.health.timeout = .seconds(1)
        config.health.failures = world.dice.roll(3) + 1
        config.health.successes = world.dice.roll(2) + 1
        config.health.grace = world.dice.pick([.zero, .seconds(5)])
        config.health.action = world.dice.pick([.restart, .report])
        config.health.dumpSignal = world.dice.pick([nil, .abort])
        config.health.dumpWait = .seconds(1)
        if world.dice.chance(percent: 15) { config.recycling.maxLifetime = .seconds(40) }
        if world.dice.chance(percent: 15) { config.recycling.maxMemory = .mebibytes(100) }
        config.recycling.jitter = world.dice.pick([0, 10, 50])
    }

    private mutating func drawDependencies(_ config: inout ProcessConfig) {
        let earlier = ["a", "b", "c", "d"].filter { $0 < config.name.group }
        guard !earlier.isEmpty, world.dice.chance(percent: 35) else { return }
        for group in world.dice.some(of: earlier) {
            let name = world.dice.pick([group, "program-\(group)", "\(group):\(group)0"])
            config.dependencies.append(Dependency(name, world.dice.pick(Dependency.Condition.allCases)))
        }
    }

    mutating func drawTemper() -> FakeWorld.Temper {
        var temper = FakeWorld.Temper()
        temper.spawnFailurePercent = world.dice.pick([0, 0, 0, 20, 100])
        temper.spawnTakes = world.dice.pick([[.milliseconds(1)], [.milliseconds(1), .milliseconds(700)]])
        temper.lives = world.dice.pick([
            [nil], [nil], [nil, .seconds(30)], [.milliseconds(1), .milliseconds(500), nil], [.seconds(1), .seconds(5)],
            [.milliseconds(100)], [.seconds(3), .seconds(60)],
        ])
        temper.exits = world.dice.pick([
            [.exited(code: 0)], [.exited(code: 2), .exited(code: 0)],
            [.signaled(Signal(rawValue: 11), coreDumped: true)],
        ])
        temper.stopTakes = world.dice.pick([.milliseconds(5), .milliseconds(900), .seconds(4), nil])
        temper.readyAfter = world.dice.pick([
            [.milliseconds(20)], [.milliseconds(20), .seconds(3)], [.seconds(6), nil],
        ])
        temper.sickAfter = world.dice.pick([[nil], [nil], [nil, .seconds(10)], [.seconds(2)]])
        temper.answersAfter = world.dice.pick([
            [.milliseconds(3)], [.milliseconds(3), .seconds(2)], [.milliseconds(3), nil],
        ])
        temper.hookFailurePercent = world.dice.pick([0, 0, 30])
        temper.memory = world.dice.pick([[ByteSize.mebibytes(10)], [.mebibytes(10), .mebibytes(200)]])
        return temper
    }
}
