import SuperAPI
import SuperBase
import SuperClient
import SuperOS
import Testing

/// Where output goes, and that none of it is lost.
@Suite struct LogTests {
    @Test func fiftyMegabytesRotateWithoutALostByte() async throws {
        // 6,475,000 lines are 50,688,896 bytes: ten full files and a rest.
        try await Sandbox.with(
            """
            [program:much]
            command=seq 1 6475000
            startsecs=0
            autorestart=false
            stdout_logfile=%(here)s/much.log
            stdout_logfile_maxbytes=5MB
            stdout_logfile_backups=20
            """
        ) { sandbox in
            try await sandbox.start()
            try await sandbox.waitFor("much", .exited)
            let command = "for n in 9 8 7 6 5 4 3 2 1; do cat much.log.$n; done; cat much.log"
            let compared = try await sandbox.run(["sh", "-c", "{ \(command); } > all; seq 1 6475000 | cmp - all"])
            #expect(compared.code == 0, "\(compared)")
            #expect(try !sandbox.exists("much.log.10"))
            for number in 1...9 {
                let size = try #require(try sandbox.size("much.log.\(number)"))
                // A chunk is never split, so a file may be larger by one chunk.
                #expect(size >= 5 << 20 && size < 6 << 20)
            }
            #expect(try sandbox.daemonInfo().lostLogBytes == 0)
        }
    }

    @Test func onlyAsManyOldFilesAreKeptAsBackupsSays() async throws {
        func program(_ name: String, _ backups: Int) -> String {
            "[program:\(name)]\ncommand=seq 1 100000\nstartsecs=0\nautorestart=false\n"
                + "stdout_logfile=%(here)s/\(name).log\nstdout_logfile_maxbytes=100KB\nstdout_logfile_backups=\(backups)\n"
        }
        try await Sandbox.with(program("two", 2) + program("none", 0)) { sandbox in
            try await sandbox.start()
            for name in ["two", "none"] { try await sandbox.waitFor(name, .exited) }
            try await until("the last line is written") { sandbox.text("two.log").hasSuffix("\n100000\n") }
            let files = try FileSystem.list(sandbox.path).filter { $0.contains(".log") }.sorted()
            #expect(files == ["main.log", "none.log", "two.log", "two.log.1", "two.log.2"])
            // What was kept joins without a gap.
            let kept = ["two.log.2", "two.log.1", "two.log"].map(sandbox.text).joined().split(separator: "\n")
            let numbers = kept.dropFirst().compactMap { Int($0) }
            #expect(numbers.count == kept.count - 1)
            #expect(zip(numbers, numbers.dropFirst()).allSatisfy { $0 + 1 == $1 })
            #expect(try #require(try sandbox.size("none.log")) < 300 << 10)
        }
    }

    @Test func noneKeepsNothingAndAutoIsAPrivateFile() async throws {
        let script = "command=sh -c \"echo hello; exec sleep 1000\"\n"
        try await Sandbox.with(
            "[program:none]\n\(script)stdout_logfile=NONE\nstderr_logfile=off\n[program:auto]\n\(script)"
                + "[program:late]\n\(script)autostart=false"
        ) { sandbox in
            try await sandbox.start()
            for name in ["none", "auto"] { try await sandbox.waitFor(name) }
            let files = try FileSystem.list(sandbox / "auto")
            // Also for a program that has never started.
            #expect(
                Set(files.map { $0.prefix { $0 != "." }.dropLast(8) })
                    == Set(
                        ["auto", "late"].flatMap { name in
                            ["\(name)-stdout---supervisor-", "\(name)-stderr---supervisor-"].map { Substring($0) }
                        }))
            for file in files {
                #expect(try #require(try FileSystem.status(sandbox / "auto/\(file)")).mode & 0o777 == 0o600)
            }
            try await until("the line is logged") { try await sandbox.superctl("tail", "auto").out == "hello\n" }
            let none = try await sandbox.superctl("tail", "none")
            #expect(none.out == "none: ERROR (no log file)\n" && none.code == 1)
        }
    }

    @Test func automaticLogsSurviveAKilledBrainAndGoAtTheNextStart() async throws {
        try await Sandbox.with("[program:a]\ncommand=cat") { sandbox in
            try await sandbox.start()
            try await sandbox.waitFor("a")
            let path = try #require(try sandbox.processes()["a"]?.stdoutLog)
            try Signal.kill.send(toProcess: try sandbox.brain())
            try await until("a new brain answers") { (try? sandbox.daemonInfo().brainRestarts) == 1 }
            #expect(try sandbox.processes()["a"]?.stdoutLog == path)
            _ = try sandbox.client.call(WriteInput(name: "a", text: "still here\n"))
            try await until("the output arrives") { Launched.text(path) == "still here\n" }
            try await sandbox.stop()
            try await sandbox.start()
            #expect(try FileSystem.status(path) == nil)
        }
    }

    @Test func devStdoutIsSuperdsOwn() async throws {
        try await Sandbox.with(
            "[program:a]\ncommand=sh -c \"echo to stdout; echo to stderr >&2; exec sleep 1000\"\n"
                + "stdout_logfile=/dev/stdout\nstdout_logfile_maxbytes=0\n"
                + "stderr_logfile=/dev/stderr\nstderr_logfile_maxbytes=0"
        ) { sandbox in
            let superd = try await sandbox.start(["-s"])
            try await sandbox.waitFor("a")
            try await until("the lines") { superd.out == "to stdout\n" && superd.errors == "to stderr\n" }
        }
    }

    @Test func clearEmptiesTheFileAndKeepsTheOldOnes() async throws {
        try await Sandbox.with("[program:a]\ncommand=cat\nstdout_logfile=%(here)s/a.log") { sandbox in
            try await sandbox.start()
            try await sandbox.waitFor("a")
            try sandbox.write("a.log.1", "old")
            _ = try sandbox.client.call(WriteInput(name: "a", text: "before\n"))
            try await sandbox.waitForText("before", in: "a.log")
            #expect(try await sandbox.superctl("clear", "a").out == "a: cleared\n")
            #expect(sandbox.text("a.log").isEmpty)
            _ = try sandbox.client.call(WriteInput(name: "a", text: "after\n"))
            try await sandbox.waitForText("after", in: "a.log")
            try await sandbox.waitForAll("after\n", in: "a.log")
            try await sandbox.waitForAll("old", in: "a.log.1")
        }
    }

    @Test func escapeSequencesAreStrippedAlsoWhenTheyArriveInPieces() async throws {
        try await Sandbox.with(
            "[supervisord]\nstrip_ansi=true\n[program:a]\ncommand=cat\nstdout_logfile=%(here)s/a.log"
        ) { sandbox in
            try await sandbox.start()
            try await sandbox.waitFor("a")
            for piece in ["\u{1b}[1;31mred\u{1b}", "[0m plain \u{1b}[2", "Kend\n"] {
                let before = try sandbox.size("a.log")
                _ = try sandbox.client.call(WriteInput(name: "a", text: piece))
                try await until("the piece has passed") { try sandbox.size("a.log") != before }
            }
            try await sandbox.waitForAll("red plain end\n", in: "a.log")
        }
    }

    @Test func aLogThatWasDeletedIsMadeAgain() async throws {
        try await Sandbox.with("[program:a]\ncommand=cat\nstdout_logfile=%(here)s/a.log") { sandbox in
            try await sandbox.start()
            try await sandbox.waitFor("a")
            _ = try FileSystem.remove(sandbox / "a.log")
            try await until("the log is there again") {
                _ = try sandbox.client.call(WriteInput(name: "a", text: "line\n"))
                return sandbox.text("a.log").contains("line")
            }
        }
    }
}
