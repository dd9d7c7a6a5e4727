import SuperOS

/// The file with superd's pid, locked for as long as superd lives, so that there is never a second one over the same programs.
enum PidFile {
    /// Opens and locks the file, and says whether an earlier superd left it without a clean end. Nil where it cannot be opened: superd goes on
    /// without, as Supervisor does. Throws where another one holds it.
    static func lock(_ path: String) throws -> (file: Descriptor, wasLeft: Bool)? {
        guard let file = try? Descriptor.open(path, [.readWrite, .create], permissions: 0o644) else { return nil }
        if try file.tryLock() { return (file, try file.status().size > 0) }
        let pid = String(decoding: try file.readAll(limit: 64), as: UTF8.self).prefix { $0.isWholeNumber }
        throw Launcher.StartError(
            "another superd (pid \(pid)) is running with the pidfile \(path): stop it first, or give this one its own "
                + "pidfile=")
    }

    static func write(_ pid: Int32, to file: Descriptor) throws {
        try file.truncate(to: 0)
        try file.seek(to: 0)
        try file.writeAll(Array("\(pid)\n".utf8))
    }
}
