import SuperBase
import SuperOS
import Testing

@testable import SuperDaemon

/// Listening sockets for programs.
struct ListenSocketTests {
    private let folder: Folder

    init() throws { folder = try Folder() }

    private var path: String { folder / "web.sock" }

    private func unix(_ mode: UInt32 = 0o700, owner: Owner? = nil) -> SharedSocket {
        SharedSocket(address: .unix(path: path, mode: mode, owner: owner))
    }

    private func open(_ socket: SharedSocket, user: String? = nil) throws -> ListenSocket {
        try ListenSocket(opening: socket, user: user)
    }

    private func complaint(_ socket: SharedSocket, user: String? = nil) -> String? {
        do {
            _ = try ListenSocket(opening: socket, user: user)
            return nil
        } catch {
            return error.description
        }
    }

    private func port(_ socket: ListenSocket) throws -> UInt16 {
        guard case .internet(_, let port) = try socket.descriptor.localAddress() else { return 0 }
        return port
    }

    /// A blocking socket has no O_NONBLOCK, which is 04000 of its flags.
    private func isBlocking(_ socket: ListenSocket) throws -> Bool {
        let text = String(decoding: try FileSystem.read("/proc/self/fdinfo/\(socket.descriptor.number)"), as: UTF8.self)
        return text.contains("flags:\t02000002")
    }

    @Test(arguments: ["127.0.0.1", "localhost", "::1"]) func aPortIsListenedOn(host: String) throws {
        let socket = try open(SharedSocket(address: .inet(host: host, port: 0)))
        #expect(try isBlocking(socket))
        #expect(socket.place == nil)
        let client = try Descriptor.connect(host: host, port: port(socket))
        #expect(try ListenSocketUse.connections(of: socket.descriptor) == 1)
        withExtendedLifetime(client) {}
    }

    @Test(arguments: ["", "*"]) func noHostServesBothFamilies(host: String) throws {
        let socket = try open(SharedSocket(address: .inet(host: host, port: 0)))
        for address in ["127.0.0.1", "::1"] { _ = try Descriptor.connect(host: address, port: port(socket)) }
    }

    @Test func anIPv6AddressServesIPv6Alone() throws {
        let socket = try open(SharedSocket(address: .inet(host: "::", port: 0)))
        _ = try Descriptor.connect(host: "::1", port: port(socket))
        #expect(throws: SystemError.self) { try Descriptor.connect(host: "127.0.0.1", port: port(socket)) }
    }

    @Test func aPortIsSharedOnlyWhereThatIsAsked() throws {
        var config = SharedSocket(address: .inet(host: "127.0.0.1", port: 0))
        config.reusesPort = true
        let first = try open(config)
        config.address = .inet(host: "127.0.0.1", port: try port(first))
        _ = try open(config)
        config.reusesPort = false
        #expect(complaint(config) == "tcp://127.0.0.1:\(try port(first)): Address already in use")
    }

    @Test func aNameThatIsInNoFileIsNotAskedFor() {
        let socket = SharedSocket(address: .inet(host: "no.such.host.example", port: 80))
        #expect(complaint(socket)?.hasPrefix("tcp://no.such.host.example:80: Name or service not known") == true)
    }

    @Test func aSocketFileHasItsModeAndIsBlocking() throws {
        for mode: UInt32 in [0o700, 0o666, 0o777] {
            let socket = try open(unix(mode))
            #expect(try FileSystem.status(path)?.mode == mode)
            #expect(try isBlocking(socket))
            // Programs compare the name that the kernel tells with the one they expect.
            #expect(try socket.descriptor.localAddress() == .unix(path: path))
            _ = try Descriptor.connect(unix: path)
            try clear()
        }
    }

    /// Takes the file away: a process that another test starts in this moment may hold the socket for an instant more, and answer on it.
    private func clear() throws { _ = try FileSystem.remove(path) }

    @Test func asRootItBelongsToTheProgramsUser() throws {
        _ = try open(unix(), user: "\(CurrentProcess.user)")
        let own = try FileSystem.status(path)
        #expect(own?.user == CurrentProcess.user)
        try clear()
        guard CurrentProcess.user == 0 else { return }
        let nobody = try #require(try UserAccount.named("nobody"))
        _ = try open(unix(), user: "nobody")
        let status = try FileSystem.status(path)
        #expect(status?.user == nobody.user && status?.group == nobody.group)
        try clear()
        _ = try open(unix(owner: Owner(user: "1", group: "2")), user: "nobody")
        let owned = try FileSystem.status(path)
        #expect(owned?.user == 1 && owned?.group == 2)
        try clear()
        #expect(complaint(unix(), user: "no-such-user") == "unix://\(path): there is no user no-such-user")
    }

    @Test func anUnknownOwnerIsAnError() {
        #expect(
            complaint(unix(owner: Owner(user: "no-such-user"))) == "unix://\(path): there is no user no-such-user")
        #expect(
            complaint(unix(owner: Owner(user: "0", group: "no-such-group")))
                == "unix://\(path): there is no group no-such-group")
    }

    @Test func whatIsInTheWayIsSaid() throws {
        let first = try open(unix())
        #expect(complaint(unix()) == "unix://\(path): Address already in use")
        _ = try FileSystem.remove(path)
        try folder.write("web.sock", "mine")
        #expect(complaint(unix()) == "unix://\(path): there is a file that is no socket")
        #expect(try folder.read("web.sock") == "mine")
        let long = SharedSocket(
            address: .unix(path: folder / String(repeating: "x", count: 108), mode: 0o700, owner: nil))
        #expect(complaint(long)?.hasSuffix(": File name too long") == true)
        let nowhere = SharedSocket(address: .unix(path: folder / "none/web.sock", mode: 0o700, owner: nil))
        #expect(complaint(nowhere)?.hasSuffix("/none/web.sock: No such file or directory") == true)
        withExtendedLifetime(first) {}
    }

    @Test func aFileOfALongPathWorksUpToTheLimit() throws {
        let name = String(repeating: "x", count: 107 - folder.path.utf8.count - 1)
        _ = try open(SharedSocket(address: .unix(path: folder / name, mode: 0o700, owner: nil)))
        #expect(try folder.names == [name])
    }

    @Test func onlyTheOwnFileIsRemoved() throws {
        let first = try open(unix())
        _ = try FileSystem.remove(path)
        let second = try open(unix())
        ListenSocket.remove(unix(), place: first.place)
        #expect(try folder.names == ["web.sock"])
        ListenSocket.remove(unix(), place: nil)
        #expect(try folder.names == ["web.sock"])
        ListenSocket.remove(unix(), place: second.place)
        #expect(try folder.names == [])
        ListenSocket.remove(unix(), place: second.place)
    }
}

/// The keys of program sockets at the keeper.
struct SocketKeyTests {
    private let web = name("web_00", in: "web")

    @Test func aSocketIsSharedUnlessEachHasItsOwn() {
        var socket = SharedSocket(address: .inet(host: "127.0.0.1", port: 80))
        #expect(SocketKey.key(of: socket, for: web) == "socket/tcp://127.0.0.1:80")
        socket.reusesPort = true
        #expect(SocketKey.key(of: socket, for: web) == "socket/tcp://127.0.0.1:80#web:web_00")
        socket.address = .unix(path: "/run/x", mode: 0o700, owner: nil)
        #expect(SocketKey.key(of: socket, for: web) == "socket/unix:///run/x")
        #expect(SocketKey.isSocket("socket/unix:///run/x") && !SocketKey.isSocket("listen/unix:///run/x"))
    }

    @Test func aProcessHasItsSocketsInOrderAndOneAsItsInput() {
        var config = ProcessConfig(name: web, command: "x")
        config.sockets = [
            SharedSocket(address: .inet(host: "", port: 80)),
            SharedSocket(address: .unix(path: "/run/x", mode: 0o700, owner: nil)),
        ]
        #expect(SocketKeys(of: config).listening == ["socket/tcp://*:80", "socket/unix:///run/x"])
        #expect(SocketKeys(of: config).input == nil)
        config.hasSocketAsInput = true
        #expect(SocketKeys(of: config).input == "socket/tcp://*:80")
        var fcgi = ProcessConfig(name: web, command: "x")
        fcgi.sharedSocket = SharedSocket(address: .inet(host: "", port: 9000))
        #expect(SocketKeys(of: fcgi).listening == [] && SocketKeys(of: fcgi).input == "socket/tcp://*:9000")
    }
}
