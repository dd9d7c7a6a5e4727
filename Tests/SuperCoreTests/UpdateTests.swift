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

    @Test func aRemovedGroupStopsFirstAndIsForgotten() {
        var crew = Crew.running(pair)
        crew.ask(.update([.remove("b")]), 1)
        #expect(crew.did == ["INFO waiting for b to stop", "b RUNNING → STOPPING (pid 43)", "SIGTERM to b 3"])
        crew.exit("b", 2)
        #expect(
            crew.did == [
                "INFO stopped: b (exit status 0)", "b STOPPING → STOPPED (pid 43)", "forget b", "group b removed",
                "answer 1: b stopped, b removed",
            ])
        #expect(crew.fleet.group("b") == nil)
        #expect(crew.fleet.names == [name("a:a1"), name("a:a2")])
    }

    @Test func aChangedGroupRestartsWholly() {
        var crew = Crew.running(pair)
        crew.ask(.update([.replace(group("a", [quick("a1", in: "a"), quick("a3", in: "a")]))]), 1)
        crew.exit("a:a1", 2)
        #expect(!crew.did.contains { $0.hasPrefix("spawn") })
        crew.exit("a:a2", 3)
        #expect(
            crew.did.dropFirst(2) == [
                "forget a:a1", "forget a:a2", "group a removed", "group a added", "a:a1 STOPPED → STARTING (tries 0)",
                "spawn a:a1 4", "a:a3 STOPPED → STARTING (tries 0)", "spawn a:a3 5", "answer 1: a stopped, a updated",
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
        crew.ask(.update([.replace(group("b", [quick("b")]))]), 3)
        #expect(crew.did.contains("spawn b 4"))
    }

    @Test func aChangedGroupWithoutAutostartStaysStopped() {
        var crew = Crew.running(pair)
        crew.ask(.update([.replace(group("b", [process("b") { $0.autoStart = false }]))]), 1)
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
        #expect(crew.did == ["b BACKOFF → STOPPED", "forget b", "group b removed", "answer 1: b stopped, b removed"])
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
