import SuperAPI
import SuperBase
import SuperCore
import SuperHTTP
import SuperOS

/// The control endpoints: lets clients in, reads their requests, hands them to the service and writes its answers.
///
/// - It runs in the reactor's thread and never waits. What is waited for is in `deadline`.
/// - Everything a client can make it hold has a bound (`ControlLimits`), and a client that is slow, greedy or broken costs
///   only its own connection.
/// - A ticket outlives its connection: the answer for a client that has left is dropped when it comes.
final class ControlServer {
    private let reactor: Reactor
    private let limits: ControlLimits
    private let version: String
    private let clock: () -> Instant
    private weak var service: (any ControlService)?
    private var listeners: [Listener] = []
    private var connections: [ObjectIdentifier: Client] = [:]
    private var tickets: [Ticket: ObjectIdentifier] = [:]
    private var lastTicket: UInt64 = 0

    private struct Listener {
        let socket: Descriptor
        let access: ControlAccess
        /// Nil while accepting pauses, because it failed.
        var watch: Reactor.Watch?
        var pausedSince: Instant?
    }

    private struct Client {
        let connection: ControlConnection
        let watch: Reactor.Watch
    }

    /// How long accepting pauses when there are no descriptors left: trying again at once would only burn time.
    private static let acceptPause = Duration.seconds(1)

    init(
        reactor: Reactor, service: any ControlService, version: String, limits: ControlLimits = ControlLimits(),
        clock: @escaping () -> Instant = Clock.now
    ) {
        self.reactor = reactor
        self.service = service
        self.version = version
        self.limits = limits
        self.clock = clock
    }

    /// Accepts clients on a listening, non-blocking socket. `socketOwner` is the user of a Unix socket's file.
    ///
    /// Gives the reason why not, as a line for the main log: see `ControlAccess.refusal`.
    func listen(
        on socket: Descriptor, as server: ServerConfig, daemonUser: UInt32, socketOwner: UInt32? = nil
    ) -> String? {
        if let refusal = ControlAccess.refusal(of: server) { return refusal }
        let access = ControlAccess(server: server, daemonUser: daemonUser, socketOwner: socketOwner)
        listeners.append(Listener(socket: socket, access: access))
        return watchListener(listeners.count - 1).map { "[\(server.section)] is not opened: \($0)" }
    }

    /// Stops accepting and forgets the listening sockets. Clients that are connected stay.
    func stopListening() {
        for listener in listeners { listener.watch.map(reactor.unwatch) }
        listeners = []
    }

    /// The number of clients connected.
    var connectionCount: Int { connections.count }

    /// The moment by which `expire(at:)` has something to do.
    var deadline: Instant? {
        let clients = connections.values.lazy.compactMap { $0.connection.deadline(self.limits) }.min()
        let pauses = listeners.lazy.compactMap { $0.pausedSince }.min().map { $0 + Self.acceptPause }
        guard let clients, let pauses else { return clients ?? pauses }
        return min(clients, pauses)
    }

    /// Deals with clients whose time is over, keeps quiet streams alive and takes up accepting again.
    func expire(at now: Instant) {
        for index in listeners.indices {
            guard let since = listeners[index].pausedSince, since + Self.acceptPause <= now else { continue }
            listeners[index].pausedSince = nil
            if watchListener(index) != nil { listeners[index].pausedSince = now }
        }
        for client in connections.values {
            let connection = client.connection
            guard let deadline = connection.deadline(limits), deadline <= now else { continue }
            switch connection.state {
            case .reading where connection.isIdle: close(connection)
            case .reading: refuse(connection, .requestTimeout, "the request took longer than \(limits.patience)")
            case .streaming where connection.backlog > 0: close(connection)
            case .streaming: write(stream: ServerSentEvent.comment("still here"), to: connection)
            case .draining, .lingering: close(connection)
            case .waiting: break
            }
        }
    }

    /// Answers what was answered `later`. Nothing happens if the client has left.
    func answer(_ ticket: Ticket, _ answer: Answer) {
        guard let connection = take(ticket) else { return }
        respond(connection, answer)
        readRequests(of: connection)
    }

    /// Sends an event to the reader of a stream; one that does not keep up is told so and let go.
    func send(_ event: ServerSentEvent, to ticket: Ticket) {
        guard let connection = connection(of: ticket) else { return }
        guard connection.backlog < limits.streamBacklog else {
            end(ticket, because: "too slow: more than \(limits.streamBacklog) bytes wait")
            service?.streamEnded(ticket)
            return
        }
        write(stream: event.text, to: connection)
    }

    /// Bytes that the reader of a stream has not taken; nil where it has left.
    func backlog(of ticket: Ticket) -> Int? { connection(of: ticket)?.backlog }

    /// Ends a stream, with a comment that says why.
    func end(_ ticket: Ticket, because reason: String) {
        guard let connection = take(ticket) else { return }
        var bytes: [UInt8] = []
        HTTPChunk.write(Array(ServerSentEvent.comment(reason).utf8), into: &bytes)
        HTTPChunk.writeEnd(into: &bytes)
        connection.append(bytes)
        drain(connection)
    }
}

// MARK: - Clients come and go

extension ControlServer {
    /// Nil where it works, else why not.
    private func watchListener(_ index: Int) -> String? {
        let listener = listeners[index]
        do {
            listeners[index].watch = try reactor.watch(listener.socket, .readable, rank: .control) { [weak self] _ in
                self?.accept(from: listener.socket)
            }
            return nil
        } catch {
            return error.description
        }
    }

    /// Lets in one client a turn; the listener stays readable while more wait.
    private func accept(from socket: Descriptor) {
        guard let index = listeners.firstIndex(where: { $0.socket === socket }) else { return }
        do {
            guard case .connection(let client, _) = try socket.accept() else { return }
            try admit(client, listeners[index].access)
        } catch {
            listeners[index].watch.map(reactor.unwatch)
            listeners[index].watch = nil
            listeners[index].pausedSince = clock()
        }
    }

    private func admit(_ socket: Descriptor, _ access: ControlAccess) throws(SystemError) {
        if connections.count >= limits.connections {
            let idle = connections.values.map(\.connection).filter(\.isIdle)
            guard let oldest = idle.min(by: { $0.idleSince < $1.idleSince }) else { return }
            close(oldest)
        }
        var peer: PeerCredentials?
        if case .unix = access.server.address { peer = try? socket.peerCredentials() }
        let connection = ControlConnection(socket, access: access, peer: peer, at: clock())
        let watch = try reactor.watch(socket, connection.interest, rank: .control) { [weak self] event in
            self?.handle(event, connection)
        }
        connections[ObjectIdentifier(connection)] = Client(connection: connection, watch: watch)
    }

    private func handle(_ event: Poller.Event, _ connection: ControlConnection) {
        if event.isWritable { flush(connection) }
        guard isOpen(connection) else { return }
        switch connection.state {
        case .reading:
            // Patience with a request begins with its first byte.
            if connection.isIdle { connection.state = .reading(since: clock()) }
            if event.isReadable, connection.backlog == 0, !connection.receive() { return close(connection) }
            readRequests(of: connection)
        case .lingering: if !connection.discardInput() { close(connection) }
        case .streaming: if event.isPeerClosed { close(connection) }
        case .waiting, .draining: if event.isHungUp || event.hasError { close(connection) }
        }
    }

    private func isOpen(_ connection: ControlConnection) -> Bool {
        connections[ObjectIdentifier(connection)] != nil
    }

    /// Forgets a client. A command it gave goes on; a stream it read ends.
    private func close(_ connection: ControlConnection) {
        guard let client = connections.removeValue(forKey: ObjectIdentifier(connection)) else { return }
        reactor.unwatch(client.watch)
        switch connection.state {
        case .waiting(let ticket): tickets[ticket] = nil
        case .streaming(let ticket):
            tickets[ticket] = nil
            service?.streamEnded(ticket)
        case .reading, .draining, .lingering: break
        }
    }

    private func connection(of ticket: Ticket) -> ControlConnection? {
        tickets[ticket].flatMap { connections[$0]?.connection }
    }

    private func take(_ ticket: Ticket) -> ControlConnection? {
        defer { tickets[ticket] = nil }
        return connection(of: ticket)
    }
}

// MARK: - Requests and answers

extension ControlServer {
    /// Reads as many requests as have come and are answered at once.
    private func readRequests(of connection: ControlConnection) {
        while isOpen(connection), connection.backlog == 0, case .reading = connection.state {
            switch connection.nextInput() {
            case .incomplete: return update(connection)
            case .malformed(let error): return refuse(connection, error.status, error.description)
            case .head(let head):
                if let problem = problem(head, connection) { return refuse(connection, problem) }
                if connection.awaitsContinue {
                    connection.append(Array("HTTP/1.1 100 Continue\r\n\r\n".utf8))
                    flush(connection)
                }
            case .request(let head, let body): dispatch(head, body, connection)
            }
        }
    }

    /// Why a request is refused whatever it asks for.
    private func problem(_ head: HTTPRequestHead, _ connection: ControlConnection) -> Problem? {
        if let problem = BrowserGuard.problem(head, at: connection.access.server) { return problem }
        guard !ControlAPI.isPublic(head.target) else { return nil }
        return connection.access.problem(user: connection.peer?.user, authorization: head.headers["Authorization"])
    }

    private func dispatch(_ head: HTTPRequestHead, _ body: [UInt8], _ connection: ControlConnection) {
        if head.method == .get, head.target == ControlAPI.openAPIPath {
            return respond(connection, openAPIAnswer())
        }
        let call: ControlCall
        do {
            call = try ControlAPI.read(
                method: head.method.name, target: head.target, body: body, lastEventID: head.headers["Last-Event-ID"])
        } catch {
            return respond(connection, error.answer)
        }
        lastTicket += 1
        let ticket = Ticket(number: lastTicket)
        // Before the service is called: it may answer through the ticket from within.
        connection.state = .waiting(ticket)
        tickets[ticket] = ObjectIdentifier(connection)
        switch service?.handle(call, ticket) {
        case .now(let answer): if let connection = take(ticket) { respond(connection, answer) }
        case .later: update(connection)
        case .stream: beginStream(ticket, connection)
        case nil:
            if let connection = take(ticket) { respond(connection, Problem(.shuttingDown, "superd ends").answer) }
        }
    }

    private func openAPIAnswer() -> Answer {
        do {
            let text = try ControlAPI.openAPI(version: version)
            return Answer(status: 200, contentType: "application/json", body: Array(text.utf8))
        } catch {
            return Problem(.internalError, error.description).answer
        }
    }

    private func beginStream(_ ticket: Ticket, _ connection: ControlConnection) {
        guard isOpen(connection), connection.state == .waiting(ticket) else { return }
        connection.state = .streaming(ticket)
        var head = responseHead(HTTPStatus.ok, ServerSentEvent.contentType)
        head.headers.add("Transfer-Encoding", "chunked")
        head.headers.add("Connection", "close")
        head.headers.add("X-Accel-Buffering", "no")
        var bytes: [UInt8] = []
        head.write(into: &bytes)
        connection.append(bytes)
        flush(connection)
    }

    private func write(stream text: String, to connection: ControlConnection) {
        var bytes: [UInt8] = []
        HTTPChunk.write(Array(text.utf8), into: &bytes)
        connection.append(bytes)
        flush(connection)
    }

    /// Writes an answer; the connection stays for the next request if the client wants that.
    private func respond(_ connection: ControlConnection, _ answer: Answer) {
        let keepsAlive = connection.head?.keepsAlive == true
        write(answer, to: connection, closing: !keepsAlive)
        guard keepsAlive else { return drain(connection) }
        connection.state = .reading(since: clock())
        flush(connection)
    }

    /// Answers a request that was not read to its end, and closes: what follows cannot be trusted.
    private func refuse(_ connection: ControlConnection, _ problem: Problem) {
        write(problem.answer, to: connection, closing: true)
        drain(connection, lingers: true)
    }

    private func refuse(_ connection: ControlConnection, _ status: HTTPStatus, _ detail: String) {
        var problem = Problem(.badRequest, detail)
        problem.status = status.code
        refuse(connection, problem)
    }

    private func write(_ answer: Answer, to connection: ControlConnection, closing: Bool) {
        var head = responseHead(HTTPStatus(code: answer.status), answer.contentType)
        head.headers.add("Content-Length", String(answer.body.count))
        if closing { head.headers.add("Connection", "close") }
        if answer.status == 401 {
            if connection.access.server.username != nil {
                head.headers.add("WWW-Authenticate", #"Basic realm="default""#)
            }
            if connection.access.server.token != nil { head.headers.add("WWW-Authenticate", "Bearer") }
        }
        if answer.status == 405, let target = connection.head?.target {
            head.headers.add("Allow", ControlAPI.methods(of: target).map(\.rawValue).joined(separator: ", "))
        }
        var bytes: [UInt8] = []
        head.write(into: &bytes)
        connection.append(bytes + answer.body)
    }

    private func responseHead(_ status: HTTPStatus, _ contentType: String) -> HTTPResponseHead {
        var head = HTTPResponseHead(status)
        head.headers.add("Server", "superd")
        head.headers.add("Date", HTTPDate.format(Clock.wallTime().seconds))
        head.headers.add("Content-Type", contentType)
        head.headers.add("Cache-Control", "no-store")
        head.headers.add("X-Content-Type-Options", "nosniff")
        return head
    }

    /// Writes what is left and closes then.
    private func drain(_ connection: ControlConnection, lingers: Bool = false) {
        connection.state = .draining(since: clock(), lingers: lingers)
        flush(connection)
    }

    private func flush(_ connection: ControlConnection) {
        guard connection.flush(at: clock()) else { return close(connection) }
        if case .draining(let since, let lingers) = connection.state, connection.backlog == 0 {
            guard lingers, (try? connection.socket.shutdown(.writing)) != nil else { return close(connection) }
            connection.state = .lingering(since: since)
        }
        update(connection)
    }

    private func update(_ connection: ControlConnection) {
        guard let client = connections[ObjectIdentifier(connection)] else { return }
        reactor.change(client.watch, connection.interest)
    }
}
