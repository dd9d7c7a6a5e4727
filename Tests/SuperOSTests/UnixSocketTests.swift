import SuperBase
import SuperOS
import Testing

extension Descriptor {
    /// The one connection that waits.
    func acceptOne() throws -> (connection: Descriptor, peer: SocketAddress) {
        guard case .connection(let connection, let peer) = try accept() else { throw Missing(what: "connection") }
        return (connection, peer)
    }
}

@Suite struct UnixSocketTests {
    private let folder: TemporaryFolder
    private var path: String { folder / "socket" }

    init() throws {
        folder = try TemporaryFolder()
    }

    /// The error that the body must end with.
    private func errno(_ body: () throws(SystemError) -> Void) throws -> Errno {
        do throws(SystemError) {
            try body()
        } catch {
            return error.errno
        }
        throw Missing(what: "an error")
    }

    @Test func bytesGoBothWays() throws {
        let listener = try Descriptor.listen(unix: path)
        let client = try Descriptor.connect(unix: path)
        let (server, peer) = try listener.acceptOne()
        #expect(peer == .unix(path: ""))
        _ = try client.write(text: "question")
        #expect(try server.readText() == "question")
        _ = try server.write(text: "answer")
        #expect(try client.readText() == "answer")
        #expect(try server.readByte() == .wouldBlock)
        try client.shutdown(.writing)
        #expect(try server.readByte() == .endOfFile)
        #expect(try listener.accept().isWouldBlock)
    }

    /// In a process of its own: the umask belongs to all threads, and other tests listen too.
    @Test func theFileHasItsModeAndOwner() async {
        await #expect(processExitsWith: .success) {
            let folder = try TemporaryFolder()
            CurrentProcess.setUmask(0o027)
            for mode: UInt32 in [0o700, 0o600, 0o777, 0o000] {
                let path = folder / "\(mode)"
                let listener = try Descriptor.listen(unix: path, mode: mode, owner: FileOwner(user: 65_534, group: 12))
                let status = try #require(try FileSystem.status(path))
                try #require(status.kind == .socket && status.mode == mode)
                try #require(status.user == 65_534 && status.group == 12)
                try #require(try listener.localAddress() == .unix(path: path))
            }
            CurrentProcess.setUmask(0o777)
            _ = try Descriptor.listen(unix: folder / "masked", mode: 0o660)
            try #require(try FileSystem.status(folder / "masked")?.mode == 0o660)
            CurrentProcess.setUmask(0o027)
            let receiver = try Descriptor.receiveDatagrams(unix: folder / "notify", mode: 0o622)
            try #require(try FileSystem.status(folder / "notify")?.mode == 0o622)
            try #require(try receiver.localAddress() == .unix(path: folder / "notify"))
            try #require(CurrentProcess.setUmask(0) == 0o027)
        }
    }

    @Test func aSocketForOthersIsBlocking() throws {
        let listener = try Descriptor.listen(unix: path, isNonBlocking: false)
        let flags = try FileSystem.read("/proc/self/fdinfo/\(listener.number)")
        #expect(String(decoding: flags, as: UTF8.self).contains("flags:\t02000002"))
    }

    @Test func aFileThatIsNoSocketStays() throws {
        try Descriptor.open(path, [.writeOnly, .create]).writeAll(bytes("mine"))
        #expect(try errno { () throws(SystemError) in _ = try Descriptor.listen(unix: path) } == .addressInUse)
        #expect(try FileSystem.read(path) == bytes("mine"))
    }

    @Test func thePeerIsKnown() throws {
        let listener = try Descriptor.listen(unix: path)
        let client = try Descriptor.connect(unix: path)
        let (server, _) = try listener.acceptOne()
        let peer = try server.peerCredentials()
        #expect(peer.pid == CurrentProcess.pid && peer.user == CurrentProcess.user)
        #expect(try client.peerCredentials() == peer)
        #expect(peer.group == CurrentProcess.group)
    }

    @Test func aFileOfAListenerThatIsGoneIsReplaced() throws {
        var first: Descriptor? = try Descriptor.listen(unix: path)
        #expect(first != nil)
        first = nil
        let second = try Descriptor.listen(unix: path)
        _ = try Descriptor.connect(unix: path)
        _ = try second.acceptOne()
    }

    @Test func aListenerThatAnswersIsNotReplaced() throws {
        let first = try Descriptor.listen(unix: path)
        #expect(try errno { () throws(SystemError) in _ = try Descriptor.listen(unix: path) } == .addressInUse)
        // The probe is the first connection; a client still gets through.
        _ = try first.acceptOne()
        _ = try Descriptor.connect(unix: path)
        _ = try first.acceptOne()
    }

    @Test func aListenerWithAFullQueueIsNotReplaced() throws {
        let first = try Descriptor.listen(unix: path, backlog: 0)
        let client = try Descriptor.connect(unix: path)
        #expect(try errno { () throws(SystemError) in _ = try Descriptor.listen(unix: path) } == .addressInUse)
        _ = try (first.acceptOne(), client)
    }

    @Test func aFileThatIsNoSocketIsNotReplaced() throws {
        try FileSystem.replace(path, with: bytes("precious"))
        #expect(try errno { () throws(SystemError) in _ = try Descriptor.listen(unix: path) } == .addressInUse)
        #expect(try FileSystem.read(path) == bytes("precious"))
    }

    @Test func aPathThatDoesNotFitIsNamed() throws {
        let long = "/tmp/" + String(repeating: "x", count: 103)
        do throws(SystemError) {
            _ = try Descriptor.listen(unix: long)
            Issue.record("it fits")
        } catch {
            #expect(error.description == "binding \(long): File name too long")
        }
        #expect(try errno { () throws(SystemError) in _ = try Descriptor.connect(unix: "") } == .invalidArgument)
    }

    @Test func aPathThatJustFitsIsKeptWhole() throws {
        let name = String(repeating: "x", count: 107 - folder.path.utf8.count - 1)
        let listener = try Descriptor.listen(unix: folder / name)
        #expect(try listener.localAddress() == .unix(path: folder / name))
        _ = try Descriptor.connect(unix: folder / name)
    }

    @Test func aNameWithoutAFileWorks() throws {
        let name = "@superos-\(UInt64.random(in: 0...(.max)))"
        let listener = try Descriptor.listen(unix: name)
        _ = try Descriptor.connect(unix: name)
        _ = try listener.acceptOne()
        #expect(try listener.localAddress() == .unix(path: name))
    }

    @Test func nobodyListeningIsAnError() throws {
        #expect(try errno { () throws(SystemError) in _ = try Descriptor.connect(unix: path) } == .noSuchFile)
    }

    @Test func aConnectThatIsNotTakenEndsInTime() throws {
        let listener = try Descriptor.listen(unix: path, backlog: 0)
        let first = try Descriptor.connect(unix: path)
        let error = try errno { () throws(SystemError) in
            _ = try Descriptor.connect(unix: path, timeout: .milliseconds(20))
        }
        #expect(error == .timedOut)
        _ = (listener, first)
    }

    @Test func aReadWithALimitEndsInTime() throws {
        let listener = try Descriptor.listen(unix: path)
        let client = try Descriptor.connect(unix: path)
        try client.setTimeLimit(.milliseconds(5))
        #expect(try client.readByte() == .wouldBlock)
        try client.setTimeLimit(nil)
        let (server, _) = try listener.acceptOne()
        _ = try server.write(text: "x")
        #expect(try client.readByte() == .bytes(1))
    }

    @Test func shuttingDownWhatIsOverDoesNothing() throws {
        let (a, b) = try Descriptor.messagePair()
        try a.shutdown(.both)
        try b.shutdown(.both)
        try b.shutdown(.reading)
    }
}

extension AcceptResult {
    var isWouldBlock: Bool { if case .wouldBlock = self { true } else { false } }
}
