import SuperAPI
import SuperBase
import SuperOS
import Testing

/// How a program is started again and stopped, where that is not as Supervisor does it.
@Suite struct PolicyTests {
    // MARK: - Restarts

    @Test func aProgramThatEndsTooOftenIsGivenUpAndTriedAgainLater() async throws {
        try await Sandbox.with(
            """
            [program:a]
            command=sh -c "echo run; exit 1"
            startsecs=0
            restart_limit=2/60s
            fatal_retry=8s
            stdout_logfile=%(here)s/a.log
            """
        ) { sandbox in
            try await sandbox.start()
            try await sandbox.waitFor("a", .fatal)
            #expect(try sandbox.processes()["a"]?.spawnError == "restarted 2 times within 60 s (restart_limit)")
            try await sandbox.waitForAll("run\nrun\nrun\n", in: "a.log")
            let status = try await sandbox.superctl("status")
            #expect(status.out.contains("FATAL     restarted 2 times within 60 s (restart_limit)"), "\(status)")
            // Then all begins anew.
            try await sandbox.waitForText("run\nrun\nrun\nrun\nrun\nrun\n", in: "a.log")
            try await sandbox.waitFor("a", .fatal)
            try await sandbox.waitForLines(2, containing: "gave up: a")
        }
    }

    @Test func envFilesAreReadAtEachStart() async throws {
        try await Sandbox.with(
            """
            [program:a]
            command=sleep 1000
            startsecs=0
            env_file=%(here)s/a.env -%(here)s/local.env
            environment=OWN="kept"
            startretries=0
            """
        ) { sandbox in
            func environment() throws -> Set<Substring> {
                try #require(ProcessTable.Entry(try sandbox.pid("a"))).environment
            }
            try sandbox.write("a.env", "# A comment.\nFIRST=one\nOWN=lost\n")
            try await sandbox.start()
            try await sandbox.waitFor("a")
            #expect(try environment().isSuperset(of: ["FIRST=one", "OWN=kept"]))
            try sandbox.write("a.env", "FIRST=two\n")
            try sandbox.write("local.env", "SECOND=\"2 words\"\n")
            #expect(try environment().contains("FIRST=one"))
            #expect(try await sandbox.superctl("restart", "a").code == 0)
            #expect(try environment().isSuperset(of: ["FIRST=two", "SECOND=2 words"]))
            // A file that must be there and is not.
            _ = try FileSystem.remove(sandbox / "a.env")
            #expect(try await sandbox.superctl("restart", "a").code != 0)
            try await sandbox.waitFor("a", .fatal)
            let error = try #require(try sandbox.processes()["a"]?.spawnError)
            #expect(error.contains(sandbox / "a.env") && error.contains("No such file"), "\(error)")
        }
    }

    // MARK: - Stops

    @Test func aProgramIsStoppedWithOneSignalAfterTheOther() async throws {
        try await Sandbox.with(
            """
            [program:a]
            command=sh -c "trap 'echo int' INT; trap 'echo term' TERM; echo up; while :; do sleep 0.05; done"
            stop_sequence=INT 1, USR2 0.5, TERM 1
            stdout_logfile=%(here)s/a.log
            [program:b]
            command=sh -c "trap '' USR2; trap 'echo int' INT; trap 'echo term; exit' TERM; echo up; while :; do sleep 0.05; done"
            stop_sequence=INT 1, USR2 1, TERM
            stdout_logfile=%(here)s/b.log
            """
        ) { sandbox in
            try await sandbox.start()
            for name in ["a", "b"] { try await sandbox.waitForText("up\n", in: "\(name).log") }
            #expect(try await sandbox.superctl("stop", "a").out == "a: stopped\n")
            // It had no answer to the second one.
            try await sandbox.waitForAll("up\nint\n", in: "a.log")
            try await sandbox.waitForText("stopped: a (terminated by SIGUSR2)", in: "main.log")
            #expect(try await sandbox.superctl("stop", "b").out == "b: stopped\n")
            try await sandbox.waitForAll("up\nint\nterm\n", in: "b.log")
            try await sandbox.waitForText("stopped: b (exit status 0)", in: "main.log")
            #expect(!sandbox.text("main.log").contains("SIGKILL"))
        }
    }

    @Test func aProgramThatHeedsNoSignalOfItsSequenceIsKilled() async throws {
        try await Sandbox.with(
            """
            [program:a]
            command=sh -c "trap '' INT TERM; echo up; while :; do sleep 0.05; done"
            stop_sequence=INT 0.5, TERM 0.5
            stdout_logfile=%(here)s/a.log
            """
        ) { sandbox in
            try await sandbox.start()
            try await sandbox.waitForText("up\n", in: "a.log")
            let pid = try sandbox.pid("a")
            #expect(try await sandbox.superctl("stop", "a").out == "a: stopped\n")
            try await sandbox.waitForText("WARN killing 'a' (\(pid)) with SIGKILL", in: "main.log")
        }
    }

    @Test func aStopCommandTakesThePlaceOfTheFirstSignal() async throws {
        try await Sandbox.with(
            """
            [program:a]
            command=sh -c "trap 'echo asked; exit' USR1; trap 'echo term' TERM; echo up; while :; do sleep 0.05; done"
            stop_command=sh %(here)s/stop.sh
            environment=WORD="known"
            stdout_logfile=%(here)s/a.log
            stopwaitsecs=60
            """
        ) { sandbox in
            try sandbox.write("stop.sh", "echo stopping $SUPERD_PID as $SUPERD_HOOK, $WORD\nkill -USR1 $SUPERD_PID\n")
            try await sandbox.start()
            try await sandbox.waitForText("up\n", in: "a.log")
            let pid = try sandbox.pid("a")
            #expect(try await sandbox.superctl("stop", "a").out == "a: stopped\n")
            try await until("both have written") { sandbox.text("a.log").contains("asked\n") }
            let log = sandbox.text("a.log")
            #expect(log.contains("stopping \(pid) as stop_command, known\n") && !log.contains("term"), "\(log)")
        }
    }

    @Test func aStopCommandThatDoesNothingIsFollowedByTheKill() async throws {
        try await Sandbox.with(
            "[program:a]\ncommand=sleep 1000\nstartsecs=0\nstop_command=true\nstopwaitsecs=1"
        ) { sandbox in
            try await sandbox.start()
            try await sandbox.waitFor("a")
            #expect(try await sandbox.superctl("stop", "a").out == "a: stopped\n")
            try await sandbox.waitForText("stopped: a (terminated by SIGKILL)", in: "main.log")
        }
    }

    // MARK: - The end of superd

    @Test func superdEndsWithTheCodeOfACriticalProcess() async throws {
        try await Sandbox.with(
            """
            [program:main]
            command=sh -c "while ! test -e %(here)s/go; do sleep 0.02; done; exit 7"
            startsecs=0
            autorestart=false
            critical=true
            [program:other]
            command=sleep 1000
            startsecs=0
            """
        ) { sandbox in
            let superd = try await sandbox.start()
            try await sandbox.waitFor("other")
            try sandbox.write("go", "")
            #expect(try await superd.end() == .exited(code: 7))
            let log = sandbox.text("main.log")
            #expect(log.contains("superd ends with exit code 7: main is EXITED, and it is critical"))
            #expect(log.contains("stopped: other"))
            #expect(try !sandbox.exists("superd.pid"))
        }
    }

    @Test(arguments: [("all-stopped", Int32(0)), ("any-exited", 3), ("any-fatal", 1)])
    func superdEndsWhenItIsToldTo(_ condition: String, _ code: Int32) async throws {
        // Without a retry, what cannot be executed is FATAL at once.
        let programs =
            switch condition {
            case "all-stopped":
                "[program:a]\ncommand=true\ntype=oneshot\n[program:b]\ncommand=true\nstartsecs=0\nautorestart=false"
            case "any-exited":
                "[program:a]\ncommand=sleep 1000\n[program:b]\ncommand=sh -c \"exit 3\"\nstartsecs=0\nautorestart=false"
            default: "[program:a]\ncommand=sleep 1000\n[program:b]\ncommand=no-such-command\nstartretries=0"
            }
        try await Sandbox.with(programs + "\n[supervisord]\nexit_when=\(condition)\n") { sandbox in
            let superd = try sandbox.launch([Program.superd, "-n", "-c", sandbox / "superd.ini"])
            #expect(try await superd.end() == .exited(code: code))
            #expect(sandbox.text("main.log").contains(", and exit_when=\(condition)"))
        }
    }
}
