/// A group of processes that are addressed, started and stopped together.
public struct GroupConfig: Sendable, Hashable {
    public enum Kind: Sendable, Hashable {
        /// The group of one `[program:x]`, under its name.
        case program
        /// A `[group:x]`.
        case group
        /// The group of one `[fcgi-program:x]`, whose processes share a listening socket.
        case fcgi(SharedSocket)
        /// The processes of one `[eventlistener:x]`, which take turns at the events.
        case eventListener(EventListenerConfig)
    }

    public var name: String
    public var kind: Kind
    /// Lower starts first and stops last.
    public var priority: Int
    /// In start order: by priority, then in order of definition.
    public var processes: [ProcessConfig]
    /// The programs in the order in which the group lists them; the order of definition of `processes`.
    public var programs: [String]

    public init(
        name: String, kind: Kind = .program, priority: Int = 999, processes: [ProcessConfig] = [],
        programs: [String] = []
    ) {
        self.name = name
        self.kind = kind
        self.priority = priority
        self.processes = processes
        self.programs = programs
    }
}
