import SuperAPI
import SuperBase
import SuperOS
import Testing

/// What superd says to input that it cannot use; and that nothing running is touched by it.
@Suite struct BadInputTests {
    /// Runs superd to its end, which must be the exit code 2, and answers what it said.
    private func complaint(_ sandbox: Sandbox, _ flags: [String] = ["-n"]) async throws -> String {
        let run = try await sandbox.run([Program.superd, "-c", sandbox / "superd.ini"] + flags)
        #expect(run.code == 2)
        #expect(run.errors.hasPrefix("Error: "))
        #expect(run.errors.hasSuffix("\nFor help, use \(Program.superd) -h\n"))
        #expect(try !sandbox.exists("superd.sock"))
        return run.errors
    }

    @Test func aMissingFileIsNamed() async throws {
        try await Sandbox.with { sandbox in
            let run = try await sandbox.run([Program.superd, "-n", "-c", sandbox / "nothing.ini"])
            #expect(run.code == 2)
            #expect(run.errors.contains(sandbox / "nothing.ini"))
            #expect(run.errors.contains("No such file or directory"))
        }
    }

    @Test func aFileThatMayNotBeReadIsNamed() async throws {
        try await Sandbox.with { sandbox in
            try FileSystem.changeMode(of: sandbox / "superd.ini", to: 0o600)
            let nobody = ProcessSpec.Identity(user: 65_534, group: 65_534, groups: [65_534])
            // Whoever builds in a folder that nobody may enter must still be able to run the test.
            try #require(try await sandbox.run(["cp", Program.superd, sandbox / "superd"]).code == 0)
            let run = try await sandbox.run([sandbox / "superd", "-n", "-c", sandbox / "superd.ini"], identity: nobody)
            #expect(run.code == 2)
            #expect(run.errors.contains("\(sandbox / "superd.ini")"))
            #expect(run.errors.contains("Permission denied"))
        }
    }

    @Test func withoutCThePlacesAreTold() async throws {
        try await Sandbox.with { sandbox in
            let run = try await sandbox.run([Program.superd, "-n"])
            #expect(run.code == 2)
            #expect(run.errors.contains("/etc/supervisord.conf"))
        }
    }

    @Test func everyMistakeIsToldWithItsFileAndLine() async throws {
        try await Sandbox.with("[program:a]\ncommand=sleep 1000\nstartsecs=many\n[program:b]\nautostart=maybe") {
            sandbox in
            let text = try await complaint(sandbox)
            #expect(text.contains("superd.ini:11: "), "\(text)")
            #expect(text.contains("superd.ini:13: "), "\(text)")
            #expect(text.contains("[program:b] autostart: \"maybe\" is not true, "), "\(text)")
            #expect(text.contains("[program:b] command: the program needs command="), "\(text)")
        }
    }

    @Test func aLineThatIsNoOptionIsASyntaxError() async throws {
        try await Sandbox.with("[program:a]\ncommand=sleep 1000\nthis is no option") { sandbox in
            let text = try await complaint(sandbox)
            #expect(text.contains("superd.ini:11"), "\(text)")
        }
    }

    @Test func aBrokenIncludedFileIsNamed() async throws {
        try await Sandbox.with("[include]\nfiles=conf.d/*.ini") { sandbox in
            try sandbox.makeFolder("conf.d")
            try sandbox.write("conf.d/bad.ini", "[program:x]\ncommand=sleep 1000\nstartretries=x\n")
            let text = try await complaint(sandbox)
            #expect(text.contains("conf.d/bad.ini:3: "), "\(text)")
        }
    }

    @Test func anIncludeThatMatchesNothingIsAWarning() async throws {
        try await Sandbox.with("[include]\nfiles=conf.d/*.ini") { sandbox in
            try await sandbox.start()
            try await sandbox.waitForText(
                "[include] files: no file matches \(sandbox / "conf.d/*.ini")", in: "main.log")
        }
    }

    @Test func anUnknownUserIsTold() async throws {
        try await Sandbox.with("[program:a]\ncommand=sleep 1000\nuser=no-such-user") { sandbox in
            let text = try await complaint(sandbox)
            #expect(text.contains("user: there is no user \"no-such-user\""))
        }
        try await Sandbox.with("[supervisord]\nuser=no-such-user") { sandbox in
            let text = try await complaint(sandbox)
            #expect(text.contains("user: there is no user \"no-such-user\""))
        }
    }

    @Test func anAddressInUseIsToldInSupervisorsSentence() async throws {
        let sentence =
            "Error: Another program is already listening on a port that one of our HTTP servers is configured to use.  "
            + "Shut this program down first before starting supervisord."
        let listener = try Descriptor.listen(host: "127.0.0.1", port: 0)
        guard case .internet(_, let port) = try listener.localAddress() else { throw Missing("a port") }
        for flags in [["-n"], []] {
            try await Sandbox.with("[inet_http_server]\nport=127.0.0.1:\(port)") { sandbox in
                let text = try await complaint(sandbox, flags)
                #expect(text.hasPrefix(sentence))
            }
        }
        try await Sandbox.with { sandbox in
            try await sandbox.start()
            let second = try await sandbox.run([
                Program.superd, "-n", "-c", sandbox / "superd.ini", "-j", sandbox / "other.pid",
            ])
            #expect(second.code == 2)
            #expect(second.errors.hasPrefix(sentence))
            #expect(try await sandbox.superctl("pid").code == 0)
        }
    }

    @Test func aSecondSuperdOnTheSamePidfileIsRefused() async throws {
        try await Sandbox.with("[program:a]\ncommand=sleep 1000") { sandbox in
            let first = try await sandbox.start()
            try await sandbox.waitFor("a")
            let pid = try sandbox.pid("a")
            for flags in [["-n"], []] {
                let second = try await sandbox.run([Program.superd, "-c", sandbox / "superd.ini"] + flags)
                #expect(second.code == 2)
                #expect(second.errors.contains("another superd (pid \(first.pid)) is running with the pidfile"))
            }
            #expect(try sandbox.pid("a") == pid)
            #expect(sandbox.text("superd.pid") == "\(first.pid)\n")
        }
    }

    @Test func aStaleSocketAndPidfileDoNotStopAStart() async throws {
        try await Sandbox.with { sandbox in
            let first = try await sandbox.start()
            let brain = try sandbox.brain()
            try first.send(.kill)
            _ = try await first.end()
            try await until("the brain has noticed") { !ProcessTable.isAlive(brain) }
            #expect(try sandbox.exists("superd.sock") && sandbox.exists("superd.pid"))
            let second = try await sandbox.start()
            #expect(try await sandbox.superctl("pid").out == "\(second.pid)\n")
        }
    }

    @Test func aBrokenFileChangesNothingThatRuns() async throws {
        let good = "[program:a]\ncommand=sleep 1000\n"
        try await Sandbox.with(good) { sandbox in
            let superd = try await sandbox.start()
            try await sandbox.waitFor("a")
            let pid = try sandbox.pid("a")
            try sandbox.configure(good + "startsecs=many\n")
            for verb in ["reread", "update"] {
                let run = try await sandbox.superctl(verb)
                #expect(run.code == 1)
                #expect(run.out.hasPrefix("ERROR: CANT_REREAD: "), "\(run)")
                #expect(run.errors.contains("superd.ini:11"), "\(run)")
            }
            let reload = try await sandbox.superctl("reload")
            #expect(reload.code == 1)
            #expect((reload.out + reload.errors).contains("superd.ini:11"), "\(reload)")
            let check = try await sandbox.superctl("check")
            #expect(check.code == 1)
            #expect(check.out.contains("superd.ini:11"))

            try superd.send(.hangup)
            try await sandbox.waitForText("the configuration has errors; everything goes on as it was", in: "main.log")
            try await sandbox.waitForText("superd.ini:11", in: "main.log")
            #expect(try sandbox.pid("a") == pid)
            #expect(try sandbox.state("a") == .running)

            try sandbox.configure(good)
            #expect(try await sandbox.superctl("reread").out == "No config updates to processes\n")
        }
    }

    @Test func asADaemonTheShellSeesZeroOnlyWhenSuperdAnswers() async throws {
        try await Sandbox.with("[program:a]\ncommand=sleep 1000") { sandbox in
            let run = try await sandbox.run([Program.superd, "-c", sandbox / "superd.ini"])
            #expect(run.code == 0 && run.out.isEmpty && run.errors.isEmpty, "\(run)")
            // Without a wait: it answers now.
            #expect(try await sandbox.superctl("pid").out == sandbox.text("superd.pid"))
            try await sandbox.waitFor("a")
            try await sandbox.waitForText("INFO daemonizing the supervisord process", in: "main.log")
            #expect(try await sandbox.superctl("shutdown").out == "Shut down\n")
            try await until("superd has ended") { try !sandbox.exists("superd.pid") }
        }
    }

    @Test func asADaemonItAnswersTheShellWithWhatWentWrong() async throws {
        try await Sandbox.with("[supervisord]\nlogfile=%(here)s/auto") { sandbox in
            let text = try await complaint(sandbox, [])
            #expect(text.contains("the main log cannot be written"), "\(text)")
        }
        try await Sandbox.with("[supervisord]\nlogfile=/no/such/folder/main.log") { sandbox in
            let text = try await complaint(sandbox, [])
            #expect(text.contains("logfile: the directory of \"/no/such/folder/main.log\" does not exist"))
        }
    }
}
