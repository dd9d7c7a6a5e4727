import SuperBase
import SuperKeeper
import SuperOS
import Testing

@testable import SuperDaemon

/// How long a test waits for what should happen at once.
let patience = Duration.seconds(20)

/// A folder that goes with its contents when the test is done.
final class Folder {
    let path: String

    init() throws {
        path = "/tmp/superd-tests-\(CurrentProcess.pid)-\(UInt64.random(in: 0...(.max)))"
        try FileSystem.makeDirectory(path)
    }

    deinit {
        for name in (try? FileSystem.list(path)) ?? [] { _ = try? FileSystem.remove("\(path)/\(name)") }
        try? FileSystem.removeDirectory(path)
    }

    static func / (folder: Folder, name: String) -> String { "\(folder.path)/\(name)" }

    func read(_ name: String) throws -> String {
        String(decoding: try FileSystem.read("\(path)/\(name)", limit: 1 << 30), as: UTF8.self)
    }

    func write(_ name: String, _ text: String) throws {
        try Descriptor.open("\(path)/\(name)", [.writeOnly, .create, .truncate]).writeAll(Array(text.utf8))
    }

    func append(_ name: String, _ text: String) throws {
        try Descriptor.open("\(path)/\(name)", [.writeOnly, .create, .append]).writeAll(Array(text.utf8))
    }

    var names: [String] { get throws { try FileSystem.list(path) } }
}

func name(_ text: String, in group: String? = nil) -> ProcessName {
    ProcessName(group: group ?? text, process: text)
}

/// Waits until something is so, looking every few milliseconds.
func wait(_ what: String, until isSo: () throws -> Bool) throws {
    let deadline = Clock.now() + patience
    let timer = try TimerDescriptor()
    while try !isSo() {
        try #require(Clock.now() < deadline, "\(what) does not happen")
        timer.set(after: .milliseconds(2))
        _ = try timer.descriptor.wait(for: .readable, until: deadline)
        timer.drain()
    }
}

enum ServerFixture {
    static func unix(_ path: String) -> ServerConfig {
        ServerConfig(section: "unix_http_server", address: .unix(path: path, mode: 0o700, owner: nil))
    }
}
