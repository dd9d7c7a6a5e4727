public import SuperBase

extension DaemonConfig: HasDefaults {}
extension ClientConfig: HasDefaults {}
extension EventListenerConfig: HasDefaults {}

/// What a section for programs says before it is multiplied by `numprocs`.
public struct ProgramDraft: HasDefaults, Hashable {
    /// Without its names; `command` is empty until it is given.
    public var process = ProcessConfig(name: ProcessName(group: "", process: ""), command: "")
    /// With its expansions still to be done.
    public var processName = "%(program_name)s"
    public var numProcs = 1
    public var numProcsStart = 0
    /// What `process.sockets` is made from.
    public var sockets = SocketsDraft()

    public init() {}

    /// The draft that a finished process would have come from, to read its options through the table.
    public init(_ process: ProcessConfig) {
        self.process = process
        sockets = SocketsDraft(process.sockets)
    }
}

/// A `[group:x]`.
public struct GroupDraft: HasDefaults, Hashable {
    public var programs: [String] = []
    public var priority = 999

    public init() {}
}

/// An `[include]`.
public struct IncludeDraft: HasDefaults, Hashable {
    /// Nil until it is given, and an error if it is not.
    public var files: [String]?

    public init() {}
}

/// Who may use a control endpoint.
public struct Credentials: Sendable, Hashable {
    public var username: String?
    public var password: String?
    public var token: String?

    public init() {}
}

/// A `[unix_http_server]`.
public struct UnixServerDraft: HasDefaults, Hashable {
    /// Nil until it is given, and an error if it is not.
    public var file: String?
    public var mode: UInt32 = 0o700
    public var owner: Owner?
    public var credentials = Credentials()

    public init() {}
}

/// An `[inet_http_server]`.
public struct InetServerDraft: HasDefaults, Hashable {
    /// Nil until it is given, and an error if it is not.
    public var address: InetAddress?
    public var credentials = Credentials()
    public var allowUnauthenticated = false

    public init() {}
}
