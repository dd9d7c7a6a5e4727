import SuperAPI
import SuperBase
import SuperClient
import SuperOS
import Testing

/// What superd does about signals of its own.
@Suite struct SignalTests {
    private static let sleeper = "[program:a]\ncommand=sleep 1000\n"

    @Test(arguments: [Signal.terminate, .interrupt, .quit])
    func superdStopsEverythingAndExitsWithZero(_ signal: Signal) async throws {
        try await Sandbox.with(Self.sleeper) { sandbox in
            let superd = try await sandbox.start()
            try await sandbox.waitFor("a")
            #expect(sandbox.text("superd.pid") == "\(superd.pid)\n")
            #expect(try await sandbox.stop(signal) == .exited(code: 0))
            #expect(try !sandbox.exists("superd.pid"))
            #expect(try !sandbox.exists("superd.sock"))
            try await sandbox.waitForText("WARN received \(signal) indicating exit request", in: "main.log")
            try await sandbox.waitForText("WARN stopped: a (terminated by SIGTERM)", in: "main.log")
        }
    }

    @Test func aSecondTermChangesNothing() async throws {
        try await Sandbox.with(
            """
            [program:slow]
            command=sh -c "trap 'until [ -e %(here)s/go ]; do sleep 0.05; done; exit 0' TERM; while :; do sleep 0.05; done"
            stopwaitsecs=60
            """
        ) { sandbox in
            let superd = try await sandbox.start()
            try await sandbox.waitFor("slow")
            try superd.send(.terminate)
            try await sandbox.waitForText("waiting for slow to die", in: "main.log")
            try superd.send(.terminate)
            try superd.send(.hangup)
            try await sandbox.waitForText(
                "ignored SIGHUP indicating restart request (shutdown in progress)", in: "main.log")
            try sandbox.write("go", "")
            #expect(try await superd.end() == .exited(code: 0))
            let log = sandbox.text("main.log")
            #expect(log.contains("stopped: slow (exit status 0)"))
            #expect(!log.contains("SIGKILL"))
        }
    }

    @Test func hangupRestartsEverythingFromTheNewFileUnderTheSamePid() async throws {
        try await Sandbox.with(Self.sleeper + "[program:old]\ncommand=sleep 1000") { sandbox in
            let superd = try await sandbox.start()
            for name in ["a", "old"] { try await sandbox.waitFor(name) }
            let before = try sandbox.pid("a")
            try sandbox.configure(
                Self.sleeper + "[program:new]\ncommand=sleep 1000\n[supervisord]\nidentifier=changed")
            try superd.send(.hangup)
            try await until("the new program runs") { try sandbox.processes()["new"]?.state == .running }
            try await sandbox.waitFor("a")
            let processes = try sandbox.processes()
            #expect(processes.keys.sorted() == ["a", "new"])
            #expect(processes["a"]?.pid != Int(before))
            #expect(try sandbox.daemonInfo().identifier == "changed")
            #expect(try await sandbox.superctl("pid").out == "\(superd.pid)\n")
            try await sandbox.waitForText("WARN received SIGHUP indicating restart request", in: "main.log")
        }
    }

    @Test func user2OpensTheLogsThatWereMovedAway() async throws {
        try await Sandbox.with(
            "[program:a]\ncommand=sh -c \"while read x; do echo $x; done\"\nstdout_logfile=%(here)s/a.log"
        ) { sandbox in
            let superd = try await sandbox.start()
            try await sandbox.waitFor("a")
            func say(_ text: String) throws { _ = try sandbox.client.call(WriteInput(name: "a", text: text + "\n")) }
            try say("before")
            try await sandbox.waitForText("before", in: "a.log")
            for name in ["a.log", "main.log"] { try FileSystem.rename(sandbox / name, to: sandbox / "\(name).old") }
            try superd.send(.user2)
            try await sandbox.waitForText("supervisord logreopen", in: "main.log")
            #expect(
                (sandbox.text("main.log.old") + sandbox.text("main.log")).contains(
                    "received SIGUSR2 indicating log reopen request"))
            try await until("the log is there") { try sandbox.exists("a.log") }
            try say("after")
            try await sandbox.waitForText("after", in: "a.log")
            try await sandbox.waitForAll("after\n", in: "a.log")
            try await sandbox.waitForAll("before\n", in: "a.log.old")
        }
    }

    @Test func theTerminalsInterruptReachesSuperdAloneAndNotItsPrograms() async throws {
        try await Sandbox.with(
            "[program:a]\ncommand=sh -c \"trap 'echo interrupted' INT; while :; do sleep 0.05; done\"\n"
                + "stopsignal=KILL\nstdout_logfile=%(here)s/a.log"
        ) { sandbox in
            let superd = try await sandbox.start()
            try await sandbox.waitFor("a")
            try Signal.interrupt.send(toGroup: superd.pid)
            #expect(try await superd.end() == .exited(code: 0))
            #expect(sandbox.text("a.log").isEmpty)
        }
    }
}

/// superd in a pid namespace of its own, as in a container.
@Suite struct InitProcessTests {
    @Test(.enabled(if: CurrentProcess.user == 0, "needs root, for a pid namespace"))
    func asPid1ItReapsOrphansAndStopsItsPrograms() async throws {
        try await Sandbox.with(
            """
            [program:parent]
            command=sh %(here)s/parent.sh
            stdout_logfile=%(here)s/parent.log
            """
        ) { sandbox in
            try sandbox.write(
                "parent.sh", "for i in $(seq 200); do (sleep 0.2 &); done; echo made; exec sleep 1000\n")
            let unshare = try await sandbox.start(through: ["unshare", "--pid", "--fork", "--mount-proc"])
            let superd = try #require(ProcessTable.children(of: unshare.pid).first).pid
            try await sandbox.waitFor("parent")
            #expect(try await sandbox.superctl("pid").out == "1\n")
            try await sandbox.waitForText("made", in: "parent.log")
            try await until("the orphans are reaped") {
                sandbox.text("main.log").split(separator: "\n").count { $0.contains("reaped unknown pid") } == 200
            }
            #expect(ProcessTable.all.allSatisfy { !($0.isZombie && $0.parent == superd) })
            try Signal.terminate.send(toProcess: superd)
            // unshare exits with the code of its child.
            #expect(try await unshare.end() == .exited(code: 0))
            try await sandbox.waitForText("stopped: parent (terminated by SIGTERM)", in: "main.log")
        }
    }
}
