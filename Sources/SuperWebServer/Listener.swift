internal import SuperOS

/// A socket on which connections arrive.
struct Listener {
    /// Who else has it, which decides how greedily to accept and what to do with it in the end.
    enum Sharing {
        /// Nobody: connections that wait when we stop would be lost, so they are accepted first.
        case own
        /// Processes beside us hold the same socket and take what we leave.
        case inherited
    }

    let descriptor: Descriptor
    let sharing: Sharing
    /// The socket file to remove in the end.
    let ownPath: String?

    /// Connections to accept before the others are served. From a shared socket one at a time: a process that is woken
    /// first would otherwise take all of a burst while its neighbours sleep.
    var acceptsPerTurn: Int { sharing == .own ? 64 : 1 }

    /// Connections that the kernel keeps for us; no more than so many can be waiting when we stop.
    static let backlog = 1_024

    /// A listener of our own.
    static func open(_ address: ListenAddress, sharesPort: Bool) throws(SystemError) -> Listener {
        switch address {
        case .tcp(let host, let port):
            let socket = try Descriptor.listen(
                host: host, port: port, backlog: Int32(backlog), sharesPort: sharesPort)
            return Listener(descriptor: socket, sharing: .own, ownPath: nil)
        case .unix(let path):
            let socket = try Descriptor.listen(unix: path, mode: 0o777, backlog: Int32(backlog))
            return Listener(descriptor: socket, sharing: .own, ownPath: path.hasPrefix("@") ? nil : path)
        }
    }

    /// A listener that was handed over under this number.
    static func inherited(_ number: Int32) throws(SystemError) -> Listener {
        let descriptor = try Descriptor.inherited(number)
        // Only a socket has an address: a file or a terminal is found here and not by the first accept.
        _ = try descriptor.localAddress()
        try descriptor.setNonBlocking()
        return Listener(descriptor: descriptor, sharing: .inherited, ownPath: nil)
    }

    /// How many descriptors, from 3 on, were handed over in the manner of systemd; none where they are not for us.
    static func countPassed(_ environment: (String) -> String?, pid: Int32) throws(PassingError) -> Int32 {
        guard let count = environment("LISTEN_FDS"), environment("LISTEN_PID") == String(pid) else { return 0 }
        guard let count = Int32(count), (0...1024).contains(count) else { throw PassingError(value: count) }
        return count
    }

    /// `LISTEN_FDS` is not a number of descriptors.
    struct PassingError: Error, CustomStringConvertible {
        let value: String
        var description: String { "LISTEN_FDS is \"\(value)\": expected a number of descriptors" }
    }
}
