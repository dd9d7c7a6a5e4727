import SuperAPI
import SuperBase
import SuperClient
import SuperOS
import Testing

/// superctl against the superd that it is made for: what it prints and how it exits.
@Suite struct OperatorTests {
    private static let programs = """
        [program:web]
        command=sleep 1000
        process_name=web_%(process_num)02d
        numprocs=2
        [program:db]
        command=sleep 1000
        [program:off]
        command=sleep 1000
        autostart=false
        [program:once]
        command=true
        startsecs=0
        autorestart=false

        """

    /// Opens a sandbox in which the programs run.
    private func with(_ more: String = "", _ test: (Sandbox) async throws -> Void) async throws {
        try await Sandbox.with(Self.programs + more) { sandbox in
            try await sandbox.start()
            for name in ["web:web_00", "web:web_01", "db"] { try await sandbox.waitFor(name) }
            try await sandbox.waitFor("once", .exited)
            try await test(sandbox)
        }
    }

    /// Runs superctl and compares what it prints on standard output, and its exit code.
    private func expect(
        _ sandbox: Sandbox, _ words: [String], _ lines: [String], _ code: Int32,
        sourceLocation: Testing.SourceLocation = #_sourceLocation
    ) async throws {
        let run = try await sandbox.run([Program.superctl, "-c", sandbox / "superd.ini"] + words)
        #expect(run.lines == lines, "\(words): \(run)", sourceLocation: sourceLocation)
        #expect(run.code == code, "\(words): \(run)", sourceLocation: sourceLocation)
    }

    @Test func statusHasSupervisorsColumnsAndCodes() async throws {
        try await with { sandbox in
            let all = try await sandbox.superctl("status")
            #expect(all.code == 3)
            let names = ["db", "off", "once", "web:web_00", "web:web_01"]
            let states = ["RUNNING", "STOPPED", "EXITED", "RUNNING", "RUNNING"]
            for (line, (name, state)) in zip(all.lines, zip(names, states)) {
                #expect(line.hasPrefix(name.padded(33) + state.padded(10)), "\(line)")
            }
            #expect(all.lines.count == 5)
            #expect(all.lines[0].contains("pid \(try sandbox.pid("db")), uptime 0:00:0"))
            #expect(all.lines[1].hasSuffix("Not started"))
            #expect(all.lines[2].hasSuffix(" AM") || all.lines[2].hasSuffix(" PM"))
            #expect(try await sandbox.superctl("status", "web:*", "db").code == 0)
            // In the order in which they are named.
            let two = try await sandbox.superctl("status", "web:web_01", "db")
            #expect(two.lines.map { $0.prefix { $0 != " " } } == ["web:web_01", "db"])
            try await expect(sandbox, ["status", "nosuch"], ["nosuch: ERROR (no such process)"], 4)
            try await expect(sandbox, ["status", "nosuch:*"], ["nosuch: ERROR (no such group)"], 4)
            // A bare name is a process, not a group.
            try await expect(sandbox, ["status", "web"], ["web: ERROR (no such process)"], 4)
        }
    }

    @Test func startAndStopSayWhatChanged() async throws {
        try await with { sandbox in
            try await expect(sandbox, ["start", "off"], ["off: started"], 0)
            try await expect(sandbox, ["start", "off"], ["off: ERROR (already started)"], 0)
            try await expect(
                sandbox, ["stop", "off", "nosuch", "db"],
                ["nosuch: ERROR (no such process)", "off: stopped", "db: stopped"], 1)
            try await expect(sandbox, ["stop", "off"], ["off: ERROR (not running)"], 0)
            try await expect(sandbox, ["start", "nosuch"], ["nosuch: ERROR (no such process)"], 1)
            try await expect(sandbox, ["start", "nosuch:*"], ["nosuch: ERROR (no such group)"], 2)
            try await expect(sandbox, ["stop", "nosuch"], ["nosuch: ERROR (no such process)"], 1)
            try await expect(sandbox, ["stop", "nosuch:*"], ["nosuch: ERROR (no such group)"], 1)
            // Of a group only what changed.
            try await expect(sandbox, ["stop", "web:web_00"], ["web:web_00: stopped"], 0)
            try await expect(sandbox, ["start", "web:*"], ["web:web_00: started"], 0)
            try await expect(sandbox, ["stop", "w*_01"], ["web:web_01: stopped"], 0)
            try await expect(sandbox, ["stop", "all"], ["web:web_00: stopped"], 0)
            try await expect(sandbox, ["start", "web:web_0[0-1]"], ["web:web_00: started", "web:web_01: started"], 0)
            for (verb, code) in [("start", 2), ("stop", 1), ("restart", 1)] as [(String, Int32)] {
                let run = try await sandbox.superctl(verb)
                #expect(run.code == code)
                #expect(run.out.hasPrefix("Error: \(verb) requires a process name\n"))
            }
        }
    }

    @Test func restartStopsAllAndThenStartsAll() async throws {
        try await with { sandbox in
            let before = try sandbox.processes()
            try await expect(
                sandbox, ["restart", "web:*"],
                ["web:web_00: stopped", "web:web_01: stopped", "web:web_00: started", "web:web_01: started"], 0)
            let after = try sandbox.processes()
            for name in ["web:web_00", "web:web_01"] { #expect(before[name]?.pid != after[name]?.pid) }
            #expect(before["db"]?.pid == after["db"]?.pid)
            try await expect(sandbox, ["restart", "off"], ["off: ERROR (not running)", "off: started"], 0)
        }
    }

    @Test func signalReachesTheProcess() async throws {
        try await with(
            "[program:trap]\ncommand=sh -c \"trap 'echo got it' USR1; while :; do sleep 0.05; done\"\n"
                + "stdout_logfile=%(here)s/trap.log"
        ) { sandbox in
            try await sandbox.waitFor("trap")
            for word in ["USR1", "SIGUSR1", "10", "usr1"] {
                try await expect(sandbox, ["signal", word, "trap"], ["trap: signalled"], 0)
                try await sandbox.waitForText("got it\n", in: "trap.log")
                #expect(try await sandbox.superctl("clear", "trap").code == 0)
            }
            try await expect(sandbox, ["signal", "NOPE", "trap"], ["trap: ERROR (bad signal name)"], 1)
            try await expect(sandbox, ["signal", "USR1", "off"], ["off: ERROR (not running)"], 7)
            try await expect(sandbox, ["signal", "USR1", "nosuch"], ["nosuch: ERROR (no such process)"], 1)
            #expect(try await sandbox.superctl("signal", "USR1").code == 1)
        }
    }

    @Test func pidVersionAndTheirCodes() async throws {
        try await with { sandbox in
            let superd = try sandbox.superd.pid
            try await expect(sandbox, ["pid"], ["\(superd)"], 0)
            try await expect(sandbox, ["pid", "db"], ["\(try sandbox.pid("db"))"], 0)
            try await expect(sandbox, ["pid", "off"], ["0"], 7)
            #expect(try await sandbox.superctl("pid", "all").code == 0)
            try await expect(sandbox, ["pid", "nosuch"], ["No such process nosuch"], 1)
            try await expect(sandbox, ["pid", "--brain"], ["\(try sandbox.brain())"], 0)
            try await expect(sandbox, ["version"], [Version.current], 0)
        }
    }

    @Test func tailAndLogsShowWhatWasWritten() async throws {
        let talker = "[program:NAME]\ncommand=sh -c \"echo NAME out; echo NAME err >&2; exec cat\"\n"
        try await with(["one", "two"].map { talker.replacing("NAME", with: $0) }.joined()) { sandbox in
            for name in ["one", "two"] {
                try await sandbox.waitFor(name)
                for stream in ["stdout", "stderr"] {
                    try await until("the line of \(name) on \(stream) is logged") {
                        try await !sandbox.superctl("tail", name, stream).out.isEmpty
                    }
                }
            }
            try await expect(sandbox, ["tail", "one"], ["one out"], 0)
            try await expect(sandbox, ["tail", "one", "stderr"], ["one err"], 0)
            #expect(try await sandbox.superctl("tail", "-4", "one").out == "out\n")
            try await expect(sandbox, ["tail", "nosuch"], ["nosuch: ERROR (no such process name)"], 1)
            #expect(try await sandbox.superctl("tail", "one", "stdfoo").out.hasPrefix("Error: bad channel 'stdfoo'"))
            #expect(try await sandbox.superctl("tail", "-x", "one").out.hasPrefix("Error: bad argument -x"))
            #expect(try await sandbox.superctl("maintail", "-40").out.count == 40)
            #expect(try await sandbox.superctl("maintail").out.contains("success: two entered RUNNING state"))
            try await expect(sandbox, ["logs", "-n", "1", "one"], ["one | one out", "one | one err"], 0)

            let files = [sandbox / "superd.ini"]
            let tail = try sandbox.launch([Program.superctl, "-c"] + files + ["tail", "-f", "one"])
            let logs = try sandbox.launch([Program.superctl, "-c"] + files + ["logs", "-f", "one", "two"])
            try await until("both follow") { tail.out.contains("one out") && logs.out.contains("two | two out") }
            for name in ["one", "two"] {
                _ = try sandbox.client.call(WriteInput(name: name, text: "more of \(name)\n"))
            }
            try await until("more arrives") {
                tail.out.hasSuffix("one out\nmore of one\n") && logs.out.contains("one | more of one\n")
                    && logs.out.contains("two | more of two\n")
            }
            #expect(tail.out.hasPrefix("==> Press Ctrl-C to exit <==\n"))
            try await expect(sandbox, ["clear", "one", "two"], ["one: cleared", "two: cleared"], 0)
            try await until("the end of the file is told") { tail.out.contains("==> File truncated <==") }
            for program in [tail, logs] {
                try program.send(.interrupt)
                _ = try await program.end()
            }
            try await expect(sandbox, ["clear", "nosuch"], ["nosuch: ERROR (no such process)"], 1)
        }
    }

    @Test func aFollowerGoesOnWithTheNextBrainAndEndsWithSuperd() async throws {
        try await with("[program:cat]\ncommand=cat") { sandbox in
            try await sandbox.waitFor("cat")
            let tail = try sandbox.launch([Program.superctl, "-c", sandbox / "superd.ini", "tail", "-f", "cat"])
            try await until("it follows") { tail.out.contains("Ctrl-C") }
            _ = try sandbox.client.call(WriteInput(name: "cat", text: "before\n"))
            try await until("the line arrives") { tail.out.contains("before\n") }
            for round in 1...5 {
                try Signal.kill.send(toProcess: try sandbox.brain())
                _ = try sandbox.client.call(WriteInput(name: "cat", text: "after \(round)\n"))
                try await until("the line of round \(round) arrives") { tail.out.contains("after \(round)\n") }
            }
            let lines = tail.out.split(separator: "\n").drop { $0 != "before" }
            #expect(lines.map(String.init) == ["before"] + (1...5).map { "after \($0)" })
            #expect(try await sandbox.stop() == .exited(code: 0))
            #expect(try await tail.end() == .exited(code: 0))
            #expect(tail.errors.contains("superd has stopped"))
        }
    }

    @Test func rereadUpdateAddAndRemoveFollowTheFile() async throws {
        try await with { sandbox in
            let web = try sandbox.pid("web:web_00")
            let changed = Self.programs.replacing("[program:db]", with: "[program:db]\nenvironment=A=\"1\"")
                .replacing(
                    "[program:off]\ncommand=sleep 1000\nautostart=false", with: "[program:new]\ncommand=sleep 1000")
            try await expect(sandbox, ["reread"], ["No config updates to processes"], 0)
            try await expect(sandbox, ["update"], [], 0)
            try sandbox.configure(changed)
            try await expect(sandbox, ["reread"], ["db: changed", "new: available", "off: disappeared"], 0)
            let diff = try await sandbox.superctl("diff")
            for line in ["db: changed", "environment: ", "new: added", "off: removed"] {
                #expect(diff.out.contains(line), "\(diff)")
            }
            // Nothing has been applied.
            #expect(try sandbox.processes().keys.contains("off"))
            let avail = try await sandbox.superctl("avail")
            #expect(avail.lines.contains("new".padded(32) + " avail     auto      999:999"), "\(avail)")
            #expect(avail.lines.contains("db".padded(32) + " in use    auto      999:999"), "\(avail)")

            try await expect(sandbox, ["add", "new"], ["new: added process group"], 0)
            try await expect(sandbox, ["add", "new"], ["ERROR: process group already active"], 0)
            try await expect(sandbox, ["add", "nosuch"], ["ERROR: no such process/group: nosuch"], 1)
            try await sandbox.waitFor("new")
            try await expect(sandbox, ["remove", "new"], ["ERROR: process/group still running: new"], 1)
            #expect(try await sandbox.superctl("stop", "new").code == 0)
            try await expect(sandbox, ["remove", "new"], ["new: removed process group"], 0)
            try await expect(sandbox, ["remove", "new"], ["ERROR: no such process/group: new"], 1)

            let update = try await sandbox.superctl("update")
            #expect(
                update.lines == [
                    "off: stopped", "off: removed process group", "db: stopped", "db: updated process group",
                    "new: added process group",
                ], "\(update)")
            #expect(update.code == 0)
            try await sandbox.waitFor("new")
            #expect(try sandbox.processes()["off"] == nil)
            #expect(try sandbox.pid("web:web_00") == web)
            try await expect(sandbox, ["update", "nosuch"], ["ERROR: no such group: nosuch"], 1)
            #expect(try await sandbox.superctl("check").out == "the configuration is valid\n")
        }
    }

    @Test func reloadAndShutdownSayWhatSupervisorSays() async throws {
        try await with { sandbox in
            let before = try sandbox.pid("db")
            try await expect(sandbox, ["reload"], ["Restarted supervisord"], 0)
            try await until("another db runs") {
                guard let info = try sandbox.processes()["db"], let pid = info.pid else { return false }
                return info.state == .running && pid != Int(before)
            }
            try await expect(sandbox, ["shutdown"], ["Shut down"], 0)
            #expect(try await sandbox.superd.end() == .exited(code: 0))
            let url = "unix://\(sandbox / "superd.sock")"
            try await expect(sandbox, ["shutdown"], ["ERROR: \(url) no such file (already shut down?)"], 1)
        }
    }

    @Test func jsonIsWhatTheAPIAnswered() async throws {
        try await with { sandbox in
            let run = try await sandbox.superctl("--json", "status")
            #expect(run.code == 3)
            let list = try JSON.decode(ProcessList.self, from: Array(run.out.utf8))
            #expect(list.processes.map(\.name) == ["db", "off", "once", "web:web_00", "web:web_01"])
            let stop = try await sandbox.superctl("stop", "db", "nosuch", "--json")
            #expect(stop.code == 1)
            let results = try JSON.decode(ActionResults.self, from: Array(stop.out.utf8)).results
            #expect(Set(results.map(\.code)) == [.ok, .noSuchProcess])
        }
    }

    @Test func theShellReadsCommandsFromAPipe() async throws {
        try await with { sandbox in
            let run = try await sandbox.superctl(
                input: "stop db\n\nstart 'db'\nfoo\nhelp\nshutdown\nn\npid\nexit\nstop all\n")
            #expect(run.code == 0)
            // Status first, as in Supervisor.
            #expect(run.out.hasPrefix("db".padded(33) + "RUNNING"), "\(run)")
            let parts = [
                "db: stopped", "db: started", "*** Unknown syntax: foo", "default commands (type help <topic>):",
            ]
            for part in parts { #expect(run.out.contains(part), "\(part) in \(run)") }
            #expect(run.out.contains("\(try sandbox.superd.pid)\n"))
            // Behind exit nothing is read.
            #expect(try sandbox.state("web:web_00") == .running)
        }
    }
}

/// superctl where there is no superd that answers it.
@Suite struct UnreachableTests {
    @Test func aMissingSocketIsToldWithAdvice() async throws {
        try await Sandbox.with { sandbox in
            let url = "unix://\(sandbox / "superd.sock")"
            for (verb, code) in [("status", 4), ("start", 7), ("stop", 7), ("reread", 1)] as [(String, Int32)] {
                let run = try await sandbox.run(
                    [Program.superctl, "-c", sandbox / "superd.ini", verb] + (verb == "reread" ? [] : ["all"]))
                #expect(run.code == code, "\(verb): \(run)")
                #expect(run.out == "\(url) no such file\n", "\(verb): \(run)")
                #expect(run.errors.contains("is it running"), "\(run)")
            }
        }
    }

    @Test func aRefusedConnectionIsToldWithAdvice() async throws {
        try await Sandbox.with { sandbox in
            let url = "http://127.0.0.1:\(try freePort())"
            for (verb, code) in [("status", 4), ("pid", 4)] as [(String, Int32)] {
                let run = try await sandbox.superctl("-s", url, verb)
                #expect(run.code == code)
                #expect(run.out == "\(url) refused connection\n")
                #expect(run.errors.contains("nothing listens on port"), "\(run)")
            }
            // The file of a superd that was killed.
            let superd = try await sandbox.start()
            let brain = try sandbox.brain()
            try superd.send(.kill)
            _ = try await superd.end()
            try await until("the brain has noticed") { !ProcessTable.isAlive(brain) }
            let stale = try await sandbox.superctl("status")
            #expect(stale.code == 4)
            #expect(stale.out == "unix://\(sandbox / "superd.sock") refused connection\n")
            #expect(stale.errors.contains("left over from a superd that has ended"), "\(stale)")
        }
    }

    @Test(.enabled(if: CurrentProcess.user == 0, "needs root, to become somebody else"))
    func anotherUserIsShutOutAndTold() async throws {
        let nobody = ProcessSpec.Identity(user: 65_534, group: 65_534, groups: [65_534])
        try await Sandbox.with { sandbox in
            try await sandbox.start()
            // The program where nobody can reach it.
            #expect(try await sandbox.run(["cp", Program.superctl, sandbox / "superctl"]).code == 0)
            let run = try await sandbox.run(
                [sandbox / "superctl", "-c", sandbox / "superd.ini", "status"], identity: nobody)
            #expect(run.code == 4)
            #expect(run.out == "unix://\(sandbox / "superd.sock") permission denied\n")
            #expect(run.errors.contains("you are user 65534"), "\(run)")
        }
    }

    @Test func aWrongPasswordIsRefused() async throws {
        let port = try freePort()
        try await Sandbox.with("[inet_http_server]\nport=127.0.0.1:\(port)\nusername=ann\npassword=secret") { sandbox in
            try await sandbox.start()
            let url = "http://127.0.0.1:\(port)"
            let wrong = try await sandbox.superctl("-s", url, "-u", "ann", "-p", "wrong", "pid")
            #expect(wrong.code == 1)
            #expect(wrong.out == "Server requires authentication\n")
            #expect(try await sandbox.superctl("-s", url, "pid").code == 1)
            let right = try await sandbox.superctl("-s", url, "-u", "ann", "-p", "secret", "pid")
            #expect(right.out == "\(try sandbox.superd.pid)\n")
        }
    }
}

/// Many processes at once.
@Suite struct ManyProcessesTests {
    @Test func fiveHundredProcessesStartAndStopWithoutALeftover() async throws {
        try await Sandbox.with(
            "[program:s]\ncommand=sleep 1000\nprocess_name=%(process_num)03d\nnumprocs=500\n"
                + "stdout_logfile=NONE\nstderr_logfile=NONE"
        ) { sandbox in
            let superd = try await sandbox.start()
            try await until("all run") { try sandbox.processes().values.count { $0.state == .running } == 500 }
            let status = try await sandbox.superctl("status")
            #expect(status.code == 0)
            #expect(status.lines.count { $0.contains("RUNNING   pid ") } == 500)
            #expect(ProcessTable.children(of: superd.pid).count { $0.command == "sleep 1000" } == 500)
            let stop = try await sandbox.superctl("stop", "all")
            #expect(stop.lines.count { $0.hasSuffix(": stopped") } == 500)
            #expect(ProcessTable.children(of: superd.pid).allSatisfy { $0.command != "sleep 1000" })
            #expect(try await sandbox.superctl("start", "s:00*").lines.count == 10)
            #expect(try await sandbox.superctl("shutdown").code == 0)
            #expect(try await superd.end() == .exited(code: 0))
        }
    }
}
