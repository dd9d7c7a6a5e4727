import SuperBase
import SuperCore
import Testing

/// Programs that do something and end.
struct OneshotTests {
    private func bench(_ change: (inout ProcessConfig) -> Void = { _ in }) -> Bench {
        var bench = Bench {
            $0.kind = .oneshot
            change(&$0)
        }
        bench.launch(1, 0)
        return bench
    }

    @Test func itIsRunningAsSoonAsItExistsAndCompletedWhenItEndsWell() {
        var bench = bench { $0.startSeconds = 10 }
        #expect(bench.did == ["INFO spawned: 'web' with pid 41", "STARTING → RUNNING (pid 41)"])
        #expect(bench.machine.deadline == nil)
        #expect(
            bench.exit(1, .exited(code: 0), 0.1) == [
                "INFO exited: web (exit status 0; expected)", "RUNNING → COMPLETED",
            ])
        #expect(bench.machine.deadline == nil)
    }

    @Test func itsExitCodesAreThoseThatAreExpected() {
        var bench = bench { $0.exitCodes = [3] }
        bench.exit(1, .exited(code: 3), 1)
        #expect(bench.state == .completed)
    }

    @Test(arguments: AutoRestart.allCases)
    func aFailureIsTriedAgainAndThenFatalWhateverAutorestartSays(policy: AutoRestart) {
        var bench = bench {
            $0.startRetries = 1
            $0.autoRestart = policy
        }
        #expect(bench.exit(1, .exited(code: 1), 30).last == "RUNNING → BACKOFF (tries 1)")
        #expect(bench.machine.deadline == at(31))
        bench.tell(.wake(generation: 2), 31)
        bench.arrive(2, 31)
        #expect(bench.exit(2, .signaled(.kill, coreDumped: false), 40).last == "BACKOFF → FATAL")
        #expect(bench.machine.spawnError == "Bad exit code -1")
    }

    @Test func aSuccessForgetsTheFailures() {
        var bench = bench()
        bench.exit(1, .exited(code: 1), 1)
        bench.tell(.wake(generation: 2), 2)
        bench.arrive(2, 2)
        bench.exit(2, .exited(code: 0), 3)
        #expect(bench.machine.failures == 0)
        #expect(bench.state == .completed)
    }

    @Test func aStopMakesItStopped() {
        var bench = bench()
        #expect(bench.tell(.stop(reports: false), 1).last == "SIGTERM to 1")
        #expect(bench.exit(1, .exited(code: 0), 1).last == "STOPPING → STOPPED (pid 41)")
    }

    @Test func itIsNotWatched() {
        let bench = bench {
            $0.readiness = .notify
            $0.health.check = .probe(.unix(path: "/x"))
            $0.recycling.maxLifetime = .seconds(1)
        }
        #expect(bench.state == .running)
        #expect(bench.machine.deadline == nil)
    }

    @Test func theHooksRunForItAsWell() {
        var bench = Bench {
            $0.kind = .oneshot
            $0.hooks.commands = [.postStart: "a", .postStop: "b"]
        }
        bench.tell(.start(generation: 1), 0)
        bench.arrive(1, 0)
        #expect(bench.did.last == "post_start of 1")
        #expect(bench.exit(1, .exited(code: 0), 1).suffix(2) == ["RUNNING → COMPLETED", "post_stop of 1"])
    }

    // MARK: - Commands

    private func crew() -> Crew {
        Crew([
            group(
                "job",
                [
                    process("job") {
                        $0.kind = .oneshot
                        $0.autoStart = false
                    }
                ])
        ])
    }

    @Test func aStartIsAnsweredWhenItHasCompleted() {
        var crew = crew()
        crew.ask(.start([name("job")]), 0)
        crew.arrive(0)
        #expect(crew.did.last == "job STARTING → RUNNING (pid 41)")
        #expect(crew.exit("job", 9).last == "answer 1: job started")
    }

    @Test func aStartThatFailsIsAnsweredAtTheFirstFailure() {
        var crew = crew()
        crew.ask(.start([name("job")]), 0)
        crew.arrive(0)
        #expect(crew.exit("job", 9, .exited(code: 1)).last == "answer 1: job abnormalTermination")
        var unable = self.crew()
        unable.ask(.start([name("job")]), 0)
        unable.tell(.spawnFailed(name("job"), generation: 1, message: "x"), 0)
        #expect(unable.did.last == "answer 1: job spawnError")
    }

    @Test func aCompletedOneCanBeRunAgain() {
        var crew = crew()
        crew.ask(.start([name("job")]), 0, wait: false)
        crew.arrive(0)
        crew.exit("job", 1)
        #expect(crew.ask(.start([name("job")]), 2).suffix(2) == ["job COMPLETED → STARTING (tries 0)", "spawn job 2"])
        crew.arrive(2)
        crew.exit("job", 3)
        #expect(crew.ask(.restart([name("job")]), 4).first == "job COMPLETED → STARTING (tries 0)")
    }

    @Test func theEndOfSuperdLeavesItCompleted() {
        var crew = crew()
        crew.ask(.start([name("job")]), 0, wait: false)
        crew.arrive(0)
        crew.exit("job", 1)
        #expect(crew.tell(.end(.shutdown), 2) == ["ended for shutdown"])
        #expect(crew.state("job") == .completed)
    }
}
