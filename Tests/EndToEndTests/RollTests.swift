import SuperAPI
import SuperBase
import SuperOS
import Testing

/// Replacing workers while clients ask all the time: not one request is lost.
@Suite struct RollTests {
    @Test func rollsAndRestartsUnderLoadCostNoRequest() async throws {
        try await Pool.with(3) { pool in
            let sandbox = pool.sandbox
            let load = try await Load(sandbox, on: pool.port)
            for words in [["roll", "web:*"], ["roll", "web:*", "--batch", "3"], ["restart", "web:*"]] {
                let before = try sandbox.runningPids()
                let run = try await sandbox.run([Program.superctl, "-c", sandbox / "superd.ini"] + words)
                #expect(run.code == 0, "\(words): \(run)")
                #expect(run.lines == ["web:0: replaced", "web:1: replaced", "web:2: replaced"], "\(words)")
                try await pool.expectOnly(3, not: before.values)
            }
            try await load.endWithoutFailures()
            #expect(!sandbox.text("main.log").contains("SIGKILL"))
        }
    }

    @Test func anUpdateUnderLoadCostsNoRequest() async throws {
        try await Pool.with(2) { pool in
            let sandbox = pool.sandbox
            let before = try sandbox.runningPids()
            let load = try await Load(sandbox, on: pool.port)
            try pool.configure(["version=2"], "numprocs=2")
            let update = try await sandbox.superctl("update")
            #expect(update.code == 0 && update.lines.last == "web: updated process group", "\(update)")
            try await pool.expectOnly(2, not: before.values)
            #expect(try await sandbox.ask(pool.port).version == "2")
            #expect(try await sandbox.superctl("update").out == "")
            let report = try await load.endWithoutFailures()
            #expect(report.answers.keys.sorted() == ["1", "2"])
        }
    }

    @Test func hangupUnderLoadCostsNoRequest() async throws {
        try await Pool.with(2) { pool in
            let sandbox = pool.sandbox
            let superd = try sandbox.superd
            let load = try await Load(sandbox, on: pool.port)
            // Nothing is different; then one program is, and another one has come.
            for (version, more) in [("1", ""), ("2", "[program:other]\ncommand=sleep 1000\n")] {
                let before = Set(try sandbox.runningPids().values)
                try pool.configure(version == "1" ? [] : ["version=\(version)"], "numprocs=2", more: more)
                try superd.send(.hangup)
                try await until("all are others") {
                    let now = Set(try sandbox.runningPids().values)
                    return now.count == (more.isEmpty ? 2 : 3) && now.isDisjoint(with: before)
                }
                try await sandbox.waitForPeace(more.isEmpty ? 2 : 3)
                #expect(try await sandbox.ask(pool.port).version == version)
            }
            #expect(try sandbox.workers().count == 2)
            try await load.endWithoutFailures()
        }
    }

    @Test func scalingUnderLoadCostsNoRequest() async throws {
        try await Pool.with(2) { pool in
            let sandbox = pool.sandbox
            let load = try await Load(sandbox, on: pool.port)
            var before = try sandbox.runningPids()
            for count in [6, 1] {
                let scale = try await sandbox.superctl("scale", "web", "\(count)")
                #expect(scale.code == 0 && scale.out == "web: scaled to \(count)\n", "\(scale)")
                try await pool.expectOnly(count)
                let now = try sandbox.runningPids()
                #expect(now.keys.sorted() == (0..<count).map { "web:\($0)" })
                for (name, pid) in now where before[name] != nil { #expect(before[name] == pid, "\(name)") }
                before = now
            }
            try await load.endWithoutFailures()
        }
    }

    @Test func aProcessThatMayNotRunTwiceIsNotRolled() async throws {
        try await Pool.with(1, "restart_mode=stop-first", "autostart=true") { pool in
            let pid = try pool.sandbox.pid("web:0")
            let roll = try await pool.sandbox.superctl("roll", "web:*")
            #expect(roll.out == "web:0: ERROR (not a rolling program: restart_mode=stop-first)\n")
            #expect(roll.code == 1)
            #expect(try pool.sandbox.pid("web:0") == pid)
            #expect(try await pool.sandbox.superctl("stop", "web:0").code == 0)
        }
    }

    @Test func aProgramWithoutASocketIsRolledWhereThatIsWanted() async throws {
        try await Sandbox.with(
            "[program:a]\ncommand=sleep 1000\nrestart_mode=rolling\n[program:b]\ncommand=sleep 1000\nautostart=false\n"
                + "restart_mode=rolling"
        ) { sandbox in
            try await sandbox.start()
            try await sandbox.waitFor("a")
            let pid = try sandbox.pid("a")
            #expect(try await sandbox.superctl("roll", "a").out == "a: replaced\n")
            #expect(try sandbox.pid("a") != pid)
            let down = try await sandbox.superctl("roll", "b")
            #expect(down.out == "b: ERROR (not running)\n" && down.code == 7, "\(down)")
        }
    }

    // MARK: - What happens meanwhile

    @Test func theOldProcessServesUntilTheNewOneIsReadyAndStatusTellsOfBoth() async throws {
        try await Pool.with(1) { pool in
            let sandbox = pool.sandbox
            let old = try sandbox.pid("web:0")
            try pool.hold()
            let roll = try pool.begin("roll", "web:*")
            let new = try await pool.waitForSuccessor(of: "web:0")
            #expect(try await sandbox.superctl("status").out.contains(", replacing (new pid \(new))"))
            #expect(try await sandbox.ask(pool.port).pid == old)
            // One who is connected keeps the old one draining.
            let slow = try sandbox.launch(["curl", "-sSv", "http://127.0.0.1:\(pool.port)/slow/3"])
            try await until("it is connected") { slow.errors.contains("GET /slow") }
            try pool.letGo()
            try await until("the old one drains") {
                try await sandbox.superctl("status").out.contains(", 1 old process draining (pid \(old))")
            }
            #expect(try sandbox.pid("web:0") == new)
            #expect(try await sandbox.ask(pool.port).pid == new)
            #expect(try roll.ended() == nil)
            #expect(try await slow.end() == .exited(code: 0))
            #expect(slow.out == "\(old) 1\n")
            #expect(try await roll.end() == .exited(code: 0))
            #expect(roll.out == "web:0: replaced\n")
            try await pool.expectOnly(1, not: [old])
        }
    }

    @Test func aSecondRollWaitsForTheFirstAndReplacesAllOnceMore() async throws {
        try await Pool.with(2) { pool in
            let sandbox = pool.sandbox
            let load = try await Load(sandbox, on: pool.port)
            try pool.hold()
            let first = try pool.begin("roll", "web:*")
            let once = try await pool.waitForSuccessor(of: "web:0")
            let second = try pool.begin("roll", "web:*")
            try await until("it has reached superd") { try sandbox.processes()["web:1"]?.rolling == .queued }
            try pool.letGo()
            for roll in [first, second] {
                #expect(try await roll.end() == .exited(code: 0), "\(roll.out)")
                #expect(Set(roll.out.split(separator: "\n")) == ["web:0: replaced", "web:1: replaced"])
            }
            try await pool.expectOnly(2, not: [once])
            try await load.endWithoutFailures()
            try await sandbox.waitForLines(6, containing: "spawned: '")
        }
    }

    @Test func aWorkerThatIsStoppedDuringARollStaysDownAndTheOthersAreReplaced() async throws {
        try await Pool.with(3) { pool in
            let sandbox = pool.sandbox
            let before = try sandbox.runningPids()
            let load = try await Load(sandbox, on: pool.port)
            try pool.hold()
            let roll = try pool.begin("roll", "web:*", "--batch", "2")
            _ = try await pool.waitForSuccessor(of: "web:0")
            _ = try await pool.waitForSuccessor(of: "web:1")
            // One whose successor is there, and one whose turn has not come.
            #expect(try await sandbox.superctl("stop", "web:1", "web:2").code == 0)
            try pool.letGo()
            #expect(try await roll.end() == .exited(code: 1))
            #expect(
                roll.out.split(separator: "\n").sorted() == [
                    "web:0: replaced", "web:1: ERROR (not replaced: it was stopped)",
                    "web:2: ERROR (not replaced: it was stopped)",
                ])
            try await sandbox.waitFor("web:0")
            #expect(try sandbox.state("web:1") == .stopped && sandbox.state("web:2") == .stopped)
            try await until("one worker is left") { try sandbox.workers() == [sandbox.pid("web:0")] }
            #expect(try sandbox.pid("web:0") != before["web:0"])
            try await load.endWithoutFailures()
        }
    }

    @Test func aWorkerThatIsKilledWhileItIsReplacedIsReplacedAllTheSame() async throws {
        try await Pool.with(2) { pool in
            let sandbox = pool.sandbox
            let before = try sandbox.runningPids()
            try pool.hold()
            let roll = try pool.begin("roll", "web:*")
            let new = try await pool.waitForSuccessor(of: "web:0")
            let old = try #require(before["web:0"])
            try Signal.kill.send(toProcess: old)
            try await until("it has gone") { !ProcessTable.isAlive(old) }
            try pool.letGo()
            #expect(try await roll.end() == .exited(code: 0), "\(roll.out)")
            #expect(roll.out == "web:0: replaced\nweb:1: replaced\n")
            try await pool.expectOnly(2, not: before.values)
            #expect(try sandbox.pid("web:0") == new)
        }
    }

    @Test func aNewWorkerThatIsKilledLeavesTheOldOneInPlace() async throws {
        try await Pool.with(2) { pool in
            let sandbox = pool.sandbox
            let before = try sandbox.runningPids()
            let load = try await Load(sandbox, on: pool.port)
            try pool.hold()
            let roll = try pool.begin("roll", "web:*")
            let new = try await pool.waitForSuccessor(of: "web:0")
            try Signal.kill.send(toProcess: new)
            #expect(try await roll.end() == .exited(code: 1))
            #expect(roll.out.contains("web:0: ERROR (not replaced: the new process: Exited before"), "\(roll.out)")
            #expect(roll.out.contains("terminated by SIGKILL"), "\(roll.out)")
            try await pool.expectOnly(2)
            #expect(try sandbox.runningPids() == before)
            try await load.endWithoutFailures()
        }
    }

    @Test func aRollGoesOnUnderANewBrain() async throws {
        try await Pool.with(3) { pool in
            let sandbox = pool.sandbox
            let before = try sandbox.runningPids()
            let load = try await Load(sandbox, on: pool.port)
            try pool.hold()
            let roll = try pool.begin("roll", "web:*")
            let lost = try await pool.waitForSuccessor(of: "web:0")
            try await sandbox.replaceBrain()
            // Whoever asked is told that nobody can say what came of it.
            #expect(try await roll.end() != .exited(code: 0))
            try pool.letGo()
            try await until("all are replaced") {
                let now = try sandbox.runningPids()
                return now.count == 3 && now.allSatisfy { before[$0.key] != $0.value }
            }
            // The new process that was not ready is not taken over.
            try await pool.expectOnly(3, not: before.values)
            try await until("it has gone") { !ProcessTable.isAlive(lost) }
            try await load.endWithoutFailures()
        }
    }

    @Test func aRollGoesOnWhenWhoeverAskedForItLeaves() async throws {
        try await Pool.with(2) { pool in
            let sandbox = pool.sandbox
            let before = try sandbox.runningPids()
            let load = try await Load(sandbox, on: pool.port)
            try pool.hold()
            let roll = try pool.begin("roll", "web:*")
            _ = try await pool.waitForSuccessor(of: "web:0")
            try roll.send(.interrupt)
            #expect(try await roll.end() != .exited(code: 0))
            try pool.letGo()
            try await until("all are replaced") {
                let now = try sandbox.runningPids()
                return now.count == 2 && now.allSatisfy { before[$0.key] != $0.value }
            }
            try await pool.expectOnly(2, not: before.values)
            try await load.endWithoutFailures()
        }
    }

    @Test func superdThatIsToEndDuringARollLeavesNothingBehind() async throws {
        try await Pool.with(2) { pool in
            try pool.hold()
            let roll = try pool.begin("roll", "web:*")
            _ = try await pool.waitForSuccessor(of: "web:0")
            #expect(try await pool.sandbox.superctl("shutdown").code == 0)
            #expect(try await pool.sandbox.superd.end() == .exited(code: 0))
            #expect(try await roll.end() != .exited(code: 0))
            #expect(pool.sandbox.leftovers().allSatisfy { !$0.command.contains("/worker.py") })
        }
    }
}
