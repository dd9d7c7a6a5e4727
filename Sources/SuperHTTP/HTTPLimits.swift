public import SuperBase

/// How much of a message a parser takes before it refuses the rest.
public struct HTTPLimits: Sendable, Hashable {
    /// The request line or status line with its line end.
    public var startLine = ByteSize.kibibytes(8)
    /// The start line and all fields; the same again for the trailers of a chunked body.
    public var head = ByteSize.kibibytes(64)
    /// The number of fields; the same again for trailers.
    public var fields = 100
    /// The content, without its framing.
    public var body = ByteSize.mebibytes(1)

    public init() {}

    /// The defaults with another limit for the content.
    public init(body: ByteSize) {
        self.body = body
    }

    /// For a client that trusts its server with the length of an answer.
    public static let client = HTTPLimits(body: ByteSize(bytes: .max))
}
