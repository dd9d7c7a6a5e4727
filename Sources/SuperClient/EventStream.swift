public import SuperAPI
import SuperHTTP
public import SuperOS

/// The events of one stream, as they come.
///
/// A superd whose brain was replaced cuts its streams off. Whoever waits with `next` does not notice: the stream is taken up again behind the
/// last event.
public struct EventStream<Request: ResumableEndpoint> {
    private var connection: Connection
    private var request: Request
    private let client: ControlClient
    /// How often it was taken up again since the last event.
    private var resumptions = 0
    /// A superd that cuts the stream off this often without a single event has another trouble than a new brain.
    private static var mostResumptions: Int { 20 }
    private var reader = ServerSentEvent.Reader()
    private var ready: [ServerSentEvent] = []
    private var hasEnded = false

    init(_ connection: Connection, _ request: Request, _ client: ControlClient) {
        self.connection = connection
        self.request = request
        self.client = client
    }

    /// One event.
    public struct Event: Sendable {
        public var id: String?
        public var name: String
        /// What the event holds.
        public var content: Request.Response
        /// The same as superd sent it.
        public var text: String
    }

    /// Readable when `receive()` has something to do; for whoever waits for other things, too.
    public var descriptor: Descriptor { connection.socket }

    /// Why superd ended the stream, where it said so.
    public var reasonForEnd: String? { hasEnded ? reader.lastComment : nil }

    /// The next event; waits for it. Nil after the end of the stream.
    public mutating func next() throws(ClientError) -> Event? {
        while ready.isEmpty && !hasEnded {
            do {
                try take()
                if ready.isEmpty && !hasEnded { try connection.receive() }
            } catch {
                try resume(after: error)
            }
        }
        return try nextReady()
    }

    /// Opens the stream again behind the last event. Throws what cut it off where that cannot be done.
    private mutating func resume(after error: ClientError) throws(ClientError) {
        guard case .disconnected = error, resumptions < Self.mostResumptions else { throw error }
        resumptions += 1
        do {
            connection = try client.openStream(request)
            reader = ServerSentEvent.Reader()
        } catch .disconnected {
            try resume(after: error)
        } catch {
            throw .disconnected("closed the connection")
        }
    }

    /// The events that have come; reads once, so it waits where the descriptor is not readable. Nil at the end of the stream.
    public mutating func receive() throws(ClientError) -> [Event]? {
        try connection.receive()
        try take()
        var events: [Event] = []
        while let event = try nextReady() { events.append(event) }
        return events.isEmpty && hasEnded ? nil : events
    }

    private mutating func nextReady() throws(ClientError) -> Event? {
        guard !ready.isEmpty else { return nil }
        let event = ready.removeFirst()
        resumptions = 0
        if let id = event.id { request.after = id }
        do {
            let content = try JSON.decode(Request.Response.self, from: Array(event.data.utf8))
            return Event(id: event.id, name: event.name, content: content, text: event.data)
        } catch {
            throw .notSuperd("\(Request.path) has events with other fields (\(error))")
        }
    }

    /// Takes what was received apart.
    private mutating func take() throws(ClientError) {
        while let event = try connection.parsed() {
            switch event {
            case .head: break
            case .body(let bytes): ready += reader.read(bytes)
            case .end:
                hasEnded = true
                return
            }
        }
    }
}
