import SuperOS

/// What `/proc` tells of the processes of this machine.
enum ProcessTable {
    struct Entry {
        let pid: Int32
        /// The fields of `/proc/PID/stat` behind the name: the state is the first.
        private let fields: [Substring]

        /// Nil where the process has gone.
        init?(_ pid: Int32) {
            self.pid = pid
            let stat = Launched.text("/proc/\(pid)/stat")
            // The name may hold blanks and parentheses.
            guard let end = stat.lastIndex(of: ")") else { return nil }
            fields = stat[stat.index(after: end)...].split(separator: " ")
            guard fields.count > 3 else { return nil }
        }

        var isZombie: Bool { ["Z", "X"].contains(fields[0]) }
        var parent: Int32 { Int32(fields[1]) ?? 0 }
        var session: Int32 { Int32(fields[3]) ?? 0 }
        var environment: Set<Substring> { Set(Launched.text("/proc/\(pid)/environ").split(separator: "\0")) }
        var command: String {
            Launched.text("/proc/\(pid)/cmdline").split(separator: "\0").joined(separator: " ")
        }

        /// A line of `/proc/PID/status`, such as `SigIgn`.
        func status(_ name: String) -> String {
            let line = Launched.text("/proc/\(pid)/status").split(separator: "\n").first { $0.hasPrefix(name + ":") }
            return line?.split(whereSeparator: \.isWhitespace).dropFirst().joined(separator: " ") ?? ""
        }
    }

    static var all: [Entry] {
        ((try? FileSystem.list("/proc")) ?? []).compactMap { Int32($0) }.compactMap(Entry.init)
    }

    static func children(of parent: Int32) -> [Entry] { all.filter { $0.parent == parent && !$0.isZombie } }

    static func isAlive(_ pid: Int32) -> Bool { Entry(pid).map { !$0.isZombie } ?? false }
}

/// A TCP port that nobody listens on, given by the kernel.
func freePort() throws -> UInt16 {
    let socket = try Descriptor.listen(host: "127.0.0.1", port: 0)
    guard case .internet(_, let port) = try socket.localAddress() else { throw Missing("no port") }
    return port
}
