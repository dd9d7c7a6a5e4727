import SuperBase
import SuperOS
import Testing

@testable import SuperKeeper

/// Runs that go on as another process than the one that was started.
struct KeeperAdoptionTests {
    /// Starts a successor, which says its pid, ends with 7 when a line comes, and with 4 when it is told to; then does `first`.
    private static func script(_ first: String) -> String {
        """
        exec 3<&0
        sh -c 'trap "echo told; exit 4" TERM; echo $$; read x <&3; exit 7' &
        \(first)
        """
    }

    /// A run whose successor was adopted.
    private func adopted(
        _ brain: PlayedBrain, _ first: String
    ) throws -> (first: Int32, successor: Int32, streams: [StandardStream: Descriptor]) {
        let (fact, streams) = try brain.spawn(1, ["/bin/sh", "-c", Self.script(first)])
        let successor = Int32(try streams[.stdout]?.readLine() ?? "") ?? 0
        try brain.send(.adopt(generation: 1, pid: successor))
        return (fact.pid, successor, streams)
    }

    private func line(_ brain: PlayedBrain) throws -> String {
        try brain.next { if case .say(_, let text) = $0 { text } else { nil } }.value
    }

    @Test func theEndOfTheFirstProcessIsALineAndTheSuccessorsIsTheRuns() throws {
        let keeper = try RunningKeeper()
        var brain = try keeper.readyBrain()
        let (first, successor, streams) = try adopted(brain, "read x; exit 5")
        try Signal.kill.send(toProcess: first)
        #expect(
            try line(brain)
                == "g:p1: the process that it was started as (pid \(first)) ended (terminated by SIGKILL)")
        try brain.crash()
        brain = try keeper.readyBrain()
        let fact = brain.inventory.compactMap { if case .child(let fact) = $0 { fact } else { nil } }
        #expect(fact.map(\.pid) == [successor])
        try streams[.stdin]?.writeAll(Array("go\n".utf8))
        let exit = try brain.exit(of: 1)
        #expect(exit.status == .exited(code: 7))
        #expect(exit.pid == successor)
    }

    @Test func signalsGoToTheSuccessor() throws {
        let keeper = try RunningKeeper()
        let brain = try keeper.readyBrain()
        let (_, successor, streams) = try adopted(
            brain, "trap 'echo first' USR1; exec 0</dev/null; wait; exec cat <&3 >/dev/null")
        try brain.send(.signal(generation: 1, .terminate, toGroup: false))
        #expect(try streams[.stdout]?.readLine() == "told")
        // Its parent has seen how it ended, and not we.
        let exit = try brain.exit(of: 1)
        #expect(exit.pid == successor)
        #expect(exit.status == .exited(code: 0))
    }

    @Test func signalsToTheGroupGoToTheSuccessorsGroup() throws {
        let keeper = try RunningKeeper()
        let brain = try keeper.readyBrain()
        let script = "exec 3<&0; setsid sh -c 'echo $$; while read x <&3; do :; done' & exec cat"
        let (fact, streams) = try brain.spawn(1, ["/bin/sh", "-c", script])
        let successor = Int32(try streams[.stdout]?.readLine() ?? "") ?? 0
        #expect(successor != fact.pid)
        try brain.send(.adopt(generation: 1, pid: successor))
        try brain.send(.signal(generation: 1, .kill, toGroup: true))
        #expect(try brain.exit(of: 1).pid == successor)
        // The first process is asked to end, because nobody follows it any more.
        #expect(
            try line(brain)
                == "g:p1: the process that it was started as (pid \(fact.pid)) ended (terminated by SIGTERM)")
    }

    @Test func aSuccessorThatSpokeInTheMomentOfTheEndIsFollowed() throws {
        let keeper = try RunningKeeper()
        let brain = try keeper.readyBrain()
        let (_, streams) = try brain.spawn(1, ["/bin/sh", "-c", Self.script("exit 0")])
        let successor = Int32(try streams[.stdout]?.readLine() ?? "") ?? 0
        _ = try brain.exit(of: 1)
        try brain.send(.adopt(generation: 1, pid: successor))
        try brain.send(.signal(generation: 1, .terminate, toGroup: false))
        let exit = try brain.exit(of: 1)
        #expect(exit.pid == successor)
        #expect(exit.status == .exited(code: 4))
    }

    @Test func theBrainIsToldOfASuccessorThatIsNotFollowed() throws {
        let keeper = try RunningKeeper()
        let brain = try keeper.readyBrain()
        _ = try brain.spawn(1, ["/bin/sh", "-c", "exit 3"])
        _ = try brain.exit(of: 1)
        for stranger in [1, Int32.max] {
            try brain.send(.adopt(generation: 1, pid: stranger))
            let pid = try brain.next { if case .notFollowed(1, let pid) = $0 { pid } else { nil } }.value
            #expect(pid == stranger)
        }
    }

    @Test func aRunCanGoBackToItsFirstProcess() throws {
        let keeper = try RunningKeeper()
        let brain = try keeper.readyBrain()
        let (first, _, _) = try adopted(brain, "exec 0</dev/null; while :; do wait; done")
        try brain.send(.adopt(generation: 1, pid: first))
        try brain.send(.signal(generation: 1, .kill, toGroup: false))
        let exit = try brain.exit(of: 1)
        #expect(exit.pid == first)
        #expect(exit.status == .signaled(.kill, coreDumped: false))
    }

    @Test func onlyALivingProcessOfTheRunIsFollowed() throws {
        let keeper = try RunningKeeper()
        let brain = try keeper.readyBrain()
        let (fact, _) = try brain.spawn(1, ["/bin/cat"])
        let (other, _) = try brain.spawn(2, ["/bin/cat"])
        for stranger in [CurrentProcess.pid, keeper.pid, brain.pid, other.pid, 1] {
            try brain.send(.adopt(generation: 1, pid: stranger))
            #expect(try line(brain) == "g:p1: pid \(stranger) is none of its processes and is not followed")
        }
        for nobody in [0, -1, Int32.max] {
            try brain.send(.adopt(generation: 1, pid: nobody))
            #expect(try line(brain).hasPrefix("g:p1: pid \(nobody) cannot be followed: watching process"))
        }
        // Nothing happens where there is no such run, or it is this process already.
        try brain.send(.adopt(generation: 9, pid: fact.pid))
        try brain.send(.adopt(generation: 1, pid: fact.pid))
        try brain.send(.signal(generation: 1, .kill, toGroup: false))
        #expect(try brain.exit(of: 1).pid == fact.pid)
    }

    @Test func aKeeperWithoutBrainEndsBothProcesses() throws {
        let keeper = try RunningKeeper()
        let brain = try keeper.brain()
        try brain.hearInventory()
        let (_, _, streams) = try adopted(
            brain, "trap 'echo first; exit 0' TERM; exec 0</dev/null; while :; do wait; done")
        try keeper.send(.terminate)
        #expect(try keeper.exitStatus() == .exited(code: 1))
        let lines = [try streams[.stdout]?.readLine(), try streams[.stdout]?.readLine()]
        #expect(Set(lines) == ["told", "first"])
    }
}
