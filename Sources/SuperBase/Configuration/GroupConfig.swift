/// A group of processes that are addressed, started and stopped together.
public struct GroupConfig: Sendable, Hashable {
    public enum Kind: Sendable, Hashable {
        /// The group of one `[program:x]`, under its name.
        case program
        /// A `[group:x]`.
        case group
    }

    public var name: String
    public var kind: Kind
    /// Lower starts first and stops last.
    public var priority: Int
    /// In start order: by priority, then in order of definition.
    public var processes: [ProcessConfig]

    public init(name: String, kind: Kind = .program, priority: Int = 999, processes: [ProcessConfig] = []) {
        self.name = name
        self.kind = kind
        self.priority = priority
        self.processes = processes
    }
}
