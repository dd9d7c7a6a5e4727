import SuperBase
import SuperOS
import Testing

@testable import SuperKeeper

/// How a keeper starts, hears, watches and replaces brains, and how it ends.
struct KeeperBrainTests {
    @Test func recordsAndDescriptorsOutliveABrain() throws {
        let keeper = try RunningKeeper()
        var brain = try keeper.readyBrain()
        #expect(brain.inventory.contains(.record(key: "from", bytes: Array("the launcher".utf8))))
        let pipe = try Pipe()
        let large = [UInt8](repeating: 9, count: 200_000)
        try brain.send(.record(key: "small", bytes: [1]))
        try brain.send(.record(key: "small", bytes: [2]))
        try brain.send(.record(key: "large", bytes: large))
        try brain.send(.forget(key: "from"))
        try brain.send(.hold(key: "pipe"), [pipe.writeEnd])
        try brain.send(.hold(key: "gone"), [pipe.readEnd])
        try brain.send(.release(key: "gone"))
        try brain.exit(0)
        brain = try keeper.readyBrain()
        let records = Set(brain.inventory.filter { if case .record = $0 { true } else { false } })
        #expect(records == [.record(key: "small", bytes: [2]), .record(key: "large", bytes: large)])
        #expect(!brain.inventory.contains(.held(key: "gone")))
        let place = try #require(brain.inventory.firstIndex(of: .held(key: "pipe")))
        try brain.inventoryDescriptors[place]?.first?.writeAll(Array("held".utf8))
        #expect(try pipe.readEnd.readText(4) == "held")
    }

    @Test func recordsThatChangeTogetherAreAllChanged() throws {
        let keeper = try RunningKeeper()
        var brain = try keeper.readyBrain()
        try brain.send(.record(key: "old", bytes: [1]))
        try brain.send(
            .together([
                RecordChange(key: "from", bytes: nil), RecordChange(key: "old", bytes: [2]),
                RecordChange(key: "new", bytes: [3]),
            ]))
        try brain.exit(0)
        brain = try keeper.readyBrain()
        let records = Set(brain.inventory.filter { if case .record = $0 { true } else { false } })
        #expect(records == [.record(key: "old", bytes: [2]), .record(key: "new", bytes: [3])])
    }

    @Test func everythingThatABrainHadSaidIsObeyed() throws {
        let keeper = try RunningKeeper()
        let brain = try keeper.readyBrain()
        _ = try brain.spawn(1, ["/bin/cat"])
        try keeper.send(.stop)
        let numbers = 0..<270
        for number in numbers { try brain.send(.record(key: "\(number)", bytes: [])) }
        try brain.crash()
        try keeper.send(.continue)
        let next = try keeper.readyBrain()
        #expect(numbers.allSatisfy { next.inventory.contains(.record(key: "\($0)", bytes: [])) })
    }

    @Test func whatABrainSaidIsObeyedAlsoWhereItCannotBeAnswered() throws {
        let keeper = try RunningKeeper()
        let first = try keeper.readyBrain()
        for number in 0..<2_000 {
            try first.send(.record(key: "\(number)", bytes: [UInt8](repeating: 1, count: 200)))
        }
        try first.spawnAndForget(1)
        try first.exit(0)
        // More than a socket takes is on its way to this one, which does not listen.
        let second = try keeper.brain()
        try second.send(.record(key: "last words", bytes: [7]))
        try second.crash()
        #expect(try keeper.readyBrain().inventory.contains(.record(key: "last words", bytes: [7])))
    }

    @Test func aSignalIsToldToEveryBrainUntilOneHasTakenIt() throws {
        let keeper = try RunningKeeper()
        var brain = try keeper.readyBrain()
        try keeper.send(.hangup)
        try brain.waitForSignal(.hangup)
        try brain.crash()
        brain = try keeper.readyBrain()
        try brain.waitForSignal(.hangup)
        try brain.send(.took(.hangup))
        try brain.exit(0)
        brain = try keeper.readyBrain()
        try keeper.send(.user2)
        // The first signal that it hears of is the new one.
        let heard = try brain.next { if case .signalled(let signal) = $0 { signal } else { nil } }
        #expect(heard.value == .user2)
    }

    @Test func aBrainThatEndsIsReplacedAtOnceThenEverMoreSlowly() throws {
        let file = "/tmp/superd-starts-\(UInt32.random(in: 0...(.max)))"
        defer { _ = try? FileSystem.remove(file) }
        let keeper = try RunningKeeper(brain: ["/bin/sh", "-c", "cut -d' ' -f1 /proc/uptime >> \(file); exit 1"])
        let deadline = Clock.now() + patience
        var starts: [Double] = []
        while starts.count < 9 {
            try #require(Clock.now() < deadline)
            _ = try keeper.output.wait(for: .readable, until: Clock.now() + .milliseconds(20))
            let text = String(decoding: (try? FileSystem.read(file)) ?? [], as: UTF8.self)
            starts = text.split(separator: "\n").compactMap { Double($0) }
        }
        let gaps = zip(starts.dropFirst(), starts).map { $0 - $1 }
        // 10, 20, 40, … ms and the time that a start takes; /proc/uptime counts in steps of 10 ms.
        #expect(gaps[6] >= 0.6)
        #expect(gaps[3] >= 0.06)
        #expect(gaps[7] >= 0.9)
    }

    @Test func aBrainThatDoesNotAnswerIsReplacedAndProgramsGoOn() throws {
        let keeper = try RunningKeeper(brainPatience: .milliseconds(300))
        let brain = try keeper.readyBrain()
        let (fact, _) = try brain.spawn(1, ["/bin/cat"])
        brain.answersPings = false
        // Any message asks for an answer.
        try keeper.send(.user1)
        let next = try keeper.readyBrain()
        #expect(next.inventory.contains(.child(fact)))
        #expect(next.pid != brain.pid)
    }

    @Test func aBrainThatIsStoppedIsReplacedToo() throws {
        let keeper = try RunningKeeper(brainPatience: .milliseconds(300))
        let brain = try keeper.readyBrain()
        brain.answersPings = false
        try Signal.stop.send(toProcess: brain.pid)
        try keeper.send(.user1)
        #expect(try keeper.readyBrain().pid != brain.pid)
    }

    @Test func aBrainWithoutEarsIsReplacedAndCostsNoTime() throws {
        let keeper = try RunningKeeper()
        let brain = try keeper.readyBrain()
        let before = try keeper.processorTime()
        brain.closeEars()
        let next = try keeper.readyBrain()
        #expect(next.pid != brain.pid)
        #expect(try keeper.processorTime() - before < .milliseconds(300))
    }

    @Test func aConnectionMakesSureThatTheBrainAnswers() throws {
        let keeper = try RunningKeeper()
        let brain = try keeper.readyBrain()
        let path = "/tmp/superd-listen-\(UInt32.random(in: 0...(.max)))"
        defer { _ = try? FileSystem.remove(path) }
        try brain.send(.hold(key: "listen/x"), [try Descriptor.listen(unix: path)])
        // Asks one question and waits for it, so that the next can only come of the connection.
        _ = try brain.spawn(1, ["/bin/cat"])
        brain.answersPings = false
        var last = try brain.nextPing()
        try brain.send(.pong(number: last))
        _ = try brain.spawnAndForget(2)
        last = try brain.nextPing()
        try brain.send(.pong(number: last))
        let client = try Descriptor.connect(unix: path)
        #expect(try brain.nextPing() == last + 1)
        withExtendedLifetime(client) {}
    }

    @Test func theStartIsReportedOnce() throws {
        let keeper = try RunningKeeper(reports: true)
        let brain = try keeper.readyBrain()
        #expect(try keeper.output.readLine() == "ready")
        try brain.crash()
        _ = try keeper.readyBrain().send(.exit(code: 4))
        #expect(try keeper.exitStatus() == .exited(code: 4))
        #expect(try keeper.output.readLine() == "")
    }

    @Test func aStartThatFailsEndsWithTheCodeOfTheBrain() throws {
        let keeper = try RunningKeeper(reports: true)
        try keeper.brain().exit(5)
        #expect(try keeper.output.readLine() == "failed(code: 5)")
        #expect(try keeper.exitStatus() == .exited(code: 5))
    }

    @Test func withoutABrainATerminationEndsProgramsAndKeeper() throws {
        let keeper = try RunningKeeper()
        let brain = try keeper.brain()
        try brain.hearInventory()
        let (_, streams) = try brain.spawn(
            1, ["/bin/sh", "-c", "trap 'echo asked; exit 0' TERM; echo up; while :; do read x; done"])
        #expect(try streams[.stdout]?.readLine() == "up")
        try keeper.send(.terminate)
        #expect(try keeper.exitStatus() == .exited(code: 1))
        #expect(try streams[.stdout]?.readLine() == "asked")
    }

    @Test func aBrainThatComesInTimeIsToldOfTheTermination() throws {
        let keeper = try RunningKeeper()
        let brain = try keeper.brain()
        try keeper.send(.terminate)
        try brain.hearInventory()
        try brain.send(.ready)
        try brain.waitForSignal(.terminate)
        try brain.send(.exit(code: 0))
        #expect(try keeper.exitStatus() == .exited(code: 0))
    }

    @Test func aMessageThatCannotBeReadIsReportedAndTheNextIsObeyed() throws {
        let keeper = try RunningKeeper()
        let brain = try keeper.readyBrain()
        try brain.sendRaw([1, 2, 3])
        try brain.sendRaw([250])
        try brain.send(.record(key: "next", bytes: []))
        let line = try brain.next { if case .say(.critical, let text) = $0 { text } else { nil } }
        #expect(line.value == "a message of the brain could not be read: malformed or truncated bytes")
        try brain.exit(0)
        #expect(try keeper.readyBrain().inventory.contains(.record(key: "next", bytes: [])))
    }
}

extension PlayedBrain {
    func waitForSignal(_ signal: Signal) throws {
        _ = try next { if case .signalled(signal) = $0 { true } else { nil } }
    }

    func nextPing() throws -> UInt64 {
        try next { if case .ping(let number) = $0 { number } else { nil } }.value
    }

    /// Has a program started without waiting for the answer.
    func spawnAndForget(_ generation: UInt64) throws {
        try send(
            .spawn(
                generation: generation,
                ProcessSpec(
                    name: ProcessName(group: "g", process: "p"), executable: "/bin/cat", arguments: ["cat"],
                    environment: [])))
    }
}
