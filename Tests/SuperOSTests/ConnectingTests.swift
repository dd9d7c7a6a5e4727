import Glibc
import SuperBase
import SuperOS
import Testing

@Suite struct ConnectingTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    /// The error that beginning to connect ends with, at once or later.
    private func failure(_ address: SocketAddress) throws -> Errno? {
        do throws(SystemError) {
            let socket = try Descriptor.beginConnecting(to: address)
            guard try socket.wait(for: .writable, until: Clock.now() + .seconds(20)) else { return .timedOut }
            return try socket.pendingError()
        } catch {
            return error.errno
        }
    }

    @Test(arguments: ["127.0.0.1", "::1"]) func aConnectionIsThereWhenTheSocketIsWritable(host: String) throws {
        let listener = try Descriptor.listen(host: host, port: 0)
        let address = try listener.localAddress()
        let socket = try Descriptor.beginConnecting(to: address)
        #expect(try socket.wait(for: .writable, until: nil))
        #expect(try socket.pendingError() == nil)
        #expect(try socket.peerAddress() == address)
        #expect(try !socket.isConnectedToItself())
        #expect(try socket.readByte() == .wouldBlock)
        #expect(try socket.isCloseOnExec())
    }

    @Test func nobodyListening() throws {
        let address = try Descriptor.listen(host: "127.0.0.1", port: 0).localAddress()
        #expect(try failure(address) == .connectionRefused)
    }

    @Test func aUnixSocketIsConnectedToOrSaysWhyNot() throws {
        let path = folder / "socket"
        #expect(try failure(.unix(path: path)) == .noSuchFile)
        var listener: Descriptor? = try Descriptor.listen(unix: path, backlog: 0)
        #expect(try failure(.unix(path: path)) == nil)
        // The one that is not accepted yet is all that the queue holds.
        #expect(try failure(.unix(path: path)) == .again)
        withExtendedLifetime(listener) {}
        listener = nil
        #expect(try failure(.unix(path: path)) == .connectionRefused)
        #expect(try failure(.unix(path: folder / String(repeating: "x", count: 200))) == .nameTooLong)
    }

    @Test func digitsAreAnAddressAndNamesAreLookedUp() throws {
        #expect(SocketAddress(digits: "127.0.0.1", port: 80) == .internet(host: "127.0.0.1", port: 80))
        #expect(SocketAddress(digits: "::1", port: 80) == .internet(host: "::1", port: 80))
        for name in ["localhost", "", "a.b", "1.2.3.4.5"] {
            #expect(SocketAddress(digits: name, port: 80) == nil, "\(name)")
        }
        #expect(try SocketAddress.lookUp(host: "localhost", port: 80).contains(.internet(host: "127.0.0.1", port: 80)))
        let error = #expect(throws: SystemError.self) { try SocketAddress.lookUp(host: "a..b", port: 80) }
        #expect(error?.reason != nil)
    }

    @Test func aSocketThatIsConnectedToItselfIsToldFromOthers() throws {
        let number = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        let own = Descriptor(owning: number)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                #expect(bind(number, $0, length) == 0)
                #expect(getsockname(number, $0, &length) == 0)
                #expect(connect(number, $0, length) == 0)
            }
        }
        #expect(try own.isConnectedToItself())
    }
}
