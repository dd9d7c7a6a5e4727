import SuperAPI
import SuperBase
import SuperCore
import SuperOS
import Testing

@testable import SuperDaemon

/// The control server with clients that behave badly, in one thread and with a clock that stands still.
@Suite struct ControlServerTests {
    @Test func aRequestIsAnsweredAndTheConnectionStays() throws {
        let world = try World()
        let client = try world.connect()
        for _ in 0..<3 {
            try client.send("GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
            world.turn()
            let answer = try client.receive()
            #expect(answer.hasPrefix("HTTP/1.1 200 OK\r\n"))
            #expect(answer.hasSuffix("\r\n\r\n{\"status\":\"ok\"}"))
            #expect(answer.contains("Server: superd\r\n"))
        }
        #expect(world.server.connectionCount == 1)
    }

    @Test func aRequestMayComeByteByByte() throws {
        let world = try World()
        let client = try world.connect()
        for byte in Array("PUT /v1/groups/web HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n".utf8) {
            try client.socket.writeAll([byte])
            world.turn()
        }
        #expect(try client.receive().hasPrefix("HTTP/1.1 200 OK\r\n"))
        #expect(world.service.calls == [.addGroup(AddGroup(group: "web"))])
    }

    @Test func requestsSentAtOnceAreAnsweredInOrder() throws {
        let world = try World()
        let client = try world.connect()
        try client.send(
            String(repeating: "GET /v1/processes HTTP/1.1\r\nHost: x\r\n\r\n", count: 2)
                + "GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        world.turn()
        // The second is taken up when the first has its answer.
        #expect(world.service.calls == [.listProcesses(ListProcesses())])
        world.answerAll()
        world.answerAll()
        let answers = try client.receive()
        #expect(answers.components(of: "HTTP/1.1 200 OK") == 3)
        #expect(answers.hasSuffix("{\"status\":\"ok\"}"))
        #expect(world.server.connectionCount == 0)
    }

    @Test(arguments: [
        ("garbage\r\n\r\n", 400), ("GET / HTTP/3.0\r\n\r\n", 505), ("GET / HTTP/1.1\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nHost: x\r\nA: \(String(repeating: "a", count: 20_000))\r\n\r\n", 431),
        ("GET /\(String(repeating: "a", count: 9_000)) HTTP/1.1\r\nHost: x\r\n\r\n", 414),
        (
            "POST /v1/processes/stop HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
                + "Content-Length: 2000000\r\n\r\n", 413
        ),
        ("POST /v1/daemon/reload HTTP/1.1\r\nHost: x\r\nContent-Type: text/plain\r\nContent-Length: 1\r\n\r\n{", 415),
        ("POST /v1/processes/stop HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nContent-Length: 1\r\n\r\n", 400),
        ("\u{16}\u{3}\u{1}\u{2}\u{0}\u{1}\r\n\r\n", 400),
    ])
    func whatIsNoProperRequestIsRefused(bytes: String, status: Int) throws {
        let world = try World()
        let client = try world.connect()
        try client.send(bytes)
        world.turn()
        let answer = try client.receive()
        #expect(answer.hasPrefix("HTTP/1.1 \(status) "))
        #expect(answer.contains("Connection: close\r\n"))
        #expect(answer.contains("application/problem+json"))
        #expect(world.service.calls.isEmpty)
        // It lingers, so that the answer is not lost, until the client closes.
        client.close()
        world.turn()
        #expect(world.server.connectionCount == 0)
    }

    @Test func unknownPathsAndMethodsAreTold() throws {
        let world = try World()
        let client = try world.connect()
        try client.send("GET /nothing HTTP/1.1\r\nHost: x\r\n\r\n")
        world.turn()
        #expect(try client.receive().hasPrefix("HTTP/1.1 404 Not Found\r\n"))
        try client.send("DELETE /v1/processes HTTP/1.1\r\nHost: x\r\n\r\n")
        world.turn()
        let answer = try client.receive()
        #expect(answer.hasPrefix("HTTP/1.1 405 "))
        #expect(answer.contains("Allow: GET\r\n"))
    }

    @Test func theOpenAPIDocumentIsServed() throws {
        let world = try World()
        let client = try world.connect()
        try client.send("GET /openapi.json HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        world.turn()
        #expect(try client.receive().contains("\"openapi\": \"3.1.0\""))
    }

    @Test func aClientThatIsSlowToAskIsTurnedAway() throws {
        let world = try World()
        let (slow, silent) = (try world.connect(), try world.connect())
        try slow.send("GET /healthz HTTP/1.1\r\n")
        world.turn()
        world.pass(.seconds(9))
        // One more byte buys no more time.
        try slow.send("H")
        world.turn()
        world.pass(.seconds(2))
        #expect(try slow.receive().hasPrefix("HTTP/1.1 408 "))
        #expect(try silent.isClosed())
        world.pass(.seconds(11))
        #expect(world.server.connectionCount == 0)
        #expect(world.server.deadline == nil)
    }

    @Test func aCommandGoesOnWhenItsClientHasLeft() throws {
        let world = try World()
        let client = try world.connect()
        try client.post("/v1/processes/stop", #"{"select":["web:*"]}"#)
        world.turn()
        #expect(world.service.calls == [.stopProcesses(StopProcesses(["web:*"]))])
        client.close()
        world.turn()
        #expect(world.server.connectionCount == 0)
        // The answer comes, and nobody minds.
        world.answerAll()
        #expect(world.server.connectionCount == 0)
    }

    @Test func waitingForAnAnswerHasNoLimit() throws {
        let world = try World()
        let client = try world.connect()
        try client.post("/v1/processes/stop", #"{"select":["web:*"]}"#)
        world.turn()
        world.pass(.seconds(3_600))
        world.answerAll()
        #expect(try client.receive().hasPrefix("HTTP/1.1 200 OK\r\n"))
    }

    @Test func theOldestIdleClientGoesWhenThereAreTooMany() throws {
        let world = try World { $0.connections = 3 }
        let busy = try world.connect()
        try busy.post("/v1/processes/stop", #"{"select":["a"]}"#)
        world.turn()
        world.pass(.seconds(1))
        let older = try world.connect()
        world.pass(.seconds(1))
        let newer = try world.connect()
        world.pass(.seconds(1))
        let newest = try world.connect()
        #expect(world.server.connectionCount == 3)
        #expect(try older.isClosed())
        #expect(try !busy.isClosed())
        #expect(try !newer.isClosed())
        try newest.send("GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
        world.turn()
        #expect(try newest.receive().hasPrefix("HTTP/1.1 200 OK\r\n"))
    }

    @Test func aStreamCarriesEventsUntilItsReaderLeaves() throws {
        let world = try World()
        let client = try world.connect()
        try client.send("GET /v1/events HTTP/1.1\r\nHost: x\r\nLast-Event-ID: 41\r\n\r\n")
        world.turn()
        #expect(world.service.calls == [.followEvents(FollowEvents(after: "41"))])
        let ticket = try #require(world.service.tickets.first)
        world.server.send(ServerSentEvent(id: "42", name: "state", data: "{}"), to: ticket)
        let text = try client.receive()
        #expect(text.contains("Content-Type: text/event-stream\r\n"))
        #expect(text.hasSuffix("\r\n\r\n1e\r\nid: 42\nevent: state\ndata: {}\n\n\r\n"))
        world.pass(.seconds(16))
        #expect(try client.receive().contains(": still here\n\n"))
        client.close()
        world.turn()
        #expect(world.service.endedStreams == [ticket])
        #expect(world.server.connectionCount == 0)
    }

    @Test func aSlowReaderIsLetGoWithAWord() throws {
        let world = try World { $0.streamBacklog = 100_000 }
        let client = try world.connect()
        try client.send("GET /v1/events HTTP/1.1\r\nHost: x\r\n\r\n")
        world.turn()
        let ticket = try #require(world.service.tickets.first)
        let event = ServerSentEvent(name: "state", data: String(repeating: "x", count: 50_000))
        var sent = 0
        while world.service.endedStreams.isEmpty, sent < 1_000 {
            world.server.send(event, to: ticket)
            sent += 1
        }
        #expect(world.service.endedStreams == [ticket])
        var text = ""
        while let more = try client.receiveMore(world) { text += more }
        #expect(text.hasSuffix(": too slow: more than 100000 bytes wait\n\n\r\n0\r\n\r\n"))
        #expect(world.server.connectionCount == 0)
    }

    @Test func aReaderThatTakesNothingIsCutOffInTheEnd() throws {
        let world = try World { $0.streamBacklog = 100_000 }
        let client = try world.connect()
        try client.send("GET /v1/events HTTP/1.1\r\nHost: x\r\n\r\n")
        world.turn()
        let ticket = try #require(world.service.tickets.first)
        for _ in 0..<100 {
            world.server.send(ServerSentEvent(data: String(repeating: "x", count: 50_000)), to: ticket)
        }
        #expect(world.server.connectionCount == 1)
        world.pass(.seconds(11))
        #expect(world.server.connectionCount == 0)
        #expect(try client.receive().hasPrefix("HTTP/1.1 200"))
    }

    @Test func credentialsAreAskedForBeforeTheContentIsRead() throws {
        let world = try World(server: {
            $0.username = "admin"
            $0.password = "secret"
            $0.token = "token"
        })
        let client = try world.connect()
        try client.send(
            "POST /v1/daemon/shutdown HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 900000\r\n\r\n"
        )
        world.turn()
        let answer = try client.receive()
        #expect(answer.hasPrefix("HTTP/1.1 401 Unauthorized\r\n"))
        #expect(answer.contains("WWW-Authenticate: Basic realm=\"default\"\r\nWWW-Authenticate: Bearer\r\n"))
        let other = try world.connect()
        try other.send("GET /v1/daemon HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer token\r\n\r\n")
        world.turn()
        #expect(world.service.calls == [.showDaemon(ShowDaemon())])
        let anybody = try world.connect()
        try anybody.send("GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
        world.turn()
        #expect(try anybody.receive().hasPrefix("HTTP/1.1 200 OK\r\n"))
    }

    @Test func aClientThatWaitsForTheWordGetsIt() throws {
        let world = try World()
        let client = try world.connect()
        let body = #"{"select":["a"]}"#
        try client.send(
            "POST /v1/processes/stop HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nExpect: 100-continue\r\n"
                + "Content-Length: \(body.utf8.count)\r\n\r\n")
        world.turn()
        #expect(try client.receive() == "HTTP/1.1 100 Continue\r\n\r\n")
        try client.send(body)
        world.turn()
        #expect(world.service.calls == [.stopProcesses(StopProcesses(["a"]))])
    }
}
