import SuperBase
import SuperCore
import Testing

/// Who comes first, and the end of superd.
struct OrderTests {
    /// Groups z (1), a (5) and b (5), in start order; a has two members by priority.
    private let groups = [
        group("z", priority: 1, [process("z")]),
        group("a", priority: 5, [process("a1", in: "a"), process("a2", in: "a")]),
        group("b", priority: 5, [process("b")]),
    ]

    private func spawns(_ did: [String]) -> [String] { did.filter { $0.hasPrefix("spawn") } }
    private func signals(_ did: [String]) -> [String] { did.filter { $0.hasPrefix("SIG") } }

    @Test func allAreSpawnedInOneGoInStartOrder() {
        let crew = Crew(groups)
        #expect(spawns(crew.did) == ["spawn z 1", "spawn a:a1 2", "spawn a:a2 3", "spawn b 4"])
        #expect(crew.fleet.groups.map(\.config.name) == ["z", "a", "b"])
    }

    @Test func autostartFalseIsNotStarted() {
        let crew = Crew([group("a", [process("a") { $0.autoStart = false }])])
        #expect(crew.did == ["group a added"])
        #expect(crew.state("a") == .stopped)
    }

    @Test func aStopOfAllGoesInStartOrderAtOnce() {
        var crew = Crew.running(groups)
        crew.ask(.stop([name("b"), name("a:a2"), name("z"), name("a:a1")]), 1)
        #expect(signals(crew.did) == ["SIGTERM to z 1", "SIGTERM to a:a1 2", "SIGTERM to a:a2 3", "SIGTERM to b 4"])
    }

    @Test func aStartOfAllGoesInStartOrder() {
        var stopped = groups
        for index in stopped.indices {
            for member in stopped[index].processes.indices { stopped[index].processes[member].autoStart = false }
        }
        var crew = Crew(stopped)
        crew.ask(.start(crew.fleet.names.reversed()), 1)
        #expect(spawns(crew.did) == ["spawn z 1", "spawn a:a1 2", "spawn a:a2 3", "spawn b 4"])
    }

    @Test func aNewGroupFindsItsPlaceInTheOrder() {
        var crew = Crew.running(groups)
        crew.ask(.update([.add(group("c", priority: 3, [process("c")])), .add(group("aa", priority: 5))]), 1)
        #expect(crew.fleet.groups.map(\.config.name) == ["z", "c", "a", "aa", "b"])
    }

    // MARK: - The end

    @Test func superdGoesDownGroupByGroupInDescendingOrder() {
        var crew = Crew.running(groups)
        #expect(signals(crew.tell(.end(.shutdown), 1)) == ["SIGTERM to b 4"])
        #expect(signals(crew.exit("b", 2)) == ["SIGTERM to a:a2 3", "SIGTERM to a:a1 2"])
        #expect(signals(crew.exit("a:a2", 3)) == [])
        #expect(signals(crew.exit("a:a1", 4)) == ["SIGTERM to z 1"])
        #expect(crew.exit("z", 5).last == "ended for shutdown")
        #expect(crew.fleet.deadline == nil)
    }

    @Test func anEmptyFleetEndsAtOnce() {
        var crew = Crew([])
        #expect(crew.tell(.end(.shutdown), 1) == ["ended for shutdown"])
        #expect(crew.tell(.end(.shutdown), 2) == [])
    }

    @Test func theLogSaysAtOnceAndEveryThreeSecondsWhomWeWaitFor() {
        var crew = Crew.running(groups)
        #expect(crew.tell(.end(.shutdown), 1).last == "INFO waiting for z, a1, a2, b to die")
        #expect(crew.fleet.deadline == at(4))
        #expect(crew.tell(.wake, 3.9) == [])
        #expect(crew.tell(.wake, 4) == ["INFO waiting for z, a1, a2, b to die"])
        crew.exit("b", 5)
        #expect(crew.tell(.wake, 7) == ["INFO waiting for z, a1, a2 to die"])
    }

    @Test func aStubbornProcessIsKilledOnTheWayDown() {
        var crew = Crew.running([group("a", [process("a") { $0.stopWaitSeconds = 2 }])])
        crew.tell(.end(.shutdown), 1)
        #expect(crew.tell(.wake, 3) == ["WARN killing 'a' (41) with SIGKILL", "SIGKILL to a 1"])
    }

    @Test func nobodyIsRestartedOnTheWayDown() {
        var crew = Crew.running([
            group("a", priority: 1, [process("a") { $0.autoRestart = .always }]),
            group("b", priority: 2, [process("b")]),
        ])
        crew.tell(.end(.shutdown), 1)
        crew.exit("a", 2)
        #expect(spawns(crew.did) == [])
        #expect(spawns(crew.tell(.wake, 3)) == [])
        #expect(crew.state("a") == .exited)
    }

    @Test func backoffBecomesFatalOnTheWayDown() {
        var crew = Crew([group("a", [process("a")])])
        crew.arrive(0)
        crew.exit("a", 0.5)
        #expect(crew.state("a") == .backoff)
        #expect(
            crew.tell(.end(.shutdown), 0.6) == [
                "INFO gave up: a entered FATAL state, too many start retries too quickly", "a BACKOFF → FATAL",
                "ended for shutdown",
            ])
    }

    @Test func aSpawnOnItsWayIsStoppedWhenItIsThere() {
        var crew = Crew([group("a", [process("a")])])
        crew.tell(.end(.shutdown), 0)
        crew.arrive(0.1)
        #expect(crew.did.last == "SIGTERM to a 1")
        #expect(crew.exit("a", 0.2).last == "ended for shutdown")
    }

    @Test func aProcessOfALaterTurnThatFailsToStartBecomesFatal() {
        var crew = Crew([group("a", priority: 1, [process("a")]), group("b", priority: 2, [process("b")])])
        crew.tell(.end(.shutdown), 0)
        crew.tell(.spawnFailed(name("a"), generation: 1, message: "x"), 0)
        #expect(crew.state("a") == .fatal)
    }

    @Test func commandsAreRefusedOnTheWayDownButForStopAndSignal() {
        var crew = Crew.running(groups)
        crew.ask(.stop([name("z")]), 0)
        crew.exit("z", 0)
        crew.tell(.end(.shutdown), 1)
        #expect(crew.ask(.start([name("z")]), 2) == ["answer 2: z shuttingDown"])
        #expect(crew.ask(.restart([name("b")]), 2) == ["answer 3: b shuttingDown"])
        #expect(crew.ask(.update([.remove("a")]), 2) == ["answer 4: a shuttingDown"])
        #expect(crew.ask(.signal(.hangup, [name("a:a1")]), 2) == ["SIGHUP to a:a1 2", "answer 5: a:a1 signalled"])
        #expect(signals(crew.ask(.stop([name("a:a1")]), 2)) == ["SIGTERM to a:a1 2"])
    }

    @Test func whoWaitsIsAnsweredWhenSuperdGoesDown() {
        var crew = Crew.running(groups)
        crew.ask(.restart([name("b"), name("a:a1")]), 0)
        crew.ask(.update([.remove("z")]), 0)
        crew.tell(.end(.shutdown), 1)
        #expect(crew.did.contains("answer 2: z shuttingDown"))
        crew.exit("b", 2)
        crew.exit("a:a1", 3)
        #expect(crew.did.contains("answer 1: b stopped, a:a1 stopped, a:a1 shuttingDown, b shuttingDown"))
    }

    @Test func aReloadStopsAllAndStartsTheNewConfiguration() {
        var crew = Crew.running(groups)
        crew.tell(.end(.restart), 1)
        for process in ["b", "a:a1", "a:a2", "z"] { crew.exit(process, 2) }
        #expect(crew.did.last == "ended for restart")
        crew.tell(.configured([group("z", [process("z")]), group("n", [process("n")])]), 3)
        #expect(
            crew.did == [
                "forget z", "forget a:a1", "forget a:a2", "forget b", "group z removed", "group a removed",
                "group b removed", "group z added", "group n added", "z STOPPED → STARTING (tries 0)", "spawn z 5",
                "n STOPPED → STARTING (tries 0)", "spawn n 6",
            ])
        #expect(crew.ask(.stop([name("z")]), 4, wait: false).last == "answer 1: z stopped")
    }

    @Test func aShutdownOverrulesARestart() {
        var crew = Crew.running([group("a", [process("a")])])
        crew.tell(.end(.restart), 1)
        crew.tell(.end(.shutdown), 2)
        #expect(crew.exit("a", 3).last == "ended for shutdown")
    }

    @Test func aRestartDoesNotOverruleAShutdown() {
        var crew = Crew.running([group("a", [process("a")])])
        crew.tell(.end(.shutdown), 1)
        #expect(crew.tell(.end(.restart), 2) == [])
        #expect(crew.exit("a", 3).last == "ended for shutdown")
    }

    @Test func aShutdownAfterTheStopForARestartEndsAtOnce() {
        var crew = Crew.running([group("a", [process("a")])])
        crew.tell(.end(.restart), 1)
        crew.exit("a", 2)
        #expect(crew.tell(.end(.shutdown), 3) == ["ended for shutdown"])
        #expect(crew.tell(.end(.shutdown), 4) == [])
    }
}
