import CSuperOS
import Glibc

// Connections for a loop: none of these waits, but for the look-up of a name.
extension Descriptor {
    /// Begins to connect, without waiting, and answers a non-blocking socket.
    ///
    /// It becomes writable when the attempt is over, well or not: `pendingError` tells. The host of an internet address must be in digits.
    /// A Unix socket whose queue is full throws `again`, because nothing tells when it has room.
    public static func beginConnecting(to address: SocketAddress) throws(SystemError) -> Descriptor {
        let name = address.description
        let raw: RawSocketAddress
        switch address {
        case .unix(let path): raw = try unixAddress(path, "connecting to")
        case .internet(let host, let port):
            guard let first = try resolve(host, port, flags: AI_NUMERICHOST).first else {
                throw SystemError("connecting to", name, errno: .invalidArgument)
            }
            raw = first
        }
        let kind = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue) | Int32(SOCK_NONBLOCK.rawValue)
        let socket = Descriptor(owning: try check("making a socket") { Glibc.socket(raw.family, kind, 0) })
        let answer = raw.withPointer { Glibc.connect(socket.number, $0, $1) }
        guard answer != 0 else { return socket }
        let code = errno
        // An attempt that a signal interrupts goes on all the same.
        guard code == EINPROGRESS || code == EINTR else { throw SystemError("connecting to", { name }, code: code) }
        return socket
    }

    /// Whether a TCP connection has itself as its other end.
    ///
    /// To connect to a port of the range from which the kernel takes the ports of clients, on this machine and while nobody listens there,
    /// succeeds by chance: where the kernel chooses that very port for the client.
    public func isConnectedToItself() throws(SystemError) -> Bool {
        try localAddress() == peerAddress()
    }

    /// The addresses of a host in the resolver's order; never an empty list without an error.
    fileprivate static func resolve(
        _ host: String, _ port: UInt16, flags: Int32
    ) throws(SystemError) -> [RawSocketAddress] {
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        hints.ai_flags = flags | AI_NUMERICSERV
        var list: UnsafeMutablePointer<addrinfo>?
        let code = getaddrinfo(host, String(port), &hints, &list)
        guard code == 0 else {
            let isSystem = code == EAI_SYSTEM
            throw SystemError(
                "looking up", host, errno: isSystem ? Errno(rawValue: errno) : .noSuchFile,
                reason: isSystem ? nil : String(cString: gai_strerror(code)))
        }
        defer { freeaddrinfo(list) }
        return sequence(first: list, next: { $0?.pointee.ai_next }).prefix { $0 != nil }.compactMap { entry in
            entry?.pointee.ai_addr.map { RawSocketAddress(copying: $0, length: entry?.pointee.ai_addrlen ?? 0) }
        }
    }
}

extension SocketAddress {
    /// The address that a host in digits is, with this port; nil where it is a name.
    public init?(digits host: String, port: UInt16) {
        guard (try? Descriptor.resolve(host, port, flags: AI_NUMERICHOST)) != nil else { return nil }
        // As written: the zone of an IPv6 address of a link must not get lost.
        self = .internet(host: host, port: port)
    }

    /// The addresses of a host's name, in the resolver's order. Takes as long as the resolver does, which may be half a minute.
    public static func lookUp(host: String, port: UInt16) throws(SystemError) -> [SocketAddress] {
        try Descriptor.resolve(host, port, flags: 0).map { SocketAddress($0) }
    }
}
