import SuperBase
import SuperOS
import Testing

@testable import SuperDaemon

@Suite struct MemoryMeterTests {
    /// A meter in a loop of its own, and what it has told.
    private final class World {
        let reactor: Reactor
        private(set) var told: [[MemoryMeter.Measurement]] = []
        private(set) lazy var meter: MemoryMeter? = try? MemoryMeter(reactor: reactor) { [unowned self] in
            told.append($0)
        }

        init() throws { reactor = try Reactor() }

        func run(until count: Int) throws {
            let end = Clock.now() + patience
            while told.count < count {
                try #require(Clock.now() < end, "no measurement comes")
                try reactor.turn(until: end) {}
            }
        }
    }

    @Test func aProcessAndItsDescendantsAreMeasuredTogether() throws {
        let world = try World()
        let meter = try #require(world.meter)
        let input = try Pipe()
        let output = try Pipe()
        let pid = try spawn(
            SpawnRequest(
                executable: "/usr/bin/python3",
                arguments: [
                    "python3", "-c",
                    """
                    import os, sys
                    child = os.fork()
                    data = bytearray(os.urandom(4096)) * (30 * 256)
                    os.write(1, b'x')
                    sys.stdin.read()
                    """,
                ], environment: [], descriptors: [input.readEnd, output.writeEnd, .standardError]))
        defer {
            try? Signal.kill.send(toProcess: pid)
            _ = try? reapChild(pid, waits: true)
        }
        var ready = ""
        while ready.utf8.count < 2 {
            try #require(try output.readEnd.wait(for: .readable, until: Clock.now() + patience))
            ready += output.readEnd.readText() ?? ""
        }
        let own = MemoryMeter.Subject(generation: 3, pid: CurrentProcess.pid)
        #expect(try meter.measure([MemoryMeter.Subject(generation: 7, pid: pid), own]))
        #expect(meter.isMeasuring)
        // One at a time.
        #expect(try !meter.measure([own]))
        try world.run(until: 1)
        #expect(!meter.isMeasuring)
        #expect(world.told[0].map(\.generation) == [7, 3])
        #expect(world.told[0][0].size > .mebibytes(60) && world.told[0][0].size < .mebibytes(100))
        #expect(world.told[0][1].size > world.told[0][0].size)
        withExtendedLifetime(input) {}
    }

    @Test func aProcessThatIsGoneIsLeftOutAndTheNextMeasurementIsPossible() throws {
        let world = try World()
        let meter = try #require(world.meter)
        let pid = try spawn(
            SpawnRequest(
                executable: "/bin/true", arguments: ["true"], environment: [],
                descriptors: [.standardInput, .standardOutput, .standardError]))
        _ = try reapChild(pid, waits: true)
        #expect(try meter.measure([MemoryMeter.Subject(generation: 1, pid: pid)]))
        try world.run(until: 1)
        #expect(try meter.measure([]))
        try world.run(until: 2)
        #expect(world.told == [[], []])
    }
}
