import SuperBase
import SuperCore
import Testing

/// What one event has done, and in which order: a brain that ends in the middle leaves a whole turn behind, or nothing of it.
struct TurnTests {
    private func isPersisted(_ effect: Fleet.Effect) -> Bool {
        switch effect {
        case .record, .forget, .unfinished: true
        default: false
        }
    }

    /// What comes first of a turn, after checking that nothing of it comes later.
    private func persisted(_ effects: [Fleet.Effect]) -> [String] {
        let first = effects.prefix(while: isPersisted)
        #expect(!effects[first.endIndex...].contains(where: isPersisted))
        return first.map(\.words)
    }

    @Test func allThatIsPersistedComesFirstAndOnce() {
        var fleet = Fleet()
        let effects = fleet.handle(.configured([group("a", [process("a")]), group("b", [process("b")])]), at: at(0))
        #expect(persisted(effects) == ["record a", "record b"])
        #expect(effects.count == 8)
    }

    @Test func aPlaceThatIsTakenIsPersistedAsAWhole() {
        var pool = Pool(2)
        pool.roll([0, 1])
        pool.arrive(0)
        let effects = pool.crew.fleet.handle(.ready(worker(0), generation: 3), at: at(pool.now))
        #expect(
            persisted(effects) == ["forget web:w0 (new)", "record web:w0", "record web:w0 (old)", "unfinished"])
    }

    @Test func aProcessThatIsTakenInAnewIsForgottenBefore() {
        var crew = Crew.running([group("a", [process("a")])])
        var listener = group("a", [process("a")])
        listener.kind = .eventListener(EventListenerConfig())
        crew.ask(.update([.replace(listener)]), 1)
        let effects = crew.fleet.handle(
            .exited(name("a"), generation: 1, status: .exited(code: 0), at: at(2)), at: at(2))
        #expect(persisted(effects) == ["forget a", "record a", "unfinished"])
    }

    @Test func anUpdateIsPersistedBeforeAnythingIsStoppedForIt() {
        var pool = Pool(1) { $0.rolling.mode = .stopFirst }
        let changed = SuperCoreTests.pool(1) {
            $0.rolling.mode = .stopFirst
            $0.command = "/bin/new"
        }
        let effects = pool.crew.fleet.handle(
            .command(.update([.replace(changed)], origin: 2), Ticket(number: 9), wait: true, deadline: nil), at: at(200)
        )
        #expect(persisted(effects) == ["record web:w0", "unfinished"])
    }

    @Test func aHeartbeatThatChangesNothingElsePersistsNothing() {
        var crew = Crew.running([group("a", [process("a") { $0.health.check = .heartbeat }])])
        let beat = Fleet.Event.notified(name("a"), generation: 1, Notice { $0.heartbeat = .alive })
        #expect(crew.fleet.handle(beat, at: at(1)) == [.record(Seat(name("a")))], "it is healthy now")
        #expect(crew.fleet.handle(beat, at: at(2)) == [])
        #expect(crew.fleet.deadline == at(12))
    }

    @Test func aStatusTextIsPersisted() {
        var crew = Crew.running([group("a", [process("a")])])
        let event = Fleet.Event.notified(name("a"), generation: 1, Notice { $0.status = "12 requests" })
        #expect(crew.fleet.handle(event, at: at(1)) == [.record(Seat(name("a")))])
    }
}
