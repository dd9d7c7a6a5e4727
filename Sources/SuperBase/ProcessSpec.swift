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
    /// The key of the socket, held by the keeper, that is its descriptor 0 in place of what `stdin` says.
    public var stdinSocket: String?
    /// The keys of the sockets, held by the keeper, that are its descriptors 3, 4 and so on.
    public var sockets: [String] = []
    /// The number under which it has the write end of a pipe, to say there that it is ready; above those of `sockets`, and at most
    /// `highestNotificationDescriptor`.
    public var notificationDescriptor: Int32?
    /// The variables that hold its own pid, which is known only when it exists: they replace those of the same name in `environment`.
    public var pidVariables: [String] = []

    /// No process needs more numbers than the usual limit of open files allows.
    public static let highestNotificationDescriptor: Int32 = 1_023

    /// The least number that is free for `notificationDescriptor`.
    public var firstFreeDescriptor: Int32 { 3 + Int32(sockets.count) }

    public init(
        name: ProcessName, executable: String, arguments: [String], environment: [EnvironmentVariable]
    ) {
        self.name = name
        self.executable = executable
        self.arguments = arguments
        self.environment = environment
    }
}
