import SuperBase
import SuperKeeper
import SuperOS
import Testing

@testable import SuperDaemon

/// The log thread that waits for a line of a real pipe.
struct AwaitedLineTests {
    private let folder: Folder
    private let pump: LogPump

    init() throws {
        folder = try Folder()
        pump = try LogPump(flight: nil)
    }

    /// A pipe whose read end the pump gets.
    private func open(
        _ id: StreamID, file: String?, awaiting line: String?, _ change: (inout StreamPlan) -> Void = { _ in }
    ) throws -> Descriptor {
        var plan = StreamPlan(name: name("p"))
        plan.file = file.map { LogFilePlan(path: folder / $0, maxBytes: ByteSize(bytes: 0), backups: 0) }
        plan.awaitedLine = line
        change(&plan)
        let pipe = try Pipe()
        try pipe.readEnd.setNonBlocking()
        pump.order(.open(id, pipe.readEnd, plan))
        return pipe.writeEnd
    }

    private func id(_ generation: UInt64, _ stream: StandardStream = .stdout) -> StreamID {
        StreamID(generation: generation, stream: stream)
    }

    /// What is found up to the first find.
    private func found() throws -> [StreamID] {
        var found: [StreamID] = []
        while found.isEmpty {
            let signal = pump.noticeSignal.descriptor
            try #require(try signal.wait(for: .readable, until: Clock.now() + patience), "no line is found")
            _ = pump.takeNotices()
            found = pump.takeFoundLines()
        }
        return found
    }

    /// Everything that is found until the thread has read all there is.
    private func foundByTheEnd() throws -> [StreamID] {
        pump.order(.finish)
        while true {
            let signal = pump.noticeSignal.descriptor
            try #require(try signal.wait(for: .readable, until: Clock.now() + patience), "no end")
            let isFinished = pump.takeNotices().contains { if case .finished = $0 { true } else { false } }
            if isFinished { return pump.takeFoundLines() }
        }
    }

    @Test(arguments: [StandardStream.stdout, .stderr], ["log", nil])
    func aLineIsFoundOnceInEitherStreamWithAFileOrWithout(stream: StandardStream, file: String?) throws {
        let writer = try open(id(1, stream), file: file, awaiting: "listening on *")
        try writer.writeAll(Array("starting\nnow listen".utf8))
        try writer.writeAll(Array("ing on port 80\n".utf8))
        #expect(try found() == [id(1, stream)])
        if let file { #expect(try folder.read(file) == "starting\nnow listening on port 80\n") }
        try writer.writeAll(Array("listening on port 81\n".utf8))
        #expect(try foundByTheEnd() == [])
        if let file { #expect(try folder.read(file).hasSuffix("port 81\n")) }
    }

    @Test func nothingIsFoundWhereNoLineMatchesOrNoneIsAwaited() throws {
        let writers = try [
            open(id(1), file: "a", awaiting: "ready"), open(id(2), file: "b", awaiting: nil),
            open(id(3), file: nil, awaiting: "ready"),
        ]
        for (index, writer) in writers.enumerated() {
            try writer.writeAll(Array((index == 1 ? "ready\n" : "rea\ndy\n").utf8))
        }
        #expect(try foundByTheEnd() == [])
    }

    @Test func theLastLineIsFoundBeforeTheEndOfItsStreamIsTold() throws {
        var writer: Descriptor? = try open(id(1), file: nil, awaiting: "ready")
        try writer?.writeAll(Array("starting\nready".utf8))
        writer = nil
        var found: [StreamID] = []
        var hasEnded = false
        while !hasEnded {
            try #require(try pump.noticeSignal.descriptor.wait(for: .readable, until: Clock.now() + patience))
            let notices = pump.takeNotices()
            found += pump.takeFoundLines()
            hasEnded = notices.contains { if case .ended = $0 { true } else { false } }
        }
        #expect(found == [id(1)])
    }

    @Test func aLineIsLookedForAsTheProcessWroteIt() throws {
        let writer = try open(id(1), file: "log", awaiting: "\u{1b}?3?mready") { $0.stripsANSI = true }
        try writer.writeAll(Array("\u{1b}[32mready\u{1b}[0m\n".utf8))
        #expect(try found() == [id(1)])
        #expect(try folder.read("log") == "ready\n")
    }

    @Test func aLineThatABrainWasKilledOverIsFoundByTheNext() throws {
        let memory = try FlightRecord.makeMemory()
        let flight = try FlightRecord(mapping: memory)
        flight.begin(FlightRecord.Chunk(id: id(2), place: nil, stripper: AnsiStripper()))
        flight.buffer.copyBytes(from: "ready\n".utf8)
        let pump = try LogPump(flight: memory)
        let pipe = try Pipe()
        try pipe.readEnd.setNonBlocking()
        var plan = StreamPlan(name: name("p"))
        plan.awaitedLine = "ready"
        pump.order(.open(id(2), pipe.readEnd, plan))
        pump.order(.allOpened)
        try #require(try pump.noticeSignal.descriptor.wait(for: .readable, until: Clock.now() + patience))
        #expect(pump.takeFoundLines() == [id(2)])
        pump.order(.finish)
    }
}
