import CSuperOS
import Glibc

/// The owner to give to a file; a nil part stays as it is.
public struct FileOwner: Sendable, Hashable {
    public var user: UInt32?
    public var group: UInt32?

    public init(user: UInt32? = nil, group: UInt32? = nil) {
        self.user = user
        self.group = group
    }
}

extension Descriptor {
    /// Listens on a Unix socket, non-blocking unless it is for a program that is handed the socket.
    ///
    /// The file has its mode and owner before anybody can connect, and never a wider mode. A socket file that is left over, on which nobody
    /// answers, is replaced. One that answers throws `addressInUse`, and so does a file of another kind. The kernel takes its own limit
    /// (`net.core.somaxconn`) for a larger backlog.
    public static func listen(
        unix path: String, mode: UInt32 = 0o700, owner: FileOwner? = nil, backlog: Int32 = 1_024,
        isNonBlocking: Bool = true
    ) throws(SystemError) -> Descriptor {
        let socket = try unixSocket(SOCK_STREAM)
        if isNonBlocking { try socket.setNonBlocking() }
        try socket.bind(unix: path, mode: mode, owner: owner)
        try check("listening on", path) { Glibc.listen(socket.number, backlog) }
        return socket
    }

    /// Receives datagrams at a path, non-blocking; each comes with its sender's credentials.
    public static func receiveDatagrams(
        unix path: String, mode: UInt32 = 0o777, owner: FileOwner? = nil
    ) throws(SystemError) -> Descriptor {
        let socket = try unixSocket(SOCK_DGRAM)
        try socket.setNonBlocking()
        try socket.setOption("asking for senders on", SOL_SOCKET, SO_PASSCRED, Int32(1))
        try socket.bind(unix: path, mode: mode, owner: owner)
        return socket
    }

    /// Connects to a Unix socket; the connection is blocking. Throws `timedOut` where the listener's queue stays full.
    public static func connect(unix path: String, timeout: Duration? = nil) throws(SystemError) -> Descriptor {
        let socket = try unixSocket(SOCK_STREAM)
        try socket.connect(to: try unixAddress(path, "connecting to"), path, timeout: timeout)
        return socket
    }

    /// Two connected sockets that keep the bounds of messages (SOCK_SEQPACKET), blocking.
    public static func messagePair() throws(SystemError) -> (Descriptor, Descriptor) {
        var ends: (Int32, Int32) = (-1, -1)
        try check("making a pair of sockets") {
            withUnsafeMutableBytes(of: &ends) {
                socketpair(
                    AF_UNIX, Int32(SOCK_SEQPACKET.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0,
                    $0.assumingMemoryBound(to: Int32.self).baseAddress)
            }
        }
        return (Descriptor(owning: ends.0), Descriptor(owning: ends.1))
    }

    /// Connects within a time, and leaves the socket without a limit.
    func connect(to address: RawSocketAddress, _ name: String, timeout: Duration?) throws(SystemError) {
        if let timeout { try setTimeLimit(timeout) }
        do {
            try check("connecting to", name) { address.withPointer { Glibc.connect(number, $0, $1) } }
        } catch {
            // How Linux says that SO_SNDTIMEO is over: EAGAIN for a Unix socket, EINPROGRESS for TCP.
            let isLate = [EAGAIN, EINPROGRESS].contains(error.errno.rawValue)
            throw isLate ? SystemError("connecting to", name, errno: .timedOut) : error
        }
        if timeout != nil { try setTimeLimit(nil) }
    }

    static func unixAddress(_ path: String, _ action: String) throws(SystemError) -> RawSocketAddress {
        guard let address = RawSocketAddress(unixPath: path) else {
            throw SystemError(action, path, errno: path.isEmpty ? .invalidArgument : .nameTooLong)
        }
        return address
    }

    static func unixSocket(_ kind: __socket_type) throws(SystemError) -> Descriptor {
        let flags = Int32(kind.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        return Descriptor(owning: try check("making a socket") { socket(AF_UNIX, flags, 0) })
    }

    private func bind(unix path: String, mode: UInt32, owner: FileOwner?) throws(SystemError) {
        let address = try Descriptor.unixAddress(path, "binding")
        // The file is born with the mode of the socket, cut by the umask: there is no moment in which it allows more than it shall.
        try check("setting the mode of", description) { fchmod(number, mode) }
        do {
            try bind(address, path)
        } catch {
            guard error.errno == .addressInUse, try Descriptor.removeStaleSocket(path, address) else { throw error }
            try bind(address, path)
        }
        guard !path.hasPrefix("@") else { return }
        try Descriptor.settle(path, mode: mode, owner: owner)
    }

    private func bind(_ address: RawSocketAddress, _ path: String) throws(SystemError) {
        try check("binding", path) { address.withPointer { Glibc.bind(number, $0, $1) } }
    }

    /// Gives the file of a new socket its owner and what the umask took of its mode.
    private static func settle(_ path: String, mode: UInt32, owner: FileOwner?) throws(SystemError) {
        // What is changed is the very file that is looked at here: somebody who may write in the folder may have put a link to a file of
        // others in its place.
        let file = Descriptor(owning: Int32(try checkResult("opening", path) { superos_open_place(path) }))
        let status = try file.status()
        guard status.kind == .socket, status.user == geteuid() else {
            throw SystemError("binding", path, errno: .addressInUse)
        }
        if let owner {
            try checkResult("changing the owner of", path) {
                superos_change_owner(file.number, owner.user ?? .max, owner.group ?? .max)
            }
        }
        guard status.mode != mode else { return }
        try check("changing the mode of", path) { chmod("/proc/self/fd/\(file.number)", mode) }
    }

    /// Removes a socket file on which nobody listens. False where somebody does, or where it is no socket.
    private static func removeStaleSocket(_ path: String, _ address: RawSocketAddress) throws(SystemError) -> Bool {
        var status = stat()
        guard lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFSOCK else { return false }
        // A datagram socket refuses a stream with EPROTOTYPE, which is an answer too.
        let probe = try unixSocket(SOCK_STREAM)
        try probe.setNonBlocking()
        let answer = address.withPointer { Glibc.connect(probe.number, $0, $1) }
        guard answer != 0, errno == ECONNREFUSED else { return false }
        return unlink(path) == 0 || errno == ENOENT
    }
}
