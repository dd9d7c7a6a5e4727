/// The full name of a process: its group and its own name within it.
///
/// Written `group:process`, shortened to one word when both are equal: Supervisor's "namespec".
public struct ProcessName: Sendable, Hashable, Comparable, CustomStringConvertible {
    public let group: String
    public let process: String

    public init(group: String, process: String) {
        self.group = group
        self.process = process
    }

    /// Reads `group:process` or a single word that is both. Nil where a part is empty or there is a second colon.
    public init?(_ text: some StringProtocol) {
        let parts = Self.parts(of: String(text))
        switch parts.count {
        case 1 where !parts[0].isEmpty: self.init(group: String(parts[0]), process: String(parts[0]))
        case 2 where !parts[0].isEmpty && !parts[1].isEmpty:
            self.init(group: String(parts[0]), process: String(parts[1]))
        default: return nil
        }
    }

    /// What stands between colons. Cut by bytes: a combining mark behind a colon would make one character of both.
    static func parts(of text: String) -> [Substring] {
        text.utf8.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false).map { Substring($0) }
    }

    public var description: String { group == process ? process : "\(group):\(process)" }

    /// By group, then by process, as `superctl status` lists them.
    public static func < (a: ProcessName, b: ProcessName) -> Bool {
        (a.group, a.process) < (b.group, b.process)
    }
}
