import SuperBase
import SuperOS
import Testing

/// The bytes of a text.
func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

extension Descriptor {
    /// One read of up to 64 KiB as text; nil for anything but bytes.
    func readText() throws -> String? {
        var buffer = [UInt8](repeating: 0, count: 65_536)
        guard case .bytes(let count) = try buffer.withUnsafeMutableBytes({ try read(into: $0) }) else { return nil }
        return String(decoding: buffer[..<count], as: UTF8.self)
    }

    /// What a read of one byte answers.
    func readByte() throws -> ReadResult {
        var byte: UInt8 = 0
        return try withUnsafeMutableBytes(of: &byte) { try read(into: $0) }
    }

    /// One write of text.
    func write(text: String) throws -> WriteResult {
        try bytes(text).withUnsafeBytes { try write($0) }
    }

    /// Whether it is close-on-exec, as the kernel tells it.
    func isCloseOnExec() throws -> Bool {
        let lines = String(decoding: try FileSystem.read("/proc/self/fdinfo/\(number)"), as: UTF8.self)
        let flags = lines.split(separator: "\n").first { $0.hasPrefix("flags:") }?.drop { !$0.isNumber }
        return (flags.flatMap { Int($0, radix: 8) } ?? 0) & 0o2000000 != 0
    }
}

@Suite struct DescriptorTests {
    @Test func theLastReferenceCloses() throws {
        var descriptor: Descriptor? = try Descriptor.memoryFile("test")
        let number = try #require(descriptor).number
        let file = try #require(descriptor).status()
        var second = descriptor
        descriptor = nil
        #expect(try second?.status().isSameFile(as: file) == true)
        second = nil
        // Another test may have got the number since.
        #expect(try FileSystem.status("/proc/self/fd/\(number)")?.isSameFile(as: file) != true)
    }

    @Test func aPipeEndsWhenItsWriterIsDropped() throws {
        let (readEnd, writeEnd) = try pipeEnds()
        var writer: Descriptor? = writeEnd()
        #expect(try writer?.write(text: "abc") == .bytes(3))
        #expect(try readEnd.readText() == "abc")
        writer = nil
        #expect(try readEnd.readByte() == .endOfFile)
    }

    @Test func aReleasedNumberStaysOpen() throws {
        var descriptor: Descriptor? = try Descriptor.open("/dev/null", .readOnly)
        let number = try #require(descriptor).release()
        descriptor = nil
        let again = try Descriptor.inherited(number)
        #expect(try again.status().kind == .characterDevice)
    }

    @Test func aNumberThatIsNotOpenCannotBeTakenOver() {
        #expect(throws: SystemError("taking over", "descriptor 123456", errno: Errno(rawValue: 9))) {
            try Descriptor.inherited(123_456)
        }
    }

    @Test func everyDescriptorIsCloseOnExecFromBirth() throws {
        let folder = try TemporaryFolder()
        let pipe = try Pipe()
        let pair = try Descriptor.messagePair()
        let listener = try Descriptor.listen(unix: folder / "socket")
        let all = [
            pipe.readEnd, pipe.writeEnd, pair.0, pair.1, listener, try Poller().descriptor,
            try pipe.readEnd.duplicate(), try Descriptor.open("/dev/null", .readOnly),
            try Descriptor.listen(host: "127.0.0.1", port: 0), try Descriptor.memoryFile("test"),
            try SharedMemory("test", size: 1).descriptor, try Descriptor.connect(unix: folder / "socket"),
            try Descriptor.process(CurrentProcess.pid), try SignalReceiver([]).descriptor,
            try EventDescriptor().descriptor, try TimerDescriptor().descriptor,
        ]
        guard case .connection(let accepted, _) = try listener.accept() else { throw Missing(what: "connection") }
        for descriptor in all + [accepted] { #expect(try descriptor.isCloseOnExec(), "\(descriptor)") }
    }

    @Test func closeOnExecCanBeTakenAway() throws {
        let descriptor = try Descriptor.open("/dev/null", .readOnly)
        try descriptor.setCloseOnExec(false)
        #expect(try !descriptor.isCloseOnExec())
        let taken = try Descriptor.inherited(descriptor.release())
        #expect(try taken.isCloseOnExec())
    }

    @Test func nothingToReadWouldBlock() throws {
        let pipe = try Pipe()
        try pipe.readEnd.setNonBlocking()
        #expect(try pipe.readEnd.readByte() == .wouldBlock)
    }

    @Test func aFullPipeWouldBlock() throws {
        let pipe = try Pipe()
        try pipe.writeEnd.setNonBlocking()
        let chunk = String(repeating: "x", count: 1 << 20)
        let capacity = try pipe.capacity().bytes
        #expect(try pipe.writeEnd.write(text: chunk) == .bytes(capacity))
        #expect(try pipe.writeEnd.write(text: chunk) == .wouldBlock)
        #expect(try pipe.readEnd.readableBytes() == capacity)
    }

    @Test func aPipeGrowsWhereTheKernelGrantsIt() throws {
        #expect(try Pipe(capacity: .mebibytes(1)).capacity() == .mebibytes(1))
        #expect(try Pipe(capacity: ByteSize(bytes: 1 << 40)).capacity() == .kibibytes(64))
    }

    @Test func aPipeWithoutReaderThrows() async {
        await #expect(processExitsWith: .success) {
            Signal.pipe.ignore()
            let (_, writeEnd) = try pipeEnds()
            do {
                _ = try writeEnd().write(text: "x")
                throw Missing(what: "an error")
            } catch let error as SystemError {
                try #require(error.errno == .brokenPipe)
            }
        }
    }

    @Test func severalBuffersAreWrittenAndReadInOrder() throws {
        let pipe = try Pipe()
        let (a, b, c) = (bytes("one "), bytes("two "), bytes("three"))
        let written = try a.withUnsafeBytes { a in
            try b.withUnsafeBytes { b in try c.withUnsafeBytes { c in try pipe.writeEnd.write(gathering: [a, b, c]) } }
        }
        #expect(written == .bytes(13))
        var (first, second) = ([UInt8](repeating: 0, count: 5), [UInt8](repeating: 0, count: 20))
        let read = try first.withUnsafeMutableBytes { first in
            try second.withUnsafeMutableBytes { second in try pipe.readEnd.read(scattering: [first, second]) }
        }
        #expect(read == .bytes(13))
        #expect(first == bytes("one t") && second.prefix(8) == bytes("wo three")[...])
    }

    @Test func readingAllStopsAtTheLimit() throws {
        let file = try Descriptor.memoryFile("test")
        try file.writeAll(bytes("0123456789"))
        try file.seek(to: 0)
        #expect(try file.readAll(limit: 10) == bytes("0123456789"))
        try file.seek(to: 0)
        #expect(throws: SystemError.self) { try file.readAll(limit: 9) }
    }

    @Test func aReadAtAnOffsetLeavesThePlace() throws {
        let file = try Descriptor.memoryFile("test")
        try file.writeAll(bytes("0123456789"))
        try file.seek(to: 2)
        var buffer = [UInt8](repeating: 0, count: 3)
        #expect(try buffer.withUnsafeMutableBytes { try file.read(into: $0, at: 5) } == .bytes(3))
        #expect(buffer == bytes("567"))
        #expect(try buffer.withUnsafeMutableBytes { try file.read(into: $0, at: 10) } == .endOfFile)
        #expect(try file.readText() == "23456789")
    }

    @Test func aPipeIsNoTerminal() throws {
        let pipe = try Pipe()
        #expect(!pipe.readEnd.isTerminal && pipe.readEnd.terminalSize() == nil)
    }

    @Test func waitingEndsWithReadinessOrTheDeadline() throws {
        let pipe = try Pipe()
        let deadline = Clock.now() + .milliseconds(5)
        #expect(try !pipe.readEnd.wait(for: .readable, until: deadline))
        #expect(Clock.now() >= deadline)
        #expect(try pipe.writeEnd.wait(for: .writable, until: nil))
        _ = try pipe.writeEnd.write(text: "x")
        #expect(try pipe.readEnd.wait(for: .readable, until: nil))
    }

    @Test func aClosedNumberIsAMistakeThatTraps() async {
        await #expect(processExitsWith: .failure) {
            _ = try Descriptor(borrowing: 9_999).readByte()
        }
    }
}

/// Both ends, each of which is closed when the caller drops it.
func pipeEnds() throws -> (readEnd: Descriptor, writeEnd: () -> Descriptor) {
    let pipe = try Pipe()
    let number = pipe.writeEnd.release()
    return (pipe.readEnd, { Descriptor(owning: number) })
}
