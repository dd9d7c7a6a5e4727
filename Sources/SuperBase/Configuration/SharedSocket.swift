/// The listening socket that every process of an `[fcgi-program:x]` is given as descriptor 0.
public struct SharedSocket: Sendable, Hashable {
    public enum Address: Sendable, Hashable {
        /// A socket file, its mode, and its owner. Without an owner it belongs to the program's user.
        case unix(path: String, mode: UInt32, owner: Owner?)
        case inet(host: String, port: UInt16)
    }

    public var address: Address
    /// Connections that may wait to be accepted; nil takes the kernel's limit.
    public var backlog: Int?

    public init(address: Address, backlog: Int? = nil) {
        self.address = address
        self.backlog = backlog
    }

    /// `unix:///run/web.sock` or `tcp://host:port`.
    public var url: String {
        switch address {
        case .unix(let path, _, _): "unix://\(path)"
        case .inet(let host, let port): "tcp://\(host):\(port)"
        }
    }
}
