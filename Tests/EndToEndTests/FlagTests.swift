import SuperAPI
import SuperBase
import SuperOS
import Testing

/// superd's command line.
@Suite struct FlagTests {
    /// Starts superd in the foreground with these flags and looks at it.
    private func with(
        _ flags: (Sandbox) -> [String], _ configuration: String = "", _ test: (Sandbox) async throws -> Void
    ) async throws {
        try await Sandbox.with(configuration) { sandbox in
            try await sandbox.start(flags(sandbox))
            try await test(sandbox)
        }
    }

    @Test(arguments: ["-v", "--version"]) func theVersionIsPrinted(_ flag: String) async throws {
        try await Sandbox.with { sandbox in
            let run = try await sandbox.run([Program.superd, flag])
            #expect(run.code == 0)
            #expect(run.out == "\(Version.current)\n")
        }
    }

    @Test(arguments: ["-h", "-?", "--help"]) func theHelpNamesEveryOption(_ flag: String) async throws {
        try await Sandbox.with { sandbox in
            let run = try await sandbox.run([Program.superd, flag])
            #expect(run.code == 0)
            for name in ["-c", "-n", "--nodaemon", "--minprocs", "--strip_ansi", "--childlogdir", "USR2"] {
                #expect(run.out.contains(name), "\(name)")
            }
        }
    }

    @Test func wordsThatAreNoOptionsAreRefused() async throws {
        try await Sandbox.with { sandbox in
            let cases = [
                (["start"], "positional arguments are not supported: ['start']"),
                (["-n", "-n"], "conflicting command line option '-n'"),
                (["-x"], "option -x not recognized"), (["--nodemon"], "did you mean --nodaemon?"),
                (["-l"], "option -l requires"), (["--nodaemon=yes"], "option --nodaemon must not have an argument"),
                (["-e", "loud", "-c", sandbox / "superd.ini"], "loud"),
                (["-u", "no-such-user", "-c", sandbox / "superd.ini"], "no-such-user"),
            ]
            for (words, sentence) in cases {
                let run = try await sandbox.run([Program.superd] + words)
                #expect(run.code == 2, "\(words)")
                #expect(run.errors.hasPrefix("Error: ") && run.errors.contains(sentence), "\(words): \(run)")
            }
        }
    }

    @Test(arguments: [("-l", "-j", "-i", "-e"), ("--logfile", "--pidfile", "--identifier", "--loglevel")])
    func logPidfileIdentifierAndLevelAreTaken(_ names: (String, String, String, String)) async throws {
        func flags(_ sandbox: Sandbox) -> [String] {
            [names.0, sandbox / "other.log", names.1, sandbox / "other.pid", names.2, "box7", names.3, "debug"]
        }
        try await with(flags, "[program:a]\ncommand=sh -c \"echo hello; exec sleep 1000\"") { sandbox in
            try await sandbox.waitFor("a")
            #expect(try !sandbox.exists("main.log") && !sandbox.exists("superd.pid"))
            #expect(sandbox.text("other.pid") == "\(try sandbox.superd.pid)\n")
            #expect(try sandbox.daemonInfo().identifier == "box7")
            try await sandbox.waitForText("DEBG 'a' stdout output:\nhello\n", in: "other.log")
            #expect(try #require(try sandbox.processes()["a"]?.stdoutLog).contains("/a-stdout---box7-"))
        }
    }

    @Test(arguments: [("-y", "-z"), ("--logfile_maxbytes", "--logfile_backups")])
    func theMainLogRotatesAsTheFlagsSay(_ names: (String, String)) async throws {
        try await with({ _ in [names.0, "1KB", names.1, "2", "-e", "debug"] }) { sandbox in
            for _ in 0..<200 { try sandbox.superd.send(.user2) }
            try await until("two old logs") {
                try sandbox.superd.send(.user2)
                return try sandbox.exists("main.log.2")
            }
            try await sandbox.stop()
            #expect(try !sandbox.exists("main.log.3"))
            #expect(try #require(try sandbox.size("main.log.1")) >= 1024)
        }
    }

    @Test(arguments: ["-s", "--silent"]) func theMainLogIsRepeatedOnStdoutUnlessSilent(_ flag: String) async throws {
        try await with({ _ in [] }) { sandbox in
            try await sandbox.stop()
            #expect(try sandbox.superd.out == sandbox.text("main.log"))
        }
        try await with({ _ in [flag] }) { sandbox in
            try await sandbox.stop()
            #expect(try sandbox.superd.out.isEmpty)
            #expect(!sandbox.text("main.log").isEmpty)
        }
    }

    @Test(arguments: ["-q", "--childlogdir"]) func automaticLogsLieInTheFolderOfTheFlag(_ flag: String) async throws {
        try await with({ [flag, $0.path] }, "[program:a]\ncommand=sleep 1000") { sandbox in
            try await sandbox.waitFor("a")
            #expect(try #require(try sandbox.processes()["a"]?.stdoutLog).hasPrefix(sandbox / "a-stdout---supervisor-"))
        }
    }

    @Test(arguments: ["-k", "--nocleanup"]) func oldAutomaticLogsGoUnlessTheFlagKeepsThem(_ flag: String) async throws {
        func old(_ sandbox: Sandbox) throws -> [Bool] {
            try [
                "x-stdout---supervisor-abcdefgh.log", "x-stdout---supervisor-abcdefgh.log.3", "x-stdout---other-a.log",
            ]
            .map { try sandbox.exists("auto/\($0)") }
        }
        for flags in [[], [flag]] {
            try await Sandbox.with { sandbox in
                for name in ["supervisor-abcdefgh.log", "supervisor-abcdefgh.log.3", "other-a.log"] {
                    try sandbox.write("auto/x-stdout---\(name)", "old")
                }
                try await sandbox.start(flags)
                #expect(try old(sandbox) == (flags.isEmpty ? [false, false, true] : [true, true, true]))
            }
        }
    }

    @Test(arguments: ["-a", "--minfds"]) func programsMayOpenAsManyFilesAsTheFlagSays(_ flag: String) async throws {
        try await Sandbox.with(
            "[program:a]\ncommand=sh -c \"ulimit -n; exec sleep 1000\"\nstdout_logfile=%(here)s/a.log"
        ) { sandbox in
            try await sandbox.start([flag, "2345"], through: ["sh", "-c", "ulimit -Sn 500; exec \"$@\"", "sh"])
            try await sandbox.waitFor("a")
            try await sandbox.waitForAll("2345\n", in: "a.log")
        }
    }

    @Test(.enabled(if: CurrentProcess.user == 0, "needs root, to become somebody else"))
    func limitsThatCannotBeRaisedAreToldAtTheStart() async throws {
        try await Sandbox.with { sandbox in
            let run = try await sandbox.run([
                "sh", "-c", "ulimit -n 500; exec \"$@\"", "sh", Program.superd, "-n", "-c", sandbox / "superd.ini",
                "-a",
                "2345", "-u", "nobody",
            ])
            #expect(run.code == 2)
            #expect(run.errors.contains("2345 file descriptors (minfds=2345), and may have only 500"), "\(run)")
        }
    }

    @Test func minprocsRaisesTheLimitOfProcesses() async throws {
        try await Sandbox.with(
            "[program:a]\ncommand=sh -c \"ulimit -p; exec sleep 1000\"\nstdout_logfile=%(here)s/a.log"
        ) { sandbox in
            try await sandbox.start(
                ["--minprocs", "3456"], through: ["sh", "-c", "ulimit -Sp 300; exec \"$@\"", "sh"])
            try await sandbox.waitFor("a")
            try await sandbox.waitForAll("3456\n", in: "a.log")
        }
    }

    @Test(
        .enabled(if: CurrentProcess.user == 0, "needs root, to become somebody else"), arguments: ["-u", "--user"])
    func superdBecomesTheUserOfTheFlag(_ flag: String) async throws {
        try await Sandbox.with("[program:a]\ncommand=sh -c \"id -un; exec sleep 1000\"\nstdout_logfile=%(here)s/a.log")
        {
            sandbox in
            for folder in ["", "auto"] { try FileSystem.changeMode(of: sandbox / folder, to: 0o777) }
            try await sandbox.start([flag, "nobody"])
            try await sandbox.waitFor("a")
            try await sandbox.waitForAll("nobody\n", in: "a.log")
            let superd = try #require(ProcessTable.Entry(try sandbox.superd.pid))
            #expect(superd.status("Uid") == "65534 65534 65534 65534")
            #expect(!sandbox.text("main.log").contains("running as root"))
        }
    }

    @Test(arguments: [("-m", "-d"), ("--umask", "--directory")])
    func aDaemonHasTheUmaskAndTheDirectoryOfTheFlags(_ names: (String, String)) async throws {
        try await Sandbox.with(
            "[program:a]\ncommand=sh -c \"umask; pwd; exec sleep 1000\"\nstdout_logfile=%(here)s/a.log"
        ) { sandbox in
            let run = try await sandbox.run([
                Program.superd, "-c\(sandbox / "superd.ini")", names.0, "027", names.1, "/usr",
            ])
            #expect(run.code == 0, "\(run)")
            try await sandbox.waitFor("a")
            try await sandbox.waitForAll("0027\n/usr\n", in: "a.log")
            #expect(try #require(try FileSystem.status(sandbox / "a.log")).mode & 0o777 == 0o640)
            #expect(try await sandbox.superctl("shutdown").code == 0)
            try await until("superd has ended") { try !sandbox.exists("superd.pid") }
        }
    }

    @Test func calledAsSupervisordTStripsAnsi() async throws {
        try await Sandbox.with(
            "[program:a]\ncommand=printf '\\033[31mred\\033[0m\\n'\nstartsecs=0\nstdout_logfile=%(here)s/a.log"
        ) { sandbox in
            #expect(try await sandbox.run(["ln", "-s", Program.superd, sandbox / "supervisord"]).code == 0)
            let superd = try sandbox.launch([sandbox / "supervisord", "-nt", "-c", sandbox / "superd.ini"])
            try await sandbox.waitForText("red", in: "a.log")
            try await sandbox.waitForAll("red\n", in: "a.log")
            try superd.send(.terminate)
            #expect(try await superd.end() == .exited(code: 0))
        }
    }

    @Test(arguments: ["-t", "--check"]) func aFileIsCheckedWithoutAnythingBeingStarted(_ flag: String) async throws {
        try await Sandbox.with("[program:a]\ncommand=sleep 1000") { sandbox in
            let good = try await sandbox.run([Program.superd, flag, "-c", sandbox / "superd.ini"])
            #expect(good.code == 0, "\(good)")
            try sandbox.configure("[program:a]\ncommand=sleep 1000\nstartsecs=many\n[program:b]\ncomand=x")
            let bad = try await sandbox.run([Program.superd, flag, "-c", sandbox / "superd.ini"])
            #expect(bad.code != 0)
            for line in [11, 12] { #expect((bad.out + bad.errors).contains("superd.ini:\(line)"), "\(bad)") }
            #expect(try !sandbox.exists("main.log") && !sandbox.exists("superd.sock"))
        }
    }
}
