/// One control endpoint: `[unix_http_server]` or `[inet_http_server]`.
public struct ServerConfig: Sendable, Hashable {
    public enum Address: Sendable, Hashable {
        /// A socket file, its mode, and its owner where that is not superd's.
        case unix(path: String, mode: UInt32, owner: Owner?)
        /// A TCP port on a host; an empty host is every address.
        case inet(host: String, port: UInt16)
    }

    /// The section as written, such as `inet_http_server:two`.
    public var section: String
    public var address: Address
    /// For basic authentication; nil asks for none.
    public var username: String?
    /// In plain text, or `{SHA}` and the SHA-1 or `{SHA256}` and the SHA-256 of it in hexadecimal.
    public var password: String?
    /// For bearer authentication: in plain text, or `{SHA256}` and its SHA-256 in hexadecimal.
    public var token: String?
    /// Allows a non-loopback address without credentials.
    public var allowUnauthenticated = false

    /// The part of the section's name after the colon; nil without one.
    public var name: String? {
        section.firstIndex(of: ":").map { String(section[section.index(after: $0)...]) }
    }

    /// Whether only processes of this machine can reach it.
    public var isLocal: Bool {
        switch address {
        case .unix: true
        case .inet(let host, _): host == "localhost" || host.hasPrefix("127.")
        }
    }

    public init(section: String, address: Address) {
        self.section = section
        self.address = address
    }
}

/// `[supervisorctl]`: the client.
public struct ClientConfig: Sendable, Hashable {
    /// `unix:///path` or `http://host:port`.
    public var serverURL = "http://localhost:9001"
    public var username: String?
    public var password: String?
    public var token: String?
    public var prompt = "supervisor"
    /// Where the shell keeps its history; nil keeps none.
    public var historyFile: String?

    public init() {}
}
