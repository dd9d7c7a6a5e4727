extension ExitStatus {
    /// The status word of wait(2) that says the same.
    public var waitStatus: Int32 {
        switch self {
        case .exited(let code): (code & 0xff) << 8
        case .signaled(let signal, let coreDumped): signal.rawValue & 0x7f | (coreDumped ? 0x80 : 0)
        }
    }
}
