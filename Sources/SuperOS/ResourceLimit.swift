import CSuperOS
import Glibc

/// What a process may use at most.
public struct ResourceLimit: Sendable, Hashable {
    /// A thing that is limited.
    public enum Resource: Sendable, Hashable {
        case openFiles
        /// Processes of the same user; root is exempt.
        case processes
        case coreFileSize
    }

    /// The value that stands for no limit.
    public static let unlimited = UInt64.max

    /// The limit in force.
    public var soft: UInt64
    /// What an unprivileged process may raise it to; once lowered, it stays so.
    public var hard: UInt64

    public init(soft: UInt64, hard: UInt64) {
        self.soft = soft
        self.hard = hard
    }

    /// This process's limit.
    public static func current(_ resource: Resource) throws(SystemError) -> ResourceLimit {
        var limit = rlimit()
        try check("reading the limit of", "\(resource.words)") {
            getrlimit(__rlimit_resource_t(resource.number.rawValue), &limit)
        }
        return ResourceLimit(soft: UInt64(limit.rlim_cur), hard: UInt64(limit.rlim_max))
    }

    /// Makes this the process's limit.
    public func apply(to resource: Resource) throws(SystemError) {
        var limit = raw
        try check("setting the limit of", "\(resource.words) to \(soft)") {
            setrlimit(__rlimit_resource_t(resource.number.rawValue), &limit)
        }
    }

    var raw: rlimit { rlimit(rlim_cur: rlim_t(soft), rlim_max: rlim_t(hard)) }
}

extension ResourceLimit.Resource {
    fileprivate var number: __rlimit_resource {
        switch self {
        case .openFiles: RLIMIT_NOFILE
        case .processes: __RLIMIT_NPROC
        case .coreFileSize: RLIMIT_CORE
        }
    }

    fileprivate var words: String {
        switch self {
        case .openFiles: "open files"
        case .processes: "processes"
        case .coreFileSize: "core files' size"
        }
    }
}
