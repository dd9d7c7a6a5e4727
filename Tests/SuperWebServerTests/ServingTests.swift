import SuperBase
import SuperHTTP
import SuperOS
import Testing

/// The built program, over real sockets.
@Suite struct ServingTests {
    @Test func theBuiltInPageSaysWhoServesIt() throws {
        let server = try RunningServer(
            ["--bind", "127.0.0.1:0"], environment: [EnvironmentVariable("SUPERVISOR_PROCESS_NAME", "web_<03>")])
        let client = try RawClient(port: server.port())
        let page = try client.get("/")
        #expect(page.head.status == .ok)
        #expect(page.head.headers["Content-Type"] == "text/html; charset=utf-8")
        #expect(page.text.contains("superweb is running"))
        #expect(page.text.contains("web_&lt;03&gt;"))
        #expect(page.text.contains(">\(server.pid)<"))
        #expect(page.text.contains("<dt>requests served</dt><dd>1</dd>"))
        #expect(page.head.headers["Date"].flatMap(HTTPDate.parse) != nil)
        #expect(try client.get("/healthz").text == "ok\n")
        #expect(try client.get("/?again").text.contains("<dt>requests served</dt><dd>3</dd>"))
        #expect(try client.get("/other").head.status == .notFound)
    }

    @Test func pipelinedRequestsAreAnsweredInTheirOrder() throws {
        let server = try RunningServer(["--bind", "127.0.0.1:0"])
        let client = try RawClient(port: server.port())
        let targets = (0..<200).map { $0 % 2 == 0 ? "/healthz" : "/none" }
        try client.send(targets.map { "GET \($0) HTTP/1.1\r\nHost: a\r\n\r\n" }.joined())
        for target in targets { #expect(try client.answer().head.status == (target == "/none" ? .notFound : .ok)) }
    }

    @Test func aHeadRequestGetsTheLengthAndNoContent() throws {
        let server = try RunningServer(["--bind", "127.0.0.1:0"])
        let client = try RawClient(port: server.port())
        try client.send("HEAD /healthz HTTP/1.1\r\nHost: a\r\n\r\n")
        let answer = try client.answer(to: .head)
        #expect(answer.head.headers["Content-Length"] == "3" && answer.content.isEmpty)
        #expect(try client.get("/healthz").text == "ok\n")
    }

    @Test func otherMethodsAreToldWhatIsAllowed() throws {
        let folder = try TemporaryFolder()
        for arguments in [[], [folder.path]] {
            let server = try RunningServer(["--bind", "127.0.0.1:0"] + arguments)
            let client = try RawClient(port: server.port())
            try client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello")
            let answer = try client.answer()
            #expect(answer.head.status == .methodNotAllowed)
            #expect(answer.head.headers["Allow"] == "GET, HEAD")
            #expect(try client.get("/nothing").head.status == .notFound)
        }
    }

    @Test(arguments: [
        ("GET / HTTP/1.1\r\n\r\n", 400), ("GET / HTTP/2.0\r\n\r\n", 505),
        ("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", 501),
        ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1048577\r\n\r\n", 413),
        ("GET /" + String(repeating: "a", count: 8_192), 414),
        ("GET / HTTP/1.1\r\nHost: a\r\nX: " + String(repeating: "a", count: 65_536), 431),
        ("GET / HTTP/1.1\r\nHost: a\r\n" + String(repeating: "X: y\r\n", count: 100), 431),
    ])
    func aBadRequestIsAnsweredAndTheConnectionClosed(_ request: String, _ status: Int) throws {
        let server = try RunningServer(["--bind", "127.0.0.1:0"])
        let client = try RawClient(port: server.port())
        try client.send(request)
        let answer = try client.answer()
        #expect(answer.head.status.code == status)
        #expect(answer.head.headers["Connection"] == "close")
        #expect(client.isClosed())
    }

    @Test func aHeadThatStopsHalfwayIsAnswered408() throws {
        let server = try RunningServer(["--bind", "127.0.0.1:0"])
        let client = try RawClient(port: server.port())
        try client.send("GET / HTTP/1.1\r\nHost:")
        #expect(try client.answer().head.status == .requestTimeout)
        #expect(client.isClosed())
    }

    @Test func anIdleConnectionIsClosedAfterItsTime() throws {
        let server = try RunningServer(["--bind", "127.0.0.1:0", "--keep-alive", "0.1"])
        let client = try RawClient(port: server.port())
        #expect(try client.get("/healthz").head.status == .ok)
        #expect(client.isClosed())
    }

    @Test func aClientThatShutsItsSideStillGetsItsAnswer() throws {
        let server = try RunningServer(["--bind", "127.0.0.1:0"])
        let client = try RawClient(port: server.port())
        try client.send("GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n")
        try client.socket.shutdown(.writing)
        #expect(try client.answer().text == "ok\n")
        #expect(client.isClosed())
    }

    @Test func aUnixSocketServesAndItsFileGoesWithTheServer() throws {
        let folder = try TemporaryFolder()
        let path = folder.claim("web.sock")
        let server = try RunningServer(["--bind", "unix:\(path)"])
        #expect(try server.errorLine() == "superweb: listening on \(path)")
        #expect(try RawClient(unix: path).get("/healthz").text == "ok\n")
        try server.send(.terminate)
        #expect(try server.exitStatus() == .exited(code: 0))
        #expect(try FileSystem.status(path) == nil)
    }

    @Test func anInheritedListenerServesByNumberOrInTheMannerOfSystemd() throws {
        for (arguments, environment, pidVariable) in [
            (["--fd", "3"], [], nil), ([], [EnvironmentVariable("LISTEN_FDS", "1")], "LISTEN_PID"),
        ] as [([String], [EnvironmentVariable], String?)] {
            let listener = try Descriptor.listen(host: "127.0.0.1", port: 0)
            let server = try RunningServer(
                arguments, environment: environment, inherited: [listener], pidVariable: pidVariable)
            let port = try server.port()
            guard case .internet(_, port) = try listener.localAddress() else {
                Issue.record("another port")
                continue
            }
            #expect(try RawClient(port: port).get("/healthz").text == "ok\n")
            try server.send(.terminate)
            #expect(try server.exitStatus() == .exited(code: 0))
            // It was only lent: whoever holds it still queues connections.
            let waiting = try RawClient(port: port)
            try waiting.send("GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n")
            let next = try RunningServer(
                arguments, environment: environment, inherited: [listener], pidVariable: pidVariable)
            #expect(try waiting.answer().text == "ok\n")
            _ = next
        }
    }

    @Test func severalServersShareAPort() throws {
        let first = try RunningServer(["--bind", "127.0.0.1:0", "--reuse-port"])
        let port = try first.port()
        let second = try RunningServer(["--bind", "127.0.0.1:\(port)", "--reuse-port"])
        #expect(try second.port() == port)
        var pids: Set<Bool> = []
        // 64 connections all hashed to one of two listeners: once in 2^63 runs.
        for _ in 0..<64 { pids.insert(try RawClient(port: port).get("/").text.contains(">\(first.pid)<")) }
        #expect(pids == [true, false])
    }

    @Test func anAccessLogHasALinePerAnswer() throws {
        let server = try RunningServer(["--bind", "127.0.0.1:0", "--access-log"])
        let client = try RawClient(port: server.port())
        _ = try client.get("/a\"b?c")
        try client.send("bad\r\n\r\n")
        _ = try client.answer()
        try server.send(.terminate)
        _ = try server.exitStatus()
        let lines = String(decoding: try server.output.readAll(limit: 65_536), as: UTF8.self).split(separator: "\n")
        #expect(lines.count == 2)
        #expect(lines[0].hasPrefix("127.0.0.1 - - ["))
        #expect(lines[0].contains(" +0000] \"GET /a%22b?c HTTP/1.1\" 404 14 0.00"))
        #expect(lines[1].contains("\"-\" 400 "))
    }

    @Test(arguments: [
        (["--bind", "nowhere"], "--bind"), (["--fd", "x"], "--fd"), (["--keep-alive", "-1"], "--keep-alive"),
        (["--graceful-timeout", "soon"], "--graceful-timeout"), (["a", "b"], "b"), (["--frob"], "--frob"),
        (["--root", "a", "b"], "--root"),
    ])
    func wrongUsageNamesTheArgumentAndExitsWith2(_ arguments: [String], _ word: String) throws {
        let server = try RunningServer(arguments)
        #expect(try server.errorLine().contains(word))
        #expect(try server.exitStatus() == .exited(code: 2))
    }

    @Test func whatCannotBeServedIsOneLineAndExitCode1() throws {
        let taken = try Descriptor.listen(host: "127.0.0.1", port: 0)
        let address = try taken.localAddress()
        for (arguments, reason) in [
            (["--bind", "\(address)"], "binding \(address): Address already in use"),
            (["--fd", "9"], "taking over descriptor 9: Bad file descriptor"),
            (["--fd", "0"], "asking for the address of descriptor 0: Socket operation on non-socket"),
            (["/nowhere"], "serving /nowhere: No such file or directory"),
            (["/etc/passwd"], "serving /etc/passwd: Not a directory"),
        ] {
            let server = try RunningServer(arguments)
            #expect(try server.errorLine() == "superweb: \(reason)")
            #expect(try server.exitStatus() == .exited(code: 1))
            #expect(try server.errorLine().isEmpty)
        }
    }

    @Test func aServerOutOfDescriptorsGoesOnWhenSomeAreFree() throws {
        let server = try RunningServer(
            ["--bind", "127.0.0.1:0"], openFiles: ResourceLimit(soft: 12, hard: 12))
        let port = try server.port()
        // More than it can have: those that wait are answered once others have gone.
        var clients = try (0..<20).map { _ in try RawClient(port: port) }
        for client in clients { try client.send("GET /healthz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n") }
        for client in clients { #expect(try client.answer().text == "ok\n") }
        clients = []
        #expect(try RawClient(port: port).get("/healthz").text == "ok\n")
    }
}
