import SuperBase
import SuperHTTP
import SuperOS
import Testing

/// How the built program stops.
@Suite struct DrainTests {
    @Test(arguments: [Signal.terminate, .interrupt])
    func aStopUnderLoadFailsNoRequest(_ signal: Signal) throws {
        let server = try RunningServer(["--bind", "127.0.0.1:0"])
        let port = try server.port()
        var clients = try (0..<32).map { _ in try RawClient(port: port) }
        var answered = 0
        for round in 0... {
            // All requests of a round are under way at once; the signal comes among them.
            for client in clients { try client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n") }
            if round == 5 { try server.send(signal) }
            clients = try clients.filter { client in
                let answer = try client.answer()
                #expect(answer.head.status == .ok)
                answered += 1
                return answer.head.keepsAlive
            }
            if clients.isEmpty { break }
            try #require(round < 1_000, "the server does not drain")
        }
        #expect(answered >= 32 * 6)
        #expect(try server.exitStatus() == .exited(code: 0))
        #expect(throws: SystemError.self) { try RawClient(port: port) }
    }

    @Test func connectionsInTheQueueAreServedBeforeTheListenerCloses() throws {
        let server = try RunningServer(["--bind", "127.0.0.1:0"])
        let port = try server.port()
        // While it stands still, connections and requests pile up in the kernel, and the signal too.
        try server.send(.stop)
        let clients = try (0..<50).map { _ in try RawClient(port: port) }
        for client in clients { try client.send("GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n") }
        try server.send(.terminate)
        try server.send(.continue)
        for client in clients { #expect(try client.answer().text == "ok\n") }
        for client in clients { #expect(client.isClosed()) }
        #expect(try server.exitStatus() == .exited(code: 0))
    }

    @Test func idleConnectionsDoNotHoldUpTheEnd() throws {
        let server = try RunningServer(["--bind", "127.0.0.1:0"])
        let client = try RawClient(port: server.port())
        #expect(try client.get("/healthz").head.status == .ok)
        let start = Clock.now()
        try server.send(.terminate)
        #expect(client.isClosed())
        #expect(try server.exitStatus() == .exited(code: 0))
        #expect(Clock.now() - start < .seconds(5))
    }

    @Test func aRequestThatStaysUnfinishedIsCutAtTheLimit() throws {
        let server = try RunningServer(["--bind", "127.0.0.1:0", "--graceful-timeout", "0.3"])
        let client = try RawClient(port: server.port())
        #expect(try client.get("/healthz").head.status == .ok)
        try client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n")
        try client.send("he")
        try server.send(.terminate)
        #expect(try server.exitStatus() == .exited(code: 0))
    }

    @Test(arguments: [[Signal.quit], [.terminate, .terminate], [.interrupt, .terminate]])
    func quitOrASecondSignalEndsAtOnce(_ signals: [Signal]) throws {
        let server = try RunningServer(["--bind", "127.0.0.1:0", "--graceful-timeout", "600"])
        let port = try server.port()
        let client = try RawClient(port: port)
        try client.send("GET / HT")
        let start = Clock.now()
        for signal in signals {
            try server.send(signal)
            guard signals.count > 1 else { break }
            // Two pending signals of one kind are one: the listener is gone once the first has been taken.
            while (try? RawClient(port: port)) != nil { try #require(Clock.now() - start < .seconds(5)) }
        }
        #expect(try server.exitStatus() == .exited(code: 0))
    }
}
