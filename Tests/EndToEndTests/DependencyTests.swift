import SuperAPI
import SuperBase
import SuperOS
import Testing

/// Who waits for whom, at the start and at the end.
@Suite struct DependencyTests {
    /// A program that is ready when there is the file `go`.
    private static let database =
        "[program:db]\ncommand=\(Script.command("ready", ["notify"]))\ndirectory=%(here)s\nready=notify\n"

    private static func sleeper(_ name: String, _ options: String = "") -> String {
        "[program:\(name)]\ncommand=sleep 1000\nstartsecs=0\n\(options)\n"
    }

    /// Waits until the lines of the main log that begin with this word tell of these processes, in this order, and of nobody else.
    private func waitForOrder(_ sandbox: Sandbox, _ word: String, _ names: [String]) async throws {
        var told: [String] = []
        func isTold() -> Bool {
            told = sandbox.lines("main.log", containing: " \(word): ").map { line in
                let rest = line.split(separator: "\(word): ").last ?? ""
                return String(rest.prefix { $0 != " " }.filter { $0 != "'" })
            }
            return told == names
        }
        do {
            try await until("\(word) in this order: \(names)") { isTold() }
        } catch {
            throw Missing("\(error); it is \(told)")
        }
    }

    // MARK: - The start

    @Test func aChainStartsStepByStepWithAMigrationInIt() async throws {
        try await Sandbox.with(
            Self.sleeper("app", "depends_on=migrate=completed\npriority=1")
                + "[program:migrate]\ncommand=sh -c \"echo done >> %(here)s/migrated\"\ntype=oneshot\ndepends_on=db\n"
                + "priority=2\n" + Self.database
        ) { sandbox in
            try await sandbox.start()
            try await sandbox.waitFor("db", .starting)
            let waiting = try await sandbox.superctl("status")
            #expect(
                waiting.out.contains(
                    "app".padded(33) + "WAITING".padded(10) + "waiting for migrate to be completed, it is WAITING\n"),
                "\(waiting)")
            #expect(
                waiting.out.contains(
                    "migrate".padded(33) + "WAITING".padded(10) + "waiting for db to be ready, it is STARTING\n"),
                "\(waiting)")
            try await waitForOrder(sandbox, "spawned", ["db"])
            try sandbox.write("go", "")
            try await sandbox.waitFor("app")
            try await waitForOrder(sandbox, "spawned", ["db", "migrate", "app"])
            #expect(try sandbox.state("migrate") == .completed)
            #expect(sandbox.text("migrated") == "done\n")
            // All is as it should be.
            #expect(try await sandbox.superctl("status").code == 0)
            // What it depends on may be started again without it.
            let pid = try sandbox.pid("app")
            #expect(try await sandbox.superctl("restart", "db").code == 0)
            #expect(try sandbox.pid("app") == pid)
            #expect(sandbox.text("migrated") == "done\n")
        }
    }

    @Test func aGroupIsWaitedForAsAWhole() async throws {
        try await Sandbox.with(
            Self.sleeper("web", "depends_on=back") + Self.sleeper("cache") + Self.database
                + "[group:back]\nprograms=cache,db\n"
        ) { sandbox in
            try await sandbox.start()
            try await sandbox.waitFor("back:cache")
            try await sandbox.waitFor("back:db", .starting)
            #expect(try sandbox.state("web") == .waiting)
            #expect(
                try sandbox.processes()["web"]?.waitingFor == "waiting for back:db to be ready, it is STARTING")
            try sandbox.write("go", "")
            try await sandbox.waitFor("web")
            try await sandbox.waitForLines(3, containing: "spawned: ")
            #expect(sandbox.lines("main.log", containing: "spawned: ").last?.contains("'web'") == true)
        }
    }

    @Test func startingAProcessStartsWhatItDependsOn() async throws {
        try await Sandbox.with(
            Self.sleeper("app", "depends_on=middle\nautostart=false")
                + Self.sleeper("middle", "depends_on=base=started\nautostart=false")
                + Self.sleeper("base", "autostart=false") + Self.sleeper("other", "autostart=false")
        ) { sandbox in
            try await sandbox.start()
            #expect(try await sandbox.superctl("start", "app").out == "app: started\n")
            try await waitForOrder(sandbox, "spawned", ["base", "middle", "app"])
            #expect(try sandbox.state("other") == .stopped)
            // A dependency that somebody has stopped comes back with it.
            #expect(try await sandbox.superctl("stop", "app", "middle", "base").code == 0)
            #expect(try await sandbox.superctl("start", "app").out == "app: started\n")
            try await waitForOrder(sandbox, "spawned", ["base", "middle", "app", "base", "middle", "app"])
        }
    }

    @Test func aDependencyThatMustBeHealthyIsWaitedForUntilItIs() async throws {
        let port = try WorkerPort.take()
        try await Sandbox.with(
            """
            [program:web]
            command=\(Script.worker("sick=%(here)s/sick"))
            socket=tcp://127.0.0.1:\(port)
            ready=notify
            health=http://127.0.0.1:\(port)/health
            health_interval=100ms
            health_action=report

            """ + Self.sleeper("app", "depends_on=web=healthy")
        ) { sandbox in
            try sandbox.write("sick", "")
            try await sandbox.start()
            try await until("web is known to be sick") {
                try sandbox.processes()["web"]?.readiness == .degraded
            }
            #expect(try sandbox.state("app") == .waiting)
            _ = try FileSystem.remove(sandbox / "sick")
            try await sandbox.waitFor("app")
        }
    }

    // MARK: - Failures

    @Test func aFailedDependencyIsToldInsteadOfWaitedFor() async throws {
        try await Sandbox.with(
            Self.sleeper("app", "depends_on=migrate=completed") + Self.sleeper("top", "depends_on=app")
                + "[program:migrate]\ncommand=sh -c \"test -e %(here)s/mended\"\ntype=oneshot\nstartretries=0\n"
        ) { sandbox in
            try await sandbox.start()
            try await sandbox.waitFor("migrate", .fatal)
            let status = try await sandbox.superctl("status", "app", "top")
            #expect(status.lines.count == 2 && status.lines[0].hasPrefix("app".padded(33) + "WAITING"), "\(status)")
            #expect(
                status.lines[0].contains("waiting for migrate to be completed, it is FATAL (Bad exit code 1)"),
                "\(status)")
            for name in ["app", "top"] {
                let start = try await sandbox.superctl("start", name)
                #expect(start.code == 1, "\(start)")
                #expect(start.out.hasPrefix("\(name): ERROR (dependency: waiting for "), "\(start)")
            }
            // Whoever asks again when it is mended gets it.
            try sandbox.write("mended", "")
            let start = try await sandbox.superctl("start", "top")
            #expect(start.out == "top: started\n", "\(start)")
            #expect(try sandbox.state("migrate") == .completed)
            #expect(try sandbox.state("app") == .running)
        }
    }

    @Test func whoWaitsCanBeStopped() async throws {
        try await Sandbox.with(Self.sleeper("app", "depends_on=db") + Self.database) { sandbox in
            try await sandbox.start()
            try await sandbox.waitFor("app", .waiting)
            #expect(try await sandbox.superctl("stop", "app").out == "app: stopped\n")
            try sandbox.write("go", "")
            try await sandbox.waitFor("db")
            #expect(try sandbox.state("app") == .stopped)
        }
    }

    @Test func aNewBrainKnowsWhoWaits() async throws {
        try await Sandbox.with(Self.sleeper("app", "depends_on=db") + Self.database) { sandbox in
            try await sandbox.start()
            try await sandbox.waitFor("db", .starting)
            try await sandbox.replaceBrain()
            #expect(try sandbox.state("app") == .waiting)
            try sandbox.write("go", "")
            try await sandbox.waitFor("app")
        }
    }

    @Test func aCycleIsRefusedAndShown() async throws {
        try await Sandbox.with(
            Self.sleeper("a", "depends_on=b") + Self.sleeper("b", "depends_on=c=started")
                + Self.sleeper("c", "depends_on=a") + Self.sleeper("d")
        ) { sandbox in
            let check = try await sandbox.run([Program.superd, "-c", sandbox / "superd.ini", "--check"])
            #expect(check.code != 0)
            #expect((check.out + check.errors).contains("they wait for each other: a → b → c → a"), "\(check)")
            let start = try await sandbox.run([Program.superd, "-n", "-c", sandbox / "superd.ini"])
            #expect(start.code != 0)
            #expect((start.out + start.errors).contains("a → b → c → a"), "\(start)")
        }
    }

    // MARK: - The end

    @Test func whatDependsOnOthersStopsBeforeThem() async throws {
        // By priority alone the order would be the opposite one.
        try await Sandbox.with(
            Self.sleeper("base", "priority=900") + Self.sleeper("middle", "depends_on=base\npriority=500")
                + Self.sleeper("top", "depends_on=middle\npriority=1")
        ) { sandbox in
            try await sandbox.start()
            try await sandbox.waitFor("top")
            try await waitForOrder(sandbox, "spawned", ["base", "middle", "top"])
            try await sandbox.stop()
            try await waitForOrder(sandbox, "stopped", ["top", "middle", "base"])
        }
    }

    @Test func aRestartStartsWhatItDependsOn() async throws {
        try await Sandbox.with(
            "[program:db]\ncommand=sleep 1000\nstartsecs=0\n"
                + "[program:app]\ncommand=sleep 1000\nstartsecs=0\ndepends_on=db"
        ) { sandbox in
            try await sandbox.start()
            try await sandbox.waitFor("app")
            #expect(try await sandbox.superctl("stop", "db").out == "db: stopped\n")
            #expect(try await sandbox.superctl("restart", "app").out == "app: stopped\napp: started\n")
            #expect(try sandbox.state("db") == .running)
        }
    }
}
