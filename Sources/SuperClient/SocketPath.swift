import SuperOS

/// What is in the way to a socket file, in words: the first missing name, or the permission that shuts the caller out.
enum SocketPath {
    /// For a path that does not lead anywhere: the first directory that is missing, or the file.
    static func missing(_ path: String) -> String {
        guard let directory = ancestors(of: path).first(where: { (try? FileSystem.status($0)) == .some(nil) }) else {
            return "\(path) does not exist"
        }
        return "the directory \(directory) does not exist"
    }

    /// For a path that the caller may not connect to: the directory it may not enter, or the file it may not write.
    static func forbidden(_ path: String) -> String {
        var last = "/"
        for step in ancestors(of: path) + [path] {
            do {
                _ = try FileSystem.status(step)
                last = step
            } catch {
                // What is behind a directory cannot be seen by whoever may not enter it.
                return "the directory \(described(last)) lets you in no further"
            }
        }
        return "\(described(path)) may not be written by you"
    }

    /// `/run/superd (mode 700, owned by user 0, group 0)`
    private static func described(_ path: String) -> String {
        guard let status = try? FileSystem.status(path) else { return path }
        let mode = String(status.mode & 0o7777, radix: 8)
        return "\(path) (mode \(mode), owned by user \(status.user), group \(status.group))"
    }

    /// The directories above a path, from the top; none for a bare name.
    private static func ancestors(of path: String) -> [String] {
        path.indices.dropFirst().filter { path[$0] == "/" }.map { String(path[..<$0]) }
    }
}
