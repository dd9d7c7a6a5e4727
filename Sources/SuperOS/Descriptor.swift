import CSuperOS
import Glibc
public import SuperBase
import Synchronization

/// An open file, pipe, socket or other thing that the kernel numbers; closed when its last reference goes.
///
/// A class and not a `~Copyable` struct, because descriptors live in arrays and dictionaries and travel in enum cases,
/// which do not take what cannot be copied. There is one owner by intent; a second reference is a loan.
/// Every descriptor that this module makes is close-on-exec from birth.
public final class Descriptor: Sendable, CustomStringConvertible {
    /// The number by which the kernel knows it.
    public let number: Int32
    private let closes: Atomic<Bool>

    /// Takes over an open descriptor, to close it in the end.
    public init(owning number: Int32) {
        self.number = number
        closes = Atomic(true)
    }

    /// Uses an open descriptor that somebody else closes.
    public init(borrowing number: Int32) {
        self.number = number
        closes = Atomic(false)
    }

    deinit {
        // The number is free whatever close answers, EINTR included; a second try could close somebody else's.
        if closes.load(ordering: .relaxed) { Glibc.close(number) }
    }

    public static let standardInput = Descriptor(borrowing: 0)
    public static let standardOutput = Descriptor(borrowing: 1)
    public static let standardError = Descriptor(borrowing: 2)

    /// Takes over a number that came from outside (an environment variable, an argument, an exec) and makes it
    /// close-on-exec. Throws where nothing is open under that number.
    public static func inherited(_ number: Int32) throws(SystemError) -> Descriptor {
        // Not through `check`: here a bad number is somebody else's mistake.
        guard number >= 0, fcntl(number, F_SETFD, FD_CLOEXEC) == 0 else {
            throw SystemError("taking over", "descriptor \(number)", errno: Errno(rawValue: EBADF))
        }
        return Descriptor(owning: number)
    }

    /// `descriptor 5`
    public var description: String { "descriptor \(number)" }

    /// Gives the number away: whoever takes it closes it.
    public func release() -> Int32 {
        closes.store(false, ordering: .relaxed)
        return number
    }

    /// A second descriptor of the same open file.
    public func duplicate() throws(SystemError) -> Descriptor {
        Descriptor(owning: try check("duplicating", description) { fcntl(number, F_DUPFD_CLOEXEC, 0) })
    }

    /// Makes this open file answer under another number too, replacing what was open there; not close-on-exec.
    ///
    /// For a process's own standard streams.
    public func install(as target: Int32) throws(SystemError) {
        try check("duplicating", description) { dup2(number, target) }
    }

    /// Whether calls wait (the default) or answer `wouldBlock`. Shared with every duplicate, in other processes too.
    public func setNonBlocking(_ isNonBlocking: Bool = true) throws(SystemError) {
        let flags = try check("reading the flags of", description) { fcntl(number, F_GETFL) }
        let wanted = isNonBlocking ? flags | O_NONBLOCK : flags & ~O_NONBLOCK
        guard wanted != flags else { return }
        try check("setting the flags of", description) { fcntl(number, F_SETFL, wanted) }
    }

    /// Whether the descriptor survives an exec of this process.
    public func setCloseOnExec(_ closes: Bool) throws(SystemError) {
        try check("setting the flags of", description) { fcntl(number, F_SETFD, closes ? FD_CLOEXEC : 0) }
    }

    /// Whether it is a terminal.
    public var isTerminal: Bool { isatty(number) == 1 }

    /// The bytes that can be read at once (FIONREAD).
    public func readableBytes() throws(SystemError) -> Int {
        var count: CInt = 0
        try check("counting the bytes in", description) { ioctl(number, UInt(FIONREAD), &count) }
        return Int(count)
    }

    /// The bytes that a pipe holds before a writer waits.
    public func pipeCapacity() throws(SystemError) -> ByteSize {
        let bytes = try checkResult("reading the size of", description) { superos_pipe_capacity(number) }
        return ByteSize(bytes: Int(bytes))
    }

    /// The columns and rows of a terminal; nil for anything else.
    public func terminalSize() -> (columns: Int, rows: Int)? {
        var size = winsize()
        guard ioctl(number, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return nil }
        return (Int(size.ws_col), Int(size.ws_row))
    }
}

/// Both ends of a pipe.
public struct Pipe: Sendable {
    public let readEnd: Descriptor
    public let writeEnd: Descriptor

    /// Makes a pipe that holds up to `capacity` where the kernel grants that much, and its usual 64 KiB where not:
    /// users without privileges have a budget for all their pipes together.
    public init(capacity: ByteSize? = nil) throws(SystemError) {
        let pipe = superos_make_pipe(Int32(clamping: capacity?.bytes ?? 0))
        guard pipe.error == 0 else { throw SystemError("making a pipe", errno: Errno(rawValue: pipe.error)) }
        readEnd = Descriptor(owning: pipe.read_end)
        writeEnd = Descriptor(owning: pipe.write_end)
    }

    /// The bytes that the pipe holds before a writer waits.
    public func capacity() throws(SystemError) -> ByteSize { try readEnd.pipeCapacity() }
}
