import SuperAPI
import SuperBase
import SuperOS
import Testing

/// More or fewer processes of a program, and changes of the configuration that touch nothing but what is different.
@Suite struct ScaleTests {
    private static func pool(_ count: Int, _ options: String = "") -> String {
        """
        [program:web]
        command=sleep 1000
        process_name=%(process_num)d
        numprocs=\(count)
        startsecs=0
        socket=unix://%(here)s/web.sock
        \(options)
        [program:other]
        command=sleep 1000
        startsecs=0

        """
    }

    private func with(_ count: Int, _ options: String = "", test: (Sandbox) async throws -> Void) async throws {
        try await Sandbox.with(Self.pool(count, options)) { sandbox in
            try await sandbox.start()
            try await sandbox.waitForPeace(count + 1)
            try await test(sandbox)
        }
    }

    /// Waits until the program has processes with exactly these names, and expects that those which were there before are the same ones.
    private func expect(
        _ sandbox: Sandbox, _ count: Int, keeping before: [String: Int32],
        sourceLocation: Testing.SourceLocation = #_sourceLocation
    ) async throws {
        try await until("there are \(count)") {
            try Set(sandbox.runningPids().keys) == Set((0..<count).map { "web:\($0)" } + ["other"])
                && sandbox.processes().count == count + 1
        }
        for (name, pid) in try sandbox.runningPids() where before[name] != nil {
            #expect(before[name] == pid, "\(name)", sourceLocation: sourceLocation)
        }
    }

    @Test func signalsHaveOneMoreOrOneLess() async throws {
        try await with(2) { sandbox in
            let before = try sandbox.runningPids()
            let superd = try sandbox.superd
            let (more, less) = (try #require(Signal(name: "TTIN")), try #require(Signal(name: "TTOU")))
            try superd.send(more)
            try await expect(sandbox, 3, keeping: before)
            try superd.send(more)
            try await expect(sandbox, 4, keeping: before)
            for count in [3, 2, 1] {
                try superd.send(less)
                try await expect(sandbox, count, keeping: before)
            }
            // One is left, whatever comes.
            try superd.send(less)
            try await until("it was heard") {
                sandbox.lines("main.log", containing: "web: scaled to 1").count == 2
            }
            try superd.send(more)
            try await expect(sandbox, 2, keeping: before.filter { $0.key != "web:1" })
        }
    }

    @Test func aScaleSurvivesAnUpdateAndTheBrainUntilTheFileSaysAnotherNumber() async throws {
        try await with(2) { sandbox in
            #expect(try await sandbox.superctl("scale", "web", "4").out == "web: scaled to 4\n")
            try await sandbox.waitForPeace(5)
            let before = try sandbox.runningPids()
            #expect(try await sandbox.superctl("update").out == "")
            try await expect(sandbox, 4, keeping: before)
            try await sandbox.replaceBrain()
            try await expect(sandbox, 4, keeping: before)
            // Something else is different.
            try sandbox.configure(Self.pool(2, "stopwaitsecs=3"))
            #expect(try await sandbox.superctl("update").code == 0)
            try await expect(sandbox, 4, keeping: before)
            try sandbox.configure(Self.pool(3))
            #expect(try await sandbox.superctl("update").code == 0)
            try await expect(sandbox, 3, keeping: before)
        }
    }

    @Test func aScaleIsTakenBack() async throws {
        try await with(2) { sandbox in
            let before = try sandbox.runningPids()
            #expect(try await sandbox.superctl("scale", "web", "3").code == 0)
            try await expect(sandbox, 3, keeping: before)
            #expect(try await sandbox.superctl("scale", "web", "--reset").out == "web: scaled to 2\n")
            try await expect(sandbox, 2, keeping: before)
            let unknown = try await sandbox.superctl("scale", "nosuch", "2")
            #expect(unknown.code == 1 && unknown.out == "nosuch: ERROR (no such program)\n", "\(unknown)")
        }
    }

    @Test func anotherNumberInTheFileTouchesOnlyTheDifference() async throws {
        try await with(2) { sandbox in
            let before = try sandbox.runningPids()
            for count in [5, 3] {
                try sandbox.configure(Self.pool(count))
                let update = try await sandbox.superctl("update")
                #expect(update.code == 0 && update.lines.last == "web: updated process group", "\(update)")
                try await expect(sandbox, count, keeping: before)
            }
        }
    }

    @Test func anOptionThatIsAppliedWhileAProcessRunsRestartsNothing() async throws {
        let traps = "command=sh -c \"trap 'exit 5' USR1; while :; do sleep 0.05; done\"\nstartsecs=0\n"
        try await Sandbox.with("[program:a]\n" + traps) { sandbox in
            try await sandbox.start()
            try await sandbox.waitFor("a")
            let pid = try sandbox.pid("a")
            try sandbox.configure(
                "[program:a]\n" + traps
                    + "stopsignal=USR1\nstopwaitsecs=30\nhealth=exec:sh -c \"echo x >> %(here)s/looks\"\n"
                    + "health_interval=50ms\nautorestart=false\n")
            #expect(try await sandbox.superctl("update").out == "a: updated process group\n")
            #expect(try sandbox.pid("a") == pid)
            try await until("it is watched now") { sandbox.text("looks").count > 4 }
            #expect(try sandbox.processes()["a"]?.restarts == 0)
            #expect(try await sandbox.superctl("update").out == "")
            // The new brain has the new options, too.
            try await sandbox.replaceBrain()
            #expect(try await sandbox.superctl("stop", "a").out == "a: stopped\n")
            try await sandbox.waitForText("stopped: a (exit status 5)", in: "main.log")
        }
    }

    @Test func whatCannotBeAppliedWhileAProcessRunsReplacesThatProcessAlone() async throws {
        try await with(2) { sandbox in
            let before = try sandbox.runningPids()
            try sandbox.configure(Self.pool(2, "environment=A=\"b\""))
            let update = try await sandbox.superctl("update")
            #expect(update.code == 0, "\(update)")
            try await sandbox.waitForPeace(3)
            let after = try sandbox.runningPids()
            #expect(after["other"] == before["other"])
            #expect(after["web:0"] != before["web:0"] && after["web:1"] != before["web:1"])
        }
    }

    @Test func afterAFailedUpdateFurtherProcessesAreThoseThatRun() async throws {
        func pool(_ script: String) -> String {
            """
            [program:web]
            command=sh -c "\(script)"
            process_name=%(process_num)d
            numprocs=2
            socket=unix://%(here)s/web.sock
            ready=line:serving
            """
        }
        let good = pool("echo serving; exec sleep 1000")
        try await Sandbox.with(good) { sandbox in
            try await sandbox.start()
            for name in ["web:0", "web:1"] { try await sandbox.waitFor(name) }
            let before = try sandbox.runningPids()
            try sandbox.configure(pool("exit 3"))
            let update = try await sandbox.superctl("update")
            #expect(update.code == 1 && !update.out.contains("web: stopped"), "\(update)")
            try sandbox.configure(good)
            #expect(try await sandbox.superctl("scale", "web", "3").out == "web: scaled to 3\n")
            try await sandbox.waitFor("web:2")
            let after = try sandbox.runningPids()
            for name in ["web:0", "web:1"] { #expect(after[name] == before[name]) }
        }
    }
}
