/// A listening socket that superd opens and every process of a program is given: by `socket=` of a program, or as descriptor 0 of an
/// `[fcgi-program:x]`.
public struct SharedSocket: Sendable, Hashable {
    public enum Address: Sendable, Hashable {
        /// A socket file, its mode, and its owner. Without an owner it belongs to the program's user.
        case unix(path: String, mode: UInt32, owner: Owner?)
        /// A TCP port on a host; an empty host is every address.
        case inet(host: String, port: UInt16)
    }

    /// Its name among the sockets of the program, for LISTEN_FDNAMES; empty for an `[fcgi-program:x]`.
    public var name = ""
    public var address: Address
    /// Each process is given a listening socket of its own on the same port, among which the kernel spreads connections.
    public var reusesPort = false
    /// Connections that may wait to be accepted; nil takes the kernel's limit.
    public var backlog: Int?

    public init(address: Address, backlog: Int? = nil) {
        self.address = address
        self.backlog = backlog
    }

    /// `unix:///run/web.sock` or `tcp://host:port`, with `*` for every address.
    public var url: String {
        switch address {
        case .unix(let path, _, _): "unix://\(path)"
        case .inet("", let port): "tcp://*:\(port)"
        case .inet(let host, let port): "tcp://\(host.contains(":") ? "[\(host)]" : host):\(port)"
        }
    }
}
