import SuperAPI
import SuperBase
import SuperClient
import SuperOS
import Testing

/// The brain may be killed at any time, and nobody but the main log notices.
@Suite struct BrainKillTests {
    /// How many brains are killed; SUPERD_TEST_BRAIN_KILLS sets another number for a long run.
    private static let kills =
        CurrentProcess.environment.first { $0.name == "SUPERD_TEST_BRAIN_KILLS" }
        .flatMap { Int($0.value) } ?? 100

    @Test func aHundredKilledBrainsCostNoProgramNoRequestAndNoLine() async throws {
        try await Sandbox.with(
            """
            [program:web]
            command=\(Program.superweb) --bind 127.0.0.1:0
            [program:lines]
            command=python3 -u %(here)s/lines.py
            stdout_logfile=%(here)s/lines.log
            stdout_logfile_maxbytes=0
            """
        ) { sandbox in
            try sandbox.write(
                "lines.py",
                """
                import os, time
                number = 0
                while True:
                    number += 1
                    os.write(1, b"%d\\n" % number)
                    time.sleep(0.0005)

                """)
            let superd = try await sandbox.start()
            for name in ["web", "lines"] { try await sandbox.waitFor(name) }
            let before = try sandbox.processes()
            let port = try webPort(sandbox)
            let requests = try sandbox.launch([
                "curl", "--rate", "200/s", "-sS", "-m", "5", "-o", "/dev/null", "-w", "%{http_code}\\n", "-H",
                "Connection: close",
                "http://127.0.0.1:\(port)/?[1-100000000]",
            ])

            for number in 1...Self.kills {
                let brain = try await sandbox.superctl("pid", "--brain")
                let pid = try #require(Int32(brain.out.dropLast()), "\(number): \(brain)")
                try #require(try #require(ProcessTable.Entry(pid)).parent == superd.pid)
                try Signal.kill.send(toProcess: pid)
                let status = try await sandbox.superctl("status")
                try #require(status.code == 0, "\(number): \(status)")
                try await Task.sleep(for: .milliseconds(.random(in: 50...200)))
            }

            let after = try sandbox.processes()
            #expect(before.mapValues(\.pid) == after.mapValues(\.pid))
            #expect(after.values.allSatisfy { $0.restarts == 0 && $0.lostLogBytes == 0 })
            #expect(try sandbox.daemonInfo().brainRestarts == Self.kills)
            try requests.send(.terminate)
            _ = try await requests.end()
            let codes = requests.out.split(separator: "\n")
            #expect(codes.count > 100)
            #expect(codes.allSatisfy { $0 == "200" })
            #expect(requests.errors.isEmpty, "\(requests.errors)")
            #expect(try await sandbox.superctl("stop", "all").code == 0)
            let lines = sandbox.text("lines.log").split(separator: "\n")
            #expect(lines.count > 100)
            #expect(lines.enumerated().allSatisfy { Int($1) == $0 + 1 })
        }
    }

    private func webPort(_ sandbox: Sandbox) throws -> String {
        let path = try #require(try sandbox.processes()["web"]?.stderrLog)
        let line = try #require(Launched.text(path).split(separator: "\n").first { $0.contains("127.0.0.1:") })
        return String(line.split(separator: ":").last?.prefix { $0.isNumber } ?? "")
    }

    /// Kills in the middle of a write and of a rotation: the next brain finishes the one and goes on with the other.
    @Test func brainsThatAreKilledInTheMiddleOfABurstLoseAndDoubleNoByte() async throws {
        try await Sandbox.with(
            """
            [program:burst]
            command=seq 1 3000000
            autostart=false
            autorestart=false
            startsecs=0
            stdout_logfile=%(here)s/burst.log
            stdout_logfile_maxbytes=2MB
            stdout_logfile_backups=50
            """
        ) { sandbox in
            try await sandbox.start()
            for round in 1...12 {
                let brain = try sandbox.brain()
                _ = try sandbox.client.call(StartProcesses(["burst"], wait: false))
                try await until("it writes", every: .milliseconds(1)) { try sandbox.size("burst.log") != nil }
                try await Task.sleep(for: .milliseconds(.random(in: 0...40)))
                try Signal.kill.send(toProcess: brain)
                try await until("all is written") {
                    try FileSystem.list(sandbox.path).filter { $0.hasPrefix("burst.log") }
                        .reduce(0) { try $0 + (sandbox.size($1) ?? 0) } >= 22_888_896
                }
                try await sandbox.waitFor("burst", .exited)
                // The shell compares faster than a test would.
                let files = "$(ls -1 burst.log* | sort -t. -k3 -nr)"
                let compared = try await sandbox.run([
                    "sh", "-c", "cat \(files) > all && rm burst.log* && seq 1 3000000 | cmp - all",
                ])
                #expect(compared.code == 0, "round \(round): \(compared)")
            }
        }
    }

    @Test func aSignalThatComesWhileTheBrainIsGoneIsNotLost() async throws {
        try await Sandbox.with("[program:a]\ncommand=sleep 1000") { sandbox in
            let superd = try await sandbox.start()
            try await sandbox.waitFor("a")
            try Signal.kill.send(toProcess: try sandbox.brain())
            try superd.send(.terminate)
            #expect(try await superd.end() == .exited(code: 0))
            #expect(try !sandbox.exists("superd.pid"))
            #expect(try !sandbox.exists("superd.sock"))
        }
    }

    @Test func programsOfAKilledSuperdAreEndedByTheNextOneAndNotStartedTwice() async throws {
        try await Sandbox.with("[program:a]\ncommand=sleep 1000") { sandbox in
            let first = try await sandbox.start()
            try await sandbox.waitFor("a")
            let (pid, brain) = (try sandbox.pid("a"), try sandbox.brain())
            try first.send(.kill)
            _ = try await first.end()
            try await until("the brain has gone too") { !ProcessTable.isAlive(brain) }
            #expect(ProcessTable.isAlive(pid))

            try await sandbox.start()
            try await sandbox.waitFor("a")
            #expect(!ProcessTable.isAlive(pid))
            #expect(sandbox.leftovers().count { $0.command == "sleep 1000" } == 1)
            try await sandbox.waitForText(
                "ended a (pid \(pid)), left over from a superd that was killed", in: "main.log")
        }
    }
}
