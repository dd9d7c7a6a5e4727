import SuperAPI
import SuperBase
import SuperClient
import SuperOS
import Testing

/// Commands that run at the moments of a process.
@Suite struct HookTests {
    /// A program whose hooks append a line to the file `hooks`, with the options of a test.
    private func with(_ options: String..., test: (Sandbox) async throws -> Void) async throws {
        let common = [
            "[program:a]", "command=sleep 1000", "startsecs=0", "startretries=0", "directory=%(here)s",
            "stdout_logfile=%(here)s/a.log",
        ]
        try await Sandbox.with((common + options).joined(separator: "\n")) { sandbox in
            try sandbox.write("note.sh", "echo \"$SUPERD_HOOK ${SUPERD_PID:-none} ${SUPERD_EXIT:-none}\" >> hooks\n")
            try sandbox.write("wait.sh", "echo waits >> hooks\nwhile ! test -e go; do sleep 0.02; done\n")
            try await test(sandbox)
        }
    }

    @Test func hooksRunAtTheirMomentsAndAreToldOfThem() async throws {
        try await with(
            "pre_start=sh note.sh", "post_start=sh note.sh", "pre_stop=sh note.sh", "post_stop=sh note.sh",
            "on_fatal=sh note.sh"
        ) { sandbox in
            try await sandbox.start()
            try await sandbox.waitFor("a")
            let pid = try sandbox.pid("a")
            try await sandbox.waitForAll("pre_start none none\npost_start \(pid) none\n", in: "hooks")
            #expect(try await sandbox.superctl("stop", "a").code == 0)
            try await sandbox.waitForAll(
                """
                pre_start none none
                post_start \(pid) none
                pre_stop \(pid) none
                post_stop none terminated by SIGTERM

                """, in: "hooks")
        }
    }

    @Test func aProgramWhosePreStartFailsIsNotStarted() async throws {
        try await with("pre_start=sh -c \"echo no luck; exit 3\"", "on_fatal=sh note.sh") { sandbox in
            try await sandbox.start()
            try await sandbox.waitFor("a", .fatal)
            #expect(try sandbox.processes()["a"]?.spawnError == "pre_start: exit status 3")
            #expect(!sandbox.text("main.log").contains("spawned: 'a'"))
            // What it wrote is in the log of the program.
            try await sandbox.waitForAll("no luck\n", in: "a.log")
            try await sandbox.waitForText("on_fatal none", in: "hooks")
            let start = try await sandbox.superctl("start", "a")
            #expect(start.code == 7 && start.out == "a: ERROR (spawn error)\n", "\(start)")
        }
    }

    @Test func aPreStartThatDoesNotEndIsKilledAndHasFailed() async throws {
        try await with("pre_start=sleep 997", "hook_timeout=1s") { sandbox in
            try await sandbox.start()
            try await sandbox.waitFor("a", .fatal)
            #expect(try sandbox.processes()["a"]?.spawnError == "pre_start: no end within 1 s")
            try await until("it has gone") { sandbox.leftovers().allSatisfy { $0.command != "sleep 997" } }
            try await sandbox.waitForText("WARN pre_start of a: it took too long", in: "main.log")
        }
    }

    @Test func aPreStartIsCalledOffWithTheStart() async throws {
        try await with("pre_start=sh wait.sh") { sandbox in
            try await sandbox.start()
            try await sandbox.waitForText("waits", in: "hooks")
            #expect(try sandbox.state("a") == .starting)
            _ = try sandbox.client.call(StopProcesses(["a"], wait: false))
            try sandbox.write("go", "")
            try await sandbox.waitFor("a", .stopped)
            #expect(!sandbox.text("main.log").contains("spawned: 'a'"))
        }
    }

    @Test func theStopWaitsForPreStop() async throws {
        try await with("pre_stop=sh wait.sh") { sandbox in
            try await sandbox.start()
            try await sandbox.waitFor("a")
            let pid = try sandbox.pid("a")
            let stop = try sandbox.launch([Program.superctl, "-c", sandbox / "superd.ini", "stop", "a"])
            try await sandbox.waitForText("waits", in: "hooks")
            #expect(try sandbox.state("a") == .stopping)
            #expect(ProcessTable.isAlive(pid))
            #expect(try stop.ended() == nil)
            try sandbox.write("go", "")
            #expect(try await stop.end() == .exited(code: 0))
            #expect(!ProcessTable.isAlive(pid))
        }
    }

    @Test func aPreStopThatDoesNotEndDelaysTheStopForItsTimeOnly() async throws {
        try await with("pre_stop=sleep 997", "hook_timeout=1s") { sandbox in
            try await sandbox.start()
            try await sandbox.waitFor("a")
            #expect(try await sandbox.superctl("stop", "a").out == "a: stopped\n")
            try await sandbox.waitForText("stopped: a (terminated by SIGTERM)", in: "main.log")
            try await until("it has gone") { sandbox.leftovers().allSatisfy { $0.command != "sleep 997" } }
        }
    }

    @Test func aHookThatCannotBeExecutedIsTold() async throws {
        try await with("post_start=no-such-command", "pre_stop=no-such-command") { sandbox in
            try await sandbox.start()
            try await sandbox.waitFor("a")
            try await sandbox.waitForText("WARN post_start of a: can't find command 'no-such-command'", in: "main.log")
            // It does not stand against the stop.
            #expect(try await sandbox.superctl("stop", "a").out == "a: stopped\n")
        }
    }

    @Test func aNewBrainDoesNotForgetAHookThatItsPredecessorRan() async throws {
        try await with("pre_start=sh wait.sh") { sandbox in
            try await sandbox.start()
            try await sandbox.waitForText("waits", in: "hooks")
            try await sandbox.replaceBrain()
            // It is run once more; nobody knows how the first one would have ended.
            try await sandbox.waitForText("waits\nwaits\n", in: "hooks")
            try sandbox.write("go", "")
            try await sandbox.waitFor("a")
        }
    }
}
