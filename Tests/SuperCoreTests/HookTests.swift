import SuperBase
import SuperCore
import Testing

/// The commands for the moments of a process's life.
struct HookTests {
    private func config(_ hooks: [Hook], _ change: (inout ProcessConfig) -> Void = { _ in }) -> ProcessConfig {
        process("web") {
            for hook in hooks { $0.hooks.commands[hook] = "/bin/hook" }
            $0.hooks.timeout = .seconds(5)
            change(&$0)
        }
    }

    private func bench(_ hooks: [Hook], _ change: (inout ProcessConfig) -> Void = { _ in }) -> Bench {
        var bench = Bench()
        bench.machine = ProcessMachine(config: config(hooks, change))
        return bench
    }

    // MARK: - Before the start

    @Test func theStartWaitsForTheHook() {
        var bench = bench([.preStart])
        #expect(bench.tell(.start(generation: 1), 0) == ["STOPPED → STARTING (tries 0)", "pre_start of 1"])
        #expect(bench.machine.starts == 0)
        #expect(bench.tell(.hookEnded(.preStart, generation: 1, failure: nil), 2) == ["spawn 1"])
        #expect(bench.machine.starts == 1)
    }

    @Test func aHookThatFailsIsAFailedStart() {
        var bench = bench([.preStart])
        bench.tell(.start(generation: 1), 0)
        #expect(
            bench.tell(.hookEnded(.preStart, generation: 1, failure: "exit status 3"), 2) == [
                "INFO spawnerr: pre_start: exit status 3", "STARTING → BACKOFF (tries 1)",
            ])
        #expect(bench.machine.spawnError == "pre_start: exit status 3")
        #expect(bench.tell(.wake(generation: 2), 3) == ["BACKOFF → STARTING (tries 1)", "pre_start of 2"])
    }

    @Test func aHookThatTakesTooLongIsAFailedStart() {
        var bench = bench([.preStart])
        bench.tell(.start(generation: 1), 0)
        #expect(bench.machine.deadline == at(5))
        bench.tell(.wake(generation: 2), 5)
        #expect(bench.machine.spawnError == "pre_start: no end within 5 s")
        #expect(bench.state == .backoff)
        #expect(bench.tell(.hookEnded(.preStart, generation: 1, failure: nil), 5.5) == [], "too late")
    }

    @Test(arguments: [nil, "exit status 1"] as [String?])
    func aStopDuringTheHookIsObeyedWhenItEnds(failure: String?) {
        var bench = bench([.preStart])
        bench.tell(.start(generation: 1), 0)
        #expect(bench.tell(.stop(reports: false), 1) == [])
        #expect(bench.tell(.hookEnded(.preStart, generation: 1, failure: failure), 2) == ["STARTING → STOPPED"])
        #expect(bench.machine.deadline == nil)
    }

    @Test func aStopDuringAHookThatTakesTooLongIsObeyedThen() {
        var bench = bench([.preStart])
        bench.tell(.start(generation: 1), 0)
        bench.tell(.stop(reports: false), 1)
        #expect(bench.tell(.wake(generation: 2), 5) == ["STARTING → STOPPED"])
    }

    @Test func theEndOfSuperdDuringTheHookStartsNothing() {
        var crew = Crew([group("web", [config([.preStart])])])
        crew.tell(.end(.shutdown), 1)
        crew.tell(.hookEnded(name("web"), .preStart, generation: 1, failure: nil), 2)
        #expect(crew.did == ["web STARTING → STOPPED", "ended for shutdown"])
    }

    @Test func anotherHookOrGenerationIsNotTheOneThatIsWaitedFor() {
        var bench = bench([.preStart, .postStart])
        bench.tell(.start(generation: 4), 0)
        #expect(bench.tell(.hookEnded(.preStart, generation: 3, failure: nil), 1) == [])
        #expect(bench.tell(.hookEnded(.postStart, generation: 4, failure: nil), 1) == [])
        #expect(bench.tell(.hookEnded(.preStop, generation: 4, failure: nil), 1) == [])
        #expect(bench.machine.starts == 0)
    }

    @Test func aNewBrainBeginsTheHookAnew() {
        var bench = bench([.preStart])
        bench.tell(.start(generation: 1), 0)
        #expect(bench.tell(.takenOver, 3) == ["pre_start of 1"])
        #expect(bench.machine.deadline == at(8))
        bench.tell(.stop(reports: false), 4)
        #expect(bench.tell(.takenOver, 5) == ["STARTING → STOPPED"])
    }

    @Test func aRestartDuringTheHookIsNotForgottenByANewBrain() {
        var bench = bench([.preStart])
        bench.tell(.start(generation: 1), 0)
        bench.tell(.restart(reports: false), 1)
        bench.tell(.takenOver, 2)
        #expect(bench.state == .stopped)
        #expect(bench.machine.startWished)
    }

    // MARK: - After

    @Test func eachMomentHasItsHookOnce() {
        var bench = bench([.postStart, .postStop, .onFatal]) {
            $0.startRetries = 0
            $0.autoRestart = .always
        }
        bench.launch(1, 0)
        #expect(bench.tell(.wake(generation: 2), 1).suffix(2) == ["STARTING → RUNNING (pid 41)", "post_start of 1"])
        #expect(
            bench.exit(1, .exited(code: 0), 5).suffix(2) == ["RUNNING → EXITED (pid 41, expected)", "post_stop of 1"])
        #expect(bench.tell(.wake(generation: 2), 5) == ["EXITED → STARTING (tries 0)", "spawn 2"])
        #expect(
            bench.tell(.spawnFailed(generation: 2, message: "command is empty"), 5).suffix(2) == [
                "BACKOFF → FATAL", "on_fatal of 0",
            ])
        #expect(bench.tell(.wake(generation: 3), 100) == [])
    }

    @Test func aStopHasItsHookAfterIt() {
        var bench = bench([.postStop])
        bench.launch(1, 0)
        bench.tell(.stop(reports: false), 0.5)
        #expect(bench.exit(1, .exited(code: 0), 1).last == "post_stop of 1")
    }

    @Test func anEndThatIsTooEarlyHasItsHookAsWell() {
        var bench = bench([.postStart, .postStop])
        bench.launch(1, 0)
        #expect(bench.exit(1, .exited(code: 0), 0.5).filter { $0.hasPrefix("post_") } == ["post_stop of 1"])
    }

    @Test func anEndThatIsHeardOfLateHasBothHooks() {
        var bench = bench([.postStart, .postStop])
        bench.launch(1, 0)
        #expect(
            bench.exit(1, .exited(code: 0), 3).filter { $0.hasPrefix("post_") } == [
                "post_start of 1", "post_stop of 1",
            ])
    }

    @Test func withoutHooksNothingIsRun() {
        var bench = Bench.running { $0.startRetries = 0 }
        bench.exit(1, .exited(code: 1), 5)
        bench.tell(.wake(generation: 2), 5)
        #expect(bench.tell(.spawnFailed(generation: 2, message: "x"), 5).last == "BACKOFF → FATAL")
    }
}
