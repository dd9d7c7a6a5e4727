import SuperAPI
import SuperBase
import SuperOS
import Testing

/// How processes that run are watched, and what becomes of those that are not well.
@Suite struct HealthTests {
    /// A worker on a port of its own, with further options.
    private func with(
        _ more: String..., test: (Sandbox, UInt16) async throws -> Void
    ) async throws {
        let port = try WorkerPort.take()
        let options = ["command=\(Script.worker("sick=%(here)s/sick"))", "stdout_logfile=%(here)s/web.log"] + more
        let filled = options.map { line in
            line.split(separator: "PORT", omittingEmptySubsequences: false).joined(separator: "\(port)")
        }
        try await Sandbox.with("[program:web]\n" + filled.joined(separator: "\n")) { sandbox in
            try await sandbox.start()
            try await until("all run") { try sandbox.processes().values.allSatisfy { $0.state == .running } }
            try await test(sandbox, port)
        }
    }

    /// Waits until the process is another one than before, and RUNNING.
    private func waitForAnother(_ sandbox: Sandbox, than pid: Int32) async throws {
        try await until("another process runs") {
            let now = try sandbox.processes()["web"]
            return now?.state == .running && now?.pid.map(Int32.init) != pid
        }
    }

    private static let page = "health=http://127.0.0.1:PORT/health"

    // MARK: - Checks

    @Test func aProcessWhoseCheckFailsTooOftenIsReplaced() async throws {
        try await with("socket=tcp://127.0.0.1:PORT", Self.page, "health_interval=200ms", "health_failures=3") {
            sandbox, port in
            let pid = try sandbox.pid("web")
            _ = try await sandbox.get(port, "/sick")
            try await waitForAnother(sandbox, than: pid)
            try await sandbox.waitForText(
                "WARN unhealthy: web (pid \(pid)): http://127.0.0.1:\(port)/health: answered 503", in: "main.log")
            #expect(try await sandbox.ask(port).pid == (try sandbox.pid("web")))
            #expect(try sandbox.processes()["web"]?.restarts == 1)
            // The new one is well, and stays.
            try await sandbox.waitForLines(1, containing: "unhealthy: ")
        }
    }

    @Test func aCheckThatFailsLessOftenInARowChangesNothing() async throws {
        let check = """
            number=$(cat checks 2>/dev/null | wc -l)
            echo >> checks
            test $((number % 3)) = 2

            """
        try await Sandbox.with(
            "[program:web]\ncommand=sleep 1000\ndirectory=%(here)s\nhealth=exec:sh %(here)s/check.sh\n"
                + "health_interval=50ms\nhealth_failures=3\nautostart=false"
        ) { sandbox in
            try sandbox.write("check.sh", check)
            try await sandbox.start()
            #expect(try await sandbox.superctl("start", "web").code == 0)
            let pid = try sandbox.pid("web")
            try await until("it was looked at many times") { sandbox.text("checks").count > 30 }
            #expect(try sandbox.pid("web") == pid)
            #expect(try sandbox.state("web") == .running)
            #expect(!sandbox.text("main.log").contains("unhealthy"))
        }
    }

    @Test func anUnhealthyProcessIsOnlyShownWhereItIsToBeReported() async throws {
        try await with(
            "socket=tcp://127.0.0.1:PORT", Self.page, "health_interval=100ms", "health_failures=2",
            "health_action=report"
        ) { sandbox, port in
            let pid = try sandbox.pid("web")
            try sandbox.write("sick", "")
            try await until("it is degraded") {
                try await sandbox.superctl("status").out.contains(
                    ", degraded: http://127.0.0.1:\(port)/health: answered 503")
            }
            try await sandbox.waitForText("WARN unhealthy: web (pid \(pid)): ", in: "main.log")
            #expect(try sandbox.processes()["web"]?.readiness == .degraded)
            #expect(try sandbox.pid("web") == pid)
            _ = try FileSystem.remove(sandbox / "sick")
            try await until("it is well") { try sandbox.processes()["web"]?.readiness == .ready }
            try await sandbox.waitForText("INFO healthy: web is well again", in: "main.log")
            #expect(try sandbox.pid("web") == pid)
            try await sandbox.waitForLines(1, containing: "unhealthy: ")
        }
    }

    @Test func failuresDoNotCountWhileAProcessIsGivenGrace() async throws {
        try await with(
            "socket=tcp://127.0.0.1:PORT", Self.page, "health_interval=100ms", "health_failures=1",
            "health_grace=600s"
        ) { sandbox, port in
            let pid = try sandbox.pid("web")
            try sandbox.write("sick", "")
            // Without it this would not take a second.
            try await until("it has run for a while") { try sandbox.processes()["web"]?.uptime ?? 0 >= 3 }
            #expect(try sandbox.pid("web") == pid)
            #expect(!sandbox.text("main.log").contains("unhealthy"))
        }
    }

    // MARK: - Heartbeats

    @Test func aProcessWhoseLoopIsBlockedSaysWhatItHangsInAndIsReplaced() async throws {
        try await with(
            "socket=tcp://127.0.0.1:PORT", "ready=notify", "health=heartbeat", "health_interval=3s",
            "dump_signal=QUIT", "dump_wait=500ms"
        ) { sandbox, port in
            let pid = try sandbox.pid("web")
            let begun = Clock.now()
            #expect(try await sandbox.ask(port, "/block").pid == pid)
            try await waitForAnother(sandbox, than: pid)
            // Three seconds without a heartbeat and half a one for its last words; the rest is for a busy machine.
            #expect(Clock.now() - begun < .seconds(15))
            try await sandbox.waitForAll("dump: the main loop is blocked\n", in: "web.log")
            try await sandbox.waitForText("WARN unhealthy: web (pid \(pid)): no heartbeat within 3 s", in: "main.log")
            try await sandbox.waitForText("WARN killing 'web' (\(pid)) with SIGKILL", in: "main.log")
            #expect(try await sandbox.ask(port).pid == (try sandbox.pid("web")))
        }
    }

    @Test func aFrozenProcessIsReplaced() async throws {
        try await with("socket=tcp://127.0.0.1:PORT", "ready=notify", "health=heartbeat", "health_interval=2s") {
            sandbox, port in
            let pid = try sandbox.pid("web")
            let begun = Clock.now()
            try Signal.stop.send(toProcess: pid)
            try await waitForAnother(sandbox, than: pid)
            #expect(Clock.now() - begun < .seconds(14))
            #expect(try await sandbox.ask(port).pid == (try sandbox.pid("web")))
        }
    }

    @Test func aProcessThatBeatsGoesOnAndANewBrainWaitsForItsBeats() async throws {
        try await with("socket=tcp://127.0.0.1:PORT", "ready=notify", "health=heartbeat", "health_interval=2s") {
            sandbox, port in
            let pid = try sandbox.pid("web")
            let environment = try #require(ProcessTable.Entry(pid)).environment
            #expect(environment.isSuperset(of: ["WATCHDOG_USEC=2000000", "WATCHDOG_PID=\(pid)"]))
            try await sandbox.replaceBrain()
            try await until("it has run for a while") { try sandbox.processes()["web"]?.uptime ?? 0 >= 5 }
            #expect(try sandbox.pid("web") == pid)
            // It is watched by the new one, too.
            try Signal.stop.send(toProcess: pid)
            try await waitForAnother(sandbox, than: pid)
        }
    }

    // MARK: - Recycling

    @Test func aProcessThatIsTooLargeIsReplacedWithoutAGap() async throws {
        try await with(
            "socket=tcp://127.0.0.1:PORT", "ready=notify", "max_memory=100MB", "recycle_jitter=0", "stopwaitsecs=60"
        ) { sandbox, port in
            let pid = try sandbox.pid("web")
            let load = try await Load(sandbox, on: port)
            #expect(try await sandbox.ask(port, "/allocate/150").pid == pid)
            try await waitForAnother(sandbox, than: pid)
            try await sandbox.waitForPeace(1)
            try await load.endWithoutFailures()
            try await sandbox.waitForLines(1, containing: "recycling: ")
            let line = try #require(sandbox.lines("main.log", containing: "recycling: web: it uses ").first)
            #expect(line.hasSuffix(" MiB (max_memory)"), "\(line)")
            #expect(try sandbox.workers() == [sandbox.pid("web")])
        }
    }

    @Test func processesThatAreTooOldAreReplacedWithoutAGap() async throws {
        try await with(
            "socket=tcp://127.0.0.1:PORT", "ready=notify", "max_lifetime=2s", "recycle_jitter=0", "stopwaitsecs=60",
            "numprocs=2",
            "process_name=web%(process_num)s"
        ) { sandbox, port in
            let first = try sandbox.workers()
            let load = try await Load(sandbox, on: port)
            for name in ["web0", "web1"] {
                try await until("\(name) was replaced twice") {
                    sandbox.lines("main.log", containing: "recycling: \(name): it has run for 2").count >= 2
                }
            }
            try await load.endWithoutFailures()
            #expect(first.isDisjoint(with: try sandbox.workers()))
        }
    }
}
