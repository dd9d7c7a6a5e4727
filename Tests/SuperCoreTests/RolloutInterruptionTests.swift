import SuperBase
import SuperCore
import Testing

/// What else may happen in the middle of a rollout.
struct RolloutInterruptionTests {
    /// Two, of which the first is being replaced; the new one, generation 3, exists and is not ready yet.
    private var halfway: Pool {
        var pool = Pool(2)
        pool.roll([0, 1])
        pool.arrive(0)
        return pool
    }

    @Test func aStopEndsBothAndGoesOnWithTheOthers() {
        var pool = halfway
        pool.ask(.stop([worker(0)]))
        #expect(Set(pool.signals) == ["SIGTERM to web:w0 (old) 3", "SIGTERM to web:w0 1"])
        #expect(pool.spawns == ["spawn web:w1 (new) 4"])
        pool.end(0, 1)
        #expect(pool.answer == nil, "the new one has to go as well")
        #expect(pool.end(0, 3).last == "answer 2: web:w0 stopped")
        pool.replace(1)
        #expect(pool.answer == "answer 1: web:w0 notReplaced (it was stopped), web:w1 replaced")
        #expect(pool.state(0) == .stopped)
        #expect(pool.isQuiet)
    }

    @Test func aStopOfOneWhoseTurnHasNotComeTakesItOut() {
        var pool = halfway
        pool.ask(.stop([worker(1)]))
        pool.end(1, 2)
        pool.replace(0)
        #expect(pool.answer == "answer 1: web:w1 notReplaced (it was stopped), web:w0 replaced")
        #expect(pool.state(1) == .stopped)
    }

    @Test func aStopWhileTheOldOneGoesWaitsForIt() {
        var pool = halfway
        pool.ready(0)
        pool.ask(.stop([worker(0)]))
        #expect(pool.signals == ["SIGTERM to web:w0 3"])
        pool.end(0, 3)
        #expect(pool.answer == nil)
        #expect(pool.end(0, 1).contains("answer 2: web:w0 stopped"))
    }

    @Test func aStartWhileAnOldOneStillGoesIsAnsweredAndSoIsTheStop() {
        var pool = halfway
        pool.ready(0)
        pool.ask(.stop([worker(0)]))
        pool.end(0, 3)
        pool.ask(.start([worker(0)]))
        #expect(pool.did.contains("answer 2: web:w0 stopped"))
        pool.arrive(0)
        pool.ready(0)
        #expect(pool.answer == "answer 3: web:w0 started")
        pool.end(0, 1)
        #expect(pool.crew.fleet.others(of: worker(0)).isEmpty)
    }

    @Test func theRemovalOfTheGroupEndsAllAndAnswersTheRoll() {
        var pool = halfway
        pool.ask(.update([.remove("web")]))
        #expect(
            pool.answer == "answer 1: web:w0 notReplaced (it was stopped), web:w1 notReplaced (it was stopped)")
        pool.end(0, 1)
        pool.end(1, 2)
        #expect(pool.crew.fleet.group("web") != nil)
        pool.end(0, 3)
        #expect(pool.answer == "answer 2: web stopped, web removed")
        #expect(pool.crew.fleet.group("web") == nil)
    }

    @Test func theEndOfSuperdEndsAllAndAnswersTheRoll() {
        var pool = halfway
        pool.tell(.end(.shutdown))
        #expect(pool.answer?.hasPrefix("answer 1: web:w0 notReplaced") == true)
        #expect(pool.signals.count == 3)
        pool.end(0, 1)
        pool.end(1, 2)
        #expect(!pool.did.contains("ended for shutdown"))
        #expect(pool.end(0, 3).last == "ended for shutdown")
    }

    @Test func aRollOnTheWayDownIsRefused() {
        var pool = Pool(1)
        pool.tell(.end(.shutdown))
        #expect(pool.roll([0]) == ["answer 1: web:w0 shuttingDown"])
    }

    @Test func aRestartOfWhatIsBeingReplacedReplacesItOnceMore() {
        var pool = halfway
        pool.ask(.restart([worker(0)]))
        #expect(pool.spawns == [])
        pool.ready(0)
        pool.end(0, 1)
        #expect(pool.spawns == ["spawn web:w1 (new) 4", "spawn web:w0 (new) 5"])
        pool.replace(1)
        #expect(pool.answer == "answer 1: web:w0 replaced, web:w1 replaced")
        pool.replace(0)
        #expect(pool.answer == "answer 2: web:w0 replaced")
        #expect(pool.isQuiet)
    }

    @Test func aSecondRollWaitsForTheFirst() {
        var pool = Pool(2)
        pool.roll([0])
        #expect(pool.roll([0]) == [])
        #expect(pool.roll([1]) == ["spawn web:w1 (new) 4"], "of others it need not wait")
        pool.replace(0)
        #expect(pool.spawns == ["spawn web:w0 (new) 5"])
        pool.replace(0)
        #expect(pool.answer == "answer 2: web:w0 replaced")
        #expect(pool.holder(0) == 5)
    }

    @Test func aSecondRollOfOneThatIsDownByThenIsAnsweredSo() {
        var pool = Pool(2) { $0.autoRestart = .never }
        pool.roll([0])
        pool.roll([0, 1])
        pool.arrive(0)
        pool.end(0, 1)
        pool.end(0, 3)
        #expect(pool.state(0) == .exited)
        pool.replace(1)
        #expect(pool.answer == "answer 2: web:w0 notRunning, web:w1 replaced")
    }

    @Test func theCrashOfTheOldOneDoesNotEndTheReplacement() {
        var pool = halfway
        pool.end(0, 1, .exited(code: 1))
        #expect(pool.state(0) == .exited)
        pool.ready(0)
        #expect(pool.state(0) == .running)
        #expect(pool.holder(0) == 3)
        #expect(pool.wait(10) == [], "the old one does not come back")
    }

    @Test func theOldOneMayComeBackBeforeTheNewOneIsReady() {
        var pool = halfway
        pool.end(0, 1, .exited(code: 1))
        pool.wait(3)
        let again = pool.holder(0)
        #expect(pool.spawns == ["spawn web:w0 \(again ?? 0)"])
        pool.ready(0)
        #expect(pool.holder(0) == 3)
        #expect(pool.retiring(0) == [again])
        // It was being started, so it is stopped as soon as it exists.
        pool.tell(.spawned(worker(0), generation: again ?? 0, pid: 99, at: at(pool.now)))
        #expect(pool.signals == ["SIGTERM to web:w0 (old) \(again ?? 0)"])
        pool.end(0, again)
        #expect(pool.retiring(0) == [])
    }

    @Test func oneThatWouldComeBackInTheMomentInWhichItIsReplacedIsNotStarted() {
        var pool = Pool(1) { $0.rolling.verify = .seconds(10) }
        pool.roll([0])
        pool.arrive(0)
        pool.ready(0)
        // It ends so that its restart is due when the verification is over.
        pool.wait(7)
        pool.crew.tell(.exited(worker(0), generation: 1, status: .exited(code: 0), at: at(pool.now)), pool.now)
        pool.wait(3)
        #expect(pool.holder(0) == 2)
        #expect(pool.spawns == [])
        #expect(pool.isQuiet)
    }

    @Test func theCrashOfTheNewOneAfterItHasItsPlaceIsACrashLikeAnyOther() {
        var pool = halfway
        pool.ready(0)
        pool.end(0, 3, .exited(code: 1))
        #expect(pool.state(0) == .exited)
        pool.end(0, 1)
        #expect(pool.spawns == ["spawn web:w1 (new) 4"])
        #expect(pool.wait(3).contains { $0.hasPrefix("spawn web:w0 ") })
    }

    @Test func aSignalGoesToTheOneThatIsMeant() {
        var pool = halfway
        #expect(pool.ask(.signal(.hangup, [worker(0)])).first == "SIGHUP to web:w0 1")
        pool.ready(0)
        #expect(pool.ask(.signal(.hangup, [worker(0)])).first == "SIGHUP to web:w0 3")
    }
}
