import SuperBase
import SuperKeeper
import SuperOS
import Testing

@testable import SuperDaemon

/// The log thread between real pipes and real files.
struct LogPumpTests {
    private let folder: Folder

    init() throws { folder = try Folder() }

    private func plan(_ file: String? = "log", maxBytes: Int = 0, backups: Int = 0) -> StreamPlan {
        var plan = StreamPlan(name: name("p"))
        plan.file = file.map { LogFilePlan(path: folder / $0, maxBytes: ByteSize(bytes: maxBytes), backups: backups) }
        return plan
    }

    private func id(_ generation: UInt64) -> StreamID { StreamID(generation: generation, stream: .stdout) }

    /// A pipe whose read end the pump gets.
    private func open(_ generation: UInt64, _ plan: StreamPlan, in pump: LogPump) throws -> Descriptor {
        let pipe = try Pipe(capacity: .mebibytes(1))
        try pipe.readEnd.setNonBlocking()
        pump.order(.open(id(generation), pipe.readEnd, plan))
        return pipe.writeEnd
    }

    /// Notices up to one that `isLast`.
    private func notices(of pump: LogPump, upTo isLast: (LogPump.Notice) -> Bool) throws -> [LogPump.Notice] {
        var all: [LogPump.Notice] = []
        while !all.contains(where: isLast) {
            let signal = pump.noticeSignal.descriptor
            try #require(try signal.wait(for: .readable, until: Clock.now() + patience), "no notice")
            all += pump.takeNotices()
        }
        return all
    }

    private func finish(_ pump: LogPump) throws -> [LogPump.Notice] {
        pump.order(.finish)
        return try notices(of: pump) { if case .finished = $0 { true } else { false } }
    }

    @Test func outputReachesItsFileAndTheEndIsToldOnce() throws {
        let pump = try LogPump(flight: nil)
        var writer: Descriptor? = try open(1, plan(), in: pump)
        try writer?.writeAll(Array("hello\n".utf8))
        writer = nil
        var all = try notices(of: pump) { if case .ended = $0 { true } else { false } }
        #expect(try folder.read("log") == "hello\n")
        all += try finish(pump)
        let ends = all.compactMap { if case .ended(let id) = $0 { id } else { nil } }
        #expect(ends == [id(1)])
    }

    @Test func twoStreamsOfOneFileShareItsRotationAndTearNoLine() throws {
        let pump = try LogPump(flight: nil)
        let writers = try (1...2).map { try open($0, plan(maxBytes: 20_000, backups: 50), in: pump) }
        for number in 0..<2_000 {
            for (index, writer) in writers.enumerated() { try writer.writeAll(Array("\(index) \(number)\n".utf8)) }
        }
        _ = try finish(pump)
        let files = try folder.names
        #expect(files.count > 1)
        var lines: [String] = []
        for file in files { lines += try folder.read(file).split(separator: "\n").map(String.init) }
        #expect(Set(lines) == Set((0..<2_000).flatMap { ["0 \($0)", "1 \($0)"] }))
        #expect(lines.count == 4_000)
    }

    @Test func finishTakesEverythingThatIsInThePipes() throws {
        let pump = try LogPump(flight: nil)
        let text = [UInt8](repeating: 0x41, count: 900_000)
        let writers = try (1...3).map { try open($0, plan("log\($0)"), in: pump) }
        for writer in writers { try writer.writeAll(text) }
        pump.write(Array("a line of the main log\n".utf8))
        pump.order(
            .mainLog(
                LogFilePlan(path: folder / "main", maxBytes: ByteSize(bytes: 0), backups: 0), syslog: false, echo: false
            ))
        _ = try finish(pump)
        for number in 1...3 { #expect(try folder.read("log\(number)").utf8.count == 900_000) }
        #expect(try folder.read("main") == "a line of the main log\n")
    }

    @Test func aWriterThatNeverEndsDoesNotHoldTheFinishUp() throws {
        let pump = try LogPump(flight: nil)
        let writer = try open(1, plan(), in: pump)
        let chatter = try spawn(
            SpawnRequest(
                executable: "/usr/bin/yes", arguments: ["yes"], environment: [],
                descriptors: [.standardInput, writer, .standardError]))
        defer {
            try? Signal.kill.send(toProcess: chatter)
            _ = try? reapChild(chatter, waits: true)
        }
        let quiet = try open(2, plan("quiet"), in: pump)
        try quiet.writeAll(Array("heard".utf8))
        // Its size alone: the file grows by hundreds of megabytes a second.
        try wait("output") { try FileSystem.status("\(folder.path)/log").map { $0.size > 0 } ?? false }
        _ = try finish(pump)
        #expect(try folder.read("quiet") == "heard")
    }

    @Test func sequencesAreStrippedOverReads() throws {
        let pump = try LogPump(flight: nil)
        var plan = plan()
        plan.stripsANSI = true
        let writer = try open(1, plan, in: pump)
        try writer.writeAll(Array("a\u{1b}[3".utf8))
        try wait("output") { (try? folder.read("log")) == "a" }
        try writer.writeAll(Array("1mb".utf8))
        _ = try finish(pump)
        #expect(try folder.read("log") == "ab")
    }

    @Test func clearingIsAnsweredAndAFollowedFileIsToldOf() throws {
        let pump = try LogPump(flight: nil)
        let writer = try open(1, plan(), in: pump)
        pump.follow([folder / "log"])
        try writer.writeAll(Array("x".utf8))
        _ = try notices(of: pump) { if case .grew(folder / "log") = $0 { true } else { false } }
        pump.order(.clear(path: folder / "log", notice: 8))
        let cleared = try notices(of: pump) { if case .cleared(8, nil) = $0 { true } else { false } }
        #expect(!cleared.isEmpty)
        #expect(try folder.read("log") == "")
        _ = try finish(pump)
    }

    @Test func lostBytesAreCountedByFile() throws {
        let pump = try LogPump(flight: nil)
        var plan = plan()
        plan.file?.path = "/dev/full"
        let writer = try open(1, plan, in: pump)
        try writer.writeAll(Array("12345".utf8))
        _ = try finish(pump)
        #expect(pump.lostBytes(path: "/dev/full") == 5)
        #expect(pump.lostBytes == 5)
    }

    // MARK: - Taking over

    /// What a brain leaves that was killed while it wrote a chunk of run 2 to `log`, after the first `written` bytes.
    private func interrupted(_ text: String, written: Int, length: Int? = nil) throws -> Descriptor {
        try folder.write("log", "before ")
        let status = try #require(try FileSystem.status(folder / "log"))
        let memory = try FlightRecord.makeMemory()
        let flight = try FlightRecord(mapping: memory)
        flight.begin(
            FlightRecord.Chunk(
                id: id(2), place: LogFile.Place(inode: status.inode, offset: status.size), stripper: AnsiStripper()))
        flight.buffer.copyBytes(from: text.utf8)
        if let length { flight.arrived(length) }
        try folder.append("log", String(text.prefix(written)))
        return memory
    }

    @Test(arguments: [0, 1, 4, 5]) func aChunkThatWasHalfWrittenIsFinishedAndNothingIsDoubled(written: Int) throws {
        let pump = try LogPump(flight: try interrupted("chunk", written: written, length: 5))
        let writer = try open(2, plan(), in: pump)
        pump.order(.allOpened)
        try writer.writeAll(Array(" after".utf8))
        _ = try finish(pump)
        #expect(try folder.read("log") == "before chunk after")
    }

    @Test func aChunkWhoseLengthWasNotNotedIsFinishedToo() throws {
        let pump = try LogPump(flight: try interrupted("chunk", written: 0))
        _ = try open(2, plan(), in: pump)
        pump.order(.allOpened)
        _ = try finish(pump)
        #expect(try folder.read("log") == "before chunk")
    }

    @Test func noStreamIsReadBeforeTheChunkOfAnotherIsFinished() throws {
        let pump = try LogPump(flight: try interrupted("chunk", written: 2, length: 5))
        let busy = try open(1, plan("other"), in: pump)
        try busy.writeAll(Array("much to say".utf8))
        // An answer says that the thread has had its turn, in which it would have read.
        for notice in UInt64(1)...3 {
            pump.order(.clear(path: folder / "nothing", notice: notice))
            _ = try notices(of: pump) { if case .cleared(notice, _) = $0 { true } else { false } }
        }
        _ = try open(2, plan(), in: pump)
        pump.order(.allOpened)
        _ = try finish(pump)
        #expect(try folder.read("log") == "before chunk")
        #expect(try folder.read("other") == "much to say")
    }

    @Test func aChunkWhoseStreamIsGoneHoldsNobodyUp() throws {
        let pump = try LogPump(flight: try interrupted("chunk", written: 2))
        let writer = try open(1, plan("other"), in: pump)
        pump.order(.allOpened)
        try writer.writeAll(Array("on".utf8))
        try wait("output") { (try? folder.read("other")) == "on" }
        _ = try finish(pump)
        #expect(try folder.read("log") == "before ch")
    }

    @Test func aChunkOfAFileThatWasRotatedIsNotWrittenAgain() throws {
        let memory = try interrupted("chunk", written: 5, length: 5)
        try FileSystem.rename(folder / "log", to: folder / "log.1")
        let pump = try LogPump(flight: memory)
        _ = try open(2, plan(), in: pump)
        pump.order(.allOpened)
        _ = try finish(pump)
        #expect(try folder.read("log") == "")
        #expect(try folder.read("log.1") == "before chunk")
    }
}
