import SuperBase
import SuperOS
import Testing

@testable import SuperDaemon

/// Probes of real sockets. Time is the test's own: what takes no time here ends by itself.
@Suite struct ProberTests {
    private let folder: Folder
    private let world: ProbeWorld

    init() throws {
        folder = try Folder()
        world = try ProbeWorld()
    }

    /// A port of 127.0.0.1 on which nobody listens.
    private func freePort() throws -> UInt16 { try Descriptor.listen(host: "127.0.0.1", port: 0).port }

    // MARK: - Connections

    @Test(arguments: ["127.0.0.1", "::1", "localhost", "LOCALHOST"]) func aListenerIsFound(host: String) throws {
        let listener = try Descriptor.listen(host: host == "::1" ? host : "127.0.0.1", port: 0)
        #expect(try world.failure(of: .tcp(host: host, port: listener.port)) == nil)
        #expect(world.outcomes == [ProbeWorld.Outcome(id: 1, failure: nil)])
        #expect(world.prober.count == 0 && world.prober.deadline == nil)
    }

    @Test func localhostIsTheOtherFamilyWhereNobodyAnswersInTheFirst() throws {
        let listener = try Descriptor.listen(host: "::1", port: 0)
        #expect(try world.failure(of: .tcp(host: "localhost", port: listener.port)) == nil)
    }

    @Test func aNameIsLookedUpAsideFromTheLoop() throws {
        let listener = try Descriptor.listen(host: "127.0.0.1", port: 0)
        #expect(try world.failure(of: .tcp(host: "web.test", port: listener.port)) == nil)
    }

    @Test func theAddressesOfANameAreTriedInTurn() throws {
        let world = try ProbeWorld { _, port in
            ["127.0.0.2", "127.0.0.3", "127.0.0.1", "127.0.0.4"].map { .internet(host: $0, port: port) }
        }
        var listener: Descriptor? = try Descriptor.listen(host: "127.0.0.1", port: 0)
        let port = try #require(try listener?.port)
        #expect(try world.failure(of: .tcp(host: "web.test", port: port)) == nil)
        listener = nil
        world.begin(2, .tcp(host: "web.test", port: port))
        #expect(try world.run(until: 2) == "tcp://web.test:\(port): Connection refused")
    }

    @Test func ofSeveralAddressesTheFirstSaysWhyNot() throws {
        let world = try ProbeWorld { _, port in [.internet(host: "127.0.0.1", port: port), .unix(path: "/nonexistent")]
        }
        let port = try freePort()
        #expect(
            try world.failure(of: .tcp(host: "web.test", port: port)) == "tcp://web.test:\(port): Connection refused")
    }

    @Test func aNameThatIsNoneFailsWithTheWordOfTheResolver() throws {
        // No server is asked for a name with an empty part.
        let failure = try #require(try world.failure(of: .tcp(host: "a..b", port: 1)))
        #expect(failure.hasPrefix("tcp://a..b:1: "))
        #expect(failure.hasSuffix("not known") || failure.contains("resolution"))
    }

    @Test(arguments: ["127.0.0.1", "localhost"]) func nobodyListening(host: String) throws {
        let port = try freePort()
        #expect(try world.failure(of: .tcp(host: host, port: port)) == "tcp://\(host):\(port): Connection refused")
    }

    @Test func aUnixSocketIsFoundOrFailsWithItsReason() throws {
        let path = folder / "socket"
        let listener = try Descriptor.listen(unix: path, backlog: 0)
        #expect(try world.failure(of: .unix(path: path)) == nil)
        // The connection before waits to be accepted, and there is room for no other.
        world.begin(2, .unix(path: path))
        #expect(try world.run(until: 2) == "unix://\(path): its queue of connections is full")
        world.begin(3, .unix(path: folder / "none"))
        #expect(try world.run(until: 3) == "unix://\(folder.path)/none: No such file or directory")
        try folder.write("file", "")
        world.begin(4, .unix(path: folder / "file"))
        #expect(try world.run(until: 4) == "unix://\(folder.path)/file: Connection refused")
        withExtendedLifetime(listener) {}
    }

    // MARK: - HTTP

    @Test func aGoodAnswerToAWellFormedRequest() throws {
        let server = try ScriptedServer("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", in: world)
        #expect(try world.failure(of: server.http("/health?full=1")) == nil)
        #expect(
            try server.requests == [
                "GET /health?full=1 HTTP/1.1\r\nHost: 127.0.0.1:\(server.port)\r\n"
                    + "User-Agent: superd/\(Version.current)\r\nAccept: */*\r\nConnection: close\r\n\r\n"
            ])
    }

    @Test(arguments: [
        "HTTP/1.1 204 No Content\r\n\r\n", "HTTP/1.1 302 Found\r\nLocation: /login\r\n\r\n", "HTTP/1.0 200 OK\r\n\r\n",
        "HTTP/1.1 399 \r\n\r\n", "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 200 OK\r\n\r\n",
    ])
    func theseAnswersAreGood(answer: String) throws {
        let server = try ScriptedServer(answer, in: world)
        #expect(try world.failure(of: server.http()) == nil)
        withExtendedLifetime(server) {}
    }

    @Test(arguments: [
        ("HTTP/1.1 500 Internal Server Error\r\n\r\n", "answered 500 Internal Server Error"),
        ("HTTP/1.1 503 Busy\r\n\r\n", "answered 503 Service Unavailable"),
        ("HTTP/1.1 404 Not Found\r\n\r\n", "answered 404 Not Found"),
        ("HTTP/1.1 400 \r\n\r\n", "answered 400 Bad Request"),
        ("HTTP/1.1 101 Switching Protocols\r\n\r\n", "answered 101 Switching Protocols"),
        ("HTTP/1.1 799 X\r\n\r\n", "answered 799"),
        ("", "the connection was closed without an answer"),
        ("HTTP/1.1 200 OK\r\nContent-Le", "the connection was closed within the answer"),
        ("HTT", "the connection was closed within the answer"),
        (
            "SSH-2.0-OpenSSH_9.2\r\n\r\n",
            "the answer is no HTTP that superd takes: the status line is not HTTP/1.1 CODE REASON"
        ),
        ("\u{0}\u{1}\n", "the answer is no HTTP that superd takes: a line does not end in CR LF"),
    ])
    func theseAnswersAreNot(answer: String, reason: String) throws {
        let server = try ScriptedServer(answer, in: world)
        #expect(try world.failure(of: server.http("/a")) == "http://127.0.0.1:\(server.port)/a: \(reason)")
    }

    @Test func aHeadWithoutEndIsNotReadToItsEnd() throws {
        let fields =
            "HTTP/1.1 200 OK\r\n" + String(repeating: "A: \(String(repeating: "a", count: 500))\r\n", count: 90)
        var server = try ScriptedServer(fields, closes: false, in: world)
        #expect(
            try world.failure(of: server.http())
                == "\(server.http().text): the answer is no HTTP that superd takes: the header fields are too large")
        server = try ScriptedServer(String(repeating: "x", count: 20_000), closes: false, in: world)
        world.begin(2, try server.http())
        #expect(
            try world.run(until: 2)
                == "\(server.http().text): the answer is no HTTP that superd takes: the status line is too long")
    }

    @Test func anAnswerMayComeInPiecesAndTheConnectionMayStayOpen() throws {
        let listener = try Descriptor.listen(host: "127.0.0.1", port: 0)
        world.begin(1, .http(host: "127.0.0.1", port: try listener.port, path: "/"))
        var connection: Descriptor?
        try world.turn("a connection") {
            if case .connection(let client, _) = try listener.accept() { connection = client }
            return connection != nil
        }
        try world.turn("a request") { connection?.readText() != nil }
        for byte in Array("HTTP/1.1 200 OK\r\n\r".utf8) {
            try connection?.writeAll([byte])
            world.turn()
            #expect(world.outcomes.isEmpty)
        }
        try connection?.writeAll([10])
        #expect(try world.run() == nil)
    }

    @Test func httpIsSpokenOverAUnixSocketToo() throws {
        let path = folder / "socket"
        let server = try ScriptedServer(
            "HTTP/1.1 500 No\r\n\r\n", on: Descriptor.listen(unix: path), closes: false, in: world)
        let failure = try world.failure(of: .httpUnix(socket: path, path: "/health"))
        #expect(failure == "http+unix://\(path):/health: answered 500 Internal Server Error")
        #expect(server.requests.first?.hasPrefix("GET /health HTTP/1.1\r\nHost: localhost\r\n") == true)
    }

    @Test func aRealServerIsTalkedTo() throws {
        let output = try Pipe()
        let pid = try spawn(
            SpawnRequest(
                executable: "/usr/bin/python3",
                arguments: ["python3", "-u", "-m", "http.server", "0", "-b", "127.0.0.1"],
                environment: [],
                descriptors: [.standardInput, output.writeEnd, try Descriptor.open("/dev/null", .writeOnly)]))
        defer {
            try? Signal.kill.send(toProcess: pid)
            _ = try? reapChild(pid, waits: true)
        }
        try #require(try output.readEnd.wait(for: .readable, until: Clock.now() + patience))
        let words = (output.readEnd.readText() ?? "").split(separator: " ")
        let place = try #require(words.firstIndex(of: "port"))
        let port = try #require(UInt16(words[place + 1]))
        #expect(try world.failure(of: .http(host: "127.0.0.1", port: port, path: "/")) == nil)
        world.begin(2, .http(host: "127.0.0.1", port: port, path: "/no/such"))
        #expect(try world.run(until: 2) == "http://127.0.0.1:\(port)/no/such: answered 404 Not Found")
    }
}
