import SuperAPI
import SuperBase
import SuperOS
import Testing

/// The listening sockets that superd opens for programs.
@Suite struct SocketTests {
    /// A program with one socket on a port of its own, and further options.
    private func with(_ more: String = "", _ test: (Sandbox, UInt16) async throws -> Void) async throws {
        let port = try WorkerPort.take()
        let options = [
            "command=\(Script.worker())", "socket=tcp://127.0.0.1:\(port)", "ready=notify", "stopwaitsecs=30", more,
        ]
        try await Sandbox.with("[program:web]\n" + options.joined(separator: "\n")) { sandbox in
            try await sandbox.start()
            try await test(sandbox, port)
        }
    }

    /// Which socket a process has under a number, as `socket:[4711]`.
    private func socket(_ sandbox: Sandbox, _ pid: Int32, _ number: Int = 3) async throws -> String {
        let run = try await sandbox.run(["readlink", "/proc/\(pid)/fd/\(number)"])
        try #require(run.out.hasPrefix("socket:["), "\(run)")
        return run.out
    }

    // MARK: - What a worker sees

    @Test func aWorkerIsToldOfItsSocketsByNumberNameAndAddress() async throws {
        let port = try WorkerPort.take()
        try await Sandbox.with(
            """
            [program:web]
            command=sleep 1000
            socket=http=tcp://127.0.0.1:\(port) admin=unix://%(here)s/admin.sock
            environment=FIRST="%(socket_fd)s",ADMIN="%(socket_fd_admin)s",SECOND="%(socket_fd_2)s"
            [program:plain]
            command=sleep 1000
            socket=unix://%(here)s/a.sock unix://%(here)s/b.sock
            [program:none]
            command=sleep 1000
            """
        ) { sandbox in
            try await sandbox.start([], environment: ["LISTEN_FDS": "7", "LISTEN_PID": "1"])
            for name in ["web", "plain", "none"] { try await sandbox.waitFor(name) }
            let pid = try sandbox.pid("web")
            let web = try #require(ProcessTable.Entry(pid)).environment
            let wanted = [
                "LISTEN_FDS=2", "LISTEN_FDNAMES=http:admin", "LISTEN_PID=\(pid)",
                "SERVER_STARTER_PORT=127.0.0.1:\(port)=3;\(sandbox / "admin.sock")=4", "FIRST=3", "ADMIN=4",
                "SECOND=4",
            ]
            for variable in wanted { #expect(web.contains(variable[...]), "\(variable) is not in \(web)") }
            let fds = try FileSystem.list("/proc/\(pid)/fd")
            #expect(Set(fds) == ["0", "1", "2", "3", "4"])
            let plain = try #require(ProcessTable.Entry(try sandbox.pid("plain"))).environment
            #expect(plain.contains("LISTEN_FDNAMES=socket:socket2"))
            // Those that superd was started with are its own.
            let none = try #require(ProcessTable.Entry(try sandbox.pid("none"))).environment
            #expect(none.allSatisfy { !$0.hasPrefix("LISTEN_") && !$0.hasPrefix("SERVER_STARTER_PORT") })
        }
    }

    @Test func theFirstSocketCanBeTheStandardInputToo() async throws {
        let port = try WorkerPort.take()
        try await Sandbox.with(
            "[program:web]\ncommand=\(Script.worker("fd=0"))\nsocket=tcp://127.0.0.1:\(port)\nsocket_stdin=true"
        ) { sandbox in
            try await sandbox.start()
            let pid = try await sandbox.ask(port).pid
            #expect(try sandbox.pid("web") == pid)
            let (input, third) = (try await socket(sandbox, pid, 0), try await socket(sandbox, pid))
            #expect(input == third)
        }
    }

    // MARK: - Kinds of sockets

    @Test func aSocketFileHasItsModeAndGoesAtTheEnd() async throws {
        let web = "[program:web]\ncommand=\(Script.worker())\nsocket=unix://%(here)s/web.sock\n"
        try await Sandbox.with(web + "socket_mode=0660") { sandbox in
            try await sandbox.start()
            let run = try await sandbox.run([
                "curl", "-sS", "-m", "40", "--unix-socket", sandbox / "web.sock", "http://x/",
            ])
            #expect(run.out == "\(try sandbox.pid("web")) 1\n", "\(run)")
            let status = try #require(try FileSystem.status(sandbox / "web.sock"))
            #expect(status.kind == .socket && status.mode == 0o660)
            // A restart leaves it as it is.
            #expect(try await sandbox.superctl("restart", "web").code == 0)
            #expect(try FileSystem.status(sandbox / "web.sock")?.inode == status.inode)
            try await sandbox.stop()
            #expect(try !sandbox.exists("web.sock"))
        }
    }

    @Test(.enabled(if: CurrentProcess.user == 0, "needs root, to give a file to somebody else"))
    func aSocketFileBelongsToItsOwnerOrElseToTheUserOfTheProgram() async throws {
        try await Sandbox.with(
            """
            [program:own]
            command=sleep 1000
            socket=unix://%(here)s/own.sock
            socket_owner=65534:12
            [program:user]
            command=sleep 1000
            user=nobody
            socket=unix://%(here)s/user.sock
            """
        ) { sandbox in
            try await sandbox.start()
            for name in ["own", "user"] { try await sandbox.waitFor(name) }
            let own = try #require(try FileSystem.status(sandbox / "own.sock"))
            #expect((own.user, own.group) == (65_534, 12))
            #expect(try FileSystem.status(sandbox / "user.sock")?.user == 65_534)
        }
    }

    private static let hasIPv6 = (try? Descriptor.listen(address: "::1", port: 0, isIPv6Only: true)) != nil

    @Test(.enabled(if: hasIPv6, "needs IPv6")) func anAddressOfIPv6StandsInBrackets() async throws {
        let port = try WorkerPort.take()
        try await Sandbox.with("[program:web]\ncommand=\(Script.worker())\nsocket=tcp://[::1]:\(port)") { sandbox in
            try await sandbox.start()
            try await sandbox.waitFor("web")
            let run = try await sandbox.run(["curl", "-sS", "-m", "40", "http://[::1]:\(port)/"])
            let pid = try sandbox.pid("web")
            #expect(run.out == "\(pid) 1\n", "\(run)")
            let environment = try #require(ProcessTable.Entry(pid)).environment
            #expect(environment.contains("SERVER_STARTER_PORT=[::1]:\(port)=3"))
        }
    }

    @Test(arguments: [true, false]) func processesShareASocketUnlessEachIsToHaveItsOwn(_ sharesPort: Bool) async throws
    {
        try await with(
            "numprocs=3\nprocess_name=%(process_num)d\nsocket_reuseport=\(sharesPort)"
        ) { sandbox, port in
            try await sandbox.waitForPeace(3)
            var sockets: [String: String] = [:]
            for (name, pid) in try sandbox.runningPids() { sockets[name] = try await socket(sandbox, pid) }
            #expect(Set(sockets.values).count == (sharesPort ? 3 : 1))
            // Each is answered, whoever it comes to.
            for _ in 1...12 { _ = try await sandbox.ask(port) }
            // A process that is started again has the same.
            let old = try sandbox.pid("web:1")
            try Signal.kill.send(toProcess: old)
            try await until("it is started again") {
                let now = try sandbox.processes()["web:1"]
                return now?.state == .running && now?.pid != Int(old)
            }
            #expect(try await socket(sandbox, try sandbox.pid("web:1")) == sockets["web:1"])
        }
    }

    // MARK: - How long they last

    @Test(arguments: ["rolling", "stop-first"])
    func aSocketOutlivesTheBrainItsProcessesAndAReload(_ mode: String) async throws {
        try await with("restart_mode=\(mode)") { sandbox, port in
            try await sandbox.waitFor("web")
            let pid = try sandbox.pid("web")
            let first = try await socket(sandbox, pid)
            try await sandbox.replaceBrain()
            #expect(try await sandbox.ask(port).pid == pid)

            #expect(try await sandbox.superctl("restart", "web").code == 0)
            let second = try await sandbox.ask(port).pid
            #expect(second != pid)
            #expect(try await socket(sandbox, second) == first)

            #expect(try await sandbox.superctl("reload").code == 0)
            try await until("it is another process") {
                let now = try sandbox.processes()["web"]
                return now?.state == .running && now?.pid != Int(second) && now?.others == nil
            }
            #expect(try await socket(sandbox, try sandbox.pid("web")) == first)
        }
    }

    @Test func aConnectionThatIsMadeWhileEverythingIsDownIsAnsweredLater() async throws {
        try await with { sandbox, port in
            try await sandbox.waitFor("web")
            #expect(try await sandbox.superctl("stop", "web").code == 0)
            #expect(try sandbox.workers().isEmpty)
            let early = try sandbox.launch(["curl", "-sSv", "-m", "60", "http://127.0.0.1:\(port)/"])
            try await until("it is connected") { early.errors.contains("GET / HTTP") }
            try await sandbox.replaceBrain()
            #expect(try early.ended() == nil)
            #expect(try await sandbox.superctl("start", "web").code == 0)
            #expect(try await early.end() == .exited(code: 0), "\(early.errors)")
            #expect(early.out == "\(try sandbox.pid("web")) 1\n")
        }
    }

    @Test func aSocketIsClosedWhenNoConfigurationNamesItAnyMore() async throws {
        try await with { sandbox, port in
            try await sandbox.waitFor("web")
            let other = try WorkerPort.take()
            try sandbox.configure(
                "[program:web]\ncommand=\(Script.worker())\nsocket=tcp://127.0.0.1:\(other)\nready=notify")
            #expect(try await sandbox.superctl("update").code == 0)
            #expect(try await sandbox.ask(other).version == "1")
            let refused = try await sandbox.run(["curl", "-sS", "-m", "40", "http://127.0.0.1:\(port)/"])
            #expect(refused.code == 7, "\(refused)")
            try sandbox.configure("")
            #expect(try await sandbox.superctl("update").code == 0)
            #expect(try await sandbox.run(["curl", "-sS", "-m", "40", "http://127.0.0.1:\(other)/"]).code == 7)
        }
    }

    @Test func anAddressThatIsInUseIsToldAndEverythingElseRuns() async throws {
        let port = try WorkerPort.take()
        var taken: Descriptor? = try Descriptor.listen(host: "127.0.0.1", port: port)
        try await Sandbox.with(
            """
            [program:web]
            command=\(Script.worker())
            socket=tcp://127.0.0.1:\(port)
            startretries=1
            ready=notify
            [program:other]
            command=sleep 1000
            """
        ) { sandbox in
            try await sandbox.start()
            try await sandbox.waitFor("other")
            try await sandbox.waitForText(
                "CRIT web: tcp://127.0.0.1:\(port): Address already in use", in: "main.log")
            try await sandbox.waitFor("web", .fatal)
            #expect(
                try sandbox.processes()["web"]?.spawnError == "tcp://127.0.0.1:\(port): Address already in use")
            let status = try await sandbox.superctl("status", "web")
            #expect(status.out.contains("FATAL     tcp://127.0.0.1:\(port): Address already in use"), "\(status)")
            let start = try await sandbox.superctl("start", "web")
            #expect(start.code != 0 && start.out.hasPrefix("web: ERROR ("), "\(start)")
            _ = taken.take()
            #expect(try await sandbox.superctl("start", "web").out == "web: started\n")
            #expect(try await sandbox.ask(port).pid == (try sandbox.pid("web")))
        }
    }

    // MARK: - On demand

    @Test func aProgramOnDemandRunsFromTheFirstConnectionUntilNobodyIsThere() async throws {
        try await with("start_on_demand=true\nidle_timeout=1s") { sandbox, port in
            #expect(try sandbox.state("web") == .stopped)
            #expect(try sandbox.workers().isEmpty)
            let first = try await sandbox.ask(port).pid
            #expect(try sandbox.pid("web") == first)
            try await sandbox.waitForText(
                "INFO a connection on tcp://127.0.0.1:\(port) starts web", in: "main.log")
            // Somebody who is connected keeps it up, whatever its idle_timeout.
            #expect(try await sandbox.ask(port, "/slow/3").pid == first)
            try await sandbox.waitForText(
                "idle: web is stopped until the next connection (idle_timeout)", in: "main.log")
            try await sandbox.waitFor("web", .stopped)
            #expect(try sandbox.workers().isEmpty)
            // The socket is the keeper's: a new brain waits for connections, too.
            try await sandbox.replaceBrain()
            #expect(try await sandbox.ask(port).pid != first)
            try await sandbox.waitFor("web", .stopped)
            try await sandbox.waitForLines(2, containing: "spawned: 'web'")
        }
    }

    @Test func aProgramOnDemandThatIsStoppedStartsWithTheNextConnectionAgain() async throws {
        try await with("start_on_demand=true\nnumprocs=2\nprocess_name=%(process_num)d") { sandbox, port in
            _ = try await sandbox.ask(port)
            for name in ["web:0", "web:1"] { try await sandbox.waitFor(name) }
            let workers = try sandbox.workers()
            #expect(try await sandbox.superctl("stop", "web:*").code == 0)
            #expect(try sandbox.workers().isEmpty)
            #expect(!workers.contains(try await sandbox.ask(port).pid))
            for name in ["web:0", "web:1"] { try await sandbox.waitFor(name) }
        }
    }
}
