import SuperBase
import SuperCore
import Testing

/// Who waits for whom, and what is started along.
struct DependencyTests {
    /// Ready as soon as it exists.
    private func config(
        _ name: String, in group: String? = nil, needs: [Dependency] = [],
        _ change: (inout ProcessConfig) -> Void = { _ in }
    ) -> ProcessConfig {
        process(name, in: group) {
            $0.startSeconds = 0
            $0.dependencies = needs
            change(&$0)
        }
    }

    private func fleet(_ processes: [ProcessConfig]) -> Crew {
        var groups: [GroupConfig] = []
        for process in processes {
            if let index = groups.firstIndex(where: { $0.name == process.name.group }) {
                groups[index].processes.append(process)
            } else {
                groups.append(group(process.name.group, [process]))
            }
        }
        return Crew(groups)
    }

    // MARK: - Conditions

    @Test func aProcessWaitsAndSaysForWhom() {
        var crew = fleet([config("web", needs: [Dependency("db")]), config("db")])
        #expect(crew.did.suffix(3) == ["web STOPPED → WAITING", "db STOPPED → STARTING (tries 0)", "spawn db 1"])
        #expect(crew.fleet[name("web")]?.waitingFor == "waiting for db to be ready, it is STARTING")
        crew.arrive(1, [name("db")])
        #expect(crew.did.suffix(2) == ["web WAITING → STARTING (tries 0)", "spawn web 3"])
        #expect(crew.fleet[name("web")]?.waitingFor == "")
    }

    @Test func aDependencyThatIsThereIsNotWaitedFor() {
        var crew = fleet([config("db"), config("web", needs: [Dependency("db")]) { $0.autoStart = false }])
        crew.arrive(0)
        #expect(crew.ask(.start([name("web")]), 1) == ["web STOPPED → STARTING (tries 0)", "spawn web 2"])
    }

    @Test func startedIsWhenThereIsAProcess() {
        var crew = fleet([
            config("db") { $0.startSeconds = 30 }, config("web", needs: [Dependency("db", .started)]),
        ])
        #expect(crew.state("web") == .waiting)
        crew.arrive(0, [name("db")])
        #expect(crew.state("db") == .starting)
        #expect(crew.did.last == "spawn web 2")
    }

    @Test func readyIsWhenItIsRunning() {
        var crew = fleet([config("db") { $0.readiness = .notify }, config("web", needs: [Dependency("db")])])
        crew.arrive(0)
        #expect(crew.state("web") == .waiting)
        crew.tell(.notified(name("db"), generation: 1, Notice { $0.isReady = true }), 3)
        #expect(crew.did.last == "spawn web 2")
    }

    @Test func healthyIsAfterTheFirstGoodAnswer() {
        var crew = fleet([
            config("db") { $0.health.check = .probe(.unix(path: "/run/db")) },
            config("web", needs: [Dependency("db", .healthy)]),
        ])
        crew.arrive(0)
        #expect(crew.fleet[name("web")]?.waitingFor == "waiting for db to be healthy, it is RUNNING")
        crew.tell(.wake, 0)
        crew.tell(.probed(name("db"), generation: 1, failure: "no such file"), 0)
        #expect(crew.state("web") == .waiting)
        crew.tell(.wake, 10)
        crew.tell(.probed(name("db"), generation: 1, failure: nil), 10)
        #expect(crew.did.first == "web WAITING → STARTING (tries 0)")
    }

    @Test func completedIsWhenAOneshotHasDoneItsWork() {
        var crew = fleet([
            config("migrate") { $0.kind = .oneshot }, config("web", needs: [Dependency("migrate", .completed)]),
        ])
        crew.arrive(0)
        #expect(crew.fleet[name("web")]?.waitingFor == "waiting for migrate to be completed, it is RUNNING")
        #expect(crew.exit("migrate", 5).last == "spawn web 2")
    }

    @Test(arguments: Dependency.Condition.allCases)
    func aOneshotThatHasDoneItsWorkFulfilsEveryCondition(condition: Dependency.Condition) {
        var crew = fleet([
            config("job") { $0.kind = .oneshot },
            config("web", needs: [Dependency("job", condition)]) { $0.autoStart = false },
        ])
        crew.arrive(0)
        crew.exit("job", 1)
        crew.ask(.start([name("web")]), 2)
        #expect(crew.did.last == "spawn web 2")
    }

    @Test func whatBecomesOfADependencyLaterDoesNotTouchTheProcess() {
        var crew = fleet([config("db"), config("web", needs: [Dependency("db")]) { $0.autoRestart = .always }])
        crew.arrive(0)
        crew.arrive(0)
        crew.ask(.stop([name("db")]), 1)
        crew.exit("db", 2)
        #expect(crew.state("web") == .running)
        crew.exit("web", 3)
        #expect(crew.tell(.wake, 3).last == "spawn web 3", "it comes back by itself")
    }

    // MARK: - Who is meant

    @Test func aNameIsAProcessOrAGroupOrAProgram() {
        func waits(_ dependency: String) -> Set<String> {
            var crew = fleet([
                config("a0", in: "a") { $0.program = "worker" }, config("a1", in: "a") { $0.program = "worker" },
                config("a2", in: "a") { $0.program = "other" }, config("web", needs: [Dependency(dependency)]),
            ])
            var needed: Set<String> = []
            for process in ["a:a0", "a:a1", "a:a2"] where crew.state("web") == .waiting {
                let before = crew
                crew.arrive(0, ["a:a0", "a:a1", "a:a2"].filter { $0 != process }.map { name($0) })
                if crew.state("web") == .waiting { needed.insert(process) }
                crew = before
            }
            return needed
        }
        #expect(waits("a:a1") == ["a:a1"])
        #expect(waits("a") == ["a:a0", "a:a1", "a:a2"])
        #expect(waits("worker") == ["a:a0", "a:a1"])
        #expect(waits("nobody") == [])
    }

    @Test func allDependenciesMustBeThere() {
        var crew = fleet([config("a"), config("b"), config("web", needs: [Dependency("a"), Dependency("b")])])
        crew.arrive(0, [name("a")])
        #expect(crew.fleet[name("web")]?.waitingFor == "waiting for b to be ready, it is STARTING")
        crew.arrive(0, [name("b")])
        #expect(crew.did.last == "spawn web 3")
    }

    @Test func aChainStartsOneAfterTheOther() {
        var crew = fleet([
            config("c", needs: [Dependency("b")]), config("b", needs: [Dependency("a")]), config("a"),
        ])
        #expect(crew.did("spawn") == ["spawn a 1"])
        crew.arrive(0, [name("a")])
        #expect(crew.did("spawn") == ["spawn b 3"])
        crew.arrive(0, [name("b")])
        #expect(crew.did("spawn") == ["spawn c 4"])
    }

    // MARK: - What is started along

    @Test func whatHasNeverBeenStartedIsStartedAlong() {
        let crew = fleet([config("db") { $0.autoStart = false }, config("web", needs: [Dependency("db")])])
        #expect(crew.did("spawn") == ["spawn db 1"])
        #expect(crew.state("web") == .waiting)
    }

    /// db, stopped by hand, and web, which needs it and starts by itself with the next configuration.
    @Test func whatSomebodyStoppedIsNotStartedAlongByItself() {
        var crew = fleet([config("db")])
        crew.arrive(0)
        crew.ask(.stop([name("db")]), 1)
        crew.exit("db", 1)
        crew.ask(.update([.add(group("web", [config("web", needs: [Dependency("db")])]))]), 2)
        #expect(crew.did("spawn") == [])
        #expect(crew.state("web") == .waiting)
        #expect(crew.state("db") == .stopped)
    }

    @Test(arguments: ["stopped", "exited", "fatal"])
    func aStartByHandStartsWhateverIsDown(state: String) {
        var crew = fleet([
            config("db") {
                $0.autoRestart = .never
                $0.startRetries = 0
            }, config("web", needs: [Dependency("db")]) { $0.autoStart = false },
        ])
        switch state {
        case "fatal": crew.tell(.spawnFailed(name("db"), generation: 1, message: "x"), 0)
        case "exited":
            crew.arrive(0)
            crew.exit("db", 1)
        default:
            crew.arrive(0)
            crew.ask(.stop([name("db")]), 1)
            crew.exit("db", 1)
        }
        #expect(crew.state("db")?.name == state.uppercased())
        crew.ask(.start([name("web")]), 2)
        #expect(crew.did("spawn") == ["spawn db 2"])
        #expect(crew.state("web") == .waiting)
        crew.arrive(3)
        crew.arrive(3)
        #expect(crew.did.last?.hasSuffix(": web started") == true)
    }

    @Test func oneThatIsStartedAlongIsAnsweredAsStarted() {
        var crew = fleet([
            config("a", needs: [Dependency("b")]) { $0.autoStart = false }, config("b") { $0.autoStart = false },
        ])
        crew.ask(.start([name("a"), name("b")]), 0)
        #expect(crew.did("answer") == [])
        crew.arrive(0)
        crew.arrive(0)
        #expect(crew.did.last == "answer 1: b started, a started")
    }

    // MARK: - In vain

    /// web, which needs db; db cannot be started.
    private var blocked: Crew {
        var crew = fleet([
            config("db") { $0.startRetries = 0 }, config("web", needs: [Dependency("db")]) { $0.autoStart = false },
        ])
        crew.arrive(0)
        return crew
    }

    @Test func aStartThatWaitsInVainIsAnsweredWithTheReasonAndGoesOnWaiting() {
        var crew = blocked
        crew.ask(.stop([name("db")]), 0)
        crew.exit("db", 0)
        crew.ask(.start([name("web")]), 1)
        #expect(crew.did("answer") == [])
        crew.tell(.spawnFailed(name("db"), generation: crew.holder("db") ?? 0, message: "no such command"), 1)
        #expect(
            crew.did.last
                == "answer 2: web dependencyFailed (waiting for db to be ready, it is FATAL (no such command))")
        #expect(crew.state("web") == .waiting)
        crew.ask(.start([name("db")]), 5)
        crew.arrive(5, [name("db")])
        #expect(crew.did("spawn web").count == 1)
    }

    @Test func aStartThatNobodyWaitsForIsAnsweredAtOnce() {
        var crew = blocked
        crew.ask(.stop([name("db")]), 0)
        crew.exit("db", 0)
        #expect(crew.ask(.start([name("web")]), 1, wait: false).last == "answer 2: web started")
    }

    @Test func oneThatIsTriedAgainIsNotInVain() {
        var crew = fleet([
            config("db") {
                $0.startRetries = 0
                $0.fatalRetry = .seconds(60)
            }, config("web", needs: [Dependency("db")]) { $0.autoStart = false },
        ])
        crew.ask(.start([name("web")]), 0)
        crew.tell(.spawnFailed(name("db"), generation: 1, message: "x"), 0)
        #expect(crew.did("answer") == [])
        crew.tell(.wake, 60)
        crew.arrive(60)
        crew.arrive(60)
        #expect(crew.did.last == "answer 1: web started")
    }

    @Test func aChainIsInVainWhenItsEndIs() {
        var crew = fleet([
            config("db") { $0.startRetries = 0 }, config("app", needs: [Dependency("db")]) { $0.autoStart = false },
            config("web", needs: [Dependency("app")]) { $0.autoStart = false },
        ])
        crew.ask(.start([name("web")]), 0)
        crew.tell(.spawnFailed(name("db"), generation: 1, message: "x"), 0)
        #expect(crew.did.last == "answer 1: web dependencyFailed (waiting for app to be ready, it is WAITING)")
    }

    @Test func whatCanNeverHappenIsInVain() {
        for condition in [Dependency.Condition.completed, .healthy] {
            var crew = fleet([
                config("db"), config("web", needs: [Dependency("db", condition)]) { $0.autoStart = false },
            ])
            crew.arrive(0)
            crew.ask(.start([name("web")]), 1)
            #expect(crew.did.last?.hasPrefix("answer 1: web dependencyFailed") == true)
        }
    }

    @Test func twoThatWaitForEachOtherWaitInVainAndCanBeStopped() {
        var crew = fleet([
            config("a", needs: [Dependency("b")]) { $0.autoStart = false },
            config("b", needs: [Dependency("a")]) { $0.autoStart = false },
        ])
        crew.ask(.start([name("a")]), 1)
        #expect(crew.did.last == "answer 1: a dependencyFailed (waiting for b to be ready, it is WAITING)")
        #expect(crew.tell(.end(.shutdown), 2).last == "ended for shutdown")
    }

    // MARK: - While it waits

    @Test func aProcessThatWaitsIsStoppedAtOnce() {
        var crew = fleet([config("db"), config("web", needs: [Dependency("db")])])
        #expect(crew.ask(.stop([name("web")]), 0) == ["web WAITING → STOPPED", "answer 1: web stopped"])
        #expect(crew.fleet[name("web")]?.waitingFor == "")
        crew.arrive(1)
        #expect(crew.did("spawn web") == [])
    }

    @Test func aRestartOfOneThatWaitsWaitsAgain() {
        var crew = fleet([config("db"), config("web", needs: [Dependency("db")])])
        crew.ask(.restart([name("web")]), 0)
        #expect(crew.state("web") == .waiting)
        crew.arrive(1)
        crew.arrive(1)
        #expect(crew.did.last == "answer 1: web stopped, web started")
    }

    @Test func theReasonFollowsWhatHappens() {
        var crew = fleet([config("db"), config("web", needs: [Dependency("db")])])
        crew.tell(.spawnFailed(name("db"), generation: 1, message: "no such command"), 0)
        #expect(
            crew.fleet[name("web")]?.waitingFor == "waiting for db to be ready, it is BACKOFF (no such command)")
    }

    @Test func nobodyWaitsOnTheWayDown() {
        var crew = fleet([config("db"), config("web", needs: [Dependency("db")])])
        crew.tell(.end(.shutdown), 0)
        #expect(crew.did.contains("web WAITING → STOPPED"))
        #expect(crew.fleet[name("web")]?.waitingFor == "")
    }

    @Test func changesOfOneUpdateMayDependOnEachOtherInAnyOrder() {
        var crew = fleet([config("x", in: "x")])
        let web = group("web", priority: 1, [config("web", needs: [Dependency("db")])])
        let grown = group("x", [config("x", in: "x"), config("y", in: "x", needs: [Dependency("db")])])
        crew.ask(.update([.replace(grown), .add(web), .add(group("db", [config("db")]))]), 1, wait: false)
        #expect(crew.did("spawn") == ["spawn db 2"])
        #expect(crew.state("web") == .waiting)
        #expect(crew.state("x:y") == .waiting)
    }

    @Test func otherDependenciesAreGoneByWhileItWaits() {
        var crew = fleet([config("db"), config("web", needs: [Dependency("db")])])
        crew.ask(.update([.replace(group("web", [config("web")]))]), 1)
        #expect(crew.did("spawn") == ["spawn web 2"])
    }

    @Test func aProcessInAGroupThatIsBeingUpdatedIsNotInVain() {
        var crew = fleet([config("db"), config("web", needs: [Dependency("db")]) { $0.autoStart = false }])
        crew.arrive(0)
        let changed = config("db") { $0.command = "/bin/other" }
        crew.ask(.update([.replace(group("db", [changed]))]), 1)
        crew.ask(.start([name("web")]), 2)
        #expect(crew.did("answer") == [])
        crew.exit("db", 3)
        crew.arrive(3)
        crew.arrive(3)
        #expect(crew.did.last == "answer 2: web started")
    }
}
