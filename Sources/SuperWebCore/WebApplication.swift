public import SuperHTTP

/// One complete request.
public struct WebRequest: Sendable, Hashable {
    public var head: HTTPRequestHead
    /// The content without its framing; empty where the application does not want content.
    public var content: [UInt8]

    public init(head: HTTPRequestHead, content: [UInt8] = []) {
        self.head = head
        self.content = content
    }
}

/// Names a request until it is answered.
public struct RequestID: Sendable, Hashable {
    /// The connection's number; never used again in one process.
    public let connection: UInt64

    public init(connection: UInt64) {
        self.connection = connection
    }
}

/// An open file whose content is an answer; it stays open for as long as somebody refers to it.
public protocol WebFile: AnyObject, Sendable {
    /// The number of its descriptor.
    var number: Int32 { get }
}

/// One complete answer. `Date`, `Server`, `Content-Length` and `Connection` are added by the server.
public struct WebResponse: Sendable {
    /// What follows the head.
    public enum Body: Sendable {
        case none
        case bytes([UInt8])
        /// So much of a file, from an offset.
        case file(any WebFile, Range<Int>)

        /// The number of bytes.
        public var count: Int {
            switch self {
            case .none: 0
            case .bytes(let bytes): bytes.count
            case .file(_, let range): range.count
            }
        }
    }

    public var status: HTTPStatus
    public var headers: HTTPHeaders
    public var body: Body

    public init(_ status: HTTPStatus, headers: HTTPHeaders = HTTPHeaders(), body: Body = .none) {
        self.status = status
        self.headers = headers
        self.body = body
    }

    /// A short answer in words.
    public static func text(_ status: HTTPStatus, _ text: String) -> WebResponse {
        WebResponse(
            status, headers: ["Content-Type": "text/plain; charset=utf-8"], body: .bytes(Array((text + "\n").utf8)))
    }

    /// The answer that refuses a request, with the reason as its content.
    public static func refusal(_ status: HTTPStatus, _ reason: String? = nil) -> WebResponse {
        .text(status, reason.map { "\(status): \($0)" } ?? status.description)
    }
}

/// What comes of handing over a request.
public enum WebReply: Sendable {
    case answer(WebResponse)
    /// The application will call the server's `answer(_:with:)` on the same thread; until then the connection waits.
    case later
}

/// Whoever answers requests. Called on the server's only thread: what blocks here blocks every client.
public protocol WebApplication: AnyObject {
    /// Whether requests come with their content. Otherwise it is read from the connection and dropped.
    var wantsContent: Bool { get }

    /// Answers a request now or later.
    func respond(to request: WebRequest, id: RequestID) -> WebReply
}
