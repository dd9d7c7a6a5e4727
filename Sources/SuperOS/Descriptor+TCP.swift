import CSuperOS
import Glibc

extension Descriptor {
    /// Listens on a TCP port, non-blocking. Accepted connections send small writes at once (TCP_NODELAY).
    ///
    /// An empty host or `*` means any IPv4 address. `::` means any address at all: one listener serves both families,
    /// whatever `net.ipv6.bindv6only` says. Brackets around an IPv6 address are allowed. Of a name's addresses the
    /// first IPv4 one is taken, or else the first; looking a name up may take seconds.
    /// With `sharesPort` other sockets may listen on the same port, and the kernel spreads connections over them.
    public static func listen(
        host: String, port: UInt16, backlog: Int32 = 1_024, sharesPort: Bool = false
    ) throws(SystemError) -> Descriptor {
        let any = host.isEmpty || host == "*"
        let addresses = try lookUp(any ? "0.0.0.0" : host, port, "listening on")
        let socket = try listen(
            addresses, "\(host):\(port)", backlog: backlog, sharesPort: sharesPort, isIPv6Only: false)
        try socket.setNonBlocking()
        return socket
    }

    /// Listens on a TCP port, blocking, for a program that is handed the socket. Accepted connections send small writes at once.
    ///
    /// The address is in digits: no name is looked up. The kernel takes its own limit (`net.core.somaxconn`) for a larger backlog. With
    /// `isIPv6Only` an IPv6 address serves no IPv4.
    public static func listen(
        address: String, port: UInt16, backlog: Int32 = .max, sharesPort: Bool = false, isIPv6Only: Bool
    ) throws(SystemError) -> Descriptor {
        let addresses = try lookUp(address, port, "listening on", flags: AI_NUMERICHOST)
        return try listen(
            addresses, "\(address):\(port)", backlog: backlog, sharesPort: sharesPort, isIPv6Only: isIPv6Only)
    }

    private static func listen(
        _ addresses: [RawSocketAddress], _ name: String, backlog: Int32, sharesPort: Bool, isIPv6Only: Bool
    ) throws(SystemError) -> Descriptor {
        guard let address = addresses.first(where: { $0.family == AF_INET }) ?? addresses.first else {
            throw SystemError("listening on", name, errno: .invalidArgument)
        }
        let socket = try tcpSocket(address.family)
        try socket.setOption("setting SO_REUSEADDR on", SOL_SOCKET, SO_REUSEADDR, Int32(1))
        if sharesPort { try socket.setOption("setting SO_REUSEPORT on", SOL_SOCKET, SO_REUSEPORT, Int32(1)) }
        if address.family == AF_INET6 {
            let value: Int32 = isIPv6Only ? 1 : 0
            try socket.setOption("setting IPV6_V6ONLY on", Int32(IPPROTO_IPV6), IPV6_V6ONLY, value)
        }
        try socket.setNoDelay()
        try check("binding", name) { address.withPointer { bind(socket.number, $0, $1) } }
        try check("listening on", name) { Glibc.listen(socket.number, backlog) }
        return socket
    }

    /// Connects over TCP, trying every address of the host; each try may take `timeout`. The connection is blocking.
    public static func connect(
        host: String, port: UInt16, timeout: Duration? = nil
    ) throws(SystemError) -> Descriptor {
        let name = "\(host):\(port)"
        var failure = SystemError("connecting to", name, errno: .invalidArgument)
        for address in try lookUp(host, port, "connecting to") {
            do {
                let socket = try tcpSocket(address.family)
                try socket.setNoDelay()
                try socket.connect(to: address, name, timeout: timeout)
                return socket
            } catch {
                failure = error
            }
        }
        throw failure
    }

    private static func tcpSocket(_ family: Int32) throws(SystemError) -> Descriptor {
        let kind = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        return Descriptor(owning: try check("making a socket") { socket(family, kind, 0) })
    }

    /// The addresses of a host, in the resolver's order; never an empty list without an error.
    private static func lookUp(
        _ host: String, _ port: UInt16, _ action: String, flags: Int32 = 0
    ) throws(SystemError) -> [RawSocketAddress] {
        let isBracketed = host.hasPrefix("[") && host.hasSuffix("]")
        let bare = isBracketed ? String(host.dropFirst().dropLast()) : host
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        hints.ai_flags = AI_NUMERICSERV | flags
        var list: UnsafeMutablePointer<addrinfo>?
        let code = getaddrinfo(bare, String(port), &hints, &list)
        guard code == 0 else {
            let isSystem = code == EAI_SYSTEM
            throw SystemError(
                action, "\(host):\(port)", errno: isSystem ? Errno(rawValue: errno) : .noSuchFile,
                reason: isSystem ? nil : String(cString: gai_strerror(code)))
        }
        defer { freeaddrinfo(list) }
        return sequence(first: list, next: { $0?.pointee.ai_next }).prefix { $0 != nil }.compactMap { entry in
            entry?.pointee.ai_addr.map { RawSocketAddress(copying: $0, length: entry?.pointee.ai_addrlen ?? 0) }
        }
    }
}
