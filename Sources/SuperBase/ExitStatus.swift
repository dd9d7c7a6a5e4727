/// How a process ended.
public enum ExitStatus: Sendable, Hashable, CustomStringConvertible {
    /// It called exit with a code from 0 to 255.
    case exited(code: Int32)
    /// A signal ended it, perhaps leaving a core file.
    case signaled(Signal, coreDumped: Bool)

    /// From the status word of wait(2).
    public init(waitStatus: Int32) {
        let signal = waitStatus & 0x7f
        self =
            signal == 0
            ? .exited(code: (waitStatus >> 8) & 0xff)
            : .signaled(Signal(rawValue: signal), coreDumped: waitStatus & 0x80 != 0)
    }

    /// The exit code, or Supervisor's −1 for a death by signal.
    public var code: Int32 {
        switch self {
        case .exited(let code): code
        case .signaled: -1
        }
    }

    /// `exit status 2`, or `terminated by SIGSEGV (core dumped)`: Supervisor's words.
    public var description: String {
        switch self {
        case .exited(let code): "exit status \(code)"
        case .signaled(let signal, let coreDumped): "terminated by \(signal)\(coreDumped ? " (core dumped)" : "")"
        }
    }
}
