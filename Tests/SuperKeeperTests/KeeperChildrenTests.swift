import SuperBase
import SuperOS
import Testing

@testable import SuperKeeper

/// Programs under a keeper, over the lives of several brains.
struct KeeperChildrenTests {
    @Test func aProgramRunsUntilItEndsAndItsEndIsTold() throws {
        let keeper = try RunningKeeper()
        let brain = try keeper.readyBrain()
        let (fact, streams) = try brain.spawn(1, ["/bin/sh", "-c", "read line; echo \"got $line\"; exit 3"])
        #expect(fact.streams == [.stdin, .stdout, .stderr])
        try streams[.stdin]?.writeAll(Array("it\n".utf8))
        #expect(try streams[.stdout]?.readText(7) == "got it\n")
        let exit = try brain.exit(of: 1)
        #expect(exit.status == .exited(code: 3))
        #expect(exit.pid == fact.pid)
        #expect(exit.at >= fact.startedAt)
    }

    @Test func anEndIsToldToEveryBrainUntilOneAcknowledgesIt() throws {
        let keeper = try RunningKeeper()
        var brain = try keeper.readyBrain()
        _ = try brain.spawn(1, ["/bin/sh", "-c", "exit 7"])
        let exit = try brain.exit(of: 1)
        try brain.crash()
        brain = try keeper.readyBrain()
        #expect(brain.inventory.contains(.exited(exit)))
        try brain.send(.acknowledge(generation: 1))
        for stream in StandardStream.allCases { try brain.send(.close(generation: 1, stream)) }
        try brain.exit(0)
        brain = try keeper.readyBrain()
        #expect(brain.inventory.map(\.generation).allSatisfy { $0 == nil })
    }

    @Test func streamsAreHandedToTheNextBrainWithTheirBytes() throws {
        let keeper = try RunningKeeper()
        var brain = try keeper.readyBrain()
        let (fact, streams) = try brain.spawn(4, ["/bin/cat"])
        try streams[.stdin]?.writeAll(Array("before ".utf8))
        try brain.crash()
        brain = try keeper.readyBrain()
        let place = try #require(brain.inventory.firstIndex(of: .child(fact)))
        let again = try #require(brain.inventoryDescriptors[place])
        try again[0].writeAll(Array("after".utf8))
        #expect(try again[1].readText(12) == "before after")
    }

    @Test func aGenerationIsNeverStartedTwice() throws {
        let keeper = try RunningKeeper()
        var brain = try keeper.readyBrain()
        let (first, _) = try brain.spawn(1, ["/bin/cat"])
        #expect(try brain.spawn(1, ["/bin/cat"]).fact == first)
        try brain.crash()
        brain = try keeper.readyBrain()
        let (again, streams) = try brain.spawn(1, ["/bin/cat"])
        #expect(again == first)
        #expect(streams.count == 3)
    }

    @Test func theHighestGenerationOutlivesItsRun() throws {
        let keeper = try RunningKeeper()
        var brain = try keeper.readyBrain()
        _ = try brain.spawn(41, ["/bin/true"])
        _ = try brain.exit(of: 41)
        try brain.send(.acknowledge(generation: 41))
        for stream in StandardStream.allCases { try brain.send(.close(generation: 41, stream)) }
        try brain.exit(0)
        brain = try keeper.readyBrain()
        #expect(
            brain.inventory.first
                == .welcome(version: KeeperProtocol.version, pid: keeper.pid, brains: 1, lastGeneration: 41))
    }

    @Test func whatAProgramLeftOpenIsToldAsRemainsOnceItsEndIsDealtWith() throws {
        let keeper = try RunningKeeper()
        var brain = try keeper.readyBrain()
        // The background process lives for as long as its input is open, and keeps the output open.
        let (fact, streams) = try brain.spawn(1, ["/bin/sh", "-c", "exec 3<&0; cat <&3 & exit 0"])
        _ = try brain.exit(of: 1)
        try brain.send(.acknowledge(generation: 1))
        try brain.crash()
        brain = try keeper.readyBrain()
        #expect(brain.inventory.contains(.remains(fact)))
        #expect(!brain.inventory.contains(.child(fact)))
        try streams[.stdin]?.writeAll(Array("still here".utf8))
        #expect(try streams[.stdout]?.readText(10) == "still here")
        try brain.send(.close(generation: 1, .stdout))
        try brain.send(.close(generation: 1, .stderr))
        try brain.exit(0)
        #expect(try !keeper.readyBrain().inventory.contains { $0.generation == 1 })
    }

    @Test func aProgramThatCannotBeStartedIsToldWithStageAndError() throws {
        let keeper = try RunningKeeper()
        let brain = try keeper.readyBrain()
        let name = ProcessName(group: "g", process: "p")
        try brain.send(
            .spawn(generation: 5, ProcessSpec(name: name, executable: "/nowhere", arguments: ["x"], environment: [])))
        let failure = try brain.next { message -> [Int32]? in
            if case .spawnFailed(5, let stage, let errno) = message { [Int32(stage), errno] } else { nil }
        }
        #expect(failure.value == [Int32(SpawnError.Stage.executing.rawValue), 2])
    }

    @Test func aSignalReachesTheProgramAndIsRememberedForTheNextBrain() throws {
        let keeper = try RunningKeeper()
        var brain = try keeper.readyBrain()
        let (fact, streams) = try brain.spawn(1, ["/bin/sh", "-c", "trap 'echo heard' USR1; while read x; do :; done"])
        // The trap is set when it reads.
        try streams[.stdin]?.writeAll(Array("x\n".utf8))
        try brain.send(.signal(generation: 1, .child, toGroup: false))
        try brain.crash()
        brain = try keeper.readyBrain()
        var expected = fact
        expected.lastSignal = .child
        #expect(brain.inventory.contains(.child(expected)))
        try brain.send(.signal(generation: 1, .kill, toGroup: true))
        #expect(try brain.exit(of: 1).status == .signaled(.kill, coreDumped: false))
        // The pid may be anybody's from now on.
        try brain.send(.signal(generation: 1, .kill, toGroup: false))
        #expect(try brain.spawn(2, ["/bin/true"]).fact.pid != 0)
    }

    @Test func anOrphanIsReapedAndTold() throws {
        let keeper = try RunningKeeper()
        let brain = try keeper.readyBrain()
        let (fact, streams) = try brain.spawn(
            1, ["/bin/sh", "-c", "(sh -c 'echo $$; read x <&3; exit 9' 3<&0 &) ; exec cat >&2"])
        let orphan = Int32(try streams[.stdout]?.readLine() ?? "") ?? 0
        #expect(orphan != fact.pid)
        try streams[.stdin]?.writeAll(Array("go\ngo\n".utf8))
        let reaped = try brain.next { message -> SuperBase.ExitStatus? in
            if case .strangerReaped(orphan, let status) = message { status } else { nil }
        }
        #expect(reaped.value == .exited(code: 9))
    }

    @Test func thousandsOfRunsLeaveNoDescriptorBehind() throws {
        let keeper = try RunningKeeper()
        let brain = try keeper.readyBrain()
        func run(_ generations: ClosedRange<UInt64>) throws {
            for generation in generations {
                _ = try brain.spawn(generation, ["/bin/true"])
                _ = try brain.exit(of: generation)
                try brain.send(.acknowledge(generation: generation))
                for stream in StandardStream.allCases { try brain.send(.close(generation: generation, stream)) }
            }
        }
        /// Counted when a program runs and everything before it has been obeyed: the second answer says that the keeper has also let go of
        /// the program's own ends of its pipes, which it still holds when it gives the first.
        func descriptors(running generation: UInt64) throws -> Int {
            for _ in 1...2 { _ = try brain.spawn(generation, ["/bin/cat"]) }
            return try FileSystem.list("/proc/\(keeper.pid)/fd").count
        }
        try run(1...5)
        let before = try descriptors(running: 6)
        try run(7...500)
        #expect(try descriptors(running: 501) == before + 3)
    }
}

extension KeeperMessage {
    /// The run that it is about; nil for none.
    var generation: UInt64? {
        switch self {
        case .child(let fact), .remains(let fact), .spawned(let fact): fact.generation
        case .exited(let fact): fact.generation
        case .spawnFailed(let generation, _, _), .notFollowed(let generation, _): generation
        case .welcome, .record, .held, .inventoryEnd, .signalled, .strangerReaped, .say, .ping: nil
        }
    }
}

extension Descriptor {
    /// Reads up to a line feed.
    func readLine() throws -> String {
        var line = ""
        while true {
            let next = try readText(1)
            if next == "\n" || next.isEmpty { return line }
            line += next
        }
    }
}
