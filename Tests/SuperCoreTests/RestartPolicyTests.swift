import SuperBase
import SuperCore
import Testing

/// How often a process is tried again, and when nobody tries any more.
struct RestartPolicyTests {
    @Test func theBackOffDoublesUpToTheMaximum() {
        var bench = Bench {
            $0.restartDelayMax = .seconds(5)
            $0.startRetries = 9
        }
        bench.tell(.start(generation: 1), 0)
        var now = 0.0
        for (index, delay) in [1.0, 2, 4, 5, 5].enumerated() {
            bench.tell(.spawnFailed(generation: UInt64(index + 1), message: "x"), now)
            #expect(bench.machine.deadline == at(now + delay))
            now += delay
            bench.tell(.wake(generation: UInt64(index + 2)), now)
        }
    }

    @Test func theBackOffBeginsWithTheRestartDelay() {
        var bench = Bench {
            $0.restartDelay = .seconds(3)
            $0.restartDelayMax = .seconds(20)
        }
        bench.tell(.start(generation: 1), 0)
        bench.tell(.spawnFailed(generation: 1, message: "x"), 0)
        #expect(bench.machine.deadline == at(3))
        bench.tell(.wake(generation: 2), 3)
        bench.tell(.spawnFailed(generation: 2, message: "x"), 3)
        #expect(bench.machine.deadline == at(9))
    }

    @Test func withoutAMaximumTheBackOffIsSupervisors() {
        var bench = Bench { $0.restartDelay = .seconds(30) }
        bench.tell(.start(generation: 1), 0)
        bench.tell(.spawnFailed(generation: 1, message: "x"), 0)
        #expect(bench.machine.deadline == at(1))
    }

    @Test func hugeDelaysOfManyFailuresDoNotOverflow() {
        var bench = Bench {
            $0.restartDelay = .seconds(Int64.max / 2)
            $0.restartDelayMax = .seconds(Int64.max)
            $0.startRetries = 100
            $0.autoRestart = .always
            $0.startSeconds = 0
        }
        bench.tell(.start(generation: 1), 0)
        for generation in 1...90 as ClosedRange<UInt64> {
            bench.tell(.spawnFailed(generation: generation, message: "x"), 0)
            bench.tell(.start(generation: generation + 1), 0)
        }
        bench.arrive(91, 0)
        for generation in 91...180 as ClosedRange<UInt64> {
            bench.exit(generation, .exited(code: 0), 0)
            bench.tell(.start(generation: generation + 1), 0)
            bench.arrive(generation + 1, 0)
        }
        #expect(bench.state == .running)
    }

    // MARK: - The limit

    /// RUNNING since 0 s, and restarted at once whenever it ends; twice in ten seconds at most.
    private var limited: Bench {
        .running {
            $0.startSeconds = 0
            $0.autoRestart = .always
            $0.restartLimit = RestartLimit(count: 2, window: .seconds(10))
        }
    }

    /// Ends it and starts it again.
    private func again(_ bench: inout Bench, _ generation: UInt64, _ seconds: Double) {
        bench.exit(generation, .exited(code: 0), seconds)
        guard bench.state == .exited else { return }
        bench.tell(.wake(generation: generation + 1), seconds)
        bench.arrive(generation + 1, seconds)
    }

    @Test func oneRestartTooManyIsFatal() {
        var bench = limited
        again(&bench, 1, 1)
        again(&bench, 2, 2)
        #expect(bench.state == .running)
        bench.exit(3, .exited(code: 0), 9)
        #expect(
            bench.did.suffix(3) == [
                "RUNNING → EXITED (pid 43, expected)",
                "INFO gave up: web entered FATAL state, restarted 2 times within 10 s (restart_limit)",
                "EXITED → FATAL",
            ])
        #expect(bench.machine.spawnError == "restarted 2 times within 10 s (restart_limit)")
        #expect(bench.machine.deadline == nil)
    }

    @Test func restartsThatAreLongAgoDoNotCount() {
        var bench = limited
        again(&bench, 1, 1)
        again(&bench, 2, 2)
        again(&bench, 3, 11)
        #expect(bench.state == .running)
        again(&bench, 4, 11.5)
        #expect(bench.state == .fatal)
    }

    @Test func aStartByHandBeginsTheCountAnew() {
        var bench = limited
        again(&bench, 1, 1)
        again(&bench, 2, 2)
        bench.tell(.stop(reports: false), 3)
        bench.exit(3, .exited(code: 0), 3)
        bench.launch(4, 3)
        again(&bench, 4, 4)
        again(&bench, 5, 5)
        #expect(bench.state == .running)
    }

    @Test func theCountOutlivesTheBrain() throws {
        var bench = limited
        again(&bench, 1, 1)
        again(&bench, 2, 2)
        bench.machine = try ProcessMachine(config: bench.machine.config, record: bench.machine.record)
        again(&bench, 3, 3)
        #expect(bench.state == .fatal)
    }

    @Test func unhealthyProcessesCountAsWell() {
        var bench = Bench.running {
            $0.startSeconds = 0
            $0.health.check = .heartbeat
            $0.restartLimit = RestartLimit(count: 1, window: .seconds(60))
        }
        bench.tell(.wake(generation: 2), 10)
        bench.exit(1, .signaled(.kill, coreDumped: false), 10)
        bench.tell(.wake(generation: 2), 10)
        bench.arrive(2, 10)
        bench.tell(.wake(generation: 3), 20)
        #expect(bench.exit(2, .signaled(.kill, coreDumped: false), 20).last == "EXITED → FATAL")
    }

    // MARK: - After FATAL

    @Test func aFatalProcessIsTriedAgainWithAllItsTries() {
        var bench = Bench {
            $0.startRetries = 1
            $0.fatalRetry = .seconds(60)
        }
        bench.tell(.start(generation: 1), 0)
        bench.tell(.spawnFailed(generation: 1, message: "x"), 0)
        bench.tell(.wake(generation: 2), 1)
        bench.tell(.spawnFailed(generation: 2, message: "x"), 1)
        #expect(bench.state == .fatal)
        #expect(bench.machine.deadline == at(61))
        #expect(bench.tell(.wake(generation: 3), 60.9) == [])
        #expect(bench.tell(.wake(generation: 3), 61) == ["FATAL → STARTING (tries 0)", "spawn 3"])
        bench.tell(.spawnFailed(generation: 3, message: "x"), 61)
        #expect(bench.state == .backoff)
    }

    @Test func aFatalProcessThatWaitsForItsRetryCanBeStopped() {
        var bench = Bench {
            $0.startRetries = 0
            $0.fatalRetry = .seconds(60)
        }
        bench.tell(.start(generation: 1), 0)
        bench.tell(.spawnFailed(generation: 1, message: "x"), 0)
        #expect(bench.tell(.stop(reports: true), 5) == ["FATAL → STOPPED"])
        #expect(bench.machine.deadline == nil)
    }

    @Test func nobodyTriesAgainOnTheWayDown() {
        var bench = Bench {
            $0.startRetries = 0
            $0.fatalRetry = .seconds(60)
        }
        bench.tell(.start(generation: 1), 0)
        bench.tell(.spawnFailed(generation: 1, message: "x"), 0)
        bench.tell(.daemonStops, 5)
        #expect(bench.state == .fatal)
        #expect(bench.machine.deadline == nil)
    }

    @Test func aRestartLimitIsForgottenWithTheRetry() {
        var bench = Bench.running {
            $0.startSeconds = 0
            $0.autoRestart = .always
            $0.restartLimit = RestartLimit(count: 1, window: .seconds(1000))
            $0.fatalRetry = .seconds(60)
        }
        again(&bench, 1, 1)
        again(&bench, 2, 2)
        #expect(bench.state == .fatal)
        bench.tell(.wake(generation: 3), 62)
        bench.arrive(3, 62)
        again(&bench, 3, 63)
        #expect(bench.state == .running)
    }
}
