public import SuperBase

/// What an `[fcgi-program:x]` says about its socket.
public struct SocketDraft: HasDefaults, Hashable {
    /// Nil until it is given, and an error if it is not.
    public var socket: SocketName?
    public var backlog: Int?
    public var owner: Owner?
    public var mode: UInt32?

    public init() {}
}

/// A socket's address as one text tells it.
public enum SocketName: Sendable, Hashable {
    case unix(path: String)
    case inet(InetAddress)

    /// `unix:///path` or `tcp://host:port`.
    public var url: String {
        switch self {
        case .unix(let path): "unix://\(path)"
        case .inet(let address): SharedSocket(address: .inet(host: address.host, port: address.port)).url
        }
    }
}

/// A TCP port on a host; an empty host is every address.
public struct InetAddress: Sendable, Hashable {
    public var host: String
    public var port: UInt16

    public init(host: String, port: UInt16) {
        self.host = host
        self.port = port
    }

    /// `host:port`, with `*` for every address.
    public var text: String { "\(host.isEmpty ? "*" : host):\(port)" }
}

/// One of the sockets that a `[program:x]` has.
public struct NamedSocket: Sendable, Hashable {
    public var name: String
    /// Whether the name was given, and not made up.
    public var isNamed: Bool
    public var address: SocketName

    public init(name: String, isNamed: Bool, address: SocketName) {
        self.name = name
        self.isNamed = isNamed
        self.address = address
    }

    /// As they are written in a file.
    static func texts(_ sockets: [NamedSocket]) -> [String] {
        sockets.map { ($0.isNamed ? "\($0.name)=" : "") + $0.address.url }
    }
}

/// What a `[program:x]` says about its sockets.
public struct SocketsDraft: HasDefaults, Hashable {
    public var named: [NamedSocket] = []
    /// The same for all, as are the others.
    public var backlog: Int?
    public var owner: Owner?
    public var mode: UInt32?
    public var reusesPort = false

    /// The mode of a socket file for which none is given.
    static let defaultMode: UInt32 = 0o700

    public init() {}

    /// The draft that the sockets of a finished process would have come from.
    init(_ sockets: [SharedSocket]) {
        var unnamed = 0
        for socket in sockets {
            let isNamed = socket.name != (unnamed == 0 ? "socket" : "socket\(unnamed + 1)")
            if !isNamed { unnamed += 1 }
            named.append(NamedSocket(name: socket.name, isNamed: isNamed, address: SocketName(socket.address)))
            backlog = backlog ?? socket.backlog
            reusesPort = reusesPort || socket.reusesPort
            guard case .unix(_, let mode, let owner) = socket.address else { continue }
            self.owner = owner
            self.mode = mode == Self.defaultMode ? nil : mode
        }
    }

    /// The sockets of each process.
    public var sockets: [SharedSocket] {
        named.map { named in
            var socket = SharedSocket(address: address(of: named), backlog: backlog)
            socket.name = named.name
            socket.reusesPort = reusesPort
            return socket
        }
    }

    private func address(of named: NamedSocket) -> SharedSocket.Address {
        switch named.address {
        case .unix(let path): .unix(path: path, mode: mode ?? Self.defaultMode, owner: owner)
        case .inet(let address): .inet(host: address.host, port: address.port)
        }
    }
}

extension SocketName {
    public init(_ address: SharedSocket.Address) {
        switch address {
        case .unix(let path, _, _): self = .unix(path: path)
        case .inet(let host, let port): self = .inet(InetAddress(host: host, port: port))
        }
    }
}
