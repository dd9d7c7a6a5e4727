import SuperBase
import SuperCore
import Testing

/// When a started process counts as RUNNING, and what becomes of one that never does.
struct ReadinessTests {
    private let probe = Probe.tcp(host: "127.0.0.1", port: 8000)
    private let running = "STARTING → RUNNING (pid 41)"

    /// Started at 0 s, with generation 1, and not ready yet.
    private func bench(_ readiness: Readiness, _ change: (inout ProcessConfig) -> Void = { _ in }) -> Bench {
        var bench = Bench {
            $0.readiness = readiness
            change(&$0)
        }
        bench.launch(1, 0)
        return bench
    }

    @Test func aProcessThatNotifiesIsRunningWhenItSaysSo() {
        var bench = bench(.notify)
        #expect(bench.tell(.wake(generation: 2), 30) == [])
        #expect(
            bench.tell(.notified(generation: 1, Notice { $0.isReady = true }), 31) == [
                "INFO success: web entered RUNNING state, it is ready (notify)", running,
            ])
        #expect(bench.machine.deadline == nil)
    }

    @Test(arguments: [Readiness.descriptor(3), .line("*listening*")])
    func aProcessWithAnotherSignIsRunningWhenItIsShown(readiness: Readiness) {
        var bench = bench(readiness)
        #expect(bench.tell(.notified(generation: 1, Notice { $0.isReady = true }), 1) == [])
        #expect(
            bench.tell(.ready(generation: 1), 2) == [
                "INFO success: web entered RUNNING state, it is ready (\(readiness.text))", running,
            ])
    }

    @Test func aSignOfReadinessMeansNothingWhereUptimeCounts() {
        var bench = bench(.uptime)
        #expect(bench.tell(.ready(generation: 1), 0.5) == [])
        #expect(bench.tell(.notified(generation: 1, Notice { $0.isReady = true }), 0.5) == [])
        #expect(bench.state == .starting)
        #expect(bench.tell(.wake(generation: 2), 1).last == running)
    }

    @Test func theSignOfAnotherGenerationMeansNothing() {
        var bench = bench(.notify)
        bench.tell(.ready(generation: 2), 1)
        bench.tell(.notified(generation: 2, Notice { $0.isReady = true }), 1)
        bench.tell(.probed(generation: 2, failure: nil), 1)
        #expect(bench.state == .starting)
    }

    // MARK: - Probes

    @Test func theFirstLookComesAtOnceAndTheNextOnesALittleLaterEachTime() {
        var bench = bench(.probe(probe))
        var now = 0.0
        for pause in [0.1, 0.2, 0.4, 0.8, 1, 1] {
            #expect(bench.machine.deadline == at(now))
            #expect(bench.tell(.wake(generation: 2), now) == ["probe tcp://127.0.0.1:8000 of 1, 3.0 seconds"])
            #expect(bench.tell(.probed(generation: 1, failure: "connection refused"), now) == [])
            #expect(bench.machine.watch?.verdict == .failing("connection refused"))
            now += pause
            #expect(bench.machine.deadline == at(now))
        }
        bench.tell(.wake(generation: 2), now)
        #expect(bench.tell(.probed(generation: 1, failure: nil), now).last == running)
    }

    @Test func aLookWithoutAnAnswerCountsAsFailedAfterItsTimeAndASecond() {
        var bench = bench(.probe(probe)) { $0.health.timeout = .seconds(2) }
        bench.tell(.wake(generation: 2), 0)
        #expect(bench.machine.deadline == at(3))
        #expect(bench.tell(.wake(generation: 2), 3) == [])
        #expect(bench.machine.watch?.verdict == .failing("no answer"))
        #expect(bench.machine.deadline == at(3.1))
        // The answer comes too late to count.
        #expect(bench.tell(.probed(generation: 1, failure: nil), 3.05) == [])
        #expect(bench.state == .starting)
        #expect(bench.tell(.wake(generation: 2), 3.1) == ["probe tcp://127.0.0.1:8000 of 1, 2.0 seconds"])
    }

    // MARK: - Too late, or ended before

    @Test(arguments: [Readiness.notify, .descriptor(3), .line("x"), .probe(.unix(path: "/run/x"))])
    func aProcessThatIsNotReadyInTimeIsStoppedAndBacksOff(readiness: Readiness) {
        var bench = bench(readiness) { $0.readyTimeout = .seconds(5) }
        bench.tell(.wake(generation: 2), 4.9)
        #expect(bench.state == .starting)
        #expect(bench.tell(.wake(generation: 2), 5) == ["STARTING → STOPPING (pid 41)", "SIGTERM to 1"])
        bench.exit(1, .exited(code: 0), 5.5)
        #expect(bench.did == ["INFO stopped: web (exit status 0)", "STOPPING → BACKOFF (tries 1)"])
        #expect(bench.machine.spawnError == "not ready within 5 s (\(readiness.text))")
        #expect(bench.tell(.wake(generation: 2), 6.5).last == "spawn 2")
    }

    @Test func aProcessThatIsNeverReadyInTimeBecomesFatal() {
        var bench = Bench {
            $0.readiness = .notify
            $0.readyTimeout = .seconds(5)
            $0.startRetries = 1
        }
        bench.launch(1, 0)
        bench.tell(.wake(generation: 2), 5)
        bench.exit(1, .exited(code: 0), 5)
        bench.tell(.wake(generation: 2), 6)
        bench.arrive(2, 6)
        bench.tell(.wake(generation: 3), 11)
        bench.exit(2, .exited(code: 0), 11)
        #expect(bench.state == .fatal)
        #expect(bench.machine.spawnError == "not ready within 5 s (notify)")
    }

    @Test func withoutATimeoutItMayTakeForEver() {
        let bench = bench(.notify) { $0.readyTimeout = .zero }
        #expect(bench.machine.deadline == nil)
    }

    @Test func theProgramMayAskForMoreTimeToStart() {
        var bench = bench(.notify) { $0.readyTimeout = .seconds(5) }
        bench.tell(.notified(generation: 1, Notice { $0.moreTime = .seconds(20) }), 4)
        #expect(bench.machine.deadline == at(24))
        // Never less than it had.
        bench.tell(.notified(generation: 1, Notice { $0.moreTime = .seconds(1) }), 5)
        #expect(bench.machine.deadline == at(24))
        bench.tell(.wake(generation: 2), 24)
        bench.exit(1, .exited(code: 0), 24)
        #expect(bench.machine.spawnError == "not ready within 24 s (notify)")
    }

    @Test func anotherTimeoutCountsForAProcessThatStarts() {
        let config = process("web") { $0.readiness = .notify }
        for (timeout, deadline) in [(90, 90), (2, 5), (0, nil)] as [(Int, Double?)] {
            var crew = Crew([group("web", [config])])
            crew.arrive(0)
            #expect(crew.fleet.deadline == at(60))
            var changed = config
            changed.readyTimeout = .seconds(timeout)
            crew.ask(.update([.replace(group("web", [changed]))]), 5)
            #expect(crew.fleet.deadline == deadline.map(at))
        }
    }

    @Test(arguments: [Readiness.notify, .probe(.unix(path: "/run/x"))])
    func anEndBeforeItWasReadyIsAFailedStartHoweverLate(readiness: Readiness) {
        var bench = bench(readiness) { $0.readyTimeout = .zero }
        #expect(
            bench.exit(1, .exited(code: 0), 300) == [
                "WARN exited: web (exit status 0; not expected)", "STARTING → BACKOFF (tries 1)",
            ])
        #expect(bench.machine.spawnError == "Exited before it was ready (process log may have details)")
    }

    @Test func readinessForgetsTheFailures() {
        var bench = bench(.notify)
        bench.exit(1, .exited(code: 1), 1)
        bench.tell(.wake(generation: 2), 2)
        bench.arrive(2, 2)
        #expect(bench.machine.failures == 1)
        bench.tell(.notified(generation: 2, Notice { $0.isReady = true }), 3)
        #expect(bench.machine.failures == 0)
    }

    @Test func aStopWhileItIsNotReadyInTimeMakesItStopped() {
        var bench = bench(.notify) { $0.readyTimeout = .seconds(5) }
        bench.tell(.wake(generation: 2), 5)
        #expect(bench.tell(.stop(reports: false), 5.1) == [])
        #expect(bench.exit(1, .exited(code: 0), 5.5).last == "STOPPING → STOPPED (pid 41)")
    }

    @Test func aNewBrainGivesAStartingProcessItsWholeTimeAgain() {
        var bench = bench(.notify) { $0.readyTimeout = .seconds(5) }
        bench.tell(.takenOver, 4)
        #expect(bench.machine.deadline == at(9))
        var probed = self.bench(.probe(probe))
        probed.tell(.wake(generation: 2), 0)
        probed.tell(.takenOver, 4)
        #expect(probed.tell(.wake(generation: 2), 4) == ["probe tcp://127.0.0.1:8000 of 1, 3.0 seconds"])
    }

    @Test func aCommandIsAnsweredWhenItIsReady() {
        var crew = Crew([
            group(
                "web",
                [
                    process("web") {
                        $0.autoStart = false
                        $0.readiness = .notify
                    }
                ])
        ])
        crew.ask(.start([name("web")]), 0)
        crew.arrive(0)
        #expect(crew.tell(.wake, 30) == [])
        crew.tell(.notified(name("web"), generation: 1, Notice { $0.isReady = true }), 31)
        #expect(crew.did.last == "answer 1: web started")
    }
}
