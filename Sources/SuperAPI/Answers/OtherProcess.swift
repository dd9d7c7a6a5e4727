public import SuperBase

/// A process that is to replace the one that is meant by the name, or that has been replaced by it.
public struct OtherProcess: Documented, Hashable {
    public enum Role: String, Codable, Sendable, Hashable, CaseIterable {
        /// It takes the place when it is ready.
        case new
        /// It is on its way out.
        case old
    }

    /// Nil while there is no process yet.
    public var pid: Int?
    public var role: Role
    public var state: ProcessState
    /// Seconds since its start, while it runs.
    public var uptime: Int?

    public init(pid: Int?, role: Role, state: ProcessState, uptime: Int?) {
        self.pid = pid
        self.role = role
        self.state = state
        self.uptime = uptime
    }

    public static let fields: [Field] = [
        Field("pid", .integer, .optional, "The process id, while there is a process"),
        Field(
            "role", .word(Role.allCases.map(\.rawValue)),
            "`new`: it takes the place when it is ready; `old`: it is on its way out"),
        Field("state", .word(ProcessState.allCases.map(\.name)), "Its state"),
        Field("uptime", .integer, .optional, "Seconds since its start, while it runs"),
    ]

    public static let example = OtherProcess(pid: 4720, role: .new, state: .starting, uptime: 2)
}
