import SuperAPI
import SuperBase
import SuperOS
import Testing

/// A pool of workers on a port of its own, for tests of what replaces them.
struct Pool {
    let sandbox: Sandbox
    let port: UInt16

    /// How the program is configured: its command has these words, and these options come after those that every pool has.
    static func program(_ port: UInt16, _ words: [String], _ options: [String]) -> String {
        let command = Script.command("worker", ["trouble=%(here)s/trouble", "wait=%(here)s/go"] + words)
        let common = [
            "[program:web]", "command=\(command)", "process_name=%(process_num)d", "socket=tcp://127.0.0.1:\(port)",
            "ready=notify", "stopwaitsecs=60",
        ]
        return (common + options).joined(separator: "\n") + "\n"
    }

    /// Opens a sandbox with a pool of this many workers that serve.
    static func with(_ count: Int, _ options: String..., test: (Pool) async throws -> Void) async throws {
        let port = try WorkerPort.take()
        try await Sandbox.with(program(port, [], ["numprocs=\(count)"] + options)) { sandbox in
            try sandbox.write("go", "")
            try await sandbox.start()
            try await sandbox.waitForPeace(count)
            try await test(Pool(sandbox: sandbox, port: port))
        }
    }

    /// Writes the configuration anew.
    func configure(_ words: [String] = [], _ options: String..., more: String = "") throws {
        try sandbox.configure(Self.program(port, words, options) + more)
    }

    /// From now on new workers have this trouble: `import`, `never` or `dies`; nil for none.
    func trouble(_ kind: String?) throws {
        if let kind { try sandbox.write("trouble", kind) } else { _ = try FileSystem.remove(sandbox / "trouble") }
    }

    /// From now on new workers are not ready before `letGo`.
    func hold() throws { _ = try FileSystem.remove(sandbox / "go") }

    func letGo() throws { try sandbox.write("go", "") }

    /// Begins a command of superctl that a test does not wait for.
    func begin(_ words: String...) throws -> Launched {
        try sandbox.launch([Program.superctl, "-c", sandbox / "superd.ini"] + words)
    }

    /// Waits until a new process stands beside the one of this name.
    func waitForSuccessor(of name: String) async throws -> Int32 {
        var pid: Int32?
        try await until("a new process of \(name) is there") {
            pid = try sandbox.processes()[name]?.others?.first { $0.role == .new }?.pid.map(Int32.init)
            return pid != nil
        }
        return try #require(pid)
    }

    /// Sees that the workers that run are all that there are, and that none of these is among them.
    func expectOnly(
        _ count: Int, not old: some Sequence<Int32> = [], sourceLocation: Testing.SourceLocation = #_sourceLocation
    ) async throws {
        try await sandbox.waitForPeace(count)
        let running = Set(try sandbox.runningPids().values)
        #expect(try sandbox.workers() == running, sourceLocation: sourceLocation)
        #expect(running.isDisjoint(with: old), sourceLocation: sourceLocation)
    }
}
