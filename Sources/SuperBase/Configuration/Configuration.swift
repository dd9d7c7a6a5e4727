/// Everything that the files say, checked, expanded and with every default filled in.
public struct Configuration: Sendable, Hashable {
    public var daemon: DaemonConfig
    /// In start order: by priority, then by name.
    public var groups: [GroupConfig]
    /// The control endpoints, inet before unix, in the order of their section names.
    public var servers: [ServerConfig]
    /// What superctl takes from the file; nil without `[supervisorctl]`.
    public var client: ClientConfig?
    /// The `[rpcinterface:x]` sections, for `--check`.
    public var rpcInterfaces: [PluginConfig] = []
    /// The `[ctlplugin:x]` sections, for `--check`.
    public var clientPlugins: [PluginConfig] = []
    /// The number of processes that each section for a program has in the files, by the `x` of `[program:x]`; also where another
    /// number is in force.
    public var counts: [String: Int] = [:]
    /// The paths of all files read, main file first, for messages and for watching.
    public var files: [String]

    public init(
        daemon: DaemonConfig = DaemonConfig(), groups: [GroupConfig] = [], servers: [ServerConfig] = [],
        client: ClientConfig? = nil, files: [String] = []
    ) {
        self.daemon = daemon
        self.groups = groups
        self.servers = servers
        self.client = client
        self.files = files
    }
}

/// A variable of a process's environment.
public struct EnvironmentVariable: Sendable, Hashable {
    public var name: String
    public var value: String

    public init(_ name: String, _ value: String) {
        self.name = name
        self.value = value
    }
}

/// The owner of a socket file, by name, as `user` or `user:group`.
public struct Owner: Sendable, Hashable {
    public var user: String
    /// Nil leaves the group as it is.
    public var group: String?

    public init(user: String, group: String? = nil) {
        self.user = user
        self.group = group
    }
}
