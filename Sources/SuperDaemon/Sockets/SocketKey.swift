import SuperBase

/// The keys under which the keeper holds the listening sockets of programs.
///
/// They do not begin as those of the control endpoints: a connection is the program's, and nothing that the brain must answer to.
enum SocketKey {
    private static let prefix = "socket/"

    /// `socket/tcp://*:8000`; with SO_REUSEPORT, where each process has a socket of its own, `socket/tcp://*:8000#web:web_00`.
    static func key(of socket: SharedSocket, for name: ProcessName) -> String {
        let key = prefix + socket.url
        return isOwn(socket) ? "\(key)#\(name.group):\(name.process)" : key
    }

    /// Whether a descriptor that the keeper holds is such a socket.
    static func isSocket(_ key: String) -> Bool { key.hasPrefix(prefix) }

    /// A socket file cannot be shared as a port can.
    private static func isOwn(_ socket: SharedSocket) -> Bool {
        if case .inet = socket.address { socket.reusesPort } else { false }
    }
}

/// The sockets that one process is given, by their keys.
struct SocketKeys: Sendable, Hashable {
    /// Those of its descriptors 3, 4 and so on, in the order of `ProcessConfig.sockets`.
    var listening: [String] = []
    /// The one that is its standard input; nil for none.
    var input: String?

    static let none = SocketKeys()

    private init() {}

    /// All that the configuration of a process says.
    init(of config: ProcessConfig) {
        listening = config.sockets.map { SocketKey.key(of: $0, for: config.name) }
        input = config.hasSocketAsInput ? listening.first : nil
        if let socket = config.sharedSocket { input = SocketKey.key(of: socket, for: config.name) }
    }
}
