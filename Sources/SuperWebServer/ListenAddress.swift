internal import SuperOS

/// Where to listen, as written after `--bind`.
public enum ListenAddress: Sendable, Hashable, CustomStringConvertible {
    case tcp(host: String, port: UInt16)
    case unix(path: String)

    /// Reads `host:port`, `[::1]:port`, `:port` or `unix:/path`. Nil for anything else.
    public init?(_ text: String) {
        if text.hasPrefix("unix:") {
            let path = String(text.dropFirst("unix:".count))
            guard !path.isEmpty else { return nil }
            self = .unix(path: path)
            return
        }
        guard let colon = text.lastIndex(of: ":") else { return nil }
        let host = String(text[..<colon])
        let digits = text[text.index(after: colon)...]
        guard let port = UInt16(digits), digits.allSatisfy({ ("0"..."9").contains($0) }),
            !host.contains(":") || host.hasPrefix("[") && host.hasSuffix("]")
        else { return nil }
        self = .tcp(host: host, port: port)
    }

    /// As it is written.
    public var description: String {
        switch self {
        case .tcp(let host, let port): "\(host):\(port)"
        case .unix(let path): "unix:\(path)"
        }
    }
}
