public import SuperBase
public import SuperOptions

/// Everything that loading a configuration asks the world: the daemon fills it from the system, tests from dictionaries.
public struct FileSource: Sendable {
    /// The bytes of a file.
    public var read: @Sendable (String) throws(FileReadError) -> [UInt8]
    /// The paths that match a pattern with `*`, `?` and `[…]`, in any order.
    public var glob: @Sendable (String) -> [String]
    /// Users, groups, directories and paths.
    public var context: ValueContext
    /// What `%(host_node_name)s` stands for.
    public var hostName: String
    /// What `%(ENV_NAME)s` stands for.
    public var environment: [EnvironmentVariable]

    public init(
        read: @escaping @Sendable (String) throws(FileReadError) -> [UInt8],
        glob: @escaping @Sendable (String) -> [String], context: ValueContext, hostName: String,
        environment: [EnvironmentVariable]
    ) {
        self.read = read
        self.glob = glob
        self.context = context
        self.hostName = hostName
        self.environment = environment
    }
}

/// Why a file cannot be read.
public enum FileReadError: Error, Sendable, Hashable {
    /// It is a directory, which an include passes over.
    case isDirectory
    /// Any other reason, as a sentence such as `Permission denied`.
    case failed(String)
}
