import SuperBase
import SuperCore
import Testing

/// Groups that come, go and change while superd runs.
struct UpdateTests {
    private let pair = [
        group("a", [process("a1", in: "a"), process("a2", in: "a")]), group("b", [process("b")]),
    ]

    private func quick(_ name: String, in group: String? = nil) -> ProcessConfig {
        process(name, in: group) { $0.startSeconds = 0 }
    }

    /// Runs another command: it has to be started again.
    private func other(_ name: String, in group: String? = nil) -> ProcessConfig {
        process(name, in: group) {
            $0.startSeconds = 0
            $0.command = "/bin/other"
        }
    }

    @Test func aRemovedGroupStopsFirstAndIsForgotten() {
        var crew = Crew.running(pair)
        crew.ask(.update([.remove("b")]), 1)
        #expect(crew.did == ["INFO waiting for b to stop", "b RUNNING → STOPPING (pid 43)", "SIGTERM to b 3"])
        crew.exit("b", 2)
        #expect(
            crew.did == [
                "forget b", "INFO stopped: b (exit status 0)", "b STOPPING → STOPPED (pid 43)", "group b removed",
                "answer 1: b stopped, b removed",
            ])
        #expect(crew.fleet.group("b") == nil)
        #expect(crew.fleet.names == [name("a:a1"), name("a:a2")])
    }

    @Test func onlyProcessesOfAChangedGroupThatDifferStopAndStart() {
        var crew = Crew.running(pair)
        crew.ask(.update([.replace(group("a", [quick("a1", in: "a"), other("a2", in: "a")]))]), 1)
        #expect(
            crew.did == [
                "group a changed", "INFO waiting for a2 to stop", "a:a2 RUNNING → STOPPING (pid 42)",
                "SIGTERM to a:a2 2",
            ])
        crew.exit("a:a2", 2)
        #expect(
            crew.did == [
                "INFO stopped: a2 (exit status 0)", "a:a2 STOPPING → STOPPED (pid 42)", "group a changed",
                "a:a2 STOPPED → STARTING (tries 0)", "spawn a:a2 4", "answer 1: a stopped, a updated",
            ])
        #expect(crew.fleet[name("a:a1")]?.generation == 1)
        #expect(crew.fleet[name("a:a2")]?.config.command == "/bin/other")
        #expect(crew.state("b") == .running)
    }

    @Test func membersThatWentAreStoppedAndForgottenAndNewOnesAreStarted() {
        var crew = Crew.running(pair)
        crew.ask(.update([.replace(group("a", [quick("a1", in: "a"), quick("a3", in: "a")]))]), 1)
        #expect(
            crew.did == [
                "group a changed", "INFO waiting for a2 to stop", "a:a2 RUNNING → STOPPING (pid 42)",
                "SIGTERM to a:a2 2",
                "a:a3 STOPPED → STARTING (tries 0)", "spawn a:a3 4",
            ])
        #expect(crew.fleet.names == [name("a:a1"), name("a:a3"), name("a:a2"), name("b")])
        crew.exit("a:a2", 2)
        #expect(crew.did.first == "forget a:a2")
        #expect(crew.did.suffix(2) == ["group a changed", "answer 1: a stopped, a updated"])
        #expect(crew.fleet.names == [name("a:a1"), name("a:a3"), name("b")])
        #expect(crew.fleet[name("a:a1")]?.generation == 1)
    }

    @Test func aChangeOfWhatNeedsNoRestartIsAdoptedWhileItRuns() {
        var crew = Crew.running(pair)
        let changed = [quick("a1", in: "a"), quick("a2", in: "a")].map { old in
            var config = old
            config.stopSignal = .quit
            return config
        }
        #expect(
            crew.ask(.update([.replace(group("a", changed))]), 1) == ["group a changed", "answer 1: a updated"])
        #expect(crew.fleet[name("a:a1")]?.generation == 1)
        #expect(crew.fleet[name("a:a1")]?.origin == 2)
        #expect(crew.ask(.stop([name("a:a1")]), 2).last == "SIGQUIT to a:a1 1")
    }

    @Test func aGroupOfWhichOnlyThePlaceDiffersStopsNothing() {
        var crew = Crew.running(pair)
        let moved = group("b", priority: 1, [quick("b")])
        #expect(crew.ask(.update([.replace(moved)]), 1) == ["group b changed", "answer 1: b updated"])
        #expect(crew.fleet.groups.map(\.config.name) == ["b", "a"])
        #expect(crew.state("b") == .running)
    }

    @Test func aGroupOfAnotherKindRestartsWholly() {
        var crew = Crew.running(pair)
        var listener = group("a", [quick("a1", in: "a"), quick("a3", in: "a")])
        listener.kind = .eventListener(EventListenerConfig())
        crew.ask(.update([.replace(listener)]), 1)
        crew.exit("a:a1", 2)
        #expect(!crew.did.contains { $0.hasPrefix("spawn") })
        crew.exit("a:a2", 3)
        #expect(
            crew.did == [
                "forget a:a1", "forget a:a2", "INFO stopped: a2 (exit status 0)", "a:a2 STOPPING → STOPPED (pid 42)",
                "group a removed", "group a added", "a:a1 STOPPED → STARTING (tries 0)", "spawn a:a1 4",
                "a:a3 STOPPED → STARTING (tries 0)", "spawn a:a3 5", "answer 1: a stopped, a updated",
            ])
        #expect(crew.state("b") == .running)
    }

    @Test func anAddedGroupStartsWhatStartsByItself() {
        var crew = Crew.running(pair)
        let manual = process("c2", in: "c") { $0.autoStart = false }
        crew.ask(.update([.add(group("c", [quick("c1", in: "c"), manual]))]), 1)
        #expect(
            crew.did == ["group c added", "c:c1 STOPPED → STARTING (tries 0)", "spawn c:c1 4", "answer 1: c added"])
    }

    @Test func aChangedGroupThatWasStoppedByHandStartsAgain() {
        var crew = Crew.running(pair)
        crew.ask(.stop([name("b")]), 1)
        crew.exit("b", 2)
        crew.ask(.update([.replace(group("b", [other("b")]))]), 3)
        #expect(crew.did.contains("spawn b 4"))
    }

    @Test func aProcessThatIsDownStartsForAnyChangeOfItsConfiguration() {
        for isFatal in [false, true] {
            var crew = Crew.running([group("b", [process("b") { $0.startRetries = 0 }])])
            if isFatal {
                crew.exit("b", 1, .exited(code: 1))
                crew.tell(.wake, 1)
                crew.tell(.spawnFailed(name("b"), generation: crew.fleet[name("b")]?.generation ?? 0, message: "x"), 1)
            } else {
                crew.ask(.stop([name("b")]), 1)
                crew.exit("b", 2)
            }
            #expect(crew.state("b") == (isFatal ? .fatal : .stopped))
            crew.ask(.update([.replace(group("b", [process("b") { $0.stopWaitSeconds = 3 }]))]), 3)
            #expect(crew.did.contains { $0.hasPrefix("spawn b") })
        }
    }

    @Test func aProcessThatIsDownAndDoesNotDifferStaysDown() {
        var crew = Crew.running(pair)
        crew.ask(.stop([name("b")]), 1)
        crew.exit("b", 2)
        #expect(
            crew.ask(.update([.replace(group("b", [quick("b")]))]), 3) == ["group b changed", "answer 2: b updated"])
    }

    @Test func aChangedGroupWithoutAutostartStaysStopped() {
        var crew = Crew.running(pair)
        var manual = other("b")
        manual.autoStart = false
        crew.ask(.update([.replace(group("b", [manual]))]), 1)
        crew.exit("b", 2)
        #expect(crew.did.last == "answer 1: b stopped, b updated")
        #expect(crew.state("b") == .stopped)
        #expect(crew.tell(.wake, 100) == [])
    }

    @Test func aChangedGroupThatIsDownIsReplacedAtOnce() {
        var crew = Crew([group("b", [process("b")])])
        crew.arrive(0)
        crew.exit("b", 0.5)
        #expect(crew.state("b") == .backoff)
        crew.ask(.update([.remove("b")]), 0.6)
        #expect(crew.did == ["forget b", "b BACKOFF → STOPPED", "group b removed", "answer 1: b stopped, b removed"])
    }

    @Test func aGroupWithoutMembersIsRemovedAtOnce() {
        var crew = Crew([group("a")])
        crew.ask(.update([.remove("a")]), 1)
        #expect(crew.did == ["group a removed", "answer 1: a stopped, a removed"])
        #expect(crew.fleet.groups.isEmpty)
    }

    @Test func aGroupWithoutMembersBecomesOneOfAnotherKindAtOnce() {
        var crew = Crew([group("a")])
        var listener = group("a", [quick("a1", in: "a")])
        listener.kind = .eventListener(EventListenerConfig())
        crew.ask(.update([.replace(listener)]), 1)
        #expect(crew.did.prefix(2) == ["group a removed", "group a added"])
        #expect(crew.fleet.group("a")?.config.kind == listener.kind)
    }

    @Test(arguments: [SuperBase.ExitStatus.exited(code: 0), .exited(code: 1)])
    func aProcessThatIsDownIsSeenToBeginAnew(status: SuperBase.ExitStatus) {
        var crew = Crew.running([group("b", [process("b") { $0.autoRestart = .never }])])
        crew.exit("b", 1, status)
        crew.ask(.update([.replace(group("b", [other("b")]))]), 2)
        #expect(crew.did("b ") == ["b EXITED → STOPPED", "b STOPPED → STARTING (tries 0)"])
    }

    @Test func twoUpdatesOfOneGroupAreBothAnsweredWhenTheLastIsDone() {
        var crew = Crew.running(pair)
        crew.ask(.update([.replace(group("b", [other("b")]))]), 1)
        crew.ask(.update([.remove("b")]), 2)
        crew.exit("b", 3)
        #expect(Set(crew.did("answer")) == ["answer 1: b stopped, b removed", "answer 2: b stopped, b removed"])
    }

    @Test func severalChangesAreAnsweredTogether() {
        var crew = Crew.running(pair)
        crew.ask(.update([.remove("b"), .replace(group("a")), .add(group("c"))]), 1)
        #expect(!crew.did.contains { $0.hasPrefix("answer") })
        crew.exit("b", 2)
        crew.exit("a:a1", 3)
        crew.exit("a:a2", 4)
        #expect(crew.did.last == "answer 1: c added, b stopped, b removed, a stopped, a updated")
    }

    @Test func anUpdateThatNobodyWaitsForSaysWhatWillBecomeOfAll() {
        var crew = Crew.running(pair)
        crew.ask(.update([.remove("b"), .replace(group("a")), .add(group("c"))]), 1, wait: false)
        #expect(crew.did.last == "answer 1: c added, b removed, a updated")
        crew.exit("b", 2)
        #expect(crew.fleet.group("b") == nil)
    }

    @Test func anUpdateThatTimesOutGoesOn() {
        var crew = Crew.running(pair)
        crew.ask(.update([.remove("b")]), 1, until: 2)
        #expect(crew.tell(.wake, 2) == ["answer 1: b timedOut"])
        crew.exit("b", 3)
        #expect(crew.did.last == "group b removed")
    }

    @Test func nothingIsStartedInAGroupThatIsBeingUpdated() {
        var crew = Crew.running(pair)
        crew.ask(.stop([name("a:a2")]), 0)
        crew.exit("a:a2", 0)
        crew.ask(.update([.remove("a")]), 1)
        #expect(crew.ask(.start([name("a:a2")]), 2) == ["answer 3: a:a2 abnormalTermination"])
        crew.ask(.restart([name("a:a2")]), 2, wait: false)
        #expect(crew.did == ["answer 4: a:a2 abnormalTermination"])
        crew.ask(.restart([name("a:a1")]), 2)
        crew.exit("a:a1", 3)
        #expect(!crew.did.contains { $0.hasPrefix("spawn") })
        #expect(crew.did.contains("answer 2: a stopped, a removed"))
        #expect(crew.did.contains("answer 5: a:a1 stopped, a:a1 abnormalTermination"))
        #expect(crew.fleet.group("a") == nil)
    }

    @Test func aRestartOfAGroupThatGoesAwayIsAnswered() {
        var crew = Crew.running(pair)
        crew.ask(.restart([name("a:a1"), name("b")]), 1)
        crew.exit("b", 2)
        crew.ask(.update([.remove("b")]), 3)
        #expect(crew.fleet.group("b") == nil)
        crew.exit("a:a1", 4)
        crew.arrive(5, [name("a:a1")])
        #expect(crew.did.last == "answer 1: b stopped, b abnormalTermination, a:a1 stopped, a:a1 started")
    }

    @Test func anUpdateOverrulesARestartThatNobodyWaitsFor() {
        var crew = Crew.running(pair)
        crew.ask(.restart([name("b")]), 1, wait: false)
        crew.ask(.update([.remove("b")]), 2)
        crew.exit("b", 3)
        #expect(!crew.did.contains { $0.hasPrefix("spawn") })
        #expect(crew.fleet.group("b") == nil)
    }

    @Test func theRemovalOfAGroupThatIsNotThereIsAnswered() {
        var crew = Crew.running(pair)
        #expect(crew.ask(.update([.remove("nosuch")]), 1) == ["answer 1: nosuch stopped, nosuch removed"])
    }
}
