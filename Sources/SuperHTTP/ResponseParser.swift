/// Reads answers from the bytes of a connection: a client's side.
///
///     parser.expectAnswer(to: .get)
///     parser.receive(bytes.span)           // or parser.receiveEnd() when the server has closed
///     while let event = try parser.next() { … .head, .body, … .end }
///
/// Interim answers (100 to 199 except 101) are passed over.
public struct ResponseParser: Sendable {
    /// What was read next.
    public enum Event: Sendable, Hashable {
        case head(HTTPResponseHead)
        case body(ArraySlice<UInt8>)
        case end
    }

    private var reader: MessageReader
    private var method: HTTPMethod
    private var status = HTTPStatus.ok
    private var version = HTTPVersion.http11
    private var inputHasEnded = false
    private var isOver = false
    /// Whether the connection can take another request; meaningful after `.end`.
    public private(set) var canReuseConnection = false

    public init(answering method: HTTPMethod = .get, limits: HTTPLimits = .client) {
        reader = MessageReader(limits: limits)
        self.method = method
    }

    /// Says what the next answer belongs to: the content of an answer depends on it.
    public mutating func expectAnswer(to method: HTTPMethod) {
        self.method = method
        reader.startOver()
        isOver = false
    }

    /// Takes what was read from the connection.
    public mutating func receive(_ bytes: Span<UInt8>) {
        reader.receive(bytes)
    }

    /// Takes the end of the connection, which ends an answer without a length and cuts off any other.
    public mutating func receiveEnd() {
        inputHasEnded = true
    }

    /// The next event; nil where more bytes are needed, and after `.end`.
    public mutating func next() throws(HTTPParseError) -> Event? {
        guard !isOver else { return nil }
        if let head = try nextHead() { return .head(head) }
        if let part = try reader.nextPart() { return event(part) }
        guard inputHasEnded else { return nil }
        // An end before any byte of an answer is one, too, for whoever waits for it.
        if reader.state == .startLine { throw .truncated }
        try reader.endInput()
        return try reader.nextPart().map { event($0) }
    }

    private mutating func event(_ part: MessageReader.Part) -> Event {
        switch part {
        case .body(let piece): return .body(piece)
        case .end:
            isOver = true
            return .end
        }
    }

    private mutating func nextHead() throws(HTTPParseError) -> HTTPResponseHead? {
        while true {
            if reader.state == .startLine {
                guard let line = try reader.takeStartLine(skippingEmpty: false) else { return nil }
                try read(line)
            }
            guard reader.state == .fields, try reader.readFields() else { return nil }
            if status.isInformational && status != .switchingProtocols {
                reader.startOver()
                continue
            }
            return try finishHead()
        }
    }

    /// Reads `HTTP/1.1 200 OK`, where the words may be missing but not the space before them.
    private mutating func read(_ line: ArraySlice<UInt8>) throws(HTTPParseError) {
        guard let space = line.firstIndex(of: 32) else { throw .badStatusLine }
        version = try HTTPVersion(parsing: line[..<space], orThrow: .badStatusLine)
        let digits = line[(space + 1)...].prefix(3)
        let rest = line[(space + 1)...].dropFirst(3)
        guard digits.count == 3, let code = ASCII.decimal(digits), code >= 100,
            rest.isEmpty || rest.first == 32, rest.allSatisfy(ASCII.isFieldValue)
        else { throw .badStatusLine }
        status = HTTPStatus(code: code)
    }

    private mutating func finishHead() throws(HTTPParseError) -> HTTPResponseHead {
        let head = HTTPResponseHead(status, version: version, headers: reader.fields.headers)
        canReuseConnection = head.keepsAlive && status != .switchingProtocols
        let framing = try reader.fields.framing.framing(version: version)
        guard head.hasContent(answering: method) else {
            try reader.beginBody(.end)
            return head
        }
        switch framing {
        case .length(let count): try reader.beginBody(.length(remaining: count))
        case .chunked: try reader.beginBody(.chunkSize)
        case .unsaid:
            canReuseConnection = false
            try reader.beginBody(.untilClose)
        }
        return head
    }
}
