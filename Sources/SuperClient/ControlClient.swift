public import SuperAPI
import SuperBase
import SuperHTTP

/// Calls superd, one request at a time, and waits for the answer.
public struct ControlClient: Sendable {
    public let address: ServerAddress
    public var credentials: Credentials?

    public init(_ address: ServerAddress, credentials: Credentials? = nil) {
        self.address = address
        self.credentials = credentials
    }

    /// What superd answered, before it is given a type.
    public struct RawAnswer: Sendable, Hashable {
        public var status: Int
        public var body: [UInt8]
    }

    /// Asks, and gives the answer its type. Everything else than success is an error.
    public func call<Request: Endpoint>(_ request: Request) throws(ClientError) -> Request.Response {
        try Self.read(Request.self, try send(request))
    }

    /// Asks, and gives the answer as it is, also where it is a problem; only the lack of an answer is an error.
    public func send<Request: Endpoint>(_ request: Request) throws(ClientError) -> RawAnswer {
        let isPatient = Request.fields.contains { $0.name == "wait" }
        var connection = try open(request, isPatient: isPatient)
        return try Self.readAnswer(&connection)
    }

    /// Opens a stream of events.
    public func follow<Request: ResumableEndpoint>(_ request: Request) throws(ClientError) -> EventStream<Request> {
        EventStream(try openStream(request), request, self)
    }

    /// A connection on which the events of a stream follow.
    func openStream(_ request: some Endpoint) throws(ClientError) -> Connection {
        var connection = try open(request, isPatient: true)
        guard case .head(let head)? = try connection.next() else { throw .disconnected("closed the connection") }
        try Self.check(head)
        guard head.status == .ok else {
            let body = try Self.readBody(&connection)
            throw Self.failure(RawAnswer(status: head.status.code, body: body))
        }
        return connection
    }

    /// Reads an answer as that of `Request`. A command whose results hold failures is read from the problem that carries them.
    public static func read<Request: Endpoint>(
        _ type: Request.Type, _ answer: RawAnswer
    ) throws(ClientError) -> Request.Response {
        guard (200..<300).contains(answer.status) else {
            let failure = failure(answer)
            if case .problem(let problem) = failure, let results = problem.results,
                let response = ActionResults(results) as? Request.Response
            {
                return response
            }
            throw failure
        }
        do {
            return try JSON.decode(Request.Response.self, from: answer.body)
        } catch {
            throw .notSuperd("\(Request.path) is answered with other fields (\(error))")
        }
    }

    private func open<Request: Endpoint>(_ request: Request, isPatient: Bool) throws(ClientError) -> Connection {
        let encoded: EncodedRequest
        do {
            encoded = try request.encoded()
        } catch {
            throw .disconnected("was not asked: \(error)")
        }
        var head = HTTPRequestHead(method: HTTPMethod(encoded.method.rawValue), target: encoded.target)
        head.headers.add("Host", address.hostField)
        head.headers.add("Connection", "close")
        head.headers.add("Accept", Request.isStream ? ServerSentEvent.contentType : "application/json")
        if let body = encoded.body {
            head.headers.add("Content-Type", "application/json")
            head.headers.add("Content-Length", String(body.count))
        }
        switch credentials {
        case .basic(let username, let password):
            head.headers.add("Authorization", "Basic " + JSON.base64(Array("\(username):\(password)".utf8)))
        case .bearer(let token): head.headers.add("Authorization", "Bearer \(token)")
        case nil: break
        }
        return try Connection(to: address, sending: head, body: encoded.body ?? [], isPatient: isPatient)
    }

    private static func readAnswer(_ connection: inout Connection) throws(ClientError) -> RawAnswer {
        guard case .head(let head)? = try connection.next() else { throw .disconnected("closed the connection") }
        try check(head)
        return RawAnswer(status: head.status.code, body: try readBody(&connection))
    }

    private static func readBody(_ connection: inout Connection) throws(ClientError) -> [UInt8] {
        var body: [UInt8] = []
        while let event = try connection.next() {
            if case .body(let bytes) = event { body += bytes }
        }
        return body
    }

    /// Every answer of superd says that it is superd's, so that a stranger on the same port is told apart.
    private static func check(_ head: HTTPResponseHead) throws(ClientError) {
        let server = head.headers["Server"] ?? ""
        guard server == "superd" || server.hasPrefix("superd/") else {
            throw .notSuperd(server.isEmpty ? "it does not say who it is" : "it calls itself \(server)")
        }
    }

    private static func failure(_ answer: RawAnswer) -> ClientError {
        guard let problem = try? JSON.decode(Problem.self, from: answer.body) else {
            return .notSuperd("it answers \(answer.status) without a reason")
        }
        return .problem(problem)
    }
}
