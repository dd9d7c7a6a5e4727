import SuperBase
import SuperCore
import Testing

/// Updates of a pool: its processes are replaced one by one, and go back where that fails.
struct RollingUpdateTests {
    private func new(_ config: inout ProcessConfig) { config.command = "/bin/new" }
    private func newer(_ config: inout ProcessConfig) { config.command = "/bin/newer" }

    @Test func whatIsUpIsReplacedOneByOne() {
        var pool = Pool(2)
        #expect(pool.update(2, new) == ["group web changed", "spawn web:w0 (new) 3"])
        pool.replace(0)
        #expect(pool.commands == ["/bin/new", "/bin/web"])
        #expect(pool.spawns == ["spawn web:w1 (new) 4"])
        #expect(pool.answer == nil)
        pool.replace(1)
        #expect(pool.answer == "answer 1: web updated")
        #expect(pool.commands == ["/bin/new", "/bin/new"])
        #expect(pool.crew.fleet.origins == [2])
        #expect(pool.isQuiet)
    }

    @Test func whatIsDownStartsUnderTheNewConfigurationAtOnce() {
        var pool = Pool(2)
        pool.ask(.stop([worker(0)]))
        pool.end(0, 1)
        pool.update(2, new)
        #expect(pool.spawns == ["spawn web:w0 3", "spawn web:w1 (new) 4"])
        pool.arrive(0)
        pool.replace(1)
        #expect(pool.answer == "answer 2: web updated")
        #expect(pool.commands == ["/bin/new", "/bin/new"])
    }

    @Test func whatIsBeingStoppedStopsAndStartsUnderTheNewConfiguration() {
        var pool = Pool(1)
        pool.ask(.restart([worker(0)], ), wait: false)
        pool.arrive(0)
        pool.end(0, 2)
        pool.ask(.stop([worker(0)]))
        pool.update(1, new)
        #expect(pool.spawns == [])
        pool.end(0, 1)
        #expect(pool.spawns.count == 1)
        #expect(pool.command(0) == "/bin/new")
    }

    @Test func aProgramThatMayNotRunTwiceAnyMoreIsStoppedFirst() {
        var pool = Pool(1)
        pool.update(1) {
            $0.command = "/bin/new"
            $0.rolling.mode = .stopFirst
        }
        #expect(pool.signals == ["SIGTERM to web:w0 1"])
        pool.end(0, 1)
        #expect(pool.spawns == ["spawn web:w0 2"])
    }

    @Test func theMoreCarefulOfTwoProgramsCounts() {
        var pool = Pool(3)
        pool.update(3) {
            $0.command = "/bin/new"
            $0.rolling.batch = $0.name.process == "w0" ? 1 : 3
            $0.rolling.verify = $0.name.process == "w1" ? .seconds(7) : .zero
        }
        #expect(pool.spawns.count == 1)
        pool.arrive(0)
        pool.ready(0)
        #expect(pool.holder(0) == 1)
        pool.wait(7)
        #expect(pool.holder(0) == 4)
    }

    // MARK: - Scale

    @Test func moreProcessesAreStartedAndTheOthersLeftAlone() {
        var pool = Pool(2)
        #expect(
            pool.update(4) { _ in } == [
                "group web changed", "web:w2 STOPPED → STARTING (tries 0)", "spawn web:w2 3",
                "web:w3 STOPPED → STARTING (tries 0)", "spawn web:w3 4", "answer 1: web updated",
            ])
        #expect([0, 1].map { pool.holder($0) } == [1, 2])
    }

    @Test func fewerProcessesAreStoppedAndTheOthersLeftAlone() {
        var pool = Pool(3)
        pool.update(1) { _ in }
        #expect(pool.signals == ["SIGTERM to web:w1 2", "SIGTERM to web:w2 3"])
        pool.end(1, 2)
        pool.end(2, 3)
        #expect(pool.answer == "answer 1: web stopped, web updated")
        #expect(pool.crew.fleet.names == [worker(0)])
        #expect(pool.holder(0) == 1)
    }

    @Test func oneThatGoesInTheMiddleOfARollTakesItsNewOneAlong() {
        var pool = Pool(2)
        pool.roll([0, 1])
        pool.replace(0)
        pool.arrive(1)
        pool.update(1) { _ in }
        #expect(Set(pool.signals) == ["SIGTERM to web:w1 (old) 4", "SIGTERM to web:w1 2"])
        #expect(pool.answer == "answer 1: web:w0 replaced, web:w1 notReplaced (it was stopped)")
        pool.end(1, 2)
        #expect(pool.crew.fleet[worker(1)] != nil)
        pool.end(1, 4)
        #expect(pool.answer == "answer 2: web stopped, web updated")
        #expect(pool.isQuiet)
    }

    @Test func oneThatIsGivenBackWhileItStopsComesBack() {
        var pool = Pool(2)
        pool.update(1) { _ in }
        pool.update(2, origin: 3) { _ in }
        pool.end(1, 2)
        #expect(pool.spawns == ["spawn web:w1 3"])
        #expect(pool.did.contains("answer 2: web stopped, web updated"))
        #expect(pool.crew.fleet.names == [worker(0), worker(1)])
    }

    // MARK: - Live options

    @Test func aLiveChangeReachesTheNewProcessAsWell() {
        var pool = Pool(1)
        pool.update(1, new)
        pool.arrive(0)
        pool.update(1, origin: 3) {
            $0.command = "/bin/new"
            $0.stopWaitSeconds = 77
        }
        #expect(pool.crew.fleet[worker(0)]?.config.stopWaitSeconds == 10, "not the one that runs another command")
        pool.ready(0)
        #expect(pool.holder(0) == 2)
        #expect(pool.crew.fleet[worker(0)]?.config.stopWaitSeconds == 77)
        #expect(pool.crew.fleet[worker(0)]?.origin == 3)
        pool.end(0, 1)
        #expect(pool.spawns == [])
        #expect(pool.isQuiet)
    }

    @Test func aRollReplacesAProcessByOneOfItsConfigurationAtThatTime() {
        var pool = Pool(1)
        pool.update(1, new)
        pool.roll([0])
        pool.replace(0)
        #expect(pool.command(0) == "/bin/new")
        pool.replace(0)
        #expect(pool.command(0) == "/bin/new")
        #expect(pool.isQuiet)
    }

    // MARK: - Failure

    @Test func thoseThatWereReplacedGoBackTheLastFirst() {
        var pool = Pool(4)
        pool.update(4, new)
        pool.replace(0)
        pool.replace(1)
        pool.arrive(2)
        pool.end(2, 7, .exited(code: 3))
        let why = "web:w2: the new process: Exited before it was ready (process log may have details): exit status 3"
        #expect(pool.did.contains("CRIT roll-out: 2 replaced processes go back to what they were"))
        #expect(pool.spawns == ["spawn web:w1 (new) 8"])
        pool.replace(1)
        #expect(pool.spawns == ["spawn web:w0 (new) 9"])
        #expect(pool.answer == nil)
        pool.replace(0)
        #expect(pool.answer == "answer 1: web notReplaced (\(why))")
        #expect(pool.commands == ["/bin/web", "/bin/web", "/bin/web", "/bin/web"])
        #expect(pool.crew.fleet.origins == [1])
        #expect([2, 3].map { pool.holder($0) } == [3, 4])
        #expect(pool.isQuiet)
    }

    @Test func theyAreAskedOnlyWhenTheOldOnesAreGone() {
        var pool = Pool(2) { $0.rolling.batch = 2 }
        pool.update(2) {
            $0.rolling.batch = 2
            new(&$0)
        }
        pool.arrive(0)
        pool.ready(0)
        pool.arrive(1)
        pool.end(1, 4)
        #expect(pool.spawns == [], "the old one of the first still goes")
        pool.end(0, 1)
        #expect(pool.spawns == ["spawn web:w0 (new) 5"])
        pool.replace(0)
        #expect(pool.commands == ["/bin/web", "/bin/web"])
    }

    @Test func theyGoBackWithoutWaitingForTheVerification() {
        var pool = Pool(2) { $0.rolling.verify = .seconds(30) }
        pool.update(2) {
            $0.rolling.verify = .seconds(30)
            new(&$0)
        }
        pool.arrive(0)
        pool.ready(0)
        pool.wait(30)
        pool.end(0, 1)
        pool.arrive(1)
        pool.end(1, 4)
        pool.replace(0)
        #expect(pool.holder(0) == 5)
        #expect(pool.command(0) == "/bin/web")
    }

    @Test func oneThatCannotGoBackStaysWhatItIs() {
        var pool = Pool(2)
        pool.update(2, new)
        pool.replace(0)
        pool.arrive(1)
        pool.end(1, 4)
        pool.arrive(0)
        pool.end(0, 5)
        #expect(pool.answer?.hasPrefix("answer 1: web notReplaced") == true)
        #expect(pool.commands == ["/bin/new", "/bin/web"])
        #expect(pool.state(0) == .running)
        #expect(pool.isQuiet)
    }

    @Test func oneThatHasGoneDownMeanwhileIsStartedAsItWas() {
        var pool = Pool(2) { $0.autoRestart = .never }
        pool.update(2) {
            $0.autoRestart = .never
            new(&$0)
        }
        pool.replace(0)
        pool.end(0, 3)
        #expect(pool.state(0) == .exited)
        pool.arrive(1)
        pool.end(1, 4)
        pool.replace(0)
        #expect(pool.commands == ["/bin/web", "/bin/web"])
        #expect(pool.state(0) == .running)
    }

    @Test func oneThatSomebodyHasStoppedMeanwhileGoesBackWithoutBeingStarted() {
        var pool = Pool(2)
        pool.update(2, new)
        pool.replace(0)
        pool.ask(.stop([worker(0)]))
        pool.end(0, 3)
        pool.arrive(1)
        pool.end(1, 4)
        #expect(pool.spawns == [])
        #expect(pool.commands == ["/bin/web", "/bin/web"])
        #expect(pool.state(0) == .stopped)
        #expect(pool.isQuiet)
    }

    @Test func aRollWaitsForWhatMayHaveToGoBack() {
        var pool = Pool(2)
        pool.update(2, new)
        pool.replace(0)
        #expect(pool.roll([0]) == [], "the first may have to go back")
        pool.arrive(1)
        pool.end(1, 4)
        #expect(pool.spawns == ["spawn web:w0 (new) 5"])
        pool.replace(0)
        #expect(pool.command(0) == "/bin/web")
        #expect(pool.spawns == ["spawn web:w0 (new) 6"])
        pool.replace(0)
        #expect(pool.answer == "answer 2: web:w0 replaced")
        #expect(pool.isQuiet)
    }

    // MARK: - In the middle

    @Test func oneThatIsStoppedInTheMiddleHasTheNewConfigurationAtItsNextStart() {
        for isUnderWay in [true, false] {
            var pool = Pool(2)
            pool.update(2, new)
            if isUnderWay { pool.arrive(0) }
            let stopped = isUnderWay ? 0 : 1
            pool.ask(.stop([worker(stopped)]))
            pool.end(stopped, UInt64(stopped + 1))
            if isUnderWay { pool.end(0, 3) }
            pool.replace(1 - stopped)
            #expect(pool.did.contains("answer 1: web updated"))
            #expect(pool.state(stopped) == .stopped)
            pool.ask(.start([worker(stopped)]))
            #expect(pool.command(stopped) == "/bin/new")
            #expect(pool.crew.fleet[worker(stopped)]?.origin == 2)
        }
    }

    @Test func aSecondUpdateGoesOnWhereTheFirstIs() {
        var pool = Pool(3)
        pool.update(3, new)
        pool.replace(0)
        pool.arrive(1)
        pool.update(3, origin: 3, newer)
        #expect(pool.spawns == [])
        pool.ready(1)
        pool.end(1, 2)
        for _ in 0..<8 {
            for index in 0..<3 where pool.successor(index) != nil { pool.replace(index) }
        }
        #expect(pool.commands == ["/bin/newer", "/bin/newer", "/bin/newer"])
        #expect(pool.did.last == "answer 1: web updated")
        #expect(pool.isQuiet)
    }

    @Test func aSecondUpdateToTheSameIsDoneWhenTheFirstIs() {
        var pool = Pool(1)
        pool.update(1, new)
        #expect(pool.update(1, origin: 3, new) == ["group web changed"])
        pool.replace(0)
        #expect(
            pool.crew.did("answer") == ["answer 2: web updated", "answer 1: web updated"])
        #expect(pool.holder(0) == 2)
        #expect(pool.isQuiet)
    }

    @Test func aSecondUpdateThatTheFirstOneFailsUnderIsToldOfIt() {
        var pool = Pool(1)
        pool.update(1, new)
        pool.update(1, origin: 3, new)
        pool.arrive(0)
        pool.end(0, 2)
        #expect(pool.crew.did("answer").allSatisfy { $0.contains("web notReplaced") })
        #expect(pool.command(0) == "/bin/web")
        #expect(pool.isQuiet)
    }

    @Test func aSecondUpdateThatMakesGoodWhatTheFirstFailedAtIsAnsweredSo() {
        var pool = Pool(2)
        pool.update(2, new)
        pool.replace(0)
        pool.arrive(1)
        pool.update(2, origin: 3, newer)
        pool.end(1, 4)
        for _ in 0..<6 {
            for index in 0..<2 where pool.successor(index) != nil { pool.replace(index) }
        }
        #expect(pool.commands == ["/bin/newer", "/bin/newer"])
        #expect(pool.crew.did("answer").contains("answer 2: web updated"))
        #expect(pool.isQuiet)
    }

    @Test func aLiveChangeWhileAnotherConfigurationIsOnItsWayIsNotLost() {
        var pool = Pool(1)
        pool.update(1, new)
        pool.arrive(0)
        // Back again, and with another live option: the new one runs differently, and must not go by this.
        pool.update(1, origin: 3) { $0.stopWaitSeconds = 77 }
        #expect(pool.crew.fleet[Seat(worker(0), .successor)]?.config.command == "/bin/new")
        #expect(pool.crew.fleet[Seat(worker(0), .successor)]?.origin == 2)
        pool.update(1, origin: 4) { $0.stopWaitSeconds = 78 }
        #expect(pool.crew.fleet[Seat(worker(0), .successor)]?.config.stopWaitSeconds == 10)
        pool.ready(0)
        pool.end(0, 1)
        pool.replace(0)
        #expect(pool.command(0) == "/bin/web")
        #expect(pool.crew.fleet[worker(0)]?.config.stopWaitSeconds == 78)
        #expect(pool.isQuiet)
    }

    @Test func anUpdateBackReplacesWhatWasReplaced() {
        var pool = Pool(2)
        pool.update(2, new)
        pool.replace(0)
        pool.arrive(1)
        pool.update(2, origin: 3) { _ in }
        pool.ready(1)
        pool.end(1, 2)
        for _ in 0..<4 {
            for index in 0..<2 where pool.successor(index) != nil { pool.replace(index) }
        }
        #expect(pool.commands == ["/bin/web", "/bin/web"])
        #expect(pool.isQuiet)
    }

    @Test func anUpdateThatNobodyWaitsForGoesOn() {
        var pool = Pool(1)
        pool.update(1, wait: false, new)
        #expect(pool.answer == "answer 1: web updated")
        pool.replace(0)
        #expect(pool.command(0) == "/bin/new")
    }

    @Test func theEndOfSuperdAnswersTheUpdate() {
        var pool = Pool(1)
        pool.update(1, new)
        pool.tell(.end(.shutdown))
        #expect(pool.answer == "answer 1: web shuttingDown")
        // The new one was to be stopped as soon as it exists.
        pool.tell(.spawnFailed(worker(0), generation: 2, message: "x"))
        #expect(pool.end(0, 1).last == "ended for shutdown")
    }
}
