import SuperBase
import SuperCore
import Testing

/// A new brain goes on with rollouts and updates.
struct RolloutTakeoverTests {
    private let new: (inout ProcessConfig) -> Void = { $0.command = "/bin/new" }

    private func groups(_ origin: UInt64, _ count: Int) -> GroupConfig { pool(count) { if origin == 2 { new(&$0) } } }

    /// What a new brain does that finds what this one left. `lives`: the generations that the keeper has.
    private func successor(
        _ old: Pool, lives: Set<UInt64>, signalled: Set<UInt64> = [], count: Int = 2,
        before: (inout Fleet) -> Void = { _ in }
    ) -> Pool {
        var next = old
        var records: [Seat: [UInt8]] = [:]
        for name in old.crew.fleet.names {
            records[Seat(name)] = old.crew.fleet[name]?.record
            for (seat, machine) in old.crew.fleet.others(of: name) { records[seat] = machine.record }
        }
        let unfinished = old.crew.fleet.unfinished
        let lookup: Fleet.Lookup = { origin, name in self.groups(origin, count).processes.first { $0.name == name } }
        next.crew.fleet = Fleet(lastGeneration: 50)
        let running = old.crew.fleet.groups.map { (group: $0.config, origin: UInt64(1)) }
        next.crew.note(next.crew.fleet.adopt(running, records: records, lookup: lookup))
        before(&next.crew.fleet)
        next.crew.note(
            next.crew.fleet.resume(
                alive: lives, signalled: signalled, unfinished: unfinished, lookup: lookup,
                groupLookup: { origin, _ in self.groups(origin, count) }, at: at(next.now)))
        return next
    }

    /// Two, of which the first is being replaced by generation 3.
    private func halfway(_ change: ((inout ProcessConfig) -> Void)? = nil) -> Pool {
        var pool = Pool(2)
        if let change {
            pool.update(2, change)
        } else {
            pool.roll([0, 1])
        }
        return pool
    }

    @Test func aNewProcessIsEndedAndBegunAnew() {
        var old = halfway()
        old.arrive(0)
        var pool = successor(old, lives: [1, 2, 3])
        #expect(pool.signals == ["SIGTERM to web:w0 (old) 3"])
        #expect(pool.spawns == ["spawn web:w0 (new) 51"])
        pool.end(0, 3)
        pool.replace(0)
        pool.replace(1)
        #expect([0, 1].map { pool.holder($0) } == [51, 52])
        #expect(pool.isQuiet)
    }

    @Test func aNewProcessThatTheKeeperWasNotAskedForIsNotSpawned() {
        let pool = successor(halfway(), lives: [1, 2])
        #expect(pool.spawns == ["spawn web:w0 (new) 51"])
        #expect(pool.crew.fleet.others(of: worker(0)).count == 1)
    }

    @Test func aNewProcessInItsHookIsLeftThere() {
        var old = Pool(2)
        old.update(2) { $0.hooks.commands = [.preStart: "a"] }
        old.roll([0])
        let pool = successor(old, lives: [1, 2])
        #expect(pool.crew.did("pre_start") == [])
    }

    @Test func aNewProcessThatEndedIsForgotten() {
        var old = halfway()
        old.arrive(0)
        let pool = successor(old, lives: [1, 2, 3]) {
            _ = $0.handle(.exited(worker(0), generation: 3, status: .exited(code: 1), at: at(100)), at: at(101))
        }
        #expect(pool.signals == [])
        #expect(pool.spawns == ["spawn web:w0 (new) 51"])
        #expect(pool.crew.fleet.others(of: worker(0)).count == 1)
    }

    @Test func anOldProcessOnItsWayOutIsSentItsSignalAndFinished() {
        var old = halfway()
        old.arrive(0)
        old.ready(0)
        var pool = successor(old, lives: [1, 2, 3])
        #expect(pool.signals == ["SIGTERM to web:w0 (old) 1"])
        #expect(pool.spawns == ["spawn web:w1 (new) 51"], "the first has its place")
        pool.end(0, 1)
        #expect(pool.crew.fleet.others(of: worker(0)).isEmpty)
        var other = successor(old, lives: [1, 2, 3], signalled: [1])
        #expect(other.signals == [])
        other.end(0, 1)
        #expect(other.crew.fleet.others(of: worker(0)).isEmpty)
    }

    @Test func anOldProcessThatEndedIsForgotten() {
        var old = halfway()
        old.arrive(0)
        old.ready(0)
        let pool = successor(old, lives: [1, 2, 3]) {
            _ = $0.handle(.exited(worker(0), generation: 1, status: .exited(code: 0), at: at(100)), at: at(101))
        }
        #expect(pool.crew.fleet.others(of: worker(0)).isEmpty)
        #expect(pool.did.contains("forget web:w0 (old)"))
    }

    @Test func theOptionsOfARollGoOn() {
        var old = Pool(3)
        old.roll([0, 1, 2], RollOptions(batch: 2, verify: .seconds(9)))
        var pool = successor(old, lives: [1, 2, 3], count: 3)
        #expect(pool.spawns.count == 2)
        pool.arrive(0)
        pool.ready(0)
        #expect(pool.holder(0) == 1)
        pool.wait(9)
        #expect(pool.holder(0) != 1)
    }

    @Test func anUpdateGoesOnWithThoseThatAreNotReplacedYet() {
        var old = halfway(new)
        old.replace(0)
        var pool = successor(old, lives: [2, 3])
        #expect(pool.spawns == ["spawn web:w1 (new) 51"])
        pool.replace(1)
        #expect(pool.commands == ["/bin/new", "/bin/new"])
        #expect(pool.isQuiet)
    }

    @Test func anUpdateThatGoesBackGoesOnGoingBack() {
        var old = halfway(new)
        old.replace(0)
        old.arrive(1)
        old.end(1, 4)
        #expect(old.spawns == ["spawn web:w0 (new) 5"])
        var pool = successor(old, lives: [2, 3])
        #expect(pool.spawns == ["spawn web:w0 (new) 51"])
        pool.replace(0)
        #expect(pool.commands == ["/bin/web", "/bin/web"])
        #expect(pool.isQuiet)
    }

    @Test func anUpdateThatIsAboutToGoBackDoesSo() {
        // The second fails while the old process of the first still goes.
        var old = Pool(2)
        old.update(2) {
            $0.rolling.batch = 2
            new(&$0)
        }
        old.arrive(0)
        old.ready(0)
        old.arrive(1)
        old.end(1, 4)
        #expect(old.retiring(0) == [1])
        var pool = successor(old, lives: [1, 2, 3], signalled: [1])
        #expect(pool.spawns == ["spawn web:w0 (new) 51"])
        pool.end(0, 1)
        pool.replace(0)
        #expect(pool.command(0) == "/bin/web")
        #expect(pool.isQuiet)
    }

    @Test func aRemovalGoesOn() {
        var old = Pool(2)
        old.ask(.update([.remove("web")]))
        var pool = successor(old, lives: [1, 2], signalled: [1, 2])
        pool.end(0, 1)
        pool.end(1, 2)
        #expect(pool.crew.fleet.group("web") == nil)
    }

    @Test func aMemberThatIsGoingIsNotForgotten() {
        var old = Pool(2)
        old.update(1) { $0.command = "/bin/web" }
        #expect(old.crew.fleet.groups.first?.config.processes.count == 1)
        var pool = successor(old, lives: [1, 2], signalled: [2])
        #expect(pool.state(1) == .stopping)
        pool.end(1, 2)
        #expect(pool.crew.fleet[worker(0)]?.generation == 1)
    }

    @Test func nothingIsTakenUpOnTheWayDown() {
        var old = halfway()
        old.arrive(0)
        var pool = successor(old, lives: [1, 2, 3]) { _ = $0.handle(.end(.shutdown), at: at(101)) }
        #expect(pool.spawns == [])
        pool.end(0, 3)
        pool.end(0, 1)
        #expect(pool.end(1, 2).last == "ended for shutdown")
    }

    @Test func whatCannotBeReadIsReportedAndLeft() {
        var fleet = Fleet()
        _ = fleet.adopt([(pool(1), 1)], records: [:])
        let effects = fleet.resume(alive: [], signalled: [], unfinished: [1, 2, 3], at: at(0))
        #expect(
            effects.map(\.words).contains { $0.hasPrefix("CRIT what the last brain had not finished cannot be read") })
        #expect(effects.contains(.spawn(Seat(worker(0)), generation: 1)))
        #expect(effects.contains(.unfinished))
    }

    @Test func noBytesTrap() {
        var dice = Dice(seed: 3)
        let good = [halfway(), halfway(new)].map(\.crew.fleet.unfinished)
        for _ in 0..<3000 {
            var bytes = dice.pick(good)
            for _ in 0...dice.roll(3) { bytes[dice.roll(bytes.count)] = UInt8(dice.roll(256)) }
            var fleet = Fleet()
            _ = fleet.adopt([(pool(2), 1)], records: [:])
            let effects = fleet.resume(
                alive: [], signalled: [], unfinished: bytes,
                lookup: { _, name in pool(2).processes.first { $0.name == name } },
                groupLookup: { _, _ in pool(2) }, at: at(0))
            #expect(!effects.isEmpty)
        }
    }
}
