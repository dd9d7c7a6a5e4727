/// Reads requests from the bytes of a connection, one after the other, however the bytes are split.
///
///     parser.receive(bytes.span)
///     while let event = try parser.next() {
///         switch event {
///         case .head(let head): …       // method, target, fields
///         case .body(let piece): …      // any number of pieces, framing removed
///         case .end: …                  // answer; the next call begins the next request
///         }
///     }
///
/// After an error the connection is of no more use: answer `error.status` and close it. Where RFC 9112 leaves a choice
/// between repairing and refusing, it refuses: that is what keeps two servers in a row from reading different requests.
public struct RequestParser: Sendable {
    /// What was read next.
    public enum Event: Sendable, Hashable {
        case head(HTTPRequestHead)
        case body(ArraySlice<UInt8>)
        case end
    }

    private var reader: MessageReader
    private var method = HTTPMethod.get
    private var target = ""
    private var version = HTTPVersion.http11

    public init(limits: HTTPLimits = HTTPLimits()) {
        reader = MessageReader(limits: limits)
    }

    /// Whether nothing of a next request has arrived: the connection is idle.
    public var isBetweenRequests: Bool { reader.state == .startLine && reader.bufferedCount == 0 }

    /// Whether bytes are here that `next` has not looked at or could not use yet.
    public var hasBufferedBytes: Bool { reader.bufferedCount > 0 }

    /// Whether content of the request whose head came last is still to come.
    public var expectsContent: Bool {
        switch reader.state {
        case .startLine, .fields, .length(remaining: 0), .untilClose, .end: false
        case .length, .chunkSize, .chunk, .chunkEnd, .trailers: true
        }
    }

    /// Takes what was read from the connection.
    public mutating func receive(_ bytes: Span<UInt8>) {
        reader.receive(bytes)
    }

    /// The next event; nil where more bytes are needed.
    public mutating func next() throws(HTTPParseError) -> Event? {
        if reader.state == .end { reader.startOver() }
        if reader.state == .startLine {
            guard let line = try reader.takeStartLine(skippingEmpty: true) else { return nil }
            try read(line)
        }
        if reader.state == .fields {
            guard try reader.readFields() else { return nil }
            return .head(try finishHead())
        }
        switch try reader.nextPart() {
        case .body(let piece): return .body(piece)
        case .end: return .end
        case nil: return nil
        }
    }

    /// Reads `METHOD TARGET HTTP/1.1`: single spaces, nothing before, nothing after.
    private mutating func read(_ line: ArraySlice<UInt8>) throws(HTTPParseError) {
        guard let first = line.firstIndex(of: 32), let second = line[(first + 1)...].firstIndex(of: 32),
            first > line.startIndex, line[..<first].allSatisfy(ASCII.isToken)
        else { throw .badRequestLine }
        version = try HTTPVersion(parsing: line[(second + 1)...], orThrow: .badRequestLine)
        method = HTTPMethod(String(decoding: line[..<first], as: UTF8.self))
        let target = line[(first + 1)..<second]
        guard target.allSatisfy(ASCII.isTarget) else { throw .badTarget }
        self.target = String(decoding: target, as: UTF8.self)
        guard HTTPTarget.isWellFormed(self.target, method: method) else { throw .badTarget }
    }

    private mutating func finishHead() throws(HTTPParseError) -> HTTPRequestHead {
        let framing = reader.fields.framing
        guard framing.hosts == 1 || framing.hosts == 0 && version == .http10 else { throw .badHost }
        switch try framing.framing(version: version) {
        case .unsaid: try reader.beginBody(.length(remaining: 0))
        case .length(let count): try reader.beginBody(.length(remaining: count))
        case .chunked: try reader.beginBody(.chunkSize)
        }
        return HTTPRequestHead(method: method, target: target, version: version, headers: reader.fields.headers)
    }
}

extension HTTPVersion {
    /// Reads `HTTP/1.1`. Another major version has its own error, since the sender should be told.
    init(parsing text: ArraySlice<UInt8>, orThrow malformed: HTTPParseError) throws(HTTPParseError) {
        let name = "HTTP/".utf8
        let digits = text.dropFirst(name.count)
        guard text.count == name.count + 3, text.starts(with: name), let major = digits.first, let minor = digits.last,
            ASCII.isDigit(major), ASCII.isDigit(minor), digits.dropFirst().first == UInt8(ascii: ".")
        else { throw malformed }
        guard major == UInt8(ascii: "1") else { throw .unsupportedVersion }
        self = minor == UInt8(ascii: "0") ? .http10 : .http11
    }
}
