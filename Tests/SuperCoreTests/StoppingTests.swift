import SuperBase
import SuperCore
import Testing

/// A stop in every state, and how it is made to happen.
struct StoppingTests {
    @Test func aRunningProcessIsSentItsStopSignal() {
        var bench = Bench.running { $0.stopSignal = .quit }
        #expect(
            bench.tell(.stop(reports: false), 5) == ["RUNNING → STOPPING (pid 41)", "SIGQUIT to 1"])
        #expect(bench.machine.deadline == at(15))
    }

    @Test func aStartingProcessIsStoppedAsWell() {
        var bench = Bench()
        bench.launch(1, 0)
        #expect(bench.tell(.stop(reports: false), 0.5) == ["STARTING → STOPPING (pid 41)", "SIGTERM to 1"])
    }

    @Test(arguments: [
        (SuperBase.ExitStatus.exited(code: 0), "INFO stopped: web (exit status 0)"),
        (.exited(code: 3), "WARN stopped: web (exit status 3)"),
        (.signaled(.terminate, coreDumped: false), "WARN stopped: web (terminated by SIGTERM)"),
    ])
    func itHasStoppedWhenItIsReaped(status: SuperBase.ExitStatus, line: String) {
        var bench = Bench.running { $0.autoRestart = .always }
        bench.tell(.stop(reports: false), 5)
        #expect(bench.exit(1, status, 6) == [line, "STOPPING → STOPPED (pid 41)"])
        #expect(bench.machine.deadline == nil)
    }

    @Test func aProcessThatIgnoresTheStopSignalIsKilledAgainAndAgain() {
        var bench = Bench.running { $0.stopWaitSeconds = 3 }
        bench.tell(.stop(reports: false), 5)
        let kill = ["WARN killing 'web' (41) with SIGKILL", "SIGKILL to 1"]
        #expect(bench.tell(.wake(generation: 3), 7.9) == [])
        #expect(bench.tell(.wake(generation: 4), 8) == kill)
        #expect(bench.state == .stopping)
        #expect(bench.tell(.wake(generation: 5), 10.9) == [])
        #expect(bench.tell(.wake(generation: 6), 11) == kill)
        #expect(
            bench.exit(1, .signaled(.kill, coreDumped: false), 11.1) == [
                "WARN stopped: web (terminated by SIGKILL)", "STOPPING → STOPPED (pid 41)",
            ])
    }

    @Test(arguments: [0, -3])
    func withoutStopwaitsecsItIsKilledAtOnceAndEachSecond(seconds: Int) {
        var bench = Bench.running { $0.stopWaitSeconds = seconds }
        bench.tell(.stop(reports: false), 5)
        #expect(bench.machine.deadline == at(5))
        #expect(bench.tell(.wake(generation: 3), 5).last == "SIGKILL to 1")
        #expect(bench.machine.deadline == at(6))
    }

    @Test(arguments: [(false, false), (false, true), (true, true)])
    func theGroupIsSignalledWhereAsked(stopsGroup: Bool, killsGroup: Bool) {
        var bench = Bench.running {
            $0.stopAsGroup = stopsGroup
            $0.killAsGroup = killsGroup
        }
        #expect(bench.tell(.stop(reports: false), 5).last == "SIGTERM to \(stopsGroup ? "group of " : "")1")
        #expect(bench.tell(.wake(generation: 3), 15).last == "SIGKILL to \(killsGroup ? "group of " : "")1")
    }

    @Test func theLogSaysEveryTwoSecondsThatWeWait() {
        var bench = Bench.running { $0.stopWaitSeconds = 5 }
        let waiting = "INFO waiting for web to stop"
        #expect(bench.tell(.stop(reports: true), 10).first == waiting)
        #expect(bench.machine.deadline == at(12))
        #expect(bench.tell(.wake(generation: 3), 12) == [waiting])
        #expect(bench.tell(.wake(generation: 4), 14) == [waiting])
        #expect(bench.machine.deadline == at(15))
        #expect(bench.tell(.wake(generation: 5), 15) == ["WARN killing 'web' (41) with SIGKILL", "SIGKILL to 1"])
        #expect(bench.tell(.wake(generation: 6), 16) == [waiting])
    }

    @Test func aStopInBackoffStopsAtOnceAndForgetsTheFailures() {
        var bench = Bench()
        bench.launch(1, 0)
        bench.exit(1, .exited(code: 1), 0.1)
        #expect(bench.tell(.stop(reports: true), 0.2) == ["BACKOFF → STOPPED"])
        #expect(bench.machine.failures == 0)
        #expect(bench.machine.deadline == nil)
    }

    @Test func aStopCallsOffARestartThatWaits() {
        var bench = Bench.running {
            $0.autoRestart = .always
            $0.restartDelay = .seconds(9)
        }
        bench.exit(1, .exited(code: 0), 5)
        #expect(bench.tell(.stop(reports: true), 6) == ["EXITED → STOPPED"])
        #expect(bench.machine.deadline == nil)
    }

    @Test func aStopOfWhatIsDownChangesNothing() {
        var stopped = Bench()
        #expect(stopped.tell(.stop(reports: true), 0) == [])
        #expect(stopped.state == .stopped)
        var exited = Bench.running { $0.autoRestart = .never }
        exited.exit(1, .exited(code: 0), 5)
        #expect(exited.tell(.stop(reports: true), 6) == [])
        #expect(exited.state == .exited)
        var fatal = Bench { $0.startRetries = 0 }
        fatal.tell(.start(generation: 1), 0)
        fatal.tell(.spawnFailed(generation: 1, message: "x"), 0)
        #expect(fatal.tell(.stop(reports: true), 6) == [])
        #expect(fatal.state == .fatal)
    }

    @Test func aSecondStopSendsNoSecondSignal() {
        var bench = Bench.running()
        bench.tell(.stop(reports: false), 5)
        #expect(bench.tell(.stop(reports: false), 6) == [])
        #expect(bench.machine.deadline == at(15))
    }

    @Test func aStopWhileItIsSpawnedIsObeyedAsSoonAsItExists() {
        var bench = Bench()
        bench.tell(.start(generation: 1), 0)
        #expect(bench.tell(.stop(reports: false), 0) == [])
        #expect(
            bench.tell(.spawned(generation: 1, pid: 41, at: at(0.1)), 0.1) == [
                "INFO spawned: 'web' with pid 41", "STARTING → STOPPING (pid 41)", "SIGTERM to 1",
            ])
    }

    @Test func aStopWhileItIsSpawnedMakesAFailureTheEnd() {
        var bench = Bench()
        bench.tell(.start(generation: 1), 0)
        bench.tell(.stop(reports: false), 0)
        #expect(
            bench.tell(.spawnFailed(generation: 1, message: "command is empty"), 0) == [
                "INFO spawnerr: command is empty", "STARTING → STOPPED",
            ])
        #expect(bench.machine.deadline == nil)
    }

    @Test func theEndOfSuperdMakesBackoffFatal() {
        var bench = Bench()
        bench.launch(1, 0)
        bench.exit(1, .exited(code: 1), 0.1)
        #expect(
            bench.tell(.daemonStops, 0.2) == [
                "INFO gave up: web entered FATAL state, too many start retries too quickly", "BACKOFF → FATAL",
            ])
    }

    @Test func theEndOfSuperdCallsOffEveryWish() {
        var exited = Bench.running { $0.autoRestart = .always }
        exited.exit(1, .exited(code: 0), 5)
        exited.tell(.daemonStops, 5)
        #expect(exited.machine.deadline == nil)
        #expect(exited.state == .exited)

        var restarting = Bench.running()
        restarting.tell(.restart(reports: false), 5)
        #expect(restarting.machine.startWished)
        restarting.tell(.daemonStops, 5)
        #expect(!restarting.machine.startWished)
    }

    @Test func aRestartIsAStopAndAWish() {
        var bench = Bench.running()
        #expect(bench.tell(.restart(reports: false), 5) == ["RUNNING → STOPPING (pid 41)", "SIGTERM to 1"])
        #expect(bench.machine.startWished)
        bench.tell(.start(generation: 7), 5.5)
        #expect(bench.machine.startWished, "a start that is refused takes no wish away")
        bench.exit(1, .exited(code: 0), 6)
        #expect(bench.tell(.start(generation: 8), 6) == ["STOPPED → STARTING (tries 0)", "spawn 8"])
        #expect(!bench.machine.startWished)
    }

    @Test func aStopAfterARestartTakesTheWishAway() {
        var bench = Bench.running()
        bench.tell(.restart(reports: false), 5)
        bench.tell(.stop(reports: false), 5.1)
        #expect(!bench.machine.startWished)
    }

    @Test func aLostStopSignalIsSentAgainWithItsWholeTime() {
        var bench = Bench.running()
        bench.tell(.stop(reports: false), 5)
        #expect(bench.tell(.stopSignalLost, 14) == ["SIGTERM to 1"])
        #expect(bench.machine.deadline == at(24))
    }
}
