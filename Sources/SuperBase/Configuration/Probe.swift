/// A look at a process from outside, which succeeds or fails.
public enum Probe: Sendable, Hashable {
    /// Somebody accepts a TCP connection.
    case tcp(host: String, port: UInt16)
    /// Somebody accepts a connection on a socket file.
    case unix(path: String)
    /// A GET is answered with a status from 200 to 399.
    case http(host: String, port: UInt16, path: String)
    /// The same over a socket file.
    case httpUnix(socket: String, path: String)
    /// A command, split into words as a program's, ends with 0. It runs as the program's user, in its directory and environment.
    case command(String)

    /// As it is written in a configuration, such as `http://127.0.0.1:8000/health`.
    public var text: String {
        switch self {
        case .tcp(let host, let port): "tcp://\(Self.bracketed(host)):\(port)"
        case .unix(let path): "unix://\(path)"
        case .http(let host, let port, let path): "http://\(Self.bracketed(host)):\(port)\(path)"
        case .httpUnix(let socket, let path): "http+unix://\(socket):\(path)"
        case .command(let command): "exec:\(command)"
        }
    }

    /// IPv6 addresses stand in brackets.
    private static func bracketed(_ host: String) -> String { host.contains(":") ? "[\(host)]" : host }
}

/// When a started process counts as RUNNING.
public enum Readiness: Sendable, Hashable {
    /// When it has been up for `startsecs`.
    case uptime
    /// When it sends READY=1 to the notify socket, as sd_notify(3) does.
    case notify
    /// When it writes a line to this descriptor, as s6 has it. Above 2.
    case descriptor(Int32)
    /// When a line of its output contains a match of this pattern: `*` stands for any text, `?` for one character.
    case line(String)
    /// When this succeeds for the first time.
    case probe(Probe)

    /// As it is written in a configuration.
    public var text: String {
        switch self {
        case .uptime: "startsecs"
        case .notify: "notify"
        case .descriptor(let number): "fd:\(number)"
        case .line(let pattern): "line:\(pattern)"
        case .probe(let probe): probe.text
        }
    }
}

/// How a RUNNING process is watched.
public struct HealthConfig: Sendable, Hashable {
    public enum Check: Sendable, Hashable {
        /// It sends WATCHDOG=1 to the notify socket at least once in each interval.
        case heartbeat
        case probe(Probe)

        /// As it is written in a configuration.
        public var text: String {
            switch self {
            case .heartbeat: "heartbeat"
            case .probe(let probe): probe.text
            }
        }
    }

    /// What becomes of an unhealthy process.
    public enum Action: String, Sendable, Hashable, CaseIterable {
        /// It is replaced.
        case restart
        /// It is only shown as degraded.
        case report
    }

    /// Nil: it is not watched.
    public var check: Check?
    /// From the end of one check to the next; for a heartbeat the longest time between two.
    public var interval = Duration.seconds(10)
    /// A check that takes longer has failed.
    public var timeout = Duration.seconds(3)
    /// Failures in a row that make it unhealthy; 1 or more.
    public var failures = 3
    /// Successes in a row that make it healthy again; 1 or more.
    public var successes = 1
    /// After it became RUNNING, failures do not count for this long.
    public var grace = Duration.zero
    public var action = Action.restart
    /// Sent before an unhealthy process is stopped, so that it can say what it hangs in; nil for none.
    public var dumpSignal: Signal?
    /// The time that it is then given.
    public var dumpWait = Duration.seconds(2)

    public init() {}
}

/// When a process is replaced although it is well.
public struct RecyclingConfig: Sendable, Hashable {
    /// The proportional set size of the process and all its descendants; 0 is no limit.
    public var maxMemory = ByteSize(bytes: 0)
    /// How long a run lasts; zero is no limit.
    public var maxLifetime = Duration.zero
    /// Percent, 0 to 100, by which each limit is lowered by chance for each run, so that not all are replaced at once.
    public var jitter = 10

    public init() {}
}
