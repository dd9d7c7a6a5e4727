import SuperBase
import SuperOS
import Testing

extension Descriptor {
    /// Sends a text and descriptors as one message.
    fileprivate func send(_ text: String, _ descriptors: [Descriptor] = []) throws -> WriteResult {
        try bytes(text).withUnsafeBytes { try sendMessage($0, descriptors: descriptors) }
    }

    /// Receives one message into a buffer of some size.
    fileprivate func receive(size: Int = 4_096) throws -> (text: String, message: ReceivedMessage) {
        var buffer = [UInt8](repeating: 0, count: size)
        let result = try buffer.withUnsafeMutableBytes { try receiveMessage(into: $0) }
        guard case .message(let message) = result else { throw Missing(what: "message, \(result)") }
        return (String(decoding: buffer[..<message.length], as: UTF8.self), message)
    }

    /// What comes instead of a message.
    fileprivate func receiveNothing() throws -> String {
        var buffer = [UInt8](repeating: 0, count: 16)
        return "\(try buffer.withUnsafeMutableBytes { try receiveMessage(into: $0) })"
    }
}

@Suite struct MessageTests {
    @Test func messagesKeepTheirBounds() throws {
        let (a, b) = try Descriptor.messagePair()
        #expect(try a.send("one") == .bytes(3))
        #expect(try a.send("three") == .bytes(5))
        #expect(try b.receive().text == "one")
        #expect(try b.receive().text == "three")
    }

    @Test func descriptorsTravelInOrder() throws {
        let (a, b) = try Descriptor.messagePair()
        let pipes = [try Pipe(), try Pipe()]
        _ = try a.send("take these", pipes.map(\.writeEnd))
        let (_, message) = try b.receive()
        #expect(message.descriptors.count == 2 && !message.hasLostDescriptors)
        for (number, descriptor) in message.descriptors.enumerated() {
            #expect(try descriptor.isCloseOnExec())
            _ = try descriptor.write(text: "\(number)")
        }
        #expect(try pipes.map { try $0.readEnd.readText() } == ["0", "1"])
    }

    @Test func theMostThatTheKernelCarriesArrives() throws {
        let (a, b) = try Descriptor.messagePair()
        let null = try Descriptor.open("/dev/null", .readOnly)
        let many = Array(repeating: null, count: Descriptor.maximumDescriptorsPerMessage)
        _ = try a.send("x", many)
        let (_, message) = try b.receive()
        #expect(message.descriptors.count == 253 && !message.hasLostDescriptors)
        #expect(throws: SystemError.self) { try a.send("x", many + [null]) }
    }

    @Test func aMessageWithoutDescriptorsBringsNone() throws {
        let (a, b) = try Descriptor.messagePair()
        _ = try a.send("x")
        #expect(try b.receive().message.descriptors.isEmpty)
    }

    @Test func aMessageThatIsTooLongForTheBufferIsAnError() throws {
        let (a, b) = try Descriptor.messagePair()
        let pipe = try pipeEnds()
        _ = try a.send("12345", [pipe.writeEnd()])
        do throws(SystemError) {
            var buffer = (UInt16(0), UInt16(0))
            let result = try withUnsafeMutableBytes(of: &buffer) { buffer throws(SystemError) in
                try b.receiveMessage(into: buffer)
            }
            Issue.record("\(result)")
        } catch {
            #expect(error.errno == .messageTooLong)
        }
        // What came along was closed: nobody holds the write end any more.
        #expect(try pipe.readEnd.readByte() == .endOfFile)
        _ = try a.send("next")
        #expect(try b.receive().text == "next")
    }

    @Test func aMessageThatIsTooLongForTheSocketIsAnError() throws {
        let (a, _) = try Descriptor.messagePair()
        #expect(throws: SystemError("sending on", a.description, errno: .messageTooLong)) {
            try a.send(String(repeating: "x", count: 8 << 20))
        }
    }

    @Test func nothingThereWouldBlock() throws {
        let (a, b) = try Descriptor.messagePair()
        try b.setNonBlocking()
        #expect(try b.receiveNothing() == "wouldBlock")
        _ = a
    }

    @Test func aFullQueueWouldBlock() throws {
        let (a, b) = try Descriptor.messagePair()
        try a.setNonBlocking()
        var sent = 0
        while try a.send("message") == .bytes(7) { sent += 1 }
        #expect(sent > 0)
        for _ in 0..<sent { #expect(try b.receive().text == "message") }
        #expect(try a.send("again") == .bytes(5))
    }

    @Test func theEndIsToldOnceEverythingIsReceived() throws {
        var (a, b): (Descriptor?, Descriptor) = try Descriptor.messagePair()
        _ = try a?.send("last words")
        a = nil
        #expect(try b.receive().text == "last words")
        #expect(try b.receiveNothing() == "endOfFile")
        #expect(throws: SystemError("sending on", b.description, errno: .brokenPipe)) { try b.send("x") }
    }

    /// The kernel says ECONNRESET first; what the peer had sent must not be lost behind it.
    @Test func aPeerThatDiedWithUnreadMessagesLosesNothing() throws {
        var (a, b): (Descriptor?, Descriptor) = try Descriptor.messagePair()
        _ = try b.send("never read")
        _ = try a?.send("last words")
        a = nil
        #expect(try b.receive().text == "last words")
        #expect(try b.receiveNothing() == "endOfFile")
    }

    @Test func descriptorsThatFindNoFreeNumberAreReportedLost() async {
        await #expect(processExitsWith: .success) {
            let (a, b) = try Descriptor.messagePair()
            _ = try a.send("take it", [try Descriptor.open("/dev/null", .readOnly)])
            let limit = try ResourceLimit.current(.openFiles)
            try ResourceLimit(soft: 64, hard: limit.hard).apply(to: .openFiles)
            var taken: [Descriptor] = []
            while let next = try? a.duplicate() { taken.append(next) }
            let (text, message) = try b.receive()
            try #require(!taken.isEmpty && text == "take it")
            try #require(message.hasLostDescriptors && message.descriptors.isEmpty)
        }
    }

    @Test func datagramsComeWithTheirSender() throws {
        let folder = try TemporaryFolder()
        let receiver = try Descriptor.receiveDatagrams(unix: folder / "notify")
        let sent = try bytes("READY=1").withUnsafeBytes {
            try Descriptor.sendDatagram($0, toUnix: folder / "notify")
        }
        #expect(sent == .bytes(7))
        let (text, message) = try receiver.receive()
        #expect(text == "READY=1")
        #expect(message.sender?.pid == CurrentProcess.pid && message.sender?.user == CurrentProcess.user)
    }

    @Test func aDatagramToNobodyIsAnError() {
        #expect(throws: SystemError.self) {
            try bytes("x").withUnsafeBytes { try Descriptor.sendDatagram($0, toUnix: "/no/such/socket") }
        }
    }
}
