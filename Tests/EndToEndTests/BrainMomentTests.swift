import SuperAPI
import SuperBase
import SuperOS
import Testing

/// A brain that is killed in the middle of something: the next one goes on with it.
@Suite struct BrainMomentTests {
    private static let fifty = "[program:p]\ncommand=sleep 1000\nprocess_name=p_%(process_num)02d\nnumprocs=50"

    /// Kills the brain as soon as the main log has a line `count` times.
    private func kill(_ sandbox: Sandbox, when count: Int, of line: String) async throws {
        let brain = try sandbox.brain()
        try await until("\(count) × '\(line)'", every: .milliseconds(1)) {
            sandbox.text("main.log").split(separator: "\n").count { $0.contains(line) } >= count
        }
        try Signal.kill.send(toProcess: brain)
    }

    @Test func whenTheBrainDiesDuringAStartEveryProgramIsStartedOnce() async throws {
        try await Sandbox.with(Self.fifty.replacing("numprocs=50", with: "numprocs=50\nautostart=false")) { sandbox in
            let superd = try await sandbox.start()
            let start = try sandbox.launch([
                Program.superctl, "-c", sandbox / "superd.ini", "start", "--no-wait", "all",
            ])
            try await kill(sandbox, when: 1, of: "spawned:")
            _ = try await start.end()
            // What had not been asked of the keeper is asked for again by the operator, as after any lost connection.
            #expect(try await sandbox.superctl("start", "all").code == 0)
            try await until("all run") { try sandbox.processes().values.allSatisfy { $0.state == .running } }
            #expect(ProcessTable.children(of: superd.pid).count { $0.command == "sleep 1000" } == 50)
        }
    }

    @Test func whenTheBrainDiesWhileSuperdStartsEverythingThatStartsByItselfIsStartedOnce() async throws {
        try await Sandbox.with(Self.fifty) { sandbox in
            let superd = try sandbox.launch([Program.superd, "-n", "-c", sandbox / "superd.ini"])
            try await until("the first program", every: .milliseconds(1)) {
                sandbox.text("main.log").contains("spawned:")
            }
            for brain in ProcessTable.children(of: superd.pid) where brain.command.contains("brain") {
                try Signal.kill.send(toProcess: brain.pid)
            }
            try await until("all run") { try sandbox.processes().values.count { $0.state == .running } == 50 }
            #expect(ProcessTable.children(of: superd.pid).count { $0.command == "sleep 1000" } == 50)
            #expect(try sandbox.daemonInfo().brainRestarts == 1)
            try superd.send(.terminate)
            #expect(try await superd.end() == .exited(code: 0))
        }
    }

    @Test func whenTheBrainDiesDuringAStopTheProgramsStillStop() async throws {
        try await Sandbox.with(Self.fifty) { sandbox in
            try await sandbox.start()
            try await until("all run") { try sandbox.processes().values.allSatisfy { $0.state == .running } }
            let stop = try sandbox.launch([Program.superctl, "-c", sandbox / "superd.ini", "stop", "all"])
            try await kill(sandbox, when: 1, of: "stopped:")
            _ = try await stop.end()
            #expect(try await sandbox.superctl("stop", "all").code == 0)
            #expect(try sandbox.processes().values.allSatisfy { $0.state == .stopped })
        }
    }

    @Test func whenTheBrainDiesDuringARestartTheProgramsComeBack() async throws {
        try await Sandbox.with(
            """
            [program:slow]
            command=sh -c "trap 'until [ -e %(here)s/go ]; do sleep 0.05; done; exit 0' TERM; while :; do sleep 0.05; done"
            process_name=slow_%(process_num)d
            numprocs=4
            """
        ) { sandbox in
            try await sandbox.start()
            try await until("all run") { try sandbox.processes().values.allSatisfy { $0.state == .running } }
            let before = try sandbox.processes()
            let restart = try sandbox.launch([Program.superctl, "-c", sandbox / "superd.ini", "restart", "all"])
            try await until("they stop", every: .milliseconds(5)) {
                try sandbox.processes().values.allSatisfy { $0.state == .stopping }
            }
            try Signal.kill.send(toProcess: try sandbox.brain())
            try sandbox.write("go", "")
            _ = try await restart.end()
            try await until("all run again, as other processes") {
                try sandbox.processes().values.allSatisfy { $0.state == .running && $0.pid != before[$0.name]?.pid }
            }
        }
    }

    @Test func whenTheBrainDiesDuringAShutdownSuperdStillEnds() async throws {
        try await Sandbox.with(
            """
            [program:slow]
            command=sh -c "trap 'sleep 0.5; exit 0' TERM; while :; do sleep 0.05; done"
            priority=2
            [program:first]
            command=sleep 1000
            priority=1
            """
        ) { sandbox in
            let superd = try await sandbox.start()
            for name in ["slow", "first"] { try await sandbox.waitFor(name) }
            let brain = try sandbox.brain()
            try superd.send(.terminate)
            try await sandbox.waitForText("waiting for", in: "main.log")
            try Signal.kill.send(toProcess: brain)
            #expect(try await superd.end() == .exited(code: 0))
            #expect(try !sandbox.exists("superd.pid"))
            #expect(try !sandbox.exists("superd.sock"))
            try await sandbox.waitForText("stopped: slow (exit status 0)", in: "main.log")
        }
    }

    @Test func whenTheBrainDiesDuringAReloadEverythingIsStartedFromTheNewConfiguration() async throws {
        let slow = """
            [program:slow]
            command=sh -c "trap 'sleep 0.5; exit 0' TERM; while :; do sleep 0.05; done"

            """
        try await Sandbox.with(slow) { sandbox in
            let superd = try await sandbox.start()
            try await sandbox.waitFor("slow")
            let before = try sandbox.pid("slow")
            try sandbox.configure(slow + "[program:new]\ncommand=sleep 1000")
            let brain = try sandbox.brain()
            #expect(try await sandbox.superctl("reload").out == "Restarted supervisord\n")
            try Signal.kill.send(toProcess: brain)
            try await sandbox.waitFor("new")
            try await sandbox.waitFor("slow")
            #expect(try sandbox.pid("slow") != before)
            #expect(try superd.ended() == nil)
        }
    }

    @Test func aStoppedBrainIsReplacedWhenSomebodyAsks() async throws {
        try await Sandbox.with("[program:a]\ncommand=sleep 1000") { sandbox in
            try await sandbox.start()
            try await sandbox.waitFor("a")
            let (pid, brain) = (try sandbox.pid("a"), try sandbox.brain())
            try Signal.stop.send(toProcess: brain)
            let status = try await sandbox.superctl("status", within: .seconds(30))
            #expect(status.code == 0, "\(status)")
            #expect(status.out.contains("RUNNING   pid \(pid)"))
            #expect(try sandbox.brain() != brain)
            try await sandbox.waitForText("the brain (pid \(brain)) does not answer and is replaced", in: "main.log")
        }
    }

    @Test func superdEndsAlsoWhenItsBrainIsStopped() async throws {
        try await Sandbox.with("[program:a]\ncommand=sleep 1000") { sandbox in
            let superd = try await sandbox.start()
            try await sandbox.waitFor("a")
            try Signal.stop.send(toProcess: try sandbox.brain())
            try superd.send(.terminate)
            #expect(try await superd.end() == .exited(code: 0))
            #expect(sandbox.text("main.log").contains("stopped: a (terminated by SIGTERM)"))
        }
    }

    @Test func aBrainThatDiesOverABrokenFileGoesOnWithTheRunningConfiguration() async throws {
        try await Sandbox.with("[program:a]\ncommand=sleep 1000\nstopsignal=INT") { sandbox in
            try await sandbox.start()
            try await sandbox.waitFor("a")
            let pid = try sandbox.pid("a")
            try sandbox.configure("[program:a]\nno equals sign\n[program:b]\nstartsecs=many")
            try Signal.kill.send(toProcess: try sandbox.brain())
            try await until("a new brain answers") { (try? sandbox.daemonInfo().brainRestarts) == 1 }
            #expect(try sandbox.pid("a") == pid)
            #expect(try await sandbox.superctl("restart", "a").out == "a: stopped\na: started\n")
            try await sandbox.waitForText("stopped: a (terminated by SIGINT)", in: "main.log")
        }
    }
}
