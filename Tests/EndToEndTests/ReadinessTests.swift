import SuperAPI
import SuperBase
import SuperOS
import Testing

/// When a process counts as started: the ways in which a program can show that it is ready.
@Suite struct ReadinessTests {
    /// A program that becomes ready when there is the file `go`.
    private func program(_ way: String..., ready: String, _ options: String = "") -> String {
        """
        [program:a]
        command=\(Script.command("ready", way))
        directory=%(here)s
        ready=\(ready)
        stdout_logfile=%(here)s/a.log

        """ + options
    }

    /// Waits until the program waits for its file.
    private func waitUntilAsked(_ sandbox: Sandbox, sourceLocation: Testing.SourceLocation = #_sourceLocation)
        async throws
    {
        try await until("the program waits for its file") {
            try sandbox.processes()["a"]?.pid.map { try sandbox.exists("asked-\($0)") } ?? false
        }
        #expect(try sandbox.state("a") == .starting, sourceLocation: sourceLocation)
    }

    private func go(_ sandbox: Sandbox) throws { try sandbox.write("go", "") }

    // MARK: - Ways

    @Test(arguments: [
        ("fd", "3", "fd:3"), ("fd", "7", "fd:7"), ("line", "now=listening=on=80", "line:listening?on=*"),
        ("tcp", "PORT", "tcp://127.0.0.1:PORT"), ("unix", "a.sock", "unix://%(here)s/a.sock"),
        ("none", "-", "exec:test -e go"),
    ]) func aProgramIsRunningWhenItShowsThatItIsReady(_ way: String, _ what: String, _ ready: String) async throws {
        let port = try WorkerPort.take()
        func filled(_ text: String) -> String {
            text.split(separator: "PORT", omittingEmptySubsequences: false).joined(separator: "\(port)")
        }
        try await Sandbox.with(program(way, filled(what), ready: filled(ready))) { sandbox in
            try await sandbox.start()
            try await waitUntilAsked(sandbox)
            try go(sandbox)
            try await sandbox.waitFor("a")
            #expect(try sandbox.processes()["a"]?.restarts == 0)
            #expect(try sandbox.processes()["a"]?.readiness == .ready)
            try await sandbox.waitForText("success: a entered RUNNING state, it is ready (", in: "main.log")
        }
    }

    @Test func aProgramThatNotifiesSaysWhatItIsAbout() async throws {
        try await Sandbox.with(program("notify", ready: "notify")) { sandbox in
            try await sandbox.start()
            try await waitUntilAsked(sandbox)
            try await until("its words are told") {
                try await sandbox.superctl("status").out.contains("STARTING  \"warming up\"")
            }
            try go(sandbox)
            try await sandbox.waitFor("a")
            let status = try await sandbox.superctl("status")
            #expect(status.out.contains("RUNNING   pid \(try sandbox.pid("a")), uptime 0:00:"), "\(status)")
            #expect(status.out.hasSuffix(", \"3 of 5 connections\"\n"), "\(status)")
            #expect(try sandbox.processes()["a"]?.statusText == "3 of 5 connections")
        }
    }

    @Test func aPageThatIsUnavailableAtFirstIsAskedForUntilItIsThere() async throws {
        let port = try WorkerPort.take()
        try await Sandbox.with(
            """
            [program:a]
            command=\(Script.worker("listen=\(port)", "sick=%(here)s/sick"))
            ready=http://127.0.0.1:\(port)/health
            """
        ) { sandbox in
            try sandbox.write("sick", "")
            try await sandbox.start()
            try await until("superd tells why it is not ready") {
                try sandbox.processes()["a"]?.health?.contains("503") ?? false
            }
            #expect(try sandbox.state("a") == .starting)
            let status = try await sandbox.superctl("status")
            #expect(
                status.out.contains("STARTING  not ready yet: http://127.0.0.1:\(port)/health: answered 503"),
                "\(status)")
            _ = try FileSystem.remove(sandbox / "sick")
            try await sandbox.waitFor("a")
            #expect(try sandbox.processes()["a"]?.restarts == 0)
        }
    }

    @Test func aPageBehindASocketFileIsAskedForToo() async throws {
        try await Sandbox.with(
            """
            [program:a]
            command=\(Script.worker("sick=%(here)s/sick"))
            socket=unix://%(here)s/a.sock
            ready=http+unix://%(here)s/a.sock:/health
            """
        ) { sandbox in
            try sandbox.write("sick", "")
            try await sandbox.start()
            try await until("superd tells why it is not ready") {
                try sandbox.processes()["a"]?.health?.contains("answered 503") ?? false
            }
            #expect(try sandbox.state("a") == .starting)
            _ = try FileSystem.remove(sandbox / "sick")
            try await sandbox.waitFor("a")
        }
    }

    // MARK: - Who may speak

    /// A program that has learnt from a process of this pid where superd hears, and says something there.
    private static let forger = """
        import os, socket, sys, time
        for word in open("/proc/%s/environ" % sys.argv[1]).read().split("\\0"):
            if word.startswith("NOTIFY_SOCKET="):
                out = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
                out.sendto(b"READY=1\\nSTATUS=forged", word[14:].replace("@", "\\0", 1))
                open("spoken-" + sys.argv[2], "w").close()
        time.sleep(1000)

        """

    @Test func whoIsNotOfTheProgramSpeaksInVain() async throws {
        try await Sandbox.with(
            program("notify", ready: "notify")
                + "[program:b]\ncommand=sh -c \"exec python3 speak.py $(cat pid) b\"\ndirectory=%(here)s\nautostart=false"
        ) { sandbox in
            try sandbox.write("speak.py", Self.forger)
            try await sandbox.start()
            try await waitUntilAsked(sandbox)
            let pid = try sandbox.pid("a")
            try sandbox.write("pid", "\(pid)")
            // Another program of superd, and somebody whom it does not know at all.
            #expect(try await sandbox.superctl("start", "b").code == 0)
            try await until("another program has spoken") { try sandbox.exists("spoken-b") }
            let stranger = try sandbox.launch(["python3", "speak.py", "\(pid)", "stranger"])
            try await sandbox.waitForText(
                "WARN a message of pid \(stranger.pid) (uid \(CurrentProcess.user)), which belongs to no program, is ignored",
                in: "main.log")
            #expect(try sandbox.state("a") == .starting)
            #expect(try sandbox.processes()["a"]?.statusText == "warming up")
            try go(sandbox)
            try await sandbox.waitFor("a")
        }
    }

    @Test func aProgramThatClaimsToBeAProcessOfOthersIsNotBelieved() async throws {
        try await Sandbox.with(program("claim", "1", ready: "notify")) { sandbox in
            try sandbox.write("speak.py", Self.forger)
            try await sandbox.start()
            try await waitUntilAsked(sandbox)
            let pid = try sandbox.pid("a")
            try go(sandbox)
            try await sandbox.waitFor("a")
            try await sandbox.waitForText("WARN a: pid 1 is none of its processes and is not followed", in: "main.log")
            #expect(try sandbox.pid("a") == pid)
            // All processes descend from that one; still they do not speak for the program.
            let stranger = try sandbox.launch(["python3", "speak.py", "\(pid)", "stranger"])
            try await sandbox.waitForText(
                "a message of pid \(stranger.pid) (uid \(CurrentProcess.user)), which belongs to no program, is ignored",
                in: "main.log")
            #expect(try sandbox.processes()["a"]?.statusText == "warming up")
        }
    }

    @Test func aProgramThatForksIsFollowedToItsMainProcess() async throws {
        try await Sandbox.with(program("fork", ready: "notify", "autorestart=true")) { sandbox in
            try await sandbox.start()
            try await waitUntilAsked(sandbox)
            let first = try sandbox.pid("a")
            try go(sandbox)
            try await sandbox.waitFor("a")
            try await until("it has become another process") {
                let now = try #require(try sandbox.processes()["a"])
                try #require(now.state == .running && now.restarts == 0)
                return now.pid.map { $0 != Int(first) } ?? false
            }
            let main = try sandbox.pid("a")
            #expect(ProcessTable.isAlive(main))
            // A new brain knows which one it is.
            try await sandbox.replaceBrain()
            #expect(try sandbox.pid("a") == main)
            // Its end is the end of the run.
            try Signal.kill.send(toProcess: main)
            try await until("it is started again") {
                let now = try sandbox.processes()["a"]
                return now?.state == .running && now?.restarts == 1 && now?.pid != Int(main)
            }
            try await sandbox.waitForText("exited: a (terminated by SIGKILL; not expected)", in: "main.log")
            #expect(try await sandbox.superctl("stop", "a").out == "a: stopped\n")
            try await until("nothing of it is left") {
                sandbox.leftovers().allSatisfy { !$0.command.contains("ready.py") }
            }
        }
    }

    @Test func programsThatForkAndEndInTheSameMomentAreFollowed() async throws {
        try await Sandbox.with(
            program("fork", ready: "notify", "numprocs=12\nprocess_name=%(process_num)d\nstdout_logfile=NONE\n")
        ) { sandbox in
            try go(sandbox)
            try await sandbox.start()
            try await sandbox.waitForPeace(12)
            let processes = try sandbox.processes().values
            #expect(processes.allSatisfy { $0.state == .running && $0.restarts == 0 })
            #expect(ProcessTable.children(of: try sandbox.superd.pid).count { $0.command.contains("ready.py") } == 12)
        }
    }

    @Test func aProgramWhoseMainProcessHasGoneBeforeItIsFollowedIsStartedAgain() async throws {
        try await Sandbox.with(program("vanish", ready: "notify", "autorestart=true\nstartretries=1000")) { sandbox in
            try go(sandbox)
            try await sandbox.start()
            try await until("it was started five times", every: .milliseconds(100)) {
                try sandbox.processes()["a"]?.restarts ?? 0 >= 4
            }
        }
    }

    // MARK: - Time

    @Test func aProgramThatIsNeverReadyIsTriedAgainAndGivenUp() async throws {
        try await Sandbox.with(program("notify", ready: "notify", "ready_timeout=1s\nstartretries=1")) { sandbox in
            try await sandbox.start()
            try await sandbox.waitFor("a", .fatal)
            #expect(try sandbox.processes()["a"]?.spawnError == "not ready within 1 s (notify)")
            try await sandbox.waitForLines(2, containing: "spawned: 'a'")
            let status = try await sandbox.superctl("status")
            #expect(status.out.contains("FATAL     not ready within 1 s (notify)"), "\(status)")
            // Neither try is there any more.
            #expect(sandbox.leftovers().allSatisfy { !$0.command.contains("ready.py") })
            let start = try await sandbox.superctl("start", "a")
            #expect(start.code != 0 && start.out.hasPrefix("a: ERROR ("), "\(start)")
        }
    }

    @Test func aProgramThatEndsBeforeItIsReadyHasFailedToStart() async throws {
        try await Sandbox.with(
            "[program:a]\ncommand=sh -c \"exit 3\"\nready=notify\nstartretries=0\nexitcodes=3"
        ) { sandbox in
            try await sandbox.start()
            try await sandbox.waitFor("a", .fatal)
            let error = try #require(try sandbox.processes()["a"]?.spawnError)
            #expect(error.hasPrefix("Exited before it was ready"), "\(error)")
            let start = try await sandbox.superctl("start", "a")
            #expect(start.out == "a: ERROR (abnormal termination)\n", "\(start)")
            #expect(start.code == 7)
        }
    }

    @Test func aProgramThatAsksForMoreTimeIsGivenIt() async throws {
        try await Sandbox.with(program("notify", "-", "600", ready: "notify", "ready_timeout=4s\nstartretries=0")) {
            sandbox in
            try await sandbox.start()
            try await waitUntilAsked(sandbox)
            try await until("it is past its time") {
                let now = try #require(try sandbox.processes()["a"])
                try #require(now.state == .starting, "\(now.state): \(now.spawnError ?? "")")
                return now.uptime ?? 0 >= 6
            }
            try go(sandbox)
            try await sandbox.waitFor("a")
        }
    }

    @Test func startWaitsUntilAProgramIsReady() async throws {
        try await Sandbox.with(program("notify", ready: "notify", "autostart=false")) { sandbox in
            try await sandbox.start()
            let start = try sandbox.launch([Program.superctl, "-c", sandbox / "superd.ini", "start", "a"])
            try await waitUntilAsked(sandbox)
            #expect(try start.ended() == nil)
            // Nor does a look from time to time end it.
            _ = try await sandbox.superctl("status")
            #expect(try start.ended() == nil && sandbox.state("a") == .starting)
            try go(sandbox)
            #expect(try await start.end() == .exited(code: 0))
            #expect(start.out == "a: started\n")
            #expect(try sandbox.state("a") == .running)
        }
    }

    @Test func aNewBrainGoesOnWaitingForAProgramThatIsNotReadyYet() async throws {
        try await Sandbox.with(program("notify", ready: "notify", "ready_timeout=0")) { sandbox in
            try await sandbox.start()
            try await waitUntilAsked(sandbox)
            let pid = try sandbox.pid("a")
            try await sandbox.replaceBrain()
            #expect(try sandbox.state("a") == .starting)
            try go(sandbox)
            try await sandbox.waitFor("a")
            #expect(try sandbox.pid("a") == pid)
        }
    }
}
