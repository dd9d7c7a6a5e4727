import SuperBase
import SuperCore
import Testing

/// From STOPPED to RUNNING, and what comes between.
struct StartingTests {
    @Test func aStartSpawns() {
        var bench = Bench()
        #expect(bench.tell(.start(generation: 1), 0) == ["STOPPED → STARTING (tries 0)", "spawn 1"])
    }

    @Test func aSpawnedProcessIsLoggedWithItsPid() {
        var bench = Bench()
        bench.tell(.start(generation: 1), 0)
        bench.arrive(1, 0)
        #expect(bench.did == ["INFO spawned: 'web' with pid 41"])
        #expect(bench.state == .starting)
        #expect(bench.machine.deadline == at(1))
    }

    @Test func aProcessThatStaysUpIsRunning() {
        var bench = Bench { $0.startSeconds = 5 }
        bench.launch(1, 0)
        #expect(bench.tell(.wake(generation: 2), 4.999) == [])
        #expect(
            bench.tell(.wake(generation: 3), 5) == [
                "INFO success: web entered RUNNING state, process has stayed up for > than 5 seconds (startsecs)",
                "STARTING → RUNNING (pid 41)",
            ])
        #expect(bench.machine.deadline == nil)
    }

    @Test(arguments: [0, -5])
    func withoutStartsecsItIsRunningAtOnce(seconds: Int) {
        var bench = Bench { $0.startSeconds = seconds }
        bench.launch(1, 0)
        #expect(
            bench.did == [
                "INFO spawned: 'web' with pid 41",
                "INFO success: web entered RUNNING state, process has stayed up for > than \(seconds) seconds (startsecs)",
                "STARTING → RUNNING (pid 41)",
            ])
    }

    @Test func aFailedSpawnBacksOff() {
        var bench = Bench()
        bench.tell(.start(generation: 1), 0)
        #expect(
            bench.tell(.spawnFailed(generation: 1, message: "can't find command 'nosuch'"), 0) == [
                "INFO spawnerr: can't find command 'nosuch'", "STARTING → BACKOFF (tries 1)",
            ])
        #expect(bench.machine.spawnError == "can't find command 'nosuch'")
        #expect(bench.machine.deadline == at(1))
    }

    @Test(arguments: [SuperBase.ExitStatus.exited(code: 0), .exited(code: 3)])
    func anExitBeforeStartsecsIsNeverExpected(status: SuperBase.ExitStatus) {
        var bench = Bench()
        bench.launch(1, 0)
        #expect(
            bench.exit(1, status, 0.9) == [
                "WARN exited: web (\(status); not expected)", "STARTING → BACKOFF (tries 1)",
            ])
        #expect(bench.machine.spawnError == "Exited too quickly (process log may have details)")
    }

    @Test func anOldExitThatIsHeardOfLateStillCountsAsEarly() {
        var bench = Bench()
        bench.launch(1, 0)
        #expect(
            bench.exit(1, .exited(code: 0), 30, since: 0.5) == [
                "WARN exited: web (exit status 0; not expected)", "STARTING → BACKOFF (tries 1)",
            ])
        #expect(bench.machine.deadline == at(31))
        #expect(bench.machine.endedAt == at(0.5))
    }

    @Test func anExitAfterStartsecsCountsAsRunningFirst() {
        var bench = Bench()
        bench.launch(1, 0)
        #expect(
            bench.exit(1, .exited(code: 2), 1.5) == [
                "INFO success: web entered RUNNING state, process has stayed up for > than 1 seconds (startsecs)",
                "STARTING → RUNNING (pid 41)", "WARN exited: web (exit status 2; not expected)",
                "RUNNING → EXITED (pid 41, not expected)",
            ])
    }

    @Test func itGivesUpAfterThreeRetriesOneTwoAndThreeSecondsApart() {
        var bench = Bench()
        var now = 0.0
        var spawns = 0
        bench.tell(.start(generation: 1), now)
        for failure in 1...4 {
            spawns += 1
            bench.arrive(UInt64(failure), now)
            now += 0.1
            bench.exit(UInt64(failure), .exited(code: 1), now)
            guard failure < 4 else { break }
            #expect(bench.did.last == "STARTING → BACKOFF (tries \(failure))")
            #expect(bench.machine.deadline == at(now + Double(failure)))
            now += Double(failure)
            let next = UInt64(failure + 1)
            #expect(
                bench.tell(.wake(generation: next), now) == ["BACKOFF → STARTING (tries \(failure))", "spawn \(next)"])
        }
        #expect(spawns == 4)
        #expect(
            bench.did == [
                "WARN exited: web (exit status 1; not expected)", "STARTING → BACKOFF (tries 4)",
                "INFO gave up: web entered FATAL state, too many start retries too quickly", "BACKOFF → FATAL",
            ])
        #expect(bench.machine.deadline == nil)
        #expect(bench.machine.failures == 0)
        #expect(bench.machine.starts == 4)
    }

    @Test func withoutRetriesOneFailureIsFatal() {
        var bench = Bench { $0.startRetries = 0 }
        bench.tell(.start(generation: 1), 0)
        bench.tell(.spawnFailed(generation: 1, message: "command is empty"), 0)
        #expect(bench.state == .fatal)
    }

    @Test func aStartAfterFatalHasAllItsTriesAgain() {
        var bench = Bench { $0.startRetries = 0 }
        bench.tell(.start(generation: 1), 0)
        bench.tell(.spawnFailed(generation: 1, message: "command is empty"), 0)
        #expect(bench.tell(.start(generation: 2), 1) == ["FATAL → STARTING (tries 0)", "spawn 2"])
        #expect(bench.machine.spawnError == "")
    }

    @Test func aStartInBackoffTriesAtOnceAndKeepsTheCount() {
        var bench = Bench()
        bench.launch(1, 0)
        bench.exit(1, .exited(code: 1), 0.1)
        #expect(bench.tell(.start(generation: 2), 0.2) == ["BACKOFF → STARTING (tries 1)", "spawn 2"])
    }

    @Test func successForgetsTheFailures() {
        var bench = Bench()
        bench.launch(1, 0)
        bench.exit(1, .exited(code: 1), 0.1)
        bench.tell(.wake(generation: 2), 1.1)
        bench.arrive(2, 1.1)
        #expect(bench.machine.failures == 1)
        bench.tell(.wake(generation: 3), 2.1)
        #expect(bench.state == .running)
        #expect(bench.machine.failures == 0)
    }

    @Test func aStartOfWhatIsUpChangesNothing() {
        var bench = Bench()
        bench.tell(.start(generation: 1), 0)
        #expect(bench.tell(.start(generation: 2), 0) == [])
        bench.arrive(1, 0)
        #expect(bench.tell(.start(generation: 3), 0) == [])
        bench.tell(.wake(generation: 4), 1)
        #expect(bench.tell(.start(generation: 5), 2) == [])
        #expect(bench.machine.generation == 1)
    }

    @Test func newsOfAnotherGenerationChangeNothing() {
        var bench = Bench()
        bench.launch(5, 0)
        let before = bench.machine
        #expect(bench.exit(4, .exited(code: 9), 0.5) == [])
        #expect(bench.tell(.spawned(generation: 4, pid: 9, at: at(0)), 0.5) == [])
        #expect(bench.tell(.spawnFailed(generation: 4, message: "x"), 0.5) == [])
        #expect(bench.machine == before)
    }

    @Test func theJitterOfTheBackoffOnlyShortensIt() {
        var bench = Bench { $0.restartJitter = 50 }
        bench.launch(1, 0)
        bench.exit(1, .exited(code: 1), 0, draw: 0.5)
        #expect(bench.machine.deadline == at(0.75))
    }

    @Test func moreThatIsKnownOfAFailedStartReplacesItsReason() {
        var bench = Bench()
        bench.launch(1, 0)
        #expect(bench.tell(.explained("it is up"), 0.5) == [])
        bench.exit(1, .exited(code: 0), 0.9)
        #expect(
            bench.tell(.explained("Exited too quickly: it hides"), 0.9) == ["WARN web: Exited too quickly: it hides"])
        #expect(bench.machine.spawnError == "Exited too quickly: it hides")
    }
}
