public import SuperBase

/// One of the processes of a name: there is more than one while it is being replaced.
public struct Seat: Sendable, Hashable, CustomStringConvertible {
    public enum Role: Sendable, Hashable {
        /// The one that operators mean.
        case holder
        /// The one that is to take its place when it is ready.
        case successor
        /// One that has been replaced, or is not to take the place after all, on its way out; by its generation.
        case retiring(UInt64)
    }

    public var name: ProcessName
    public var role: Role

    public init(_ name: ProcessName, _ role: Role = .holder) {
        self.name = name
        self.role = role
    }

    public var description: String {
        switch role {
        case .holder: "\(name)"
        case .successor: "\(name) (new)"
        case .retiring: "\(name) (old)"
        }
    }
}
