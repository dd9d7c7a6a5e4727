import SuperOS

/// The file with superd's pid, locked for as long as superd lives, so that there is never a second one over the same programs.
enum PidFile {
    /// Opens and locks the file, and says whether an earlier superd left it without a clean end. Nil where it cannot be opened: superd goes on
    /// without, as Supervisor does. Throws where another one holds it.
    static func lock(_ path: String) throws -> (file: Descriptor, wasLeft: Bool)? {
        for _ in 0..<10 {
            guard let file = try? Descriptor.open(path, [.readWrite, .create], permissions: 0o644) else { return nil }
            guard try file.tryLock() else {
                let pid = String(decoding: (try? file.readAll(limit: 64)) ?? [], as: UTF8.self).prefix {
                    $0.isWholeNumber
                }
                throw Launcher.StartError(
                    "another superd (pid \(pid)) is running with the pidfile \(path): stop it first, or give this one its own "
                        + "pidfile=")
            }
            // One that was ending may have deleted it in between: a lock on a file without a name keeps nobody out.
            if leads(path, to: file) { return (file, try file.status().size > 0) }
        }
        return nil
    }

    static func write(_ pid: Int32, to file: Descriptor) throws {
        try file.truncate(to: 0)
        try file.seek(to: 0)
        try file.writeAll(Array("\(pid)\n".utf8))
    }

    /// Deletes our file. One that somebody else has put in its place stays.
    static func remove(_ path: String, _ file: Descriptor) {
        if leads(path, to: file) { _ = try? FileSystem.remove(path) }
    }

    private static func leads(_ path: String, to file: Descriptor) -> Bool {
        guard let named = (try? FileSystem.status(path)) ?? nil, let open = try? file.status() else { return false }
        return named.isSameFile(as: open)
    }
}
