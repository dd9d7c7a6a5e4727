import SuperBase
import SuperOS

/// Programs of a superd that was killed, which nobody watches any more.
///
/// A keeper that is killed by -9 cannot take its programs along. The next superd must not start second copies beside them, so it ends them
/// first. They are known by a variable of their environment that names the pidfile: whoever holds the lock on that file is the only superd
/// that these programs can belong to. After a clean end there is no pidfile and nothing is looked for, so what a program has put into the
/// background on purpose stays.
struct Leftovers {
    /// The variable that every program carries.
    static let variable = "SUPERD_PIDFILE"

    struct Program {
        var pid: Int32
        var name: String
    }

    let programs: [Program]

    /// Looks for programs that carry the variable with this value and lead their process group, as superd starts them.
    init(pidFile: String) {
        let names = (try? FileSystem.list("/proc")) ?? []
        programs = names.compactMap { Int32($0) }.compactMap { Self.program($0, pidFile: pidFile) }
    }

    private static func program(_ pid: Int32, pidFile: String) -> Program? {
        guard let bytes = try? FileSystem.read("/proc/\(pid)/environ"), !bytes.isEmpty else { return nil }
        var values: [Substring: Substring] = [:]
        let text = String(decoding: bytes, as: UTF8.self)
        for entry in text.split(separator: "\0") {
            let parts = entry.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            if parts.count == 2 { values[parts[0]] = parts[1] }
        }
        guard values[Substring(variable)] == Substring(pidFile), isGroupLeader(pid) else { return nil }
        return Program(pid: pid, name: String(values["SUPERVISOR_PROCESS_NAME"] ?? "?"))
    }

    /// Field 5 of `/proc/PID/stat`, behind the command in brackets, is the process group.
    private static func isGroupLeader(_ pid: Int32) -> Bool {
        guard let bytes = try? FileSystem.read("/proc/\(pid)/stat") else { return false }
        let text = String(decoding: bytes, as: UTF8.self)
        guard let bracket = text.lastIndex(of: ")") else { return false }
        let fields = text[text.index(after: bracket)...].split(separator: " ")
        return fields.count > 2 && fields[2] == "\(pid)"
    }

    /// Ends them: TERM, ten seconds, then KILL to their whole groups. Answers what the main log says of it.
    func end() -> [DaemonArguments.LaunchLine] {
        let watched = programs.compactMap { program in
            (try? Descriptor.process(program.pid)).map { (program, $0) }
        }
        for (_, pidfd) in watched { try? Signal.terminate.send(through: pidfd) }
        let deadline = Clock.now() + .seconds(10)
        return watched.map { program, pidfd in
            let hasEnded = (try? pidfd.wait(for: .readable, until: deadline)) ?? true
            // What is left of its group goes with it: children of a shell, or a program that does not listen.
            try? Signal.kill.send(toGroup: program.pid)
            let how = hasEnded ? "ended" : "killed"
            return DaemonArguments.LaunchLine(
                .critical, "\(how) \(program.name) (pid \(program.pid)), left over from a superd that was killed")
        }
    }
}
