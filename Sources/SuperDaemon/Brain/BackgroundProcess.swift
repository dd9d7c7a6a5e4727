import SuperBase
import SuperOS

/// A process that a program has left behind when it ended: it has gone to the background, where nobody supervises it.
struct BackgroundProcess: Hashable {
    var pid: Int32
    var command: String

    /// Looks among the processes that were given to the keeper, the subreaper, for one that belongs to none that superd knows, and carries the
    /// name of the process in its environment or is called as its program. Some programs write over their environment.
    init?(of name: ProcessName, program: String, keeper: Int32, known: Set<Int32>) {
        let orphans = (try? FileSystem.read("/proc/\(keeper)/task/\(keeper)/children")) ?? []
        for word in String(decoding: orphans, as: UTF8.self).split(separator: " ") {
            guard let pid = Int32(word), !known.contains(pid) else { continue }
            let bytes = (try? FileSystem.read("/proc/\(pid)/comm")) ?? []
            let command = String(decoding: bytes, as: UTF8.self).filter { $0 != "\n" }
            guard Self.carries(name, pid) || command == program.prefix(Self.commandLimit) else { continue }
            self.pid = pid
            self.command = command
            return
        }
        return nil
    }

    /// The kernel keeps so much of a command's name (TASK_COMM_LEN - 1).
    private static let commandLimit = 15

    private static func carries(_ name: ProcessName, _ pid: Int32) -> Bool {
        guard let environment = try? FileSystem.read("/proc/\(pid)/environ") else { return false }
        let entries = Set(environment.split(separator: 0).map { String(decoding: $0, as: UTF8.self) })
        return entries.contains("SUPERVISOR_PROCESS_NAME=\(name.process)")
            && entries.contains("SUPERVISOR_GROUP_NAME=\(name.group)")
    }

    /// For an operator.
    var sentence: String {
        "Exited too quickly: it went to the background as pid \(pid) (\(command)), where nobody supervises it; "
            + "have it stay in the foreground"
    }
}
