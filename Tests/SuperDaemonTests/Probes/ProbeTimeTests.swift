import SuperBase
import SuperOS
import Testing

@testable import SuperDaemon

/// When probes begin and end: time limits, turns, cancelling, commands, and what is left behind.
@Suite struct ProbeTimeTests {
    private let world: ProbeWorld

    init() throws { world = try ProbeWorld() }

    /// A listener that never answers, and the probe of it.
    private func silence() throws -> (Descriptor, Probe) {
        let listener = try Descriptor.listen(host: "127.0.0.1", port: 0)
        return (listener, .http(host: "127.0.0.1", port: try listener.port, path: "/"))
    }

    @Test func aSilentServerHasFailedWhenTheTimeIsOver() throws {
        let (listener, probe) = try silence()
        world.begin(1, probe, timeout: .seconds(3))
        for _ in 0..<5 { world.turn() }
        world.pass(.milliseconds(2_999))
        #expect(world.outcomes.isEmpty)
        world.pass(.milliseconds(1))
        #expect(try world.run() == "http://127.0.0.1:\(listener.port)/: no answer within 3 s")
        world.pass(.seconds(3))
        #expect(world.outcomes.count == 1)
        #expect(world.prober.deadline == nil)
    }

    @Test func aNameThatIsNotFoundInTimeHasFailedAndHoldsNobodyUp() throws {
        let gate = try Pipe()
        let world = try ProbeWorld { _, port in
            _ = try? gate.readEnd.wait(for: .readable, until: Clock.now() + patience)
            return [.internet(host: "127.0.0.1", port: port)]
        }
        let (listener, _) = try silence()
        let port = try listener.port
        world.begin(1, .http(host: "slow.test", port: port, path: "/"), timeout: .milliseconds(250))
        world.begin(2, .tcp(host: "127.0.0.1", port: port))
        try world.run(until: 1)
        #expect(world.outcomes == [ProbeWorld.Outcome(id: 2, failure: nil)])
        world.pass(.milliseconds(250))
        #expect(try world.run(until: 2) == "http://slow.test:\(port)/: its address was not found within 250 ms")
        // The address comes when nobody asks for it any more.
        try gate.writeEnd.writeAll([1])
        world.begin(3, .tcp(host: "slow.test", port: port))
        #expect(try world.run(until: 3) == nil)
        #expect(world.outcomes.map(\.id) == [2, 1, 3])
    }

    @Test func theDeadlineIsThatOfTheProbeWhichEndsFirst() throws {
        let (listener, probe) = try silence()
        let start = Instant(nanoseconds: 1_000_000_000_000)
        world.begin(1, probe, timeout: .seconds(5))
        world.begin(2, probe, timeout: .milliseconds(1_500))
        #expect(world.prober.deadline == start + .milliseconds(1_500))
        world.pass(.milliseconds(1_500))
        #expect(world.outcomes.map(\.id) == [2])
        #expect(world.outcomes[0].failure?.hasSuffix(": no answer within 1500 ms") == true)
        #expect(world.prober.deadline == start + .seconds(5))
        withExtendedLifetime(listener) {}
    }

    /// A brain that was busy for long must not take everybody for dead.
    @Test func anAnswerThatCameWhileTheLoopStoodStillCounts() throws {
        let (listener, probe) = try silence()
        world.begin(1, probe)
        world.begin(2, .tcp(host: "127.0.0.1", port: try listener.port))
        try world.turn("a request") { world.outcomes.count == 1 }
        guard case .connection(let first, _) = try listener.accept() else {
            throw SystemError("accepting", errno: .again)
        }
        try first.writeAll(Array("HTTP/1.1 200 OK\r\n\r\n".utf8))
        world.begin(3, .tcp(host: "127.0.0.1", port: try listener.port))
        world.pass(.seconds(100))
        #expect(world.outcomes.allSatisfy { $0.failure == nil })
        #expect(world.outcomes.count == 3)
    }

    @Test func aCompletionIsNeverCalledFromWithinBegin() throws {
        world.begin(1, .unix(path: "/nonexistent/socket"))
        world.begin(2, .command("at-once"))
        #expect(world.outcomes.isEmpty)
        #expect(world.prober.deadline == Instant(nanoseconds: .min))
        try world.run(until: 2)
        #expect(world.outcomes.map(\.id) == [1, 2])
        #expect(world.outcomes[1].failure == nil)
    }

    @Test func aCompletionMayBeginTheNextProbeOfItsNumberAndCancelOthers() throws {
        var count = 0
        func again(_ id: UInt64, _ failure: String?) {
            count += 1
            world.prober.cancel(8)
            if count < 3 {
                world.prober.begin(id, .unix(path: "/nonexistent"), timeout: .seconds(1), completion: again)
            }
        }
        world.prober.begin(7, .unix(path: "/nonexistent"), timeout: .seconds(1), completion: again)
        world.begin(8, .unix(path: "/nonexistent"))
        try world.turn("the third") { count == 3 }
        #expect(world.outcomes.isEmpty)
        #expect(world.prober.count == 0)
    }

    @Test func aCancelledProbeIsNotToldOf() throws {
        let (listener, probe) = try silence()
        let free = try Descriptor.listen(host: "127.0.0.1", port: 0).port
        world.begin(1, probe)
        world.begin(2, .command("true"))
        world.begin(3, .unix(path: "/nonexistent"))
        world.begin(4, .tcp(host: "web.test", port: try listener.port))
        for id: UInt64 in 1...5 { world.prober.cancel(id) }
        #expect(world.prober.count == 0 && world.prober.deadline == nil)
        #expect(world.stopped == [2])
        // What it would have been told comes too late.
        world.commands[2]?.ended(nil)
        world.pass(.seconds(10))
        #expect(world.outcomes.isEmpty)
        // The address that was looked up for the first of this number is not taken for the second's.
        world.begin(4, .tcp(host: "web.test", port: free))
        #expect(try world.run() == "tcp://web.test:\(free): Connection refused")
        #expect(world.outcomes.map(\.id) == [4])
    }

    @Test func soManyAreUnderWayAtATimeAndTheOthersFollow() throws {
        let world = try ProbeWorld(limit: 4)
        let server = try ScriptedServer("HTTP/1.1 200 OK\r\n\r\n", in: world)
        for id: UInt64 in 1...4 { world.begin(id, .command("sleep")) }
        for id: UInt64 in 5...200 { world.begin(id, try server.http()) }
        #expect(world.commands.count == 4)
        for _ in 0..<20 { world.turn() }
        #expect(world.outcomes.isEmpty)
        world.prober.cancel(1)
        try world.run(until: 196)
        #expect(world.outcomes.map(\.id).sorted() == Array(5...200))
        #expect(world.outcomes.allSatisfy { $0.failure == nil })
    }

    @Test func theTimeOfAProbeThatWaitsForItsTurnHasNotBegun() throws {
        let world = try ProbeWorld(limit: 1)
        world.begin(1, .command("a"), timeout: .seconds(3))
        world.begin(2, .command("b"), timeout: .seconds(3))
        world.pass(.seconds(3))
        #expect(world.outcomes.map(\.id) == [1])
        world.pass(.seconds(2))
        #expect(world.outcomes.map(\.id) == [1])
        world.pass(.seconds(1))
        #expect(world.outcomes.map(\.failure) == ["exec:a: did not end within 3 s", "exec:b: did not end within 3 s"])
    }

    // MARK: - Commands

    @Test func aCommandEndsTheProbeWithWhatItsRunnerSays() throws {
        world.begin(1, .command("check -v"))
        world.begin(2, .command("check -w"))
        #expect(world.commands[1]?.command == "check -v")
        world.commands[2]?.ended("exited with 1")
        world.commands[1]?.ended(nil)
        world.commands[1]?.ended("again")
        try world.run(until: 2)
        #expect(
            world.outcomes == [
                ProbeWorld.Outcome(id: 1, failure: nil),
                ProbeWorld.Outcome(id: 2, failure: "exec:check -w: exited with 1"),
            ])
        #expect(world.stopped.isEmpty)
    }

    @Test func aCommandThatTakesTooLongIsStoppedAndItsEndDoesNotCount() throws {
        world.begin(1, .command("slow"))
        let old = try #require(world.commands[1])
        world.pass(.seconds(3))
        #expect(world.outcomes == [ProbeWorld.Outcome(id: 1, failure: "exec:slow: did not end within 3 s")])
        #expect(world.stopped == [1])
        world.begin(1, .command("next"))
        old.ended("killed")
        #expect(world.prober.deadline != Instant(nanoseconds: .min))
        world.commands[1]?.ended(nil)
        try world.run(until: 2)
        #expect(world.outcomes.last?.failure == nil)
    }

    // MARK: - What is left

    /// In a process of its own, where nobody else opens anything.
    @Test func noDescriptorIsLeftOpen() async {
        await #expect(processExitsWith: .success) {
            func count() throws -> Int { try FileSystem.list("/proc/self/fd").count }
            let world = try ProbeWorld()
            let server = try ScriptedServer("HTTP/1.1 200 OK\r\n\r\n", in: world)
            let silent = try Descriptor.listen(host: "127.0.0.1", port: 0)
            let free = try Descriptor.listen(host: "127.0.0.1", port: 0).port
            let silence = Probe.http(host: "127.0.0.1", port: try silent.port, path: "/")
            func round() throws {
                let before = world.outcomes.count
                world.begin(1, try server.http())
                world.begin(2, .tcp(host: "localhost", port: free))
                world.begin(3, .tcp(host: "127.0.0.1", port: try silent.port))
                world.begin(4, .unix(path: "/nonexistent"))
                world.begin(5, .tcp(host: "web.test", port: try silent.port))
                world.begin(6, silence)
                world.begin(7, silence)
                try world.run(until: before + 5)
                world.prober.cancel(6)
                world.pass(.seconds(3))
                try world.run(until: before + 6)
                // The server's side of them.
                while case .connection = try silent.accept() {}
            }
            try round()
            let before = try count()
            for _ in 0..<20 { try round() }
            try #require(try count() == before)
        }
    }
}
