import SuperAPI
import SuperBase
import SuperClient
import SuperOS
import Testing

/// Logs that cannot be written: programs go on, the loss is told, and writing resumes by itself.
@Suite struct LogTroubleTests {
    /// A program that writes a numbered line every few milliseconds and notes each in a file of its own, which shows that it goes on.
    private static let ticker = """
        import os, time
        number = 0
        while True:
            number += 1
            os.write(1, b"%06d tick tick tick tick tick tick tick tick tick tick tick tick tick tick\\n" % number)
            with open("progress", "w") as file:
                file.write(str(number))
            time.sleep(0.002)

        """

    private func program(_ logfile: String) -> String {
        "[program:ticker]\ncommand=python3 -u %(here)s/ticker.py\ndirectory=%(here)s\nstdout_logfile=\(logfile)\n"
            + "stdout_logfile_maxbytes=0"
    }

    private func progress(_ sandbox: Sandbox) -> Int { Int(sandbox.text("progress")) ?? 0 }

    private func lost(_ sandbox: Sandbox) throws -> Int { try #require(try sandbox.processes()["ticker"]).lostLogBytes }

    /// Waits until the program has written as much again.
    private func waitForProgress(_ sandbox: Sandbox, _ lines: Int = 100) async throws {
        let before = progress(sandbox)
        try await until("the program goes on") { progress(sandbox) > before + lines }
    }

    /// The checks that every trouble shares: the program goes on, the loss is counted and told, and after `repair` lines arrive again.
    private func expectToGoOn(
        _ sandbox: Sandbox, log: () -> String, why: String, repair: () async throws -> Void
    ) async throws {
        let pid = try sandbox.pid("ticker")
        try await until("a loss is counted") { try lost(sandbox) > 0 }
        try await waitForProgress(sandbox)
        let status = try await sandbox.superctl("status", "--json")
        #expect(status.code == 0)
        #expect(!status.out.contains("\"lostLogBytes\":0,\"name\":\"ticker\""), "\(status)")
        try await sandbox.waitForText(why, in: "main.log")
        try await repair()
        try await sandbox.waitForText("bytes were lost", in: "main.log")
        try await until("lines arrive again") {
            let (text, now) = (log(), progress(sandbox))
            return text.split(separator: "\n").last.flatMap { Int($0.prefix(6)) }.map { $0 + 200 > now } ?? false
        }
        #expect(try sandbox.pid("ticker") == pid)
        #expect(log().contains("bytes of this log were lost"))
    }

    @Test(.enabled(if: CurrentProcess.user == 0, "needs root, to mount a file system"))
    func aFullDiskLosesOutputAndNothingElse() async throws {
        try await Sandbox.with(program("%(here)s/disk/ticker.log")) { sandbox in
            try sandbox.write("ticker.py", Self.ticker)
            try sandbox.makeFolder("disk")
            let superd = try await sandbox.start(through: [
                "unshare", "-m", "sh", "-c", "mount -t tmpfs -o size=64k superd disk && exec \"$@\"", "sh",
            ])
            try await sandbox.waitFor("ticker")
            // The disk is seen by superd alone.
            let disk = "/proc/\(superd.pid)/root\(sandbox / "disk")"
            try await expectToGoOn(
                sandbox, log: { Launched.text("\(disk)/ticker.log") }, why: "No space left on device"
            ) {
                // logrotate with copytruncate makes room.
                try Descriptor.open("\(disk)/ticker.log", .writeOnly).truncate(to: 0)
                try await until("lines arrive") { Launched.text("\(disk)/ticker.log").contains("tick tick") }
            }
        }
    }

    @Test func aFolderThatVanishesLosesOutputAndNothingElse() async throws {
        try await Sandbox.with(program("%(here)s/logs/ticker.log")) { sandbox in
            try sandbox.write("ticker.py", Self.ticker)
            try sandbox.makeFolder("logs")
            try await sandbox.start()
            try await sandbox.waitFor("ticker")
            _ = try FileSystem.remove(sandbox / "logs/ticker.log")
            try FileSystem.removeDirectory(sandbox / "logs")
            try await expectToGoOn(
                sandbox, log: { sandbox.text("logs/ticker.log") },
                why: "logs/ticker.log cannot be written, its output is lost until it can"
            ) { try sandbox.makeFolder("logs") }
        }
    }

    @Test(.enabled(if: CurrentProcess.user == 0, "needs root, to become somebody else"))
    func aFolderThatMayNotBeWrittenLosesOutputAndNothingElse() async throws {
        try await Sandbox.with(program("%(here)s/logs/ticker.log")) { sandbox in
            try sandbox.write("ticker.py", Self.ticker)
            try sandbox.makeFolder("logs")
            for folder in ["", "auto"] { try FileSystem.changeMode(of: sandbox / folder, to: 0o777) }
            try await sandbox.start(["-u", "nobody"])
            try await sandbox.waitFor("ticker")
            try await expectToGoOn(
                sandbox, log: { sandbox.text("logs/ticker.log") }, why: "Permission denied"
            ) { try FileSystem.changeMode(of: sandbox / "logs", to: 0o777) }
        }
    }

    /// A FIFO that nobody reads takes 64 KiB and then nothing, like a disk that hangs.
    @Test func aLogThatHangsBlocksNoProgramAndNoOperator() async throws {
        try await Sandbox.with(
            program("%(here)s/fifo") + "\n[program:other]\ncommand=cat\nstdout_logfile=%(here)s/other.log"
        ) { sandbox in
            // A hundred lines at once, so that FIFO and pipe are soon full.
            try sandbox.write("ticker.py", Self.ticker.replacing(" % number)", with: " % number * 100)"))
            #expect(try await sandbox.run(["mkfifo", sandbox / "fifo"]).code == 0)
            // Opened for both ways, so that superd need not wait for a reader; and nobody reads.
            let fifo = try Descriptor.open(sandbox / "fifo", [.readWrite, .nonBlocking])
            try await sandbox.start()
            try await sandbox.waitFor("ticker")
            let pid = try sandbox.pid("ticker")
            try await until("a loss is counted") { try lost(sandbox) > 1 << 20 }
            try await waitForProgress(sandbox, 500)
            let status = try await sandbox.superctl("status")
            #expect(status.code == 0, "\(status)")
            #expect(status.out.contains("RUNNING   pid \(pid)"))

            let reader = try sandbox.launch(["cat", sandbox / "fifo"])
            try await sandbox.waitForText("log files are written again; ", in: "main.log")
            let before = reader.out.count
            try await until("lines arrive again") { reader.out.count > before + 100_000 }
            _ = try sandbox.client.call(WriteInput(name: "other", text: "hello\n"))
            try await sandbox.waitForText("hello\n", in: "other.log")
            #expect(try sandbox.processes()["other"]?.lostLogBytes == 0)
            #expect(try sandbox.pid("ticker") == pid)
            try await sandbox.waitForText("a log file takes over a second to be written", in: "main.log")
            withExtendedLifetime(fifo) {}
        }
    }

    /// Each write of the log thread takes one and a half seconds, as on a disk that is about to die.
    @Test(.enabled(if: CurrentProcess.user == 0, "needs root, to trace"))
    func aSlowDiskBlocksNoProgramAndNoOperator() async throws {
        try await Sandbox.with(program("%(here)s/ticker.log")) { sandbox in
            try sandbox.write("ticker.py", Self.ticker.replacing(" % number)", with: " % number * 100)"))
            try await sandbox.start()
            try await sandbox.waitFor("ticker")
            let (pid, brain) = (try sandbox.pid("ticker"), try sandbox.brain())
            let thread = try #require(
                try FileSystem.list("/proc/\(brain)/task").first {
                    Launched.text("/proc/\(brain)/task/\($0)/comm") == "superd-logs\n"
                })
            let strace = try sandbox.launch([
                "strace", "-qq", "-o", "/dev/null", "-e", "trace=write", "-e", "inject=write:delay_enter=1500000", "-p",
                thread,
            ])
            try await until("a loss is counted") { try lost(sandbox) > 0 }
            try await waitForProgress(sandbox, 500)
            #expect(try await sandbox.superctl("status").code == 0)
            try strace.send(.terminate)
            _ = try await strace.end()
            try await sandbox.waitForText("log files are written again; ", in: "main.log")
            let size = try #require(try sandbox.size("ticker.log"))
            try await until("lines arrive again") { try #require(try sandbox.size("ticker.log")) > size + 1 << 20 }
            #expect(try (sandbox.pid("ticker"), sandbox.brain()) == (pid, brain))
        }
    }

    @Test func aMainLogThatCannotBeWrittenStopsNothing() async throws {
        try await Sandbox.with("[program:a]\ncommand=cat") { sandbox in
            let superd = try await sandbox.start(["-l", "/dev/full", "-y", "0"])
            try await sandbox.waitFor("a")
            #expect(try await sandbox.superctl("restart", "a").out == "a: stopped\na: started\n")
            #expect(try await sandbox.superctl("status").code == 0)
            // Standard output still has it all.
            try await until("the trouble is told") { superd.out.contains("/dev/full cannot be written") }
        }
    }
}
