import SuperAPI
import SuperBase
import SuperOS
import Testing

/// What a process finds when it starts.
@Suite struct SurroundingsTests {
    /// Runs a script as a program with these options and answers what it printed.
    private func output(
        of script: String, _ options: String, global: String = "", environment: [String: String] = [:]
    ) async throws -> [String] {
        var lines: [String] = []
        try await Sandbox.with(
            "[supervisord]\n\(global)\n[program:p]\ncommand=sh %(here)s/p.sh\nstdout_logfile=%(here)s/p.log\n\(options)"
        ) { sandbox in
            try sandbox.write("p.sh", "\(script)\necho done\nexec sleep 1000\n")
            try await sandbox.start(environment: environment)
            try await sandbox.waitForText("done\n", in: "p.log")
            lines = sandbox.text("p.log").split(separator: "\n").dropLast().map(String.init)
        }
        return lines
    }

    @Test func theProgramsOwnEnvironmentBeatsTheGlobalOneAndThatBeatsSuperds() async throws {
        let lines = try await output(
            of: "echo $A $B $C $SUPERVISOR_ENABLED $SUPERVISOR_PROCESS_NAME",
            "environment=C=\"program\"",
            global: "environment=B=\"global\",C=\"global\"", environment: ["A": "own", "B": "own", "C": "own"])
        #expect(lines == ["own global program 1 p"])
    }

    @Test func aProcessIsToldItsNameItsGroupAndWhereSuperdListens() async throws {
        try await Sandbox.with(
            """
            [program:cat]
            command=sh -c "echo $SUPERVISOR_GROUP_NAME $SUPERVISOR_PROCESS_NAME $SUPERVISOR_SERVER_URL; exec sleep 1000"
            process_name=%(program_name)s_%(process_num)02d
            numprocs=2
            numprocs_start=7
            stdout_logfile=%(here)s/%(program_name)s_%(process_num)d.log
            [group:animals]
            programs=cat
            """
        ) { sandbox in
            try await sandbox.start()
            for (name, file) in [("cat_07", "cat_7.log"), ("cat_08", "cat_8.log")] {
                try await sandbox.waitFor("animals:\(name)")
                try await sandbox.waitForAll("animals \(name) unix://\(sandbox / "superd.sock")\n", in: file)
            }
        }
    }

    @Test func directoryAndUmaskAreThePrograms() async throws {
        #expect(try await output(of: "pwd; umask", "directory=/usr\numask=027") == ["/usr", "0027"])
        #expect(try await output(of: "umask", "", global: "umask=077") == ["0077"])
    }

    @Test func aUserIsBecomeWithItsSupplementaryGroups() async throws {
        // One who is in a group beside its own, where this machine has such a user.
        let member = Launched.text("/etc/group").split(separator: "\n").compactMap { line in
            line.split(separator: ":", omittingEmptySubsequences: false).last?.split(separator: ",").first
        }.first { $0 != "root" }
        let user = String(member ?? "nobody")
        try await Sandbox.with(
            "[program:p]\ncommand=sh -c \"id -u; id -g; id -G; echo $HOME; exec sleep 1000\"\nuser=\(user)\n"
                + "stdout_logfile=%(here)s/p.log"
        ) { sandbox in
            try await sandbox.start()
            try await sandbox.waitFor("p")
            try await until("all lines") { sandbox.text("p.log").split(separator: "\n").count == 4 }
            let lines = sandbox.text("p.log").split(separator: "\n").map(String.init)
            let expected = try await sandbox.run(["sh", "-c", "id -u \(user); id -g \(user); id -G \(user)"])
            #expect(lines.dropLast() == expected.lines[...])
            // Supervisor sets nothing of the user's, so neither does superd.
            #expect(lines.last == sandbox.path)
        }
    }

    @Test func aUserThatSuperdMayNotBecomeIsASpawnError() async throws {
        try await Sandbox.with("[program:p]\ncommand=sleep 1000\nuser=root\nstartretries=0") { sandbox in
            // superd itself as nobody, in a folder of its own.
            try FileSystem.changeMode(of: sandbox.path, to: 0o777)
            try FileSystem.changeMode(of: sandbox / "auto", to: 0o777)
            try await sandbox.start(["-u", "nobody"])
            try await sandbox.waitFor("p", .fatal)
            #expect(try sandbox.processes()["p"]?.spawnError == "Can't drop privilege as nonroot user")
        }
    }

    @Test func signalsAreResetInTheProgram() async throws {
        try await Sandbox.with("[program:p]\ncommand=sleep 1000") { sandbox in
            try await sandbox.start(through: ["sh", "-c", "trap '' USR1 PIPE HUP; exec \"$@\"", "sh"])
            try await sandbox.waitFor("p")
            let process = try #require(ProcessTable.Entry(try sandbox.pid("p")))
            for field in ["SigIgn", "SigBlk", "SigCgt"] { #expect(process.status(field) == "0000000000000000") }
        }
    }

    @Test func standardErrorGoesWhereRedirectStderrSays() async throws {
        let script = "command=sh -c \"echo out; echo err >&2; exec sleep 1000\"\n"
        try await Sandbox.with(
            "[program:one]\n\(script)redirect_stderr=true\nstdout_logfile=%(here)s/one.log\n"
                + "[program:two]\n\(script)stdout_logfile=%(here)s/two.out\nstderr_logfile=%(here)s/two.err"
        ) { sandbox in
            try await sandbox.start()
            for name in ["one", "two"] { try await sandbox.waitFor(name) }
            try await sandbox.waitForAll("out\nerr\n", in: "one.log")
            try await sandbox.waitForAll("out\n", in: "two.out")
            try await sandbox.waitForAll("err\n", in: "two.err")
            #expect(try sandbox.processes()["one"]?.stderrLog == nil)
        }
    }

    @Test func standardInputIsAPipeThatStaysOpenAndThatAnOperatorWritesTo() async throws {
        try await Sandbox.with("[program:cat]\ncommand=cat\nstdout_logfile=%(here)s/cat.log") { sandbox in
            try await sandbox.start()
            try await sandbox.waitFor("cat")
            let foreground = try sandbox.launch(
                [Program.superctl, "-c", sandbox / "superd.ini", "fg", "cat"], input: "first\nsecond\n")
            try await sandbox.waitForText("first\nsecond\n", in: "cat.log")
            try await until("the output is shown") { foreground.out.hasSuffix("first\nsecond\n") }
            try foreground.send(.interrupt)
            _ = try await foreground.end()
            #expect(try sandbox.state("cat") == .running)
        }
    }

    @Test func aProgramInheritsNothingOfSuperdsDescriptors() async throws {
        let lines = try await output(of: "ls /proc/$$/fd", "")
        // 10 is the shell's own, for its script.
        #expect(lines == ["0", "1", "10", "2"])
    }
}

/// In which order programs start and stop.
@Suite struct OrderTests {
    /// Two groups and a program of their own, whose names tell the order of priorities.
    private static let programs = """
        [program:late]
        command=sleep 1000
        priority=900
        [program:early]
        command=sleep 1000
        priority=1
        [program:b2]
        command=sleep 1000
        priority=2
        [program:b1]
        command=sleep 1000
        priority=1
        [group:b]
        programs=b2,b1
        priority=50
        """

    private func names(_ sandbox: Sandbox, _ word: String) -> [String] {
        sandbox.text("main.log").split(separator: "\n").filter { $0.contains(" \(word): ") }.compactMap { line in
            let rest = line.split(separator: " ").drop { $0 != "\(word):" }.dropFirst().first
            return rest.map { String($0.filter { $0 != "'" }) }
        }
    }

    @Test func lowerPrioritiesStartFirstAndStopLastAtTheEnd() async throws {
        try await Sandbox.with(Self.programs) { sandbox in
            try await sandbox.start()
            for name in ["late", "early", "b:b1", "b:b2"] { try await sandbox.waitFor(name) }
            #expect(names(sandbox, "spawned") == ["early", "b1", "b2", "late"])
            #expect(try await sandbox.stop() == .exited(code: 0))
            let stopped = names(sandbox, "stopped")
            #expect(stopped.first == "late" && stopped.last == "early")
            #expect(Set(stopped[1..<3]) == ["b1", "b2"])
        }
    }

    @Test func theNextGroupWaitsUntilThatBehindItHasStopped() async throws {
        try await Sandbox.with(
            """
            [program:front]
            command=sleep 1000
            priority=1
            [program:back]
            command=sh -c "trap 'sleep 1; exit 0' TERM; while :; do sleep 0.05; done"
            priority=2
            """
        ) { sandbox in
            let superd = try await sandbox.start()
            for name in ["front", "back"] { try await sandbox.waitFor(name) }
            let front = try sandbox.pid("front")
            try superd.send(.terminate)
            try await sandbox.waitForText("waiting for", in: "main.log")
            #expect(ProcessTable.isAlive(front))
            #expect(try await superd.end() == .exited(code: 0))
            #expect(names(sandbox, "stopped") == ["back", "front"])
        }
    }

    @Test func stoppingAGroupSignalsAllItsMembersAtOnce() async throws {
        try await Sandbox.with(
            """
            [program:slow]
            command=sh -c "trap 'sleep 1; exit 0' TERM; while :; do sleep 0.05; done"
            process_name=%(process_num)d
            numprocs=4
            """
        ) { sandbox in
            try await sandbox.start()
            try await until("all run") { try sandbox.processes().values.allSatisfy { $0.state == .running } }
            let begun = Clock.now()
            let stop = try await sandbox.superctl("stop", "slow:*")
            #expect(Set(stop.lines) == Set((0..<4).map { "slow:\($0): stopped" }))
            #expect(Clock.now() - begun < .milliseconds(3500))
        }
    }
}
