public import SuperBase
public import SuperHTTP

/// How long and how much of a client the server puts up with. All defaults of `superweb` stand here.
public struct WebLimits: Sendable, Hashable {
    /// From the first byte of a head to its last; also from the connection to its first byte.
    public var head = Duration.seconds(10)
    /// Between two pieces of a request's content.
    public var body = Duration.seconds(30)
    /// Between two pieces of an answer that the client takes.
    public var write = Duration.seconds(30)
    /// From an answer to the next request's first byte.
    public var keepAlive = Duration.seconds(75)
    /// How long a connection stays readable after an answer that ended it early: closing with bytes unread would
    /// make the kernel throw away the answer.
    public var linger = Duration.seconds(2)
    /// While draining: a connection that was of use so recently is given the time for one more request, which is
    /// answered with `Connection: close`. Closed at once it would fail the request that is on its way.
    public var lastCall = Duration.milliseconds(500)
    /// From the request to stop to the end, whatever is still under way.
    public var graceful = Duration.seconds(30)
    /// Connections at the same time; further ones wait in the kernel's queue.
    public var connections = 10_000
    /// Answers that are queued before the client must take some: bounds pipelining.
    public var output = ByteSize.kibibytes(64)
    /// The limits of the parser.
    public var http = HTTPLimits()

    public init() {}
}
