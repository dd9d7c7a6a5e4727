import SuperBase
import SuperKeeper

/// One output stream of one run of a process.
struct StreamID: Sendable, Hashable {
    var generation: UInt64
    var stream: StandardStream
}

/// Where the bytes of a stream go, and what is done to them on the way.
struct StreamPlan: Sendable, Hashable {
    var name: ProcessName
    /// Nil: to no file.
    var file: LogFilePlan?
    /// Each line also goes to syslog.
    var syslog = false
    var stripsANSI = false
    /// The bytes are repeated in the main log.
    var isEchoed = false
    /// The pattern of a line whose first coming is told to the brain, once; nil for none. It is looked for in the bytes as they are written
    /// by the process, whether or not they go anywhere.
    var awaitedLine: String?
}

/// A log file and how it rotates.
struct LogFilePlan: Sendable, Hashable {
    var path: String
    /// Zero never rotates.
    var maxBytes: ByteSize
    /// Zero truncates instead of keeping old files.
    var backups: Int
}
