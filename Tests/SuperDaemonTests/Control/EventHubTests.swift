import SuperAPI
import SuperBase
import SuperCore
import SuperOS
import Testing

@testable import SuperDaemon

/// Changes of state for readers that come, go and come back.
struct EventHubTests {
    private let world: World

    init() throws { world = try World() }

    private func event(_ text: String) -> StateEvent { StateEvent(type: "PROCESS_STATE_RUNNING", name: text, at: 0) }

    /// A client whose stream has begun at the server, and his ticket.
    private func reader() throws -> (TestClient, Ticket) {
        let client = try world.connect()
        try client.send("GET /v1/events HTTP/1.1\r\nHost: x\r\n\r\n")
        world.turn()
        return (client, try #require(world.service.tickets.last))
    }

    /// The ids and names of what a client has got.
    private func heard(_ client: TestClient) throws -> [String] {
        var text = ""
        while case let more = try client.receive(), !more.isEmpty {
            text += more
            world.turn()
        }
        let lines = text.utf8.split { $0 == 10 || $0 == 13 }.map { String(decoding: $0, as: UTF8.self) }
        return lines.filter { $0.hasPrefix("id: ") }.map { String($0.dropFirst(4)) }
    }

    @Test func whoComesBackGetsWhatHeMissedAndNothingTwice() throws {
        var hub = EventHub(startedAt: WallTime(seconds: 5))
        for text in ["a", "b", "c"] { hub.publish(event(text), of: name(text), through: world.server) }
        let (client, ticket) = try reader()
        let after = hub.follow(FollowEvents([], after: "5000001"), ticket)
        // It happens before the stream has begun.
        hub.publish(event("d"), of: name("d"), through: world.server)
        hub.begin(ticket, after, through: world.server)
        hub.publish(event("e"), of: name("e"), through: world.server)
        world.turn()
        #expect(try heard(client) == ["5000002", "5000003", "5000004", "5000005"])
    }

    @Test func whoComesForTheFirstTimeGetsWhatHappensFromNowOn() throws {
        var hub = EventHub(startedAt: WallTime(seconds: 5))
        hub.publish(event("a"), of: name("a"), through: world.server)
        let (client, ticket) = try reader()
        let after = hub.follow(FollowEvents(), ticket)
        hub.begin(ticket, after, through: world.server)
        hub.publish(event("b"), of: name("b"), through: world.server)
        world.turn()
        #expect(try heard(client) == ["5000002"])
    }

    @Test func onlyWhatWasSelectedIsSent() throws {
        var hub = EventHub(startedAt: WallTime(seconds: 5))
        let (client, ticket) = try reader()
        let after = hub.follow(FollowEvents(["web:*"]), ticket)
        hub.begin(ticket, after, through: world.server)
        hub.publish(event("db"), of: name("db"), through: world.server)
        hub.publish(event("web:a"), of: name("a", in: "web"), through: world.server)
        hub.publish(event("web"), of: nil, through: world.server)
        world.turn()
        #expect(try heard(client) == ["5000002"])
    }

    @Test func whoHasLeftIsForgottenAlsoBeforeHisStreamBegins() throws {
        var hub = EventHub(startedAt: WallTime(seconds: 5))
        let (client, ticket) = try reader()
        let after = hub.follow(FollowEvents(), ticket)
        hub.forget(ticket)
        hub.begin(ticket, after, through: world.server)
        hub.publish(event("a"), of: name("a"), through: world.server)
        world.turn()
        #expect(try heard(client).isEmpty)
    }

    @Test func onlyTheLastThousandAreRemembered() throws {
        var hub = EventHub(startedAt: WallTime(seconds: 0))
        for _ in 0..<1_200 { hub.publish(event("a"), of: name("a"), through: world.server) }
        let (client, ticket) = try reader()
        hub.begin(ticket, hub.follow(FollowEvents([], after: "0"), ticket), through: world.server)
        world.turn()
        let ids = try heard(client)
        #expect(ids.count == 1_000)
        #expect(ids.first == "201")
    }
}
