/// Where superd listens, as `serverurl` names it: `unix:///path` or `http://host:port`.
public enum ServerAddress: Sendable, Hashable {
    case unix(path: String)
    case tcp(host: String, port: UInt16)

    /// Nil for a text that is no such URL. The port is 80 where none is given; a path behind it means nothing.
    public init?(_ url: String) {
        if url.hasPrefix("unix://") {
            let path = String(url.dropFirst("unix://".count))
            guard !path.isEmpty else { return nil }
            self = .unix(path: path)
            return
        }
        guard url.hasPrefix("http://") else { return nil }
        let authority = url.dropFirst("http://".count).prefix { $0 != "/" }
        // The colon of the port is the last one, and not one inside the brackets of an IPv6 address.
        let colon = authority.lastIndex(of: ":").flatMap { authority[$0...].contains("]") ? nil : $0 }
        let host = String(authority[..<(colon ?? authority.endIndex)])
        guard !host.isEmpty else { return nil }
        guard let colon else {
            self = .tcp(host: host, port: 80)
            return
        }
        guard let port = UInt16(authority[authority.index(after: colon)...]) else { return nil }
        self = .tcp(host: host, port: port)
    }

    /// What a request says in `Host`.
    var hostField: String {
        switch self {
        case .unix: "localhost"
        case .tcp(let host, let port): "\(host):\(port)"
        }
    }
}

/// Who asks. None on a Unix socket whose mode lets the caller in.
public enum Credentials: Sendable, Hashable {
    case basic(username: String, password: String)
    case bearer(token: String)
}
