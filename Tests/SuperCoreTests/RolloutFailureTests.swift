import SuperBase
import SuperCore
import Testing

/// A new process that does not come up: the old one goes on.
struct RolloutFailureTests {
    /// The first of two is rolled and fails; the second is not begun, and both old ones go on.
    private func expectKept(_ pool: Pool, _ why: String) {
        #expect(pool.did.contains("CRIT roll-out: web:w0: \(why); the old process goes on"))
        #expect(pool.answer == "answer 1: web:w0 notReplaced (\(why)), web:w1 notReplaced (web:w0: \(why))")
        #expect(pool.holder(0) == 1)
        #expect(pool.holder(1) == 2)
        #expect(pool.state(0) == .running)
        #expect(pool.successor(0) == nil)
        #expect(pool.successor(1) == nil)
        #expect(!pool.signals.contains { $0.hasSuffix(" 1") || $0.hasSuffix(" 2") })
    }

    private func rolled(_ change: (inout ProcessConfig) -> Void = { _ in }) -> Pool {
        var pool = Pool(2, change)
        pool.roll([0, 1])
        return pool
    }

    @Test func oneThatCannotBeSpawned() {
        var pool = rolled()
        pool.tell(.spawnFailed(worker(0), generation: 3, message: "no such file"))
        expectKept(pool, "the new process: no such file")
        #expect(pool.isQuiet)
    }

    @Test func oneThatFailsInItsHook() {
        var pool = Pool(2)
        pool.update(2) { $0.hooks.commands = [.preStart: "a"] }
        pool.roll([0, 1])
        pool.tell(.hookEnded(worker(0), .preStart, generation: 3, failure: "exit status 1"))
        #expect(pool.holder(0) == 1)
        #expect(
            pool.did.contains(
                "CRIT roll-out: web:w0: the new process: pre_start: exit status 1; the old process goes on"))
        #expect(pool.isQuiet)
    }

    @Test func oneThatEndsBeforeItIsReady() {
        var pool = rolled()
        pool.arrive(0)
        pool.end(0, 3, .exited(code: 3))
        expectKept(pool, "the new process: Exited before it was ready (process log may have details): exit status 3")
        #expect(pool.isQuiet)
    }

    @Test func oneThatIsNotReadyInTime() {
        var pool = rolled()
        pool.arrive(0)
        pool.wait(60)
        expectKept(pool, "the new process is not ready within 60 s (fd:3)")
        #expect(pool.retiring(0) == [3])
        #expect(pool.signals == ["SIGTERM to web:w0 (new) 3"])
        pool.end(0, 3)
        #expect(pool.isQuiet)
    }

    private let probe = HealthConfig.Check.probe(.tcp(host: "127.0.0.1", port: 8000))

    @Test(arguments: HealthConfig.Action.allCases)
    func oneThatIsUnhealthyWhileItIsVerified(action: HealthConfig.Action) {
        var pool = rolled {
            $0.rolling.verify = .seconds(30)
            $0.health.check = probe
            $0.health.failures = 1
            $0.health.action = action
        }
        pool.arrive(0)
        pool.ready(0)
        pool.tell(.wake)
        pool.tell(.probed(worker(0), generation: 3, failure: "status 500"))
        expectKept(pool, "the new process is unhealthy: status 500")
        pool.end(0, 3)
        #expect(pool.isQuiet)
    }

    @Test func oneThatEndsWhileItIsVerified() {
        var pool = rolled { $0.rolling.verify = .seconds(30) }
        pool.arrive(0)
        pool.ready(0)
        pool.end(0, 3, .exited(code: 1))
        expectKept(pool, "the new process has ended: exit status 1")
        #expect(pool.isQuiet)
        #expect(pool.wait(60) == [], "nobody starts it again")
    }

    @Test func oneThatIsOnItsWayOutWhileItIsVerified() {
        var pool = rolled { $0.rolling.verify = .seconds(30) }
        pool.arrive(0)
        pool.ready(0)
        pool.tell(.notified(worker(0), generation: 3, Notice { $0.isStopping = true }))
        expectKept(pool, "the new process is on its way out (STOPPING=1)")
        pool.end(0, 3)
        #expect(pool.isQuiet)
    }

    @Test func oneThatDiesBetweenItsReadinessAndItsTurn() {
        // It becomes ready and ends before superd hears of either.
        var pool = rolled()
        pool.arrive(0)
        pool.end(0, 3)
        #expect(pool.holder(0) == 1)
        pool.tell(.ready(worker(0), generation: 3))
        #expect(pool.holder(0) == 1)
    }

    @Test func theOthersThatAreUnderWayAreEnded() {
        var pool = Pool(3) { $0.rolling.batch = 2 }
        pool.roll([0, 1, 2])
        pool.arrive(0)
        pool.arrive(1)
        pool.end(0, 4)
        #expect(pool.signals == ["SIGTERM to web:w1 (old) 5"])
        #expect([0, 1, 2].map { pool.holder($0) } == [1, 2, 3])
        #expect(
            pool.answer?.contains("web:w1 notReplaced") == true && pool.answer?.contains("web:w2 notReplaced") == true)
        pool.end(1, 5)
        #expect(pool.isQuiet)
    }

    @Test func thoseThatHaveTheirPlacesKeepThemWhereNothingElseIsDifferent() {
        var pool = Pool(2)
        pool.roll([0, 1])
        pool.replace(0)
        pool.arrive(1)
        pool.end(1, 4)
        #expect(pool.answer?.hasPrefix("answer 1: web:w0 replaced, web:w1 notReplaced") == true)
        #expect(pool.holder(0) == 3)
        #expect(pool.holder(1) == 2)
        #expect(pool.isQuiet)
    }

    @Test func aNewProcessThatCannotBeStartedRunsNoHookForFatalProcesses() {
        var pool = Pool(1) {
            $0.startRetries = 0
            $0.hooks.commands = [.onFatal: "mail"]
        }
        pool.roll([0])
        pool.tell(.spawnFailed(worker(0), generation: 2, message: "x"))
        #expect(pool.crew.did("on_fatal") == [])
        #expect(pool.state(0) == .running)
    }

    @Test func aSecondRollTriesAgain() {
        var pool = Pool(1)
        pool.roll([0])
        pool.tell(.spawnFailed(worker(0), generation: 2, message: "x"))
        pool.roll([0])
        pool.replace(0)
        #expect(pool.answer == "answer 2: web:w0 replaced")
    }
}
