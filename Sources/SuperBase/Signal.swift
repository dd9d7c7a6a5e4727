/// A Linux signal by number, with the field's names for it.
public struct Signal: Sendable, Hashable, RawRepresentable, CustomStringConvertible {
    /// The number that the kernel knows; 0 only asks whether a process exists.
    public let rawValue: Int32

    /// A signal of any number; `isKnown` says whether the kernel has it.
    public init(rawValue: Int32) {
        self.rawValue = rawValue
    }

    public static let hangup = Signal(rawValue: 1)
    public static let interrupt = Signal(rawValue: 2)
    public static let quit = Signal(rawValue: 3)
    public static let abort = Signal(rawValue: 6)
    public static let kill = Signal(rawValue: 9)
    public static let user1 = Signal(rawValue: 10)
    public static let user2 = Signal(rawValue: 12)
    public static let pipe = Signal(rawValue: 13)
    public static let terminate = Signal(rawValue: 15)
    public static let child = Signal(rawValue: 17)
    public static let `continue` = Signal(rawValue: 18)
    public static let stop = Signal(rawValue: 19)

    /// Names without `SIG` by number, as signal(7) lists them for x86 and ARM; the first name of a number is the one printed.
    private static let names: [(name: String, number: Int32)] = [
        ("HUP", 1), ("INT", 2), ("QUIT", 3), ("ILL", 4), ("TRAP", 5), ("ABRT", 6), ("IOT", 6), ("BUS", 7), ("FPE", 8),
        ("KILL", 9), ("USR1", 10), ("SEGV", 11), ("USR2", 12), ("PIPE", 13), ("ALRM", 14), ("TERM", 15),
        ("STKFLT", 16), ("CHLD", 17), ("CLD", 17), ("CONT", 18), ("STOP", 19), ("TSTP", 20), ("TTIN", 21),
        ("TTOU", 22), ("URG", 23), ("XCPU", 24), ("XFSZ", 25), ("VTALRM", 26), ("PROF", 27), ("WINCH", 28),
        ("IO", 29), ("POLL", 29), ("PWR", 30), ("SYS", 31), ("RTMIN", 34), ("RTMAX", 64),
    ]

    /// Whether the kernel has a signal of this number: 0 to 31 and 34 to 64. (32 and 33 are the C library's own.)
    public var isKnown: Bool { (0...31).contains(rawValue) || (34...64).contains(rawValue) }

    /// The signal of a name with or without `SIG`, in any case. Nil for a name that signal(7) does not list.
    public init?(name: some StringProtocol) {
        var name = name.uppercased()
        if name.hasPrefix("SIG") { name.removeFirst(3) }
        guard let number = Signal.names.first(where: { $0.name == name })?.number else { return nil }
        rawValue = number
    }

    /// The name without `SIG`, such as `TERM`; the number in digits where there is no name.
    public var name: String {
        Signal.names.first { $0.number == rawValue }?.name ?? String(rawValue)
    }

    /// The full name, such as `SIGTERM`; `signal 40` where there is no name.
    public var description: String {
        Signal.names.first { $0.number == rawValue }.map { "SIG" + $0.name } ?? "signal \(rawValue)"
    }
}
