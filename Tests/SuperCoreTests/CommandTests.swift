import SuperBase
import SuperCore
import Testing

/// What start, stop, restart and signal answer in each state, and when.
struct CommandTests {
    /// One process in a given state.
    private func crew(in state: ProcessState, _ change: (inout ProcessConfig) -> Void = { _ in }) -> Crew {
        let config = process("web") {
            $0.autoStart = false
            $0.autoRestart = .never
            $0.startRetries = state == .fatal ? 0 : 3
            $0.kind = state == .completed ? .oneshot : .service
            if state == .waiting { $0.dependencies = [Dependency("db")] }
            change(&$0)
        }
        let db = process("db") { $0.autoStart = false }
        var crew = Crew([group("db", [db]), group("web", [config])])
        let web = [name("web")]
        if state == .stopped { return crew }
        crew.ask(.start(web), 0, wait: false)
        crew.arrive(0, web)
        switch state {
        case .stopped, .starting, .waiting, .unknown: break
        case .running: crew.tell(.wake, 1)
        case .backoff, .fatal: crew.exit("web", 0.5)
        case .stopping:
            crew.tell(.wake, 1)
            crew.ask(.stop(web), 2, wait: false)
        case .exited, .completed:
            crew.tell(.wake, 1)
            crew.exit("web", 2)
        }
        #expect(crew.state("web") == state)
        return crew
    }

    @Test(arguments: [
        (ProcessState.stopped, "started"), (.starting, "alreadyStarted"), (.running, "alreadyStarted"),
        (.backoff, "started"), (.stopping, "abnormalTermination"), (.exited, "started"), (.fatal, "started"),
        (.completed, "started"), (.waiting, "started"),
    ])
    func aStartAnswersByState(state: ProcessState, outcome: String) {
        var crew = crew(in: state)
        crew.ask(.start([name("web")]), 10, wait: false)
        #expect(crew.did.last?.hasSuffix(": web \(outcome)") == true)
        let spawns = outcome == "started" && state != .waiting
        #expect(crew.did.contains { $0.hasPrefix("spawn web") } == spawns)
    }

    @Test(arguments: [
        (ProcessState.stopped, "notRunning"), (.starting, "stopped"), (.running, "stopped"), (.backoff, "stopped"),
        (.stopping, "stopped"), (.exited, "notRunning"), (.fatal, "notRunning"),
        (.completed, "notRunning"), (.waiting, "stopped"),
    ])
    func aStopAnswersByState(state: ProcessState, outcome: String) {
        var crew = crew(in: state)
        crew.ask(.stop([name("web")]), 10, wait: false)
        #expect(crew.did.last?.hasSuffix(": web \(outcome)") == true)
    }

    @Test(arguments: [
        (ProcessState.stopped, "notRunning"), (.starting, "signalled"), (.running, "signalled"),
        (.backoff, "notRunning"), (.stopping, "signalled"), (.exited, "notRunning"), (.fatal, "notRunning"),
        (.completed, "notRunning"), (.waiting, "notRunning"),
    ])
    func aSignalAnswersByStateAndNeverGoesToTheGroup(state: ProcessState, outcome: String) {
        var crew = crew(in: state) {
            $0.stopAsGroup = true
            $0.killAsGroup = true
        }
        let generation = crew.fleet[name("web")]?.generation ?? 0
        crew.ask(.signal(.hangup, [name("web")]), 10)
        #expect(crew.did.last?.hasSuffix(": web \(outcome)") == true)
        #expect(crew.did.dropLast() == (outcome == "signalled" ? ["SIGHUP to web \(generation)"] : []))
    }

    @Test(arguments: [ProcessState.stopped, .starting, .running, .backoff, .stopping, .exited, .fatal])
    func aRestartEndsInARunningProcess(state: ProcessState) {
        var crew = crew(in: state)
        crew.ask(.restart([name("web")]), 10)
        if crew.fleet[name("web")]?.run != nil { crew.exit("web", 11) }
        crew.arrive(12)
        crew.tell(.wake, 13)
        let first = [.stopped, .exited, .fatal].contains(state) ? "notRunning" : "stopped"
        #expect(crew.did.last?.hasSuffix(": web \(first), web started") == true)
        #expect(crew.state("web") == .running)
    }

    @Test func aStartIsAnsweredWhenItRuns() {
        var crew = crew(in: .stopped)
        #expect(crew.ask(.start([name("web")]), 0) == ["web STOPPED → STARTING (tries 0)", "spawn web 1"])
        crew.arrive(0)
        #expect(crew.tell(.wake, 1).last == "answer 1: web started")
    }

    @Test func aStartThatCannotBeExecutedIsASpawnError() {
        var crew = crew(in: .stopped)
        crew.ask(.start([name("web")]), 0)
        crew.tell(.spawnFailed(name("web"), generation: 1, message: "can't find command 'web'"), 0)
        #expect(crew.did.last == "answer 1: web spawnError")
    }

    @Test func aStartThatEndsTooSoonIsAnAbnormalTermination() {
        var crew = crew(in: .stopped)
        crew.ask(.start([name("web")]), 0)
        crew.arrive(0)
        #expect(crew.exit("web", 0.5).last == "answer 1: web abnormalTermination")
    }

    @Test func aStartThatIsStoppedIsAnAbnormalTermination() {
        var crew = crew(in: .stopped)
        crew.ask(.start([name("web")]), 0)
        crew.arrive(0)
        #expect(crew.ask(.stop([name("web")]), 0.5).last == "answer 1: web abnormalTermination")
        #expect(crew.exit("web", 0.6).last == "answer 2: web stopped")
    }

    @Test func aStartIsRefusedWhileAStopWaitsForTheSpawn() {
        var crew = crew(in: .stopped)
        crew.ask(.start([name("web")]), 0, wait: false)
        crew.ask(.stop([name("web")]), 0)
        #expect(crew.ask(.start([name("web")]), 0) == ["answer 3: web abnormalTermination"])
        crew.arrive(0.1)
        #expect(crew.did.last == "SIGTERM to web 1")
        #expect(crew.exit("web", 0.2).last == "answer 2: web stopped")
    }

    @Test func aStopIsAnsweredWhenItHasStopped() {
        var crew = crew(in: .running)
        crew.ask(.stop([name("web")]), 5)
        #expect(!crew.did.contains { $0.hasPrefix("answer") })
        #expect(crew.exit("web", 6).last == "answer 2: web stopped")
    }

    @Test func aStopOfAnExitThatIsToBeRestartedCountsAsAStop() {
        var crew = crew(in: .stopped) {
            $0.autoRestart = .always
            $0.restartDelay = .seconds(5)
            $0.startSeconds = 0
        }
        crew.ask(.start([name("web")]), 0, wait: false)
        crew.arrive(0)
        crew.exit("web", 2)
        #expect(crew.ask(.stop([name("web")]), 3) == ["web EXITED → STOPPED", "answer 2: web stopped"])
        #expect(crew.fleet.deadline == nil)
    }

    @Test func aTimeoutAnswersAndTheStopGoesOn() {
        var crew = crew(in: .running)
        crew.ask(.stop([name("web")]), 5, until: 7.5)
        crew.tell(.wake, 7)
        #expect(crew.did == ["INFO waiting for web to stop"])
        #expect(crew.fleet.deadline == at(7.5))
        #expect(crew.tell(.wake, 7.5) == ["answer 2: web timedOut"])
        #expect(crew.state("web") == .stopping)
    }

    @Test func aTimeoutThatIsOverAlreadyAnswersAtOnce() {
        var crew = crew(in: .running)
        #expect(crew.ask(.stop([name("web")]), 5, until: 5).last == "answer 2: web timedOut")
    }

    // MARK: - Several

    private let pair = [group("a", [process("a")]), group("b", [process("b")])]

    @Test func aRestartStartsAllOnceAllHaveStopped() {
        var crew = Crew.running(pair)
        crew.ask(.restart([name("a"), name("b")]), 1)
        #expect(crew.exit("a", 2) == ["INFO stopped: a (exit status 0)", "a STOPPING → STOPPED (pid 41)"])
        crew.exit("b", 3)
        #expect(
            crew.did.dropFirst(2) == [
                "a STOPPED → STARTING (tries 0)", "spawn a 3", "b STOPPED → STARTING (tries 0)", "spawn b 4",
            ])
        crew.arrive(4)
        #expect(crew.did.last == "answer 1: a stopped, b stopped, a started, b started")
    }

    @Test func aRestartThatNobodyWaitsForHoldsNobodyBack() {
        var crew = Crew.running(pair)
        crew.ask(.restart([name("a"), name("b")]), 1, wait: false)
        #expect(crew.did.last == "answer 1: a started, b started")
        #expect(crew.exit("a", 2).last == "spawn a 3")
    }

    @Test func aStopDuringARestartIsObeyedAndBothAreAnswered() {
        var crew = Crew.running(pair)
        crew.ask(.restart([name("a")]), 1)
        crew.ask(.stop([name("a")]), 2)
        crew.exit("a", 3)
        #expect(
            crew.did.suffix(2) == ["answer 2: a stopped", "answer 1: a stopped, a abnormalTermination"])
        #expect(crew.state("a") == .stopped)
    }

    @Test func twoRestartsOfOneProcessAreBothAnswered() {
        var crew = Crew.running(pair)
        crew.ask(.restart([name("a")]), 1)
        crew.ask(.restart([name("a")]), 2)
        crew.exit("a", 3)
        #expect(crew.did.filter { $0.hasPrefix("spawn") } == ["spawn a 3"])
        #expect(crew.did.last == "answer 1: a stopped, a alreadyStarted")
        crew.arrive(4)
        #expect(crew.did.last == "answer 2: a stopped, a started")
    }

    @Test func anotherRestartDoesNotTakeTheWishAway() {
        var crew = Crew.running(pair)
        crew.ask(.restart([name("a"), name("b")]), 1)
        crew.exit("a", 2)
        crew.ask(.start([name("a")]), 2)
        crew.arrive(2)
        crew.ask(.restart([name("a")]), 3)
        crew.exit("b", 4)
        #expect(crew.did.last?.hasPrefix("spawn b") == true)
        crew.exit("a", 5)
        #expect(crew.did.contains { $0.hasPrefix("spawn a") })
    }

    @Test func aRestartThatTimesOutStartsEachAsItStops() {
        var crew = Crew.running(pair)
        crew.ask(.restart([name("a"), name("b")]), 1, until: 5)
        crew.exit("a", 2)
        crew.tell(.wake, 5)
        #expect(crew.did.contains("answer 1: a stopped, a timedOut, b timedOut"))
        #expect(crew.did.contains { $0.hasPrefix("spawn a") })
        #expect(crew.exit("b", 6).last?.hasPrefix("spawn b") == true)
    }

    @Test func aRestartThatTimesOutLeavesAloneWhatWasStoppedSince() {
        var crew = Crew.running(pair)
        crew.ask(.restart([name("a"), name("b")]), 1, until: 5)
        crew.exit("a", 2)
        crew.ask(.stop([name("a")]), 3)
        crew.tell(.wake, 5)
        #expect(!crew.did.contains { $0.hasPrefix("spawn a") })
        #expect(crew.state("a") == .stopped)
    }

    @Test func whoIsStartedDuringARestartIsNotStartedTwice() {
        var crew = Crew.running(pair)
        crew.ask(.restart([name("a"), name("b")]), 1)
        crew.exit("a", 2)
        crew.ask(.start([name("a")]), 3, wait: false)
        #expect(crew.did.first == "a STOPPED → STARTING (tries 0)")
        crew.arrive(3)
        crew.exit("b", 4)
        #expect(!crew.did.contains { $0.hasPrefix("spawn a") })
        crew.arrive(5)
        #expect(crew.did.last == "answer 1: a stopped, b stopped, a alreadyStarted, b started")
    }

    @Test func emptyCommandsAreAnsweredAtOnce() {
        for command in [Command.start([]), .stop([]), .restart([]), .signal(.hangup, []), .update([])] {
            var crew = Crew.running(pair)
            #expect(crew.ask(command, 1) == ["answer 1: "])
        }
    }
}
