/// The versions that superd speaks. A higher minor version of a peer counts as 1.1, as RFC 9110 asks.
public enum HTTPVersion: Sendable, Hashable, CustomStringConvertible {
    case http10, http11

    /// `HTTP/1.0` or `HTTP/1.1`.
    public var description: String { self == .http10 ? "HTTP/1.0" : "HTTP/1.1" }
}
