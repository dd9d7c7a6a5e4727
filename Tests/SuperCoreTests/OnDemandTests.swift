import SuperBase
import SuperCore
import Testing

/// Processes that start with the first connection and stop when nobody is connected.
struct OnDemandTests {
    private func crew(_ change: (inout ProcessConfig) -> Void = { _ in }) -> Crew {
        Crew([
            group(
                "web",
                [
                    process("web") {
                        $0.startSeconds = 0
                        $0.startsOnDemand = true
                        $0.sockets = [SharedSocket(address: .inet(host: "127.0.0.1", port: 80))]
                        change(&$0)
                    }
                ]), group("other", [process("other") { $0.autoStart = false }]),
        ])
    }

    @Test func itIsNotStartedUntilSomebodyConnects() {
        var crew = crew()
        #expect(crew.did == ["group web added", "group other added"])
        #expect(crew.tell(.demanded([name("web")]), 1) == ["web STOPPED → STARTING (tries 0)", "spawn web 1"])
        #expect(crew.tell(.demanded([name("web")]), 1) == [])
    }

    @Test func onlyWhatStartsOnDemandIsStartedSo() {
        var crew = crew()
        #expect(crew.tell(.demanded([name("other")]), 1) == [])
        #expect(crew.tell(.idle([name("other")]), 1) == [])
    }

    @Test func itIsStoppedWhenItIsIdleAndStartsAgain() {
        var crew = crew()
        crew.tell(.demanded([name("web")]), 1)
        crew.arrive(1)
        #expect(
            crew.tell(.idle([name("web")]), 60) == [
                "INFO idle: web is stopped until the next connection (idle_timeout)", "web RUNNING → STOPPING (pid 41)",
                "SIGTERM to web 1",
            ])
        #expect(crew.tell(.idle([name("web")]), 61) == [])
        crew.exit("web", 62)
        #expect(crew.state("web") == .stopped)
        #expect(crew.tell(.demanded([name("web")]), 70).last == "spawn web 2")
    }

    @Test func oneThatHasExitedStartsAgain() {
        var crew = crew { $0.autoRestart = .never }
        crew.tell(.demanded([name("web")]), 1)
        crew.arrive(1)
        crew.exit("web", 5)
        #expect(crew.state("web") == .exited)
        #expect(crew.tell(.demanded([name("web")]), 6).last == "spawn web 2")
    }

    @Test func oneThatIsFatalDoesNot() {
        var crew = crew { $0.startRetries = 0 }
        crew.tell(.demanded([name("web")]), 1)
        crew.tell(.spawnFailed(name("web"), generation: 1, message: "x"), 1)
        #expect(crew.tell(.demanded([name("web")]), 2) == [])
    }

    @Test func itWaitsForWhatItDependsOn() {
        var crew = crew { $0.dependencies = [Dependency("other")] }
        crew.tell(.demanded([name("web")]), 1)
        #expect(crew.did.last == "spawn other 1")
        #expect(crew.state("web") == .waiting)
    }

    @Test func oneThatIsBeingReplacedStopsAltogether() {
        var crew = crew()
        crew.tell(.demanded([name("web")]), 1)
        crew.arrive(1)
        crew.ask(.roll([name("web")], RollOptions()), 2)
        crew.tell(.idle([name("web")]), 3)
        #expect(crew.did.last == "answer 1: web notReplaced (it was stopped)")
        crew.tell(.spawned(name("web"), generation: 2, pid: 42, at: at(4)), 4)
        #expect(crew.did.last == "SIGTERM to web (old) 2")
        crew.end("web", 2, 5)
        crew.end("web", 1, 5)
        #expect(crew.state("web") == .stopped)
    }

    @Test func nothingIsStartedOrStoppedSoOnTheWayDown() {
        var crew = crew()
        crew.tell(.demanded([name("web")]), 1)
        crew.arrive(1)
        crew.ask(.start([name("other")]), 1, wait: false)
        crew.tell(.end(.shutdown), 2)
        #expect(crew.tell(.idle([name("web")]), 2) == [])
        crew.exit("web", 2)
        #expect(crew.tell(.demanded([name("web")]), 2) == [])
    }
}
