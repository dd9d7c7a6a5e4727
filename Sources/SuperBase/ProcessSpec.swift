/// Everything the keeper needs to start one process: finished, checked and without any name left to look up.
public struct ProcessSpec: Sendable, Hashable {
    /// Where a child's input or output leads.
    public enum Stream: UInt8, Sendable, Hashable {
        /// `/dev/null`.
        case null = 0
        /// A pipe whose other end the keeper holds and the brain is given.
        case pipe = 1
        /// For stderr only: the same pipe as stdout.
        case sameAsStdout = 2
        /// The keeper's own.
        case inherit = 3
    }

    public struct Identity: Sendable, Hashable {
        public var user: UInt32
        public var group: UInt32
        /// All groups, the first one included.
        public var groups: [UInt32]

        public init(user: UInt32, group: UInt32, groups: [UInt32]) {
            self.user = user
            self.group = group
            self.groups = groups
        }
    }

    public var name: ProcessName
    /// The file to execute; absolute, or relative to `directory`, because the child changes there first.
    public var executable: String
    /// With the program's own name, as written, first.
    public var arguments: [String]
    /// Complete; nothing is inherited beside it.
    public var environment: [EnvironmentVariable]
    public var directory: String?
    public var umask: UInt32?
    /// Nil keeps superd's own.
    public var identity: Identity?
    public var stdin = Stream.pipe
    public var stdout = Stream.pipe
    public var stderr = Stream.pipe

    public init(
        name: ProcessName, executable: String, arguments: [String], environment: [EnvironmentVariable]
    ) {
        self.name = name
        self.executable = executable
        self.arguments = arguments
        self.environment = environment
    }
}
