import SuperBase
import SuperCore
import Testing

/// A new brain goes on where the last one ended.
struct TakeoverTests {
    private let groups = [group("a", [process("a")]), group("b", [process("b")])]

    /// The records that a fleet would have left.
    private func records(_ crew: Crew) -> [Seat: [UInt8]] {
        var records: [Seat: [UInt8]] = [:]
        for name in crew.fleet.names { records[Seat(name)] = crew.fleet[name]?.record }
        return records
    }

    /// With the number of the first configuration.
    private func under1(_ groups: [GroupConfig]) -> [(group: GroupConfig, origin: UInt64)] { groups.map { ($0, 1) } }

    /// A new brain that has adopted what `crew` left, and has been told nothing yet.
    private func successor(_ crew: Crew, _ groups: [GroupConfig]? = nil) -> Crew {
        var next = crew
        next.fleet = Fleet(lastGeneration: 9)
        next.note(next.fleet.adopt(under1(groups ?? crew.fleet.groups.map(\.config)), records: records(crew)))
        return next
    }

    @Test func runningProcessesAreLeftAlone() {
        var crew = successor(Crew.running(groups))
        #expect(crew.did == [])
        #expect(crew.note(crew.fleet.resume(alive: [1, 2], signalled: [], at: at(5))) == [])
        #expect(crew.state("a") == .running)
        #expect(crew.ask(.stop([name("a")]), 6).last == "SIGTERM to a 1")
    }

    @Test func aSpawnThatNeverReachedTheKeeperIsAskedForAgain() {
        var crew = successor(Crew(groups))
        crew.tell(.spawned(name("b"), generation: 2, pid: 42, at: at(0)), 3)
        #expect(crew.note(crew.fleet.resume(alive: [2], signalled: [], at: at(3))) == ["spawn a 1"])
    }

    @Test func noSpawnIsAskedForTwice() {
        var old = Crew.running([group("a", [process("a") { $0.autoRestart = .always }])])
        old.ask(.restart([name("a")]), 1, wait: false)
        var crew = successor(old)
        crew.tell(.spawned(name("a"), generation: 1, pid: 41, at: at(0)), 2)
        crew.tell(.exited(name("a"), generation: 1, status: .exited(code: 0), at: at(1)), 2)
        let did = crew.note(crew.fleet.resume(alive: [1], signalled: [1], at: at(2)))
        #expect(did == ["a STOPPED → STARTING (tries 0)", "spawn a 10"])
    }

    @Test func anExitThatTheLastBrainMissedIsTakenInBeforeAnyDeadline() {
        var crew = successor(Crew([group("a", [process("a")])]))
        crew.tell(.spawned(name("a"), generation: 1, pid: 41, at: at(0)), 30)
        crew.tell(.exited(name("a"), generation: 1, status: .exited(code: 0), at: at(0.2)), 30)
        #expect(crew.did == ["WARN exited: a (exit status 0; not expected)", "a STARTING → BACKOFF (tries 1)"])
        #expect(crew.note(crew.fleet.resume(alive: [1], signalled: [], at: at(30))) == [])
        #expect(crew.fleet.deadline == at(31))
    }

    @Test func aProcessThatVanishedIsSaidToBeGone() {
        var crew = successor(Crew.running([group("a", [process("a")])]))
        #expect(
            crew.note(crew.fleet.resume(alive: [], signalled: [], at: at(5))).prefix(2) == [
                "CRIT a (pid 41) is gone and nobody saw it end",
                "WARN exited: a (terminated by SIGKILL; not expected)",
            ])
    }

    @Test func aStopSignalThatWasNotSentIsSentWithItsWholeTime() {
        var old = Crew.running(groups)
        old.ask(.stop([name("a"), name("b")]), 1)
        var crew = successor(old)
        #expect(crew.note(crew.fleet.resume(alive: [1, 2], signalled: [2], at: at(9))) == ["SIGTERM to a 1"])
        crew.exit("b", 10)
        let waits = (1...20).map { Double($0) }.first { second in
            crew.tell(.wake, 9 + second).contains("SIGKILL to a 1")
        }
        #expect(waits == 10)
    }

    @Test func aHeldRestartIsNotForgotten() {
        var old = Crew.running(groups)
        old.ask(.restart([name("a"), name("b")]), 1)
        old.exit("a", 2)
        var crew = successor(old)
        #expect(crew.note(crew.fleet.resume(alive: [2], signalled: [2], at: at(3))).contains("spawn a 10"))
        #expect(crew.exit("b", 4).last?.hasPrefix("spawn b") == true)
    }

    @Test func whoHasNoRecordYetIsTakenInAsNew() {
        let new = [
            group("a", [process("a")]), group("c", [process("c"), process("d", in: "c") { $0.autoStart = false }]),
        ]
        var crew = successor(Crew.running([group("a", [process("a")])]), new)
        #expect(
            crew.note(crew.fleet.resume(alive: [1], signalled: [], at: at(3))) == [
                "c STOPPED → STARTING (tries 0)", "spawn c 10",
            ])
    }

    @Test func aRecordThatCannotBeReadIsReportedAndItsProcessBeginsAnew() {
        var crew = Crew([])
        let effects = crew.fleet.adopt(
            under1([group("a", [process("a")])]), records: [Seat(name("a")): [1, 2, 3]])
        #expect(
            crew.note(effects) == ["CRIT the record of a cannot be read: malformed or truncated bytes"])
        #expect(crew.note(crew.fleet.resume(alive: [], signalled: [], at: at(3))).last == "spawn a 1")
    }

    @Test func aRecordThatCannotBeReadLeadsToNoSecondCopyOfARunningProcess() throws {
        var crew = Crew([])
        let run = ProcessMachine.Run(generation: 7, pid: 47, startedAt: at(1))
        let effects = crew.fleet.adopt(
            under1([group("a", [process("a")])]), records: [Seat(name("a")): [1, 2, 3]], living: [name("a"): run])
        #expect(effects.last == .record(Seat(name("a"))))
        crew.note(effects)
        crew.tell(.spawned(name("a"), generation: 7, pid: 47, at: at(1)), 2)
        crew.note(crew.fleet.resume(alive: [7], signalled: [], at: at(3)))
        #expect(crew.state("a") == .running)
        #expect(!crew.did.contains { $0.hasPrefix("spawn ") })
        let fresh = try #require(crew.fleet[name("a")])
        #expect(try ProcessMachine(config: fresh.config, record: fresh.record).run == run)
        crew.exit("a", 4, .exited(code: 3))
        #expect(crew.tell(.wake, 4).last == "spawn a 8")
    }

    @Test func generationsGoOnAfterTheHighestOfAll() {
        var old = Crew([group("a", [process("a") { $0.autoStart = false }])])
        old.fleet = Fleet(lastGeneration: 40)
        old.tell(.configured([group("a", [process("a")])]), 0)
        var crew = successor(old)
        crew.tell(.spawned(name("a"), generation: 41, pid: 81, at: at(0)), 0)
        crew.note(crew.fleet.resume(alive: [41], signalled: [], at: at(0)))
        crew.ask(.update([.add(group("b", [process("b")]))]), 1)
        #expect(crew.did.contains("spawn b 42"))
    }

    @Test func aSuperdOnItsWayDownGoesOnGoingDown() {
        var old = Crew.running([
            group("a", priority: 1, [process("a")]), group("b", priority: 2, [process("b")]),
            group("c", priority: 3, [process("c") { $0.autoStart = false }]),
        ])
        old.tell(.end(.shutdown), 1)
        // This one was recorded, and the keeper was never asked.
        var crew = successor(old)
        crew.tell(.end(.shutdown), 2)
        #expect(
            crew.note(crew.fleet.resume(alive: [1, 2], signalled: [2], at: at(2))) == ["INFO waiting for a, b to die"])
        #expect(crew.exit("b", 3).contains("SIGTERM to a 1"))
        #expect(crew.exit("a", 4).last == "ended for shutdown")
    }

    @Test func aSpawnThatNeverReachedTheKeeperIsCalledOffOnTheWayDown() {
        var crew = successor(Crew(groups))
        crew.tell(.end(.shutdown), 2)
        crew.note(crew.fleet.resume(alive: [], signalled: [], at: at(2)))
        #expect(!crew.did.contains { $0.hasPrefix("spawn ") })
        #expect(crew.did.last == "ended for shutdown")
    }

    @Test func aSpawnThatWasToBeStoppedIsNotAskedForAgain() {
        var old = Crew(groups)
        old.ask(.stop([name("a")]), 0)
        var crew = successor(old)
        crew.tell(.spawned(name("b"), generation: 2, pid: 42, at: at(0)), 1)
        crew.note(crew.fleet.resume(alive: [2], signalled: [], at: at(1)))
        #expect(crew.did == ["INFO spawnerr: the start of a was called off", "a STARTING → STOPPED"])
    }
}
