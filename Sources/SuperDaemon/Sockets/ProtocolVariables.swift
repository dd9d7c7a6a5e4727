import SuperBase

/// The variables by which a program learns what it was given: sockets, as systemd and Server::Starter tell of them, and the notify socket
/// of sd_notify(3).
struct ProtocolVariables {
    private(set) var variables: [EnvironmentVariable] = []
    /// Those whose value is the pid of the process, which is known only when it exists.
    private(set) var pidVariables: [String] = []

    /// All that there are. A process has none of superd's own, because they speak of sockets that superd was given.
    static let names: Set<String> = [
        "LISTEN_FDS", "LISTEN_FDNAMES", "LISTEN_PID", "LISTEN_PIDFDID", "SERVER_STARTER_PORT", "NOTIFY_SOCKET",
        "WATCHDOG_USEC", "WATCHDOG_PID",
    ]

    /// For a process that is given the listening ones of `sockets`, in the order of its configuration, as its descriptors from 3 on.
    init(_ config: ProcessConfig, sockets: SocketKeys, notifyAddress: String?) {
        let given = zip(config.sockets, sockets.listening).map(\.0)
        if !given.isEmpty {
            set("LISTEN_FDS", "\(given.count)")
            set("LISTEN_FDNAMES", given.map(\.name).joined(separator: ":"))
            set(
                "SERVER_STARTER_PORT",
                given.enumerated().map { "\(Self.starterName(of: $1))=\(3 + $0)" }.joined(separator: ";"))
            pidVariables.append("LISTEN_PID")
        }
        let hasHeartbeat = config.health.check == .heartbeat
        guard let notifyAddress, hasHeartbeat || config.readiness == .notify else { return }
        set("NOTIFY_SOCKET", notifyAddress)
        guard hasHeartbeat else { return }
        set("WATCHDOG_USEC", "\(config.health.interval.wholeNanoseconds / 1_000)")
        pidVariables.append("WATCHDOG_PID")
    }

    private mutating func set(_ name: String, _ value: String) {
        variables.append(EnvironmentVariable(name, value))
    }

    /// `127.0.0.1:8000`, `8000` for every address, or a path.
    private static func starterName(of socket: SharedSocket) -> String {
        switch socket.address {
        case .unix(let path, _, _): path
        case .inet(let host, let port):
            host.isEmpty || host == "*" ? "\(port)" : "\(host.contains(":") ? "[\(host)]" : host):\(port)"
        }
    }
}
