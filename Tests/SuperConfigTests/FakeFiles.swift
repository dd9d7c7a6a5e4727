import SuperBase
import SuperConfig
import SuperOptions

/// Files in memory and a world in which every name that is not empty and every directory exists.
struct FakeFiles {
    var files: [String: [UInt8]] = [:]
    var environment: [String: String] = ["PATH": "/usr/bin:/bin", "HOME": "/home/oracle", "LC_ALL": "C.UTF-8"]
    /// Nil takes all to exist.
    var users: Set<String>?
    var groups: Set<String>?
    var directories: Set<String>?
    var isOffline = false
    var processors = 1
    /// Numbers of processes in place of `numprocs`.
    var scales: [String: Int] = [:]

    /// One main file, read as `/base/here/main.conf` with `/base` as the current directory.
    init(_ text: String = "") {
        files["/base/here/main.conf"] = Array(text.utf8)
    }

    var source: FileSource {
        let files = files
        let (users, groups, directories, processors) = (users, groups, directories, processors)
        return FileSource(
            read: { path throws(FileReadError) in
                guard let bytes = files[path] else { throw .failed("No such file or directory") }
                return bytes
            },
            glob: { pattern in files.keys.filter { matches($0[...], pattern[...]) } },
            context: ValueContext(
                userExists: { users?.contains($0) ?? !$0.isEmpty },
                groupExists: { groups?.contains($0) ?? !$0.isEmpty },
                directoryExists: { directories?.contains($0) ?? true },
                homeDirectory: { $0 == nil ? "/home/oracle" : nil }, currentDirectory: "/base",
                processors: processors),
            hostName: "oracle-host",
            environment: environment.sorted { $0.key < $1.key }.map { EnvironmentVariable($0.key, $0.value) })
    }

    func load(_ path: String = "/base/here/main.conf", flags: [(name: String, value: String)] = []) -> LoadResult {
        ConfigurationLoader(source: source, isOffline: isOffline).load(path, flags: flags, scales: scales)
    }
}

/// The result of loading one main file.
func load(_ text: String) -> LoadResult { FakeFiles(text).load() }

/// The result of loading `[supervisord]` and one program with these lines, `command` included.
func loadProgram(_ lines: String) -> LoadResult { load("[supervisord]\n[program:app]\ncommand=/bin/cat\n\(lines)\n") }

/// The only process of such a program; nil where it was refused.
func process(_ lines: String) -> ProcessConfig? { loadProgram(lines).configuration?.groups.first?.processes.first }

/// Whether a path matches a pattern with `*`, which stands for no slash.
private func matches(_ path: Substring, _ pattern: Substring) -> Bool {
    guard let first = pattern.first else { return path.isEmpty }
    if first == "*" {
        if matches(path, pattern.dropFirst()) { return true }
        guard let next = path.first, next != "/" else { return false }
        return matches(path.dropFirst(), pattern)
    }
    return path.first == first && matches(path.dropFirst(), pattern.dropFirst())
}
