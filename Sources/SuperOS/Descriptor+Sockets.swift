import CSuperOS
import Glibc
import SuperBase

/// What came of an accept.
public enum AcceptResult: Sendable {
    /// A connection, non-blocking and close-on-exec.
    case connection(Descriptor, peer: SocketAddress)
    case wouldBlock
}

/// The process at the other end of a Unix socket, as the kernel vouches for it.
public struct PeerCredentials: Sendable, Hashable {
    public var pid: Int32
    public var user: UInt32
    public var group: UInt32

    init(_ sender: superos_sender) {
        pid = sender.pid
        user = sender.user
        group = sender.group
    }
}

extension Descriptor {
    /// Which half of a connection ends.
    public enum ShutdownSide: Sendable {
        case reading, writing, both
    }

    /// Accepts one waiting connection. A client that left while it waited is passed over.
    public func accept() throws(SystemError) -> AcceptResult {
        while true {
            var raw = RawSocketAddress()
            let result = superos_accept(number, &raw.storage, &raw.length)
            switch result.error {
            case 0:
                return .connection(Descriptor(owning: Int32(result.value)), peer: SocketAddress(raw))
            case EAGAIN: return .wouldBlock
            case EINTR, ECONNABORTED, EPROTO: continue
            default: throw SystemError("accepting on", { self.description }, code: result.error)
            }
        }
    }

    /// Ends one or both directions. A connection that is over already stays so.
    public func shutdown(_ side: ShutdownSide) throws(SystemError) {
        let how =
            switch side {
            case .reading: SHUT_RD
            case .writing: SHUT_WR
            case .both: SHUT_RDWR
            }
        if Glibc.shutdown(number, Int32(how)) != 0, errno != ENOTCONN {
            throw SystemError("shutting down", { self.description }, code: errno)
        }
    }

    /// Who connected to, or listens on, the other end of a Unix socket.
    public func peerCredentials() throws(SystemError) -> PeerCredentials {
        let peer = superos_peer_credentials(number)
        guard peer.error == 0 else {
            throw SystemError("asking for the peer of", { self.description }, code: peer.error)
        }
        return PeerCredentials(peer.sender)
    }

    /// Where this end is; tells the port that the kernel chose.
    public func localAddress() throws(SystemError) -> SocketAddress {
        SocketAddress(try address("asking for the address of", getsockname))
    }

    /// Where the other end is.
    public func peerAddress() throws(SystemError) -> SocketAddress {
        SocketAddress(try address("asking for the peer of", getpeername))
    }

    /// The time that each read, write, accept or connect of a blocking socket may take; nil takes the limit away.
    ///
    /// A read or write that takes longer answers `wouldBlock`.
    public func setTimeLimit(_ limit: Duration?) throws(SystemError) {
        let nanoseconds = limit?.wholeNanoseconds ?? 0
        // Zero would mean no limit: the least that can be said is a microsecond.
        let microseconds = limit == nil ? 0 : max(1, nanoseconds / 1_000)
        let value = timeval(tv_sec: Int(microseconds / 1_000_000), tv_usec: Int(microseconds % 1_000_000))
        try setOption("limiting the time of", SOL_SOCKET, SO_RCVTIMEO, value)
        try setOption("limiting the time of", SOL_SOCKET, SO_SNDTIMEO, value)
    }

    /// Sets the bytes that the kernel keeps for what was sent and not yet received; it grants up to its own limit.
    public func setSendBuffer(bytes: Int) throws(SystemError) {
        try setOption("sizing the buffer of", SOL_SOCKET, SO_SNDBUF, Int32(clamping: bytes))
    }

    /// The error that ended a connection or attempt to connect; nil for none. Asking clears it.
    public func pendingError() throws(SystemError) -> Errno? {
        var code: Int32 = 0
        var length = socklen_t(MemoryLayout<Int32>.size)
        try check("asking for the error of", description) {
            getsockopt(number, SOL_SOCKET, SO_ERROR, &code, &length)
        }
        return code == 0 ? nil : Errno(rawValue: code)
    }

    /// Sends small writes at once (TCP_NODELAY); sockets accepted from a listener inherit it.
    func setNoDelay() throws(SystemError) {
        try setOption("setting TCP_NODELAY on", Int32(IPPROTO_TCP), TCP_NODELAY, Int32(1))
    }

    func setOption<Value>(
        _ action: StaticString, _ level: Int32, _ name: Int32, _ value: Value
    ) throws(SystemError) {
        try check(action, description) {
            withUnsafeBytes(of: value) { setsockopt(number, level, name, $0.baseAddress, socklen_t($0.count)) }
        }
    }

    private func address(
        _ action: StaticString,
        _ ask: (Int32, UnsafeMutablePointer<sockaddr>, UnsafeMutablePointer<socklen_t>) -> Int32
    ) throws(SystemError) -> RawSocketAddress {
        var raw = RawSocketAddress()
        try check(action, description) {
            withUnsafeMutablePointer(to: &raw.storage) {
                $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { ask(number, $0, &raw.length) }
            }
        }
        return raw
    }
}
