import SuperAPI
import SuperBase
import SuperOS
import Testing

/// How a process starts, ends, and is started again.
@Suite struct ProcessLifeTests {
    @Test func aProgramCountsAsRunningAfterStartsecs() async throws {
        try await Sandbox.with(
            "[program:slow]\ncommand=sleep 1000\nstartsecs=3\n[program:quick]\ncommand=sleep 1000\nstartsecs=0"
        ) { sandbox in
            try await sandbox.start()
            try await sandbox.waitFor("quick", within: .seconds(2))
            #expect(try sandbox.state("slow") == .starting)
            #expect(try await sandbox.superctl("status", "slow").lines == ["slow".padded(33) + "STARTING".padded(10)])
            try await sandbox.waitFor("slow")
            let info = try #require(try sandbox.processes()["slow"])
            #expect(try #require(info.uptime) >= 3)
            try await sandbox.waitForText(
                "success: slow entered RUNNING state, process has stayed up for > than 3 seconds (startsecs)",
                in: "main.log")
        }
    }

    @Test func aProgramThatEndsTooSoonIsTriedFourTimesAndThenFatal() async throws {
        try await Sandbox.with("[program:bad]\ncommand=sh -c \"echo try; exit 0\"\nautorestart=true") { sandbox in
            try await sandbox.start()
            let begun = Clock.now()
            try await sandbox.waitFor("bad", .fatal)
            // One, two and three seconds between the four tries.
            #expect(Clock.now() - begun > .seconds(5))
            try await sandbox.waitForText("gave up: bad", in: "main.log")
            let log = sandbox.text("main.log").split(separator: "\n")
            #expect(log.count { $0.contains("spawned: 'bad'") } == 4)
            #expect(log.count { $0.hasSuffix("WARN exited: bad (exit status 0; not expected)") } == 4)
            #expect(
                log.last?.hasSuffix("gave up: bad entered FATAL state, too many start retries too quickly") == true)
            let status = try await sandbox.superctl("status")
            #expect(status.code == 3)
            #expect(
                status.lines == [
                    "bad".padded(33) + "FATAL".padded(10) + "Exited too quickly (process log may have details)"
                ])
            try await until("four tries are logged") {
                try await sandbox.superctl("tail", "bad").out == "try\ntry\ntry\ntry\n"
            }
        }
    }

    @Test func whetherAnEndedProgramIsStartedAgainIsSaidByAutorestartAndExitcodes() async throws {
        func program(_ name: String, _ code: Int, _ options: String) -> String {
            "[program:\(name)]\ncommand=sh -c \"sleep 0.3; exit \(code)\"\nstartsecs=0\n\(options)\n"
        }
        let programs = [
            program("never", 1, "autorestart=false"), program("expected", 0, ""), program("listed", 7, "exitcodes=0,7"),
            program("unexpected", 1, ""), program("always", 0, "autorestart=true"),
        ]
        try await Sandbox.with(programs.joined()) { sandbox in
            try await sandbox.start()
            for name in ["never", "expected", "listed"] { try await sandbox.waitFor(name, .exited) }
            for name in ["unexpected", "always"] {
                try await until("\(name) is started again") {
                    try #require(try sandbox.processes()[name]).restarts >= 2
                }
            }
            for name in ["never", "expected", "listed"] {
                let info = try #require(try sandbox.processes()[name])
                #expect(info.state == .exited && info.restarts == 0)
            }
            for line in [
                "WARN exited: never (exit status 1; not expected)", "INFO exited: expected (exit status 0; expected)",
                "INFO exited: listed (exit status 7; expected)",
            ] {
                try await sandbox.waitForText(line, in: "main.log")
            }
        }
    }

    @Test func aProgramThatGoesToTheBackgroundIsToldToStayInTheForeground() async throws {
        try await Sandbox.with(
            """
            [program:redis]
            command=redis-server --daemonize yes --port 0 --unixsocket %(here)s/redis.sock --dir %(here)s
            startretries=0
            """
        ) { sandbox in
            try await sandbox.start()
            try await sandbox.waitFor("redis", .fatal)
            try await until("the background process is named") {
                try sandbox.processes()["redis"]?.spawnError?.contains("went to the background") == true
            }
            let error = try #require(try sandbox.processes()["redis"]?.spawnError)
            #expect(error.contains("(redis-server)") && error.hasSuffix("have it stay in the foreground"), "\(error)")
            #expect(try await sandbox.superctl("start", "redis").out == "redis: ERROR (abnormal termination)\n")
            // superd does not end what it does not supervise.
            let strays = ProcessTable.children(of: try sandbox.superd.pid).filter {
                $0.command.hasPrefix("redis-server")
            }
            #expect(strays.count == 2)
            for stray in strays { try Signal.kill.send(toProcess: stray.pid) }
        }
    }

    @Test func aProgramIsAskedToStopWithItsSignal() async throws {
        try await Sandbox.with(
            """
            [program:polite]
            command=sh -c "trap 'echo bye; exit 3' USR1; while :; do sleep 0.05; done"
            stopsignal=USR1
            stdout_logfile=%(here)s/polite.log
            """
        ) { sandbox in
            try await sandbox.start()
            try await sandbox.waitFor("polite")
            #expect(try await sandbox.superctl("stop", "polite").out == "polite: stopped\n")
            try await sandbox.waitForAll("bye\n", in: "polite.log")
            try await sandbox.waitForText("WARN stopped: polite (exit status 3)", in: "main.log")
        }
    }

    @Test func aProgramThatIgnoresItsSignalIsKilledAfterStopwaitsecs() async throws {
        try await Sandbox.with(
            """
            [program:deaf]
            command=sh -c "trap '' TERM; while :; do sleep 0.05; done"
            stopwaitsecs=2
            """
        ) { sandbox in
            try await sandbox.start()
            try await sandbox.waitFor("deaf")
            let pid = try sandbox.pid("deaf")
            let begun = Clock.now()
            #expect(try await sandbox.superctl("stop", "deaf").out == "deaf: stopped\n")
            let waited = Clock.now() - begun
            #expect(waited > .seconds(2) && waited < .seconds(6))
            try await sandbox.waitForText("WARN killing 'deaf' (\(pid)) with SIGKILL", in: "main.log")
            try await sandbox.waitForText("WARN stopped: deaf (terminated by SIGKILL)", in: "main.log")
        }
    }

    @Test func stopasgroupReachesTheChildrenOfAShell() async throws {
        let shell = "command=sh -c \"sleep 997 & sleep 998 & wait\"\n"
        try await Sandbox.with("[program:shell]\n\(shell)stopasgroup=true") { sandbox in
            try await sandbox.start()
            try await sandbox.waitFor("shell")
            #expect(sandbox.leftovers().count { $0.command.hasPrefix("sleep 99") } == 2)
            #expect(try await sandbox.superctl("stop", "shell").code == 0)
            try await until("the children have gone") {
                sandbox.leftovers().allSatisfy { !$0.command.hasPrefix("sleep 99") }
            }
        }
    }

    @Test func killasgroupReachesTheChildrenOfAShellThatIgnoresItsSignal() async throws {
        try await Sandbox.with(
            """
            [program:shell]
            command=sh -c "trap '' TERM; sleep 997 & sleep 998 & while :; do wait; done"
            stopwaitsecs=1
            killasgroup=true
            """
        ) { sandbox in
            try await sandbox.start()
            try await sandbox.waitFor("shell")
            #expect(try await sandbox.superctl("stop", "shell").code == 0)
            try await until("the children have gone") {
                sandbox.leftovers().allSatisfy { !$0.command.hasPrefix("sleep 99") }
            }
        }
    }

    @Test func withoutStopasgroupOnlyTheProgramItselfIsSignalled() async throws {
        try await Sandbox.with("[program:shell]\ncommand=sh -c \"sleep 997 & wait\"") { sandbox in
            let superd = try await sandbox.start()
            try await sandbox.waitFor("shell")
            #expect(try await sandbox.superctl("stop", "shell").code == 0)
            let child = try #require(sandbox.leftovers().first { $0.command == "sleep 997" })
            // superd is its parent now, and takes it away when it ends.
            #expect(ProcessTable.Entry(child.pid)?.parent == superd.pid)
            try Signal.kill.send(toProcess: child.pid)
            try await sandbox.waitForText("reaped unknown pid \(child.pid) (terminated by SIGKILL)", in: "main.log")
        }
    }

    @Test func aProgramThatWaitsForItsNextTryIsStoppedAtOnce() async throws {
        try await Sandbox.with("[program:bad]\ncommand=false\nstartretries=20") { sandbox in
            try await sandbox.start()
            try await until("two tries") {
                sandbox.text("main.log").split(separator: "\n").count { $0.contains("spawned") } == 2
            }
            try await sandbox.waitFor("bad", .backoff)
            #expect(try await sandbox.superctl("stop", "bad").out == "bad: stopped\n")
            #expect(try sandbox.state("bad") == .stopped)
        }
    }

    @Test func everyReasonNotToStartIsToldInSupervisorsWords() async throws {
        try await Sandbox.with(
            """
            [program:missing]
            command=no-such-command-anywhere
            [program:folder]
            command=/etc
            [program:plain]
            command=%(here)s/plain.sh
            [program:empty]
            command=
            [program:quote]
            command=sleep "1000
            [program:directory]
            command=sleep 1000
            directory=/no/such/folder
            """
        ) { sandbox in
            try sandbox.write("plain.sh", "#!/bin/sh\n")
            try await sandbox.start()
            for name in ["missing", "folder", "plain", "empty", "quote", "directory"] {
                try await sandbox.waitFor(name, .fatal)
            }
            let errors = try sandbox.processes().mapValues { $0.spawnError ?? "" }
            #expect(errors["missing"] == "can't find command 'no-such-command-anywhere'")
            #expect(errors["folder"] == "command at '/etc' is a directory")
            #expect(errors["plain"] == "command at '\(sandbox / "plain.sh")' is not executable")
            #expect(errors["empty"] == "command is empty")
            #expect(errors["quote"]?.hasPrefix("can't parse command 'sleep \"1000': ") == true)
            #expect(
                errors["directory"]?.hasSuffix("changing directory to /no/such/folder: No such file or directory")
                    == true)

            let start = try await sandbox.superctl("start", "missing", "plain", "empty", "directory")
            #expect(
                Set(start.lines) == [
                    "missing: ERROR (no such file)", "plain: ERROR (file is not executable)",
                    "empty: ERROR (file is not executable)", "directory: ERROR (spawn error)",
                ])
            #expect(start.code == 7)
        }
    }
}

extension String {
    /// With blanks behind it up to a width.
    func padded(_ width: Int) -> String { self + String(repeating: " ", count: Swift.max(0, width - count)) }
}
