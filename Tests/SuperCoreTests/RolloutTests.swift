import SuperBase
import SuperCore
import Testing

/// Replacing the processes of a pool by new ones.
struct RolloutTests {
    @Test func theOldOneIsStoppedOnlyWhenTheNewOneServes() {
        var pool = Pool(1)
        #expect(pool.roll([0]) == ["spawn web:w0 (new) 2"])
        pool.arrive(0)
        #expect(pool.did == ["INFO spawned: 'w0' with pid 42"])
        #expect(pool.holder(0) == 1)
        pool.ready(0)
        #expect(pool.holder(0) == 2)
        #expect(pool.retiring(0) == [1])
        #expect(pool.signals == ["SIGTERM to web:w0 (old) 1"])
        #expect(pool.answer == nil)
        pool.end(0, 1)
        #expect(pool.did.suffix(2) == ["INFO stopped: w0 (exit status 0)", "answer 1: web:w0 replaced"])
        #expect(pool.isQuiet)
    }

    @Test func oneAfterTheOtherInStartOrder() {
        var pool = Pool(3)
        #expect(pool.roll([2, 0, 1]) == ["spawn web:w0 (new) 4"])
        pool.arrive(0)
        pool.ready(0)
        #expect(pool.spawns == [], "the old one has to go first")
        pool.end(0, 1)
        #expect(pool.spawns == ["spawn web:w1 (new) 5"])
        pool.replace(1)
        #expect(pool.spawns == ["spawn web:w2 (new) 6"])
        pool.replace(2)
        #expect(pool.answer == "answer 1: web:w0 replaced, web:w1 replaced, web:w2 replaced")
        #expect(pool.isQuiet)
    }

    @Test func soManyAtATime() {
        var pool = Pool(4) { $0.rolling.batch = 3 }
        #expect(pool.roll([0, 1, 2, 3]).count == 3)
        pool.replace(1)
        #expect(pool.spawns == ["spawn web:w3 (new) 8"])
        var other = Pool(4) { $0.rolling.batch = 3 }
        #expect(other.roll([0, 1, 2, 3], RollOptions(batch: 2)).count == 2)
        #expect(other.roll([0, 1, 2, 3], RollOptions(batch: 0)).count == 0)
    }

    @Test func aBatchIsNeverLessThanOne() {
        var pool = Pool(2)
        #expect(pool.roll([0, 1], RollOptions(batch: 0)) == ["spawn web:w0 (new) 3"])
    }

    @Test func programsOfOneCommandHaveTheirOwnRollouts() {
        let other = GroupConfig(
            name: "api",
            processes: [
                process("api") {
                    $0.sockets = [SharedSocket(address: .inet(host: "127.0.0.1", port: 9000))]
                    $0.readiness = .descriptor(3)
                }
            ])
        var crew = Crew([other, SuperCoreTests.pool(2)])
        crew.arrive(0)
        crew.becomeReady(["api", "web:w0", "web:w1"], 0)
        crew.ask(.roll(crew.fleet.names, RollOptions()), 1)
        #expect(crew.did("spawn") == ["spawn api (new) 4", "spawn web:w0 (new) 5"])
    }

    @Test func theNewOneMustStayReadyForAWhile() {
        var pool = Pool(1) { $0.rolling.verify = .seconds(30) }
        pool.roll([0])
        pool.arrive(0)
        pool.ready(0)
        #expect(pool.holder(0) == 1)
        #expect(pool.signals == [])
        #expect(pool.crew.fleet.deadline == at(pool.now + 30))
        pool.wait(29)
        #expect(pool.holder(0) == 1)
        #expect(pool.wait(1).contains("SIGTERM to web:w0 (old) 1"))
        #expect(pool.holder(0) == 2)
    }

    @Test func theWhileMayBeGivenWithTheCommand() {
        var pool = Pool(1) { $0.rolling.verify = .seconds(30) }
        pool.roll([0], RollOptions(verify: .zero))
        pool.arrive(0)
        pool.ready(0)
        #expect(pool.holder(0) == 2)
        pool.end(0, 1)
        pool.roll([0], RollOptions(verify: .seconds(5)))
        pool.arrive(0)
        pool.ready(0)
        #expect(pool.holder(0) == 2)
        pool.wait(5)
        #expect(pool.holder(0) == 3)
    }

    @Test func theCountOfStartsGoesOn() {
        var pool = Pool(1)
        pool.roll([0])
        pool.replace(0)
        #expect(pool.crew.fleet[worker(0)]?.starts == 2)
    }

    @Test func aPoolWithoutSocketsCanBeRolledWhereItIsSaid() {
        var pool = Pool(1) {
            $0.sockets = []
            $0.rolling.mode = .rolling
        }
        #expect(pool.roll([0]) == ["spawn web:w0 (new) 2"])
    }

    // MARK: - Answers

    @Test func whatMayNotRunTwiceIsNotRolled() {
        var pool = Pool(1) { $0.rolling.mode = .stopFirst }
        #expect(pool.roll([0]) == ["answer 1: web:w0 notRolling"])
    }

    @Test func whatIsDownIsNotRolled() {
        var pool = Pool(2) { $0.stopWaitSeconds = 60 }
        pool.ask(.stop([worker(0)]))
        #expect(pool.roll([0, 1]) == ["spawn web:w1 (new) 3"])
        pool.replace(1)
        #expect(pool.answer == "answer 2: web:w0 notRunning, web:w1 replaced")
        pool.end(0, 1)
        #expect(pool.roll([0]) == ["answer 3: web:w0 notRunning"])
    }

    @Test func whatWaitsForItsNextTryIsReplaced() {
        var pool = Pool(1)
        pool.end(0, 1)
        pool.wait(3)
        pool.arrive(0)
        pool.end(0, 2)
        #expect(pool.state(0) == .backoff)
        pool.roll([0])
        #expect(pool.spawns.count == 1)
    }

    @Test func aRollThatNobodyWaitsForIsAnsweredAtOnce() {
        var pool = Pool(2)
        #expect(
            pool.roll([0, 1], wait: false) == ["answer 1: web:w0 replaced, web:w1 replaced", "spawn web:w0 (new) 3"])
        pool.replace(0)
        pool.replace(1)
        #expect(pool.isQuiet)
    }

    @Test func aRollOfNobodyIsAnsweredAtOnce() {
        var pool = Pool(1)
        #expect(pool.roll([]) == ["answer 1: "])
    }

    @Test func aTimeoutAnswersAndTheRollGoesOn() {
        var pool = Pool(3)
        pool.ask(.roll([0, 1, 2].map(worker), RollOptions()), until: 106)
        pool.replace(0)
        pool.wait(3)
        #expect(pool.answer == "answer 1: web:w0 replaced, web:w1 timedOut, web:w2 timedOut")
        pool.replace(1)
        pool.replace(2)
        #expect(pool.isQuiet)
        #expect([0, 1, 2].map { pool.holder($0) } == [4, 5, 6])
    }

    // MARK: - A restart

    @Test func aRestartOfWhatIsUpReplacesIt() {
        var pool = Pool(2)
        #expect(pool.ask(.restart([worker(0), worker(1)])) == ["spawn web:w0 (new) 3"])
        pool.replace(0)
        pool.replace(1)
        #expect(pool.answer == "answer 1: web:w0 replaced, web:w1 replaced")
    }

    @Test func aRestartStopsAndStartsWhatIsNotUp() {
        var pool = Pool(2)
        pool.ask(.stop([worker(0)]))
        pool.end(0, 1)
        #expect(pool.ask(.restart([worker(0), worker(1)])).filter { $0.hasPrefix("spawn") }.count == 2)
        pool.arrive(0)
        pool.ready(0)
        pool.replace(1)
        #expect(pool.answer == "answer 2: web:w0 notRunning, web:w0 started, web:w1 replaced")
    }

    // MARK: - Followers

    @Test func whoFollowsTheStatesHearsOfTheChangeInOneMoment() {
        var pool = Pool(1)
        pool.roll([0])
        #expect(pool.crew.did("web:w0") == [])
        pool.arrive(0)
        #expect(pool.crew.did("web:w0") == [])
        pool.ready(0)
        #expect(
            pool.crew.did("web:w0") == [
                "web:w0 RUNNING → STOPPING (pid 41)", "web:w0 STOPPING → STOPPED (pid 41)",
                "web:w0 STOPPED → STARTING (tries 0)", "web:w0 STARTING → RUNNING (pid 42)",
            ])
        #expect(pool.end(0, 1).filter { $0.hasPrefix("web:w0") } == [])
    }

    @Test func whoFollowsAProcessThatWasDownHearsThatItIsUp() {
        var pool = Pool(1)
        pool.roll([0])
        pool.end(0, 1)
        #expect(pool.state(0) == .exited)
        pool.arrive(0)
        pool.ready(0)
        #expect(
            pool.crew.did("web:w0") == ["web:w0 EXITED → STARTING (tries 0)", "web:w0 STARTING → RUNNING (pid 42)"])
        #expect(pool.answer == "answer 1: web:w0 replaced")
    }

    @Test func theHooksOfBothRun() {
        var pool = Pool(1) {
            $0.hooks.commands = [.preStart: "a", .postStart: "b", .preStop: "c", .postStop: "d"]
        }
        // Its first process waits for its pre_start still.
        pool.tell(.hookEnded(worker(0), .preStart, generation: 1, failure: nil))
        pool.arrive(0)
        pool.ready(0)
        #expect(pool.state(0) == .running)
        #expect(pool.roll([0]) == ["pre_start of web:w0 (new) 2"])
        pool.tell(.hookEnded(worker(0), .preStart, generation: 2, failure: nil))
        pool.arrive(0)
        pool.ready(0)
        #expect(pool.crew.did("post_start") == ["post_start of web:w0 (new) 2"])
        #expect(pool.crew.did("pre_stop") == ["pre_stop of web:w0 (old) 1"])
        #expect(pool.signals == [])
        #expect(
            pool.tell(.hookEnded(worker(0), .preStop, generation: 1, failure: nil)) == ["SIGTERM to web:w0 (old) 1"])
        #expect(pool.end(0, 1).contains("post_stop of web:w0 (old) 1"))
    }

    @Test func aStubbornOldProcessIsKilled() {
        var pool = Pool(1) { $0.stopWaitSeconds = 5 }
        pool.roll([0])
        pool.arrive(0)
        pool.ready(0)
        #expect(pool.wait(5).last == "SIGKILL to web:w0 (old) 1")
    }
}
