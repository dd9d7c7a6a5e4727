import SuperBase
import SuperCore
import Testing

/// How a RUNNING process is watched, and what becomes of one that is not well.
struct HealthTests {
    private let probe = HealthConfig.Check.probe(.tcp(host: "127.0.0.1", port: 8000))
    private let look = "probe tcp://127.0.0.1:8000 of 1, 3.0 seconds"

    /// RUNNING since 0 s with generation 1.
    private func bench(_ check: HealthConfig.Check, _ change: (inout ProcessConfig) -> Void = { _ in }) -> Bench {
        .running {
            $0.startSeconds = 0
            $0.health.check = check
            change(&$0)
        }
    }

    private var beat: ProcessEvent { .notified(generation: 1, Notice { $0.heartbeat = .alive }) }

    // MARK: - Probes

    @Test func itIsLookedAtAtOnceAndAnIntervalAfterEachAnswer() {
        var bench = bench(probe) { $0.health.interval = .seconds(7) }
        #expect(bench.tell(.wake(generation: 2), 0) == [look])
        #expect(bench.tell(.probed(generation: 1, failure: nil), 0.5) == [])
        #expect(bench.machine.watch?.verdict == .healthy)
        #expect(bench.machine.deadline == at(7.5))
        #expect(bench.tell(.wake(generation: 2), 7.5) == [look])
    }

    @Test func anAnswerThatDoesNotComeIsAFailure() {
        var bench = bench(probe)
        bench.tell(.wake(generation: 2), 0)
        #expect(bench.machine.deadline == at(4))
        #expect(bench.tell(.wake(generation: 2), 4) == [])
        #expect(bench.machine.watch?.verdict == .failing("no answer"))
        #expect(bench.tell(.probed(generation: 1, failure: nil), 4.5) == [], "too late")
        #expect(bench.machine.watch?.verdict == .failing("no answer"))
        #expect(bench.machine.deadline == at(14))
    }

    /// Answers the look that is due, and says what that did.
    private func answer(_ bench: inout Bench, _ failure: String?) -> [String] {
        let now = Double(bench.machine.deadline?.nanoseconds ?? 0) / 1_000_000_000
        #expect(bench.tell(.wake(generation: 2), now).last?.hasPrefix("probe") == true)
        return bench.tell(.probed(generation: 1, failure: failure), now)
    }

    @Test func itIsStoppedAfterSoManyFailuresInARow() {
        var bench = bench(probe) { $0.health.failures = 3 }
        #expect(answer(&bench, "refused") == [])
        #expect(answer(&bench, "refused") == [])
        #expect(answer(&bench, nil) == [], "a success begins the count anew")
        #expect(answer(&bench, "refused") == [])
        #expect(answer(&bench, "refused") == [])
        #expect(bench.machine.watch?.verdict == .failing("refused"))
        #expect(bench.machine.isServing)
        #expect(
            answer(&bench, "status 503") == [
                "WARN unhealthy: web (pid 41): status 503", "RUNNING → STOPPING (pid 41)", "SIGTERM to 1",
            ])
        bench.exit(1, .exited(code: 0), 60)
        #expect(bench.did.last == "STOPPING → EXITED (pid 41, not expected)")
        #expect(bench.machine.spawnError == "unhealthy: status 503")
        #expect(bench.tell(.wake(generation: 2), 60).last == "spawn 2")
    }

    @Test(arguments: AutoRestart.allCases)
    func anUnhealthyProcessComesBackWhateverAutorestartSays(policy: AutoRestart) {
        var bench = bench(probe) {
            $0.health.failures = 1
            $0.autoRestart = policy
            $0.restartDelay = .seconds(2)
        }
        _ = answer(&bench, "refused")
        bench.exit(1, .exited(code: 0), 1)
        #expect(bench.machine.deadline == at(3))
        #expect(bench.tell(.wake(generation: 2), 3).last == "spawn 2")
    }

    @Test func failuresDoNotCountInTheGrace() {
        var bench = bench(probe) {
            $0.health.failures = 1
            $0.health.grace = .seconds(15)
        }
        #expect(answer(&bench, "refused") == [])
        #expect(answer(&bench, "refused") == [])
        #expect(bench.machine.watch?.verdict == .unknown)
        #expect(answer(&bench, "refused").first == "WARN unhealthy: web (pid 41): refused")
    }

    @Test func aReportOnlyTellsAndSuccessesMakeItHealthyAgain() {
        var bench = bench(probe) {
            $0.health.failures = 2
            $0.health.successes = 2
            $0.health.action = .report
        }
        _ = answer(&bench, "refused")
        #expect(answer(&bench, "refused") == ["WARN unhealthy: web (pid 41): refused"])
        #expect(bench.state == .running)
        #expect(!bench.machine.isServing)
        #expect(answer(&bench, "timed out") == [], "it is no news")
        #expect(bench.machine.watch?.verdict == .unhealthy("timed out"))
        #expect(answer(&bench, nil) == [])
        #expect(answer(&bench, "refused") == [])
        #expect(answer(&bench, nil) == [])
        #expect(answer(&bench, nil) == ["INFO healthy: web is well again"])
        #expect(bench.machine.watch?.verdict == .healthy)
        #expect(bench.machine.isServing)
    }

    // MARK: - Heartbeats

    @Test func aHeartbeatIsAwaitedInEachInterval() {
        var bench = bench(.heartbeat)
        #expect(bench.machine.deadline == at(10))
        #expect(bench.tell(beat, 6) == [])
        #expect(bench.machine.watch?.verdict == .healthy)
        #expect(bench.machine.deadline == at(16))
        #expect(bench.tell(.wake(generation: 2), 15.9) == [])
        #expect(
            bench.tell(.wake(generation: 2), 16) == [
                "WARN unhealthy: web (pid 41): no heartbeat within 10 s", "WARN killing 'web' (41) with SIGKILL",
                "RUNNING → STOPPING (pid 41)", "SIGKILL to 1",
            ])
        bench.exit(1, .signaled(.kill, coreDumped: false), 16)
        #expect(bench.machine.spawnError == "unhealthy: no heartbeat within 10 s")
    }

    @Test func theGraceComesBeforeTheFirstInterval() {
        let bench = bench(.heartbeat) { $0.health.grace = .seconds(30) }
        #expect(bench.machine.deadline == at(40))
    }

    @Test func aProgramMayAskToBeTakenForHung() {
        var bench = bench(.heartbeat)
        bench.tell(.notified(generation: 1, Notice { $0.heartbeat = .failed }), 3)
        #expect(bench.did.first == "WARN unhealthy: web (pid 41): it asks to be taken for hung (WATCHDOG=trigger)")
        #expect(bench.state == .stopping)
    }

    @Test func aProgramMayChangeTheInterval() {
        var bench = bench(.heartbeat)
        bench.tell(.notified(generation: 1, Notice { $0.heartbeatInterval = .seconds(40) }), 5)
        #expect(bench.machine.deadline == at(45))
        bench.tell(beat, 7)
        #expect(bench.machine.deadline == at(47))
        bench.tell(.notified(generation: 1, Notice { $0.heartbeatInterval = .zero }), 8)
        #expect(bench.machine.deadline == nil)
        bench.tell(beat, 9)
        #expect(bench.machine.deadline == nil)
    }

    @Test func aProgramCannotAskForLessThanATenthOfASecond() {
        var bench = bench(.heartbeat) { $0.health.action = .report }
        bench.tell(.notified(generation: 1, Notice { $0.heartbeatInterval = .nanoseconds(1) }), 5)
        #expect(bench.machine.deadline == at(5.1))
        bench.tell(.wake(generation: 2), 5.1)
        #expect(bench.machine.deadline == at(5.2))
    }

    @Test func theIntervalMayComeWithTheWordThatItIsReady() {
        var bench = Bench {
            $0.readiness = .notify
            $0.health.check = .heartbeat
        }
        bench.launch(1, 0)
        let notice = Notice {
            $0.isReady = true
            $0.heartbeatInterval = .seconds(30)
        }
        bench.tell(.notified(generation: 1, notice), 2)
        #expect(bench.state == .running)
        #expect(bench.machine.deadline == at(32))
    }

    @Test func theIntervalThatAProgramHasChangedOutlivesTheBrain() throws {
        var bench = bench(.heartbeat)
        bench.tell(.notified(generation: 1, Notice { $0.heartbeatInterval = .seconds(40) }), 5)
        bench.machine = try ProcessMachine(config: bench.machine.config, record: bench.machine.record)
        bench.tell(.takenOver, 20)
        #expect(bench.machine.deadline == at(60))
    }

    @Test func aHeartbeatMeansNothingWhereNoneIsAwaited() {
        var bench = bench(probe)
        bench.tell(.wake(generation: 2), 0)
        bench.tell(.notified(generation: 1, Notice { $0.heartbeat = .failed }), 1)
        #expect(bench.state == .running)
        #expect(bench.machine.watch?.verdict == .unknown)
        var oneshot = Bench {
            $0.kind = .oneshot
            $0.health.check = .heartbeat
        }
        oneshot.launch(1, 0)
        #expect(oneshot.tell(.notified(generation: 1, Notice { $0.heartbeat = .failed }), 1) == [])
        #expect(oneshot.machine.deadline == nil)
    }

    // MARK: - How an unhealthy process is stopped

    @Test func itIsAskedWhatItHangsInAndStoppedAfterThat() {
        var bench = bench(probe) {
            $0.health.failures = 1
            $0.health.dumpSignal = .abort
            $0.health.dumpWait = .seconds(4)
            $0.stopAsGroup = true
        }
        #expect(answer(&bench, "refused").suffix(2) == ["RUNNING → STOPPING (pid 41)", "SIGABRT to 1"])
        #expect(bench.machine.deadline == at(4))
        #expect(bench.tell(.wake(generation: 2), 4) == ["SIGTERM to group of 1"])
        #expect(bench.tell(.wake(generation: 2), 14).last == "SIGKILL to 1")
    }

    @Test func aHungProcessIsKilledRightAfterTheDump() {
        var bench = bench(.heartbeat) { $0.health.dumpSignal = .abort }
        #expect(bench.tell(.wake(generation: 2), 10).last == "SIGABRT to 1")
        #expect(bench.tell(.wake(generation: 2), 12) == ["WARN killing 'web' (41) with SIGKILL", "SIGKILL to 1"])
    }

    @Test func aStopWhileItIsStoppedForItsHealthMakesItStopped() {
        var bench = bench(probe) { $0.health.failures = 1 }
        _ = answer(&bench, "refused")
        #expect(bench.tell(.stop(reports: false), 1) == [])
        #expect(bench.exit(1, .exited(code: 0), 2).last == "STOPPING → STOPPED (pid 41)")
        #expect(bench.machine.deadline == nil)
    }

    // MARK: - What programs say

    @Test func theStatusTextIsWhatWasSaidLast() {
        var bench = Bench.running()
        bench.tell(.notified(generation: 1, Notice { $0.status = "12 requests" }), 3)
        #expect(bench.machine.statusText == "12 requests")
        bench.tell(.notified(generation: 1, Notice { $0.isReloading = true }), 4)
        #expect(bench.machine.statusText == "12 requests")
        bench.tell(.notified(generation: 9, Notice { $0.status = "of another one" }), 4)
        #expect(bench.machine.statusText == "12 requests")
        bench.tell(.notified(generation: 1, Notice { $0.status = "" }), 5)
        #expect(bench.machine.statusText == "")
        bench.tell(.notified(generation: 1, Notice { $0.status = "bye" }), 6)
        bench.exit(1, .exited(code: 0), 7)
        #expect(bench.machine.statusText == "")
    }

    @Test func itReloadsUntilItIsReadyAgain() {
        var bench = Bench.running()
        bench.tell(.notified(generation: 1, Notice { $0.isReloading = true }), 3)
        #expect(bench.machine.watch?.isReloading == true)
        #expect(bench.machine.isServing)
        bench.tell(.notified(generation: 1, Notice { $0.isReady = true }), 4)
        #expect(bench.machine.watch?.isReloading == false)
    }

    @Test func aProcessOnItsWayOutDoesNotServe() throws {
        var bench = Bench.running()
        bench.tell(.notified(generation: 1, Notice { $0.isStopping = true }), 3)
        #expect(bench.state == .running)
        #expect(!bench.machine.isServing)
        let read = try ProcessMachine(config: bench.machine.config, record: bench.machine.record)
        #expect(!read.isServing)
    }

    @Test func theProgramMayAskForMoreTimeToStop() {
        var bench = Bench.running { $0.stopWaitSeconds = 5 }
        bench.tell(.stop(reports: false), 10)
        bench.tell(.notified(generation: 1, Notice { $0.moreTime = .seconds(30) }), 12)
        #expect(bench.machine.deadline == at(42))
        #expect(bench.tell(.wake(generation: 2), 42).last == "SIGKILL to 1")
        bench.tell(.notified(generation: 1, Notice { $0.moreTime = .seconds(30) }), 43)
        #expect(bench.machine.deadline == at(47), "not after SIGKILL")
    }

    // MARK: - Another configuration

    @Test func anotherCheckCountsFromTheMomentItIsAdopted() {
        var crew = Crew.running([group("web", [process("web")])])
        crew.ask(.update([.replace(group("web", [config { $0.health.check = probe }]))]), 5)
        #expect(crew.tell(.wake, 5) == ["probe tcp://127.0.0.1:8000 of web 1, 3.0 seconds"])
    }

    @Test func whatTheProgramSaidIsKeptWhenAnotherCheckIsAdopted() {
        var crew = Crew.running([group("web", [process("web")])])
        crew.tell(.notified(name("web"), generation: 1, Notice { $0.isStopping = true }), 3)
        crew.ask(.update([.replace(group("web", [config { $0.health.check = probe }]))]), 5)
        #expect(crew.fleet[name("web")]?.watch?.isLeaving == true)
    }

    private func config(_ change: (inout ProcessConfig) -> Void) -> ProcessConfig {
        process("web") {
            $0.startSeconds = 0
            change(&$0)
        }
    }

    @Test func aNewBrainLooksAnewAndKeepsTheVerdict() {
        var bench = bench(probe) {
            $0.health.action = .report
            $0.health.failures = 1
        }
        _ = answer(&bench, "refused")
        bench.tell(.takenOver, 3)
        #expect(bench.machine.watch?.verdict == .unhealthy("refused"))
        #expect(bench.tell(.wake(generation: 2), 3) == [look])
    }
}
