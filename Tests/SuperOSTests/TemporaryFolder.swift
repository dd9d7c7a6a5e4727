import SuperOS

/// A directory that goes with its contents when the test is done; open to every user, so that `nobody` may be tried.
final class TemporaryFolder {
    let path: String

    init() throws {
        path = "/tmp/superos-\(CurrentProcess.pid)-\(UInt64.random(in: 0...(.max)))"
        try FileSystem.makeDirectory(path)
        try FileSystem.changeMode(of: path, to: 0o755)
    }

    deinit {
        remove(path)
    }

    static func / (folder: TemporaryFolder, name: String) -> String { "\(folder.path)/\(name)" }

    private func remove(_ path: String) {
        for name in (try? FileSystem.list(path)) ?? [] {
            let entry = "\(path)/\(name)"
            let status = try? FileSystem.status(entry, followsLinks: false)
            if status?.kind == .directory { remove(entry) } else { _ = try? FileSystem.remove(entry) }
        }
        try? FileSystem.removeDirectory(path)
    }
}
