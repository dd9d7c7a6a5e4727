import CSuperOS
import Glibc

/// What came of looking for the program of a command.
public enum ExecutableLookup: Sendable, Hashable {
    case found(path: String)
    case notFound
    case isDirectory(path: String)
    /// No execute permission for anybody.
    case notExecutable(path: String)
    /// Execute permission, and not for this process's real user.
    case noPermission(path: String)
}

/// Looks for a program as Supervisor does.
///
/// A name with a `/` is taken as it is. Another name is that of the first file of that name in the directories of
/// `path`, executable or not: a shell would go on looking. Without a `path` the directories are `/bin`, `/usr/bin` and
/// `/usr/local/bin`; an empty one among them is the working directory.
public func findExecutable(_ name: String, path: String?) -> ExecutableLookup {
    var candidates = [name]
    if !name.utf8.contains(UInt8(ascii: "/")) {
        let directories = (path ?? "/bin:/usr/bin:/usr/local/bin").split(
            separator: ":", omittingEmptySubsequences: false)
        candidates = directories.map { $0.isEmpty ? name : $0.hasSuffix("/") ? "\($0)\(name)" : "\($0)/\(name)" }
    }
    for candidate in candidates {
        // What cannot be examined counts as not there.
        guard let status = try? FileSystem.status(candidate) else { continue }
        if status.kind == .directory { return .isDirectory(path: candidate) }
        if status.mode & 0o111 == 0 { return .notExecutable(path: candidate) }
        return access(candidate, X_OK) == 0 ? .found(path: candidate) : .noPermission(path: candidate)
    }
    return .notFound
}
