import CSuperOS
import Glibc
public import SuperBase

/// What a process used over its life, its own reaped children included.
public struct ResourceUsage: Sendable, Hashable {
    /// Processor time in its own code.
    public var userTime: Duration
    /// Processor time in the kernel.
    public var systemTime: Duration
    /// The most memory that was resident at a time.
    public var maximumResident: ByteSize

    public init(userTime: Duration, systemTime: Duration, maximumResident: ByteSize) {
        self.userTime = userTime
        self.systemTime = systemTime
        self.maximumResident = maximumResident
    }

    init(_ usage: rusage) {
        userTime = .seconds(usage.ru_utime.tv_sec) + .microseconds(usage.ru_utime.tv_usec)
        systemTime = .seconds(usage.ru_stime.tv_sec) + .microseconds(usage.ru_stime.tv_usec)
        maximumResident = .kibibytes(usage.ru_maxrss)
    }
}

/// A child that ended and whose pid is free from now on.
public struct ReapedChild: Sendable, Hashable {
    public var pid: Int32
    public var status: ExitStatus
    public var usage: ResourceUsage
}

/// What came of looking for a child that ended.
public enum ReapResult: Sendable, Hashable {
    case reaped(ReapedChild)
    /// There are children, and none has ended.
    case noneEnded
    case noChildren
}

/// Reaps one child: the one of `pid`, or any. With `waits` it waits for one to end.
public func reapChild(_ pid: Int32? = nil, waits: Bool = false) throws(SystemError) -> ReapResult {
    precondition(pid.map { $0 > 0 } ?? true, "\(pid ?? 0) is not the pid of a child")
    var status: Int32 = 0
    var usage = rusage()
    do {
        let reaped = try check("waiting for", pid.map { "process \($0)" } ?? "children") {
            wait4(pid ?? -1, &status, waits ? 0 : WNOHANG, &usage)
        }
        guard reaped != 0 else { return .noneEnded }
        return .reaped(
            ReapedChild(pid: reaped, status: ExitStatus(waitStatus: status), usage: ResourceUsage(usage)))
    } catch  where error.errno.rawValue == ECHILD {
        return .noChildren
    }
}

extension Descriptor {
    /// A descriptor that stands for a process (pidfd): readable once the process has ended, reaped or not.
    ///
    /// Only a child that this process has not reaped is sure to be meant; any other pid may have passed to another
    /// process meanwhile.
    public static func process(_ pid: Int32) throws(SystemError) -> Descriptor {
        Descriptor(owning: Int32(try checkResult("watching", "process \(pid)") { superos_open_process(pid) }))
    }
}
