public import SuperAPI
import SuperHTTP
public import SuperOS

/// The events of one stream, as they come.
public struct EventStream<Request: Endpoint> {
    private var connection: Connection
    private var reader = ServerSentEvent.Reader()
    private var ready: [ServerSentEvent] = []
    private var hasEnded = false

    init(_ connection: Connection) {
        self.connection = connection
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
            try take()
            if ready.isEmpty && !hasEnded { try connection.receive() }
        }
        return try nextReady()
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
