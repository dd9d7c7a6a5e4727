public import SuperBase
public import SuperHTTP

/// What to do next with one connection of the server.
///
///     fresh ─┬─▶ head ─▶ body ─▶ handling ─┬─▶ idle ─▶ head …
///            │    └───────┴─ refused ──────┴─▶ closing ─▶ lingering ─▶ closed
///            └─ peer or time ends it ─────────────────────────────────▶ closed
///     flushing: an answer waits for the client; from it on to idle or closing
///
/// The shell feeds it bytes, asks for actions until there are none, and writes; the machine keeps the order of requests
/// and answers, the time limits and the end. Invariants:
/// - at most one request is with the application, and none while an answer waits for the client: a client that does
///   not read is not read from either;
/// - every state in which the client is to do something has a deadline;
/// - requests whose first byte arrived before a drain are answered.
public struct ConnectionMachine: Sendable {
    /// Where the connection stands; an instant is the last moment from which the limit of its state counts.
    public enum State: Sendable, Hashable {
        /// Nothing has arrived yet.
        case fresh(since: Instant)
        /// All requests are answered and nothing of a next one is here.
        case idle(since: Instant)
        /// A part of a head is here.
        case head(since: Instant)
        /// The content is being read.
        case body(WebRequest, since: Instant)
        /// The application has the request. The client wants to keep the connection, or not.
        case handling(clientKeeps: Bool)
        /// The shell is to be told to refuse.
        case refusing(HTTPStatus, reason: String)
        /// The client has not taken all of the answers yet.
        case flushing(since: Instant, then: AfterFlush)
        /// The last answer is written into the queue.
        case closing(lingers: Bool)
        /// Our side is shut; what still arrives is dropped.
        case lingering(since: Instant)
        /// Nothing more to do: close it.
        case closed
    }

    /// What follows once the client has taken what there is.
    public enum AfterFlush: Sendable, Hashable {
        case nextRequest
        case closing(lingers: Bool)
    }

    /// What the shell is to do.
    public enum Action: Sendable, Hashable {
        /// Write `100 Continue`.
        case sendContinue
        /// Hand the request to the application; say `answered` when its answer is queued.
        case handle(WebRequest)
        /// Queue an answer of this status with `Connection: close`.
        case refuse(HTTPStatus, reason: String)
    }

    public private(set) var state: State
    /// Whether no further requests are wanted.
    public private(set) var isDraining = false
    private var inputHasEnded = false
    private var parser: RequestParser
    private let limits: WebLimits
    private let keepsContent: Bool

    public init(limits: WebLimits, keepsContent: Bool, at now: Instant) {
        self.limits = limits
        self.keepsContent = keepsContent
        parser = RequestParser(limits: limits.http)
        state = .fresh(since: now)
    }

    /// When `expire` is to be called, if nothing happens before.
    public var deadline: Instant? {
        switch state {
        case .fresh(let since): since + (isDraining ? min(limits.lastCall, limits.head) : limits.head)
        case .idle(let since): since + (isDraining ? min(limits.lastCall, limits.keepAlive) : limits.keepAlive)
        case .head(let since): since + limits.head
        case .body(_, let since): since + limits.body
        case .flushing(let since, _): since + limits.write
        case .lingering(let since): since + limits.linger
        case .handling, .refusing, .closing, .closed: nil
        }
    }

    /// Whether to read from the connection.
    public var wantsInput: Bool {
        switch state {
        case .fresh, .idle, .head, .body, .lingering: !inputHasEnded
        case .handling, .refusing, .flushing, .closing, .closed: false
        }
    }

    /// Whether the connection is left open after the answer to the request at hand.
    ///
    /// Requests that have arrived behind it are answered even when draining, or when the client will send no more.
    public var keepsConnection: Bool {
        guard case .handling(clientKeeps: true) = state else { return false }
        return parser.hasBufferedBytes || !isDraining && !inputHasEnded
    }

    /// Takes bytes that were read.
    public mutating func receive(_ bytes: Span<UInt8>, at now: Instant) {
        switch state {
        case .fresh, .idle:
            parser.receive(bytes)
            state = .head(since: now)
        case .body(let request, _):
            parser.receive(bytes)
            state = .body(request, since: now)
        case .head, .handling, .flushing:
            parser.receive(bytes)
        case .refusing, .closing, .lingering, .closed:
            break
        }
    }

    /// Takes the end of what the client sends. A client may still wait for answers then.
    public mutating func receiveEnd() {
        inputHasEnded = true
        switch state {
        case .fresh, .idle, .head, .body, .lingering: state = .closed
        case .handling, .refusing, .flushing, .closing, .closed: break
        }
    }

    /// What to do next; nil where it is somebody else's turn.
    public mutating func nextAction(at now: Instant) -> Action? {
        switch state {
        case .fresh, .idle, .head, .body:
            do {
                return try advance(at: now)
            } catch {
                state = .closing(lingers: true)
                return .refuse(error.status, reason: error.description)
            }
        case .refusing(let status, let reason):
            state = .closing(lingers: true)
            return .refuse(status, reason: reason)
        case .handling, .flushing, .closing, .lingering, .closed:
            return nil
        }
    }

    /// The application's answer is queued.
    public mutating func answered(at now: Instant) {
        guard case .handling(let clientKeeps) = state else {
            preconditionFailure("an answer without a request, in \(state)")
        }
        state =
            keepsConnection
            ? .idle(since: now) : .closing(lingers: !inputHasEnded && (clientKeeps || parser.hasBufferedBytes))
    }

    /// The kernel has not taken all that is queued.
    public mutating func blocked(at now: Instant) {
        switch state {
        case .fresh, .idle, .head, .body: state = .flushing(since: now, then: .nextRequest)
        case .closing(let lingers): state = .flushing(since: now, then: .closing(lingers: lingers))
        case .flushing(_, let next): state = .flushing(since: now, then: next)
        case .handling, .refusing, .lingering, .closed: break
        }
    }

    /// Nothing is queued any more.
    public mutating func flushed(at now: Instant) {
        switch state {
        case .flushing(_, then: .nextRequest): state = .idle(since: now)
        case .flushing(_, then: .closing(let lingers)), .closing(let lingers):
            state = lingers && !inputHasEnded ? .lingering(since: now) : .closed
        case .fresh, .idle, .head, .body, .handling, .refusing, .lingering, .closed: break
        }
    }

    /// No further requests are wanted: the next answer is the last one.
    public mutating func drain(at now: Instant) {
        isDraining = true
        expire(at: now)
    }

    /// Acts on the deadline, if it has come.
    public mutating func expire(at now: Instant) {
        guard let deadline, deadline <= now else { return }
        switch state {
        case .head: state = .refusing(.requestTimeout, reason: "the head did not arrive in time")
        case .body: state = .refusing(.requestTimeout, reason: "the content did not arrive in time")
        case .fresh, .idle, .flushing, .lingering: state = .closed
        case .handling, .refusing, .closing, .closed: break
        }
    }

    /// Reads on until something is to be done or bytes are missing.
    private mutating func advance(at now: Instant) throws(HTTPParseError) -> Action? {
        while let event = try parser.next() {
            switch event {
            case .head(let head):
                state = .body(WebRequest(head: head), since: now)
                if head.expectsContinue, parser.expectsContent, !parser.hasBufferedBytes { return .sendContinue }
            case .body(let piece):
                if keepsContent { append(piece) }
            case .end:
                guard case .body(let request, _) = state else {
                    preconditionFailure("the end of a request in \(state)")
                }
                state = .handling(clientKeeps: request.head.keepsAlive)
                return .handle(request)
            }
        }
        settle(at: now)
        return nil
    }

    private mutating func append(_ piece: ArraySlice<UInt8>) {
        guard case .body(var request, let since) = state else { return }
        // Only one reference may be left, or each piece would copy all before it.
        state = .closed
        request.content.append(contentsOf: piece)
        state = .body(request, since: since)
    }

    /// Finds the state that belongs to what is here of the next request.
    private mutating func settle(at now: Instant) {
        if inputHasEnded {
            state = .closed
            return
        }
        switch state {
        case .fresh, .idle:
            if !parser.isBetweenRequests { state = .head(since: now) }
        case .head(let since):
            // Empty lines before a request are nothing of it.
            if parser.isBetweenRequests { state = .idle(since: since) }
        case .body, .handling, .refusing, .flushing, .closing, .lingering, .closed: break
        }
    }
}
