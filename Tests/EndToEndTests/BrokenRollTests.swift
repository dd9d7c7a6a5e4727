import SuperAPI
import SuperBase
import SuperOS
import Testing

/// A new version that does not work: the old one goes on, and whoever asked is told why.
@Suite struct BrokenRollTests {
    private static let troubles: [(kind: String, why: String)] = [
        (
            "import",
            "not replaced: the new process: Exited before it was ready (process log may have details): exit status 1"
        ),
        ("never", "not replaced: the new process is not ready within 2 s (notify)"),
        ("dies", "not replaced: the new process has ended: exit status 1"),
    ]

    @Test(arguments: troubles) func aRollToABrokenVersionChangesNothing(_ trouble: (kind: String, why: String))
        async throws
    {
        try await Pool.with(3, "ready_timeout=2s", "roll_verify=10s") { pool in
            let sandbox = pool.sandbox
            let before = try sandbox.runningPids()
            let load = try await Load(sandbox, on: pool.port)
            try pool.trouble(trouble.kind)
            let roll = try await sandbox.superctl("roll", "web:*")
            #expect(roll.code == 1, "\(roll)")
            #expect(roll.lines.first == "web:0: ERROR (\(trouble.why))", "\(roll)")
            // The others were not tried, for the same reason.
            #expect(roll.lines.count == 3, "\(roll)")
            try await sandbox.waitForLines(4, containing: "spawned: '")
            try await pool.expectOnly(3)
            #expect(try sandbox.runningPids() == before)
            try await load.endWithoutFailures()
            // What is broken can be mended.
            try pool.trouble(nil)
            #expect(try await sandbox.superctl("roll", "web:*", "--verify", "0").code == 0)
            try await pool.expectOnly(3, not: before.values)
        }
    }

    @Test(arguments: [["version=2", "fd=99"], ["version=2", "oops"]])
    func anUpdateToABrokenCommandChangesNothingAndCanBeMadeAgain(_ words: [String]) async throws {
        try await Pool.with(2) { pool in
            let sandbox = pool.sandbox
            let before = try sandbox.runningPids()
            let load = try await Load(sandbox, on: pool.port)
            try pool.configure(words, "numprocs=2")
            for _ in 1...2 {
                let update = try await sandbox.superctl("update")
                #expect(update.code == 1, "\(update)")
                let line = try #require(update.lines.last)
                #expect(line.hasPrefix("web: ERROR (web:0: the new process: Exited before it was ready"), "\(update)")
                try await pool.expectOnly(2)
                #expect(try sandbox.runningPids() == before)
                #expect(try await sandbox.superctl("reread").out == "web: changed\n")
            }
            try pool.configure(["version=3"], "numprocs=2")
            #expect(try await sandbox.superctl("update").code == 0)
            #expect(try await sandbox.ask(pool.port).version == "3")
            try await load.endWithoutFailures()
        }
    }

    @Test func anUpdateThatFailsHalfwayTakesBackWhatItHasReplaced() async throws {
        try await Pool.with(3) { pool in
            let sandbox = pool.sandbox
            let before = try sandbox.runningPids()
            let load = try await Load(sandbox, on: pool.port)
            // The third one takes its connections from a descriptor that it does not have.
            try sandbox.write("third.sh", "case $1 in 2) shift; exec \"$@\" fd=99;; *) shift; exec \"$@\";; esac\n")
            let command = Script.command("worker", ["wait=%(here)s/go", "version=2"])
            try sandbox.configure(
                """
                [program:web]
                command=sh %(here)s/third.sh %(process_num)d \(command)
                process_name=%(process_num)d
                numprocs=3
                socket=tcp://127.0.0.1:\(pool.port)
                ready=notify
                stopwaitsecs=60
                """)
            let update = try await sandbox.superctl("update")
            #expect(update.code == 1, "\(update)")
            #expect(update.out.contains("web: ERROR (web:2: the new process: Exited before it was ready"), "\(update)")
            try await pool.expectOnly(3)
            let after = try sandbox.runningPids()
            #expect(after["web:2"] == before["web:2"])
            #expect(after["web:0"] != before["web:0"] && after["web:1"] != before["web:1"])
            for pid in after.values {
                #expect(try #require(ProcessTable.Entry(pid)).command.contains("version=2") == false)
            }
            try await sandbox.waitForText("2 replaced processes go back to what they were", in: "main.log")
            let report = try await load.endWithoutFailures()
            #expect(report.answers.keys.contains("1"))
            // The old version is what runs also after the brain was killed.
            try await sandbox.replaceBrain()
            #expect(try sandbox.runningPids() == after)
            #expect(try await sandbox.superctl("reread").out == "web: changed\n")
        }
    }

    @Test func aReloadToABrokenVersionLeavesTheOldOneInPlace() async throws {
        try await Pool.with(2) { pool in
            let sandbox = pool.sandbox
            let before = try sandbox.runningPids()
            let load = try await Load(sandbox, on: pool.port)
            try pool.trouble("import")
            try sandbox.superd.send(.hangup)
            try await sandbox.waitForText(
                "roll-out: web:0: the new process: Exited before it was ready", in: "main.log")
            try await pool.expectOnly(2)
            #expect(try sandbox.runningPids() == before)
            // The file has errors now: nothing is even tried.
            try sandbox.configure("[program:web]\n")
            try sandbox.superd.send(.hangup)
            try await sandbox.waitForText("the configuration has errors; everything goes on as it was", in: "main.log")
            #expect(try sandbox.runningPids() == before)
            try await load.endWithoutFailures()
        }
    }
}
