import SuperBase
import SuperOS
import Testing

@testable import SuperDaemon

/// What programs say of themselves.
struct NotifySocketTests {
    private func send(_ text: String, to socket: NotifySocket) throws {
        let result = try Array(text.utf8).span.withUnsafeBytes {
            try Descriptor.sendDatagram($0, toUnix: socket.address)
        }
        #expect(result == .bytes(text.utf8.count))
    }

    private func texts(_ messages: [NotifySocket.Message]) -> [String] {
        messages.map { String(decoding: $0.bytes, as: UTF8.self) }
    }

    @Test func messagesComeInOrderWithTheirSender() throws {
        let socket = try NotifySocket()
        #expect(try socket.receive().isEmpty)
        try send("READY=1", to: socket)
        try send("STATUS=a\nMAINPID=5", to: socket)
        let messages = try socket.receive()
        #expect(texts(messages) == ["READY=1", "STATUS=a\nMAINPID=5"])
        #expect(messages.allSatisfy { $0.sender.pid == CurrentProcess.pid && $0.sender.user == CurrentProcess.user })
        #expect(try socket.receive().isEmpty)
    }

    @Test func theAddressIsANameThatNobodyGuesses() throws {
        let (first, second) = (try NotifySocket(), try NotifySocket())
        #expect(first.address != second.address)
        #expect(first.address.hasPrefix("@superd-") && first.address.utf8.count == 40)
    }

    @Test func aLaterBrainHearsWhatAnEarlierDidNot() throws {
        let first = try NotifySocket()
        try send("READY=1", to: first)
        let second = try NotifySocket(adopting: try first.descriptor.duplicate())
        #expect(second.address == first.address)
        #expect(texts(try second.receive()) == ["READY=1"])
    }

    /// As sd_notify_barrier(3) does it: the sender waits until its end of a pipe is closed everywhere.
    @Test func whatComesAlongIsClosedWithItsMessage() throws {
        let socket = try NotifySocket()
        let (reader, writer) = try run(
            """
            import os, socket, sys
            s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
            s.connect("\\0" + sys.argv[1][1:])
            r, w = os.pipe()
            socket.send_fds(s, [b"BARRIER=1"], [w])
            os.close(w)
            print("sent", flush=True)
            print("ended" if os.read(r, 1) == b"" else "open", flush=True)
            """, socket.address)
        defer { _ = try? reapChild(writer, waits: true) }
        #expect(try reader.wait(for: .readable, until: Clock.now() + patience))
        #expect(try text(reader) == "sent\n")
        var messages = try socket.receive()
        #expect(texts(messages) == ["BARRIER=1"])
        #expect(messages.map(\.sender.pid) == [writer] && messages.map(\.descriptors.count) == [1])
        messages = []
        #expect(try reader.wait(for: .readable, until: Clock.now() + patience))
        #expect(try text(reader) == "ended\n")
    }

    @Test func whatIsTooLongOrEmptyIsPassedOver() throws {
        let socket = try NotifySocket()
        try send(String(repeating: "x", count: (64 << 10) + 1), to: socket)
        try send("", to: socket)
        try send(String(repeating: "y", count: 64 << 10), to: socket)
        #expect(try socket.receive().map(\.bytes.count) == [64 << 10])
    }

    @Test func aFloodIsTakenInParts() throws {
        let socket = try NotifySocket()
        for number in 0..<5 { try send("\(number)", to: socket) }
        #expect(texts(try socket.receive(atMost: 2)) == ["0", "1"])
        // What is passed over counts too.
        try send("", to: socket)
        #expect(texts(try socket.receive(atMost: 4)) == ["2", "3", "4"])
        try send("5", to: socket)
        #expect(texts(try socket.receive()) == ["5"])
    }

    /// A Python program with the address as its argument, and its output.
    private func run(_ program: String, _ address: String) throws -> (output: Descriptor, pid: Int32) {
        let pipe = try Pipe()
        let request = SpawnRequest(
            executable: "/usr/bin/python3", arguments: ["python3", "-c", program, address], environment: [],
            descriptors: [try Descriptor.open("/dev/null", .readOnly), pipe.writeEnd, .standardError])
        return (pipe.readEnd, try spawn(request))
    }

    private func text(_ descriptor: Descriptor) throws -> String {
        var bytes = [UInt8](repeating: 0, count: 100)
        guard case .bytes(let count) = try bytes.withUnsafeMutableBytes({ try descriptor.read(into: $0) }) else {
            return ""
        }
        return String(decoding: bytes[..<count], as: UTF8.self)
    }
}
