import SuperBase
import SuperOS
import Testing

@Suite struct PollerTests {
    private let poller: Poller
    private let pipe: Pipe

    init() throws {
        poller = try Poller()
        pipe = try Pipe()
    }

    /// A moment that has passed: a wait until then only looks.
    private let past = Instant(nanoseconds: 0)

    @Test func nothingReadyMeansNoEvents() throws {
        try poller.add(pipe.readEnd, token: 7, .readable)
        #expect(try poller.wait(until: past).isEmpty)
    }

    @Test func theTokenComesBackWhole() throws {
        try poller.add(pipe.readEnd, token: .max - 1, .readable)
        _ = try pipe.writeEnd.write(text: "x")
        let events = try poller.wait(until: nil)
        #expect(events.map(\.token) == [.max - 1])
        #expect(events[0].isReadable && !events[0].isWritable && !events[0].isHungUp && !events[0].hasError)
    }

    @Test func whatIsNotDealtWithIsReportedAgain() throws {
        try poller.add(pipe.readEnd, token: 1, .readable)
        _ = try pipe.writeEnd.write(text: "x")
        #expect(try poller.wait(until: past).count == 1)
        #expect(try poller.wait(until: past).count == 1)
        _ = try pipe.readEnd.readByte()
        #expect(try poller.wait(until: past).isEmpty)
    }

    @Test func anEdgeIsReportedOnce() throws {
        try poller.add(pipe.readEnd, token: 1, [.readable, .edgeTriggered])
        _ = try pipe.writeEnd.write(text: "x")
        #expect(try poller.wait(until: past).count == 1)
        #expect(try poller.wait(until: past).isEmpty)
        _ = try pipe.writeEnd.write(text: "y")
        #expect(try poller.wait(until: past).count == 1)
    }

    @Test func interestAndTokenCanBeChanged() throws {
        try poller.add(pipe.writeEnd, token: 1, [])
        #expect(try poller.wait(until: past).isEmpty)
        poller.change(pipe.writeEnd, token: 2, .writable)
        let events = try poller.wait(until: past)
        #expect(events.map(\.token) == [2] && events[0].isWritable)
    }

    @Test func whatWasRemovedIsNotReported() throws {
        try poller.add(pipe.writeEnd, token: 1, .writable)
        poller.remove(pipe.writeEnd)
        #expect(try poller.wait(until: past).isEmpty)
        // Once more does nothing.
        poller.remove(pipe.writeEnd)
    }

    @Test func aPipeThatLosesItsWriterHangsUp() throws {
        let (readEnd, writeEnd) = try pipeEnds()
        try poller.add(readEnd, token: 1, .readable)
        _ = writeEnd()
        let event = try #require(try poller.wait(until: nil).first)
        #expect(event.isHungUp && event.isReadable)
    }

    @Test func aPeerThatWillSendNoMoreIsReported() throws {
        let folder = try TemporaryFolder()
        let listener = try Descriptor.listen(unix: folder / "socket")
        let client = try Descriptor.connect(unix: folder / "socket")
        guard case .connection(let server, _) = try listener.accept() else { throw Missing(what: "connection") }
        try poller.add(server, token: 1, [.readable, .peerClosed])
        try client.shutdown(.writing)
        let event = try #require(try poller.wait(until: nil).first)
        #expect(event.isPeerClosed && !event.isHungUp)
    }

    @Test func aFullBufferLeavesTheRestToTheNextWait() throws {
        let small = try Poller(capacity: 2)
        let pipes = try (0..<5).map { _ in try Pipe() }
        for (token, pipe) in pipes.enumerated() {
            try small.add(pipe.writeEnd, token: UInt64(token), [.writable, .edgeTriggered])
        }
        var tokens: [UInt64] = []
        for _ in 0..<3 { tokens += try small.wait(until: past).map(\.token) }
        #expect(tokens.sorted() == [0, 1, 2, 3, 4])
    }

    @Test func aWaitLastsUntilTheDeadlineAndNotAMillisecondGrid() throws {
        // The least of 20: a busy machine makes single waits longer, and never shorter than asked.
        var quickest = Duration.seconds(1)
        for _ in 0..<20 {
            let start = Clock.now()
            let deadline = start + .microseconds(300)
            #expect(try poller.wait(until: deadline).isEmpty)
            #expect(Clock.now() >= deadline)
            quickest = min(quickest, Clock.now() - start)
        }
        #expect(quickest < .microseconds(900))
    }

    @Test func aRegularFileCannotBeWatched() throws {
        let file = try Descriptor.memoryFile("test")
        do throws(SystemError) {
            try poller.add(file, token: 1, .readable)
            Issue.record("it can")
        } catch {
            #expect(error.errno == .notPermitted)
        }
    }

    @Test func changingWhatIsNotWatchedTraps() async {
        await #expect(processExitsWith: .failure) {
            let pipe = try Pipe()
            try Poller().change(pipe.readEnd, token: 1, .readable)
        }
    }
}
