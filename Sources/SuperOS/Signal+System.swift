import CSuperOS
import Glibc
public import SuperBase

extension Signal {
    /// Sends the signal to a process. Throws `noSuchProcess` where there is none; one that was not reaped counts.
    public func send(toProcess pid: Int32) throws(SystemError) {
        // Zero and negative numbers mean groups, or everybody.
        precondition(pid > 0, "sending \(self) to the process \(pid)")
        try check("sending", "\(self) to process \(pid)") { Glibc.kill(pid, rawValue) }
    }

    /// Sends the signal to every process of a group.
    public func send(toGroup group: Int32) throws(SystemError) {
        precondition(group > 1, "sending \(self) to the process group \(group)")
        try check("sending", "\(self) to process group \(group)") { Glibc.kill(-group, rawValue) }
    }

    /// Sends the signal to the process of a pidfd, which never means another one.
    public func send(through pidfd: Descriptor) throws(SystemError) {
        try checkResult("sending", "\(self) through \(pidfd)") {
            superos_send_signal(pidfd.number, rawValue)
        }
    }

    /// Makes this process ignore the signal; so would a program that it became by exec, and none that `spawn` starts.
    public func ignore() {
        setDisposition(SIG_IGN)
    }

    /// Gives the signal its default effect again.
    public func restoreDefault() {
        setDisposition(SIG_DFL)
    }

    private func setDisposition(_ handler: sighandler_t?) {
        let before = signal(rawValue, handler)
        precondition(
            unsafeBitCast(before, to: Int.self) != -1, "\(self) is not a signal whose effect can be changed")
    }
}

/// Reads signals as bytes instead of being interrupted by them (signalfd).
///
/// The signals are blocked in the thread that makes the receiver, and in threads it starts later: make it before any
/// other thread exists. They stay blocked after the receiver is gone.
public struct SignalReceiver: Sendable {
    /// A signal that came.
    public struct Notice: Sendable, Hashable {
        public var signal: Signal
        /// Who sent it, where a process did; the child that changed, for `child`.
        public var pid: Int32
        public var user: UInt32
    }

    /// Readable when a signal has come; non-blocking.
    public let descriptor: Descriptor

    public init(_ signals: Set<Signal>) throws(SystemError) {
        var set = signalSet(signals)
        let code = pthread_sigmask(SIG_BLOCK, &set, nil)
        precondition(code == 0, "blocking signals: \(Errno(rawValue: code))")
        let flags = Int32(SFD_CLOEXEC) | Int32(SFD_NONBLOCK)
        descriptor = Descriptor(owning: try check("making a signal receiver") { signalfd(-1, &set, flags) })
    }

    /// The next signal that came; nil for none. Several of one kind may have become one.
    public func next() throws(SystemError) -> Notice? {
        var info = signalfd_siginfo()
        let count = try checkUnlessWouldBlock("reading signals from", descriptor.description) {
            read(descriptor.number, &info, MemoryLayout<signalfd_siginfo>.size)
        }
        guard count != nil else { return nil }
        return Notice(
            signal: Signal(rawValue: Int32(info.ssi_signo)), pid: Int32(bitPattern: info.ssi_pid), user: info.ssi_uid)
    }

    /// Blocks no signal any more in this thread: for a process that execs another program.
    public static func unblockAll() {
        var set = signalSet([])
        pthread_sigmask(SIG_SETMASK, &set, nil)
    }
}

private func signalSet(_ signals: Set<Signal>) -> sigset_t {
    var set = sigset_t()
    sigemptyset(&set)
    for signal in signals { sigaddset(&set, signal.rawValue) }
    return set
}
