/// The weight of a line in the main log; words and numbers are Supervisor's.
public enum LogLevel: Int, Sendable, Hashable, Comparable, CaseIterable {
    case critical = 50
    case error = 40
    case warn = 30
    case info = 20
    case debug = 10
    case trace = 5
    case blather = 3

    /// The word in a configuration file: `critical`, `error`, …
    public var name: String { "\(self)" }

    /// The four letters in the log: `CRIT`, `ERRO`, …
    public var label: String {
        switch self {
        case .critical: "CRIT"
        case .error: "ERRO"
        case .warn: "WARN"
        case .info: "INFO"
        case .debug: "DEBG"
        case .trace: "TRAC"
        case .blather: "BLAT"
        }
    }

    public static func < (a: LogLevel, b: LogLevel) -> Bool { a.rawValue < b.rawValue }
}
