import SuperAPI
import SuperBase
import SuperClient
import SuperOS
import Synchronization
import Testing

/// A folder with a configuration, the superd that runs from it, and whatever else a test starts there. At the end of the test everything
/// is gone, and a process that superd should have ended and has not is a failure.
final class Sandbox: Sendable {
    let path: String
    private let launched = Mutex<[Launched]>([])
    private let daemon = Mutex<Launched?>(nil)
    private let runs = Mutex(0)

    /// The variable by which every process of a sandbox is known.
    private static let tag = "SUPERD_SANDBOX"

    /// Opens a sandbox with this configuration for a test. `isQuiet`: no other sandbox is open meanwhile.
    static func with(
        _ configuration: String = "", isQuiet: Bool = false, _ test: (Sandbox) async throws -> Void
    ) async throws {
        let places = isQuiet ? Int.max : 1
        await Gate.shared.enter(places)
        do {
            let sandbox = try Sandbox(configuration)
            do {
                try await test(sandbox)
                try await sandbox.end()
            } catch {
                Issue.record(Comment(rawValue: "main log:\n\(sandbox.text("main.log"))"))
                await sandbox.clear()
                throw error
            }
            await sandbox.clear()
        } catch {
            await Gate.shared.leave(places)
            throw error
        }
        await Gate.shared.leave(places)
    }

    private init(_ configuration: String) throws {
        path = "/tmp/superd-e2e-\(String(UInt64.random(in: 0...(.max)), radix: 36))"
        try FileSystem.makeDirectory(path)
        try FileSystem.changeMode(of: path, to: 0o755)
        try makeFolder("auto")
        try configure(configuration)
    }

    static func / (sandbox: Sandbox, name: String) -> String { "\(sandbox.path)/\(name)" }

    // MARK: - Files

    /// Writes the configuration: sections of superd's own with all files in the sandbox, and then `programs`.
    func configure(_ programs: String) throws {
        try write(
            "superd.ini",
            """
            [unix_http_server]
            file=%(here)s/superd.sock
            [supervisord]
            logfile=%(here)s/main.log
            pidfile=%(here)s/superd.pid
            childlogdir=%(here)s/auto
            [supervisorctl]
            serverurl=unix://%(here)s/superd.sock

            """ + programs + "\n")
    }

    func write(_ name: String, _ text: String, mode: UInt32 = 0o644) throws {
        try FileSystem.replace(self / name, with: Array(text.utf8), permissions: mode)
        try FileSystem.changeMode(of: self / name, to: mode)
    }

    func makeFolder(_ name: String) throws { try FileSystem.makeDirectory(self / name) }

    /// The text of a file; empty where there is none.
    func text(_ name: String) -> String { Launched.text(self / name) }

    func size(_ name: String) throws -> Int64? { try FileSystem.status(self / name)?.size }

    func exists(_ name: String) throws -> Bool { try FileSystem.status(self / name, followsLinks: false) != nil }

    func waitForText(_ text: String, in name: String, within limit: Duration = patience) async throws {
        try await until("'\(text)' in \(name)", within: limit) { self.text(name).contains(text) }
    }

    /// Waits until a file holds this text and nothing else. What a program has written is in its log a moment later.
    func waitForAll(_ text: String, in name: String) async throws {
        try await until("nothing but '\(text)' in \(name), which holds '\(self.text(name))'") {
            self.text(name) == text
        }
    }

    // MARK: - Programs

    /// Starts a program in the sandbox.
    func launch(
        _ words: [String], environment: [String: String] = [:], input: String? = nil,
        identity: ProcessSpec.Identity? = nil
    ) throws -> Launched {
        let number = runs.withLock { number in
            number += 1
            return number
        }
        if let input { try write("run-\(number).in", input) }
        var variables = [
            Sandbox.tag: path, "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "TZ": "UTC",
            "HOME": path,
        ]
        variables.merge(environment) { $1 }
        let program = try Launched(
            words, environment: variables.map { EnvironmentVariable($0.key, $0.value) },
            input: input == nil ? "/dev/null" : self / "run-\(number).in", outPath: self / "run-\(number).out",
            errorsPath: self / "run-\(number).err", directory: path, identity: identity)
        launched.withLock { $0.append(program) }
        return program
    }

    /// Runs a program to its end.
    func run(
        _ words: [String], environment: [String: String] = [:], input: String? = nil,
        identity: ProcessSpec.Identity? = nil, within limit: Duration = patience
    ) async throws -> Run {
        let program = try launch(words, environment: environment, input: input, identity: identity)
        guard case .exited(let code) = try await program.end(within: limit) else {
            throw Missing("\(words) was ended by a signal: \(program.errors)")
        }
        return Run(out: program.out, errors: program.errors, code: code)
    }

    /// Runs superctl with the configuration of the sandbox.
    func superctl(_ words: String..., input: String? = nil, within limit: Duration = patience) async throws -> Run {
        try await run([Program.superctl, "-c", self / "superd.ini"] + words, input: input, within: limit)
    }

    // MARK: - superd

    /// Starts superd in the foreground and waits until it answers. `through` is a command that starts it.
    @discardableResult
    func start(
        _ flags: [String] = [], through wrapper: [String] = [], environment: [String: String] = [:]
    ) async throws -> Launched {
        let words = wrapper + [Program.superd, "-n", "-c", self / "superd.ini"] + flags
        let program = try launch(words, environment: environment)
        daemon.withLock { $0 = program }
        try await until("superd answers: \(program.errors)") {
            if let status = try program.ended() { throw Missing("superd ended (\(status)): \(program.errors)") }
            return (try? client.call(CheckHealth())) != nil
        }
        return program
    }

    /// The superd that was started last.
    var superd: Launched {
        get throws { try #require(daemon.withLock { $0 }) }
    }

    /// Stops superd with a signal and answers its exit code.
    @discardableResult
    func stop(_ signal: Signal = .terminate) async throws -> Status {
        try superd.send(signal)
        return try await superd.end()
    }

    var client: ControlClient { ControlClient(.unix(path: self / "superd.sock")) }

    /// The processes as the control endpoint tells them, by name.
    func processes() throws -> [String: SuperAPI.ProcessInfo] {
        let list = try client.call(ListProcesses([])).processes
        return Dictionary(list.map { ($0.name, $0) }) { $1 }
    }

    func state(_ name: String) throws -> ProcessState? { try processes()[name]?.state }

    func pid(_ name: String) throws -> Int32 { Int32(try #require(try processes()[name]?.pid, "\(name) has no pid")) }

    /// What superd tells about itself.
    func daemonInfo() throws -> DaemonInfo { try client.call(ShowDaemon()) }

    func brain() throws -> Int32 { Int32(try daemonInfo().brainPID) }

    /// Waits until a process is in a state.
    func waitFor(_ name: String, _ state: ProcessState = .running, within limit: Duration = patience) async throws {
        try await until("\(name) is \(state.name)", within: limit) { try self.state(name) == state }
    }

    // MARK: - The end

    /// Ends superd and sees that nothing is left.
    private func end() async throws {
        if let superd = daemon.withLock({ $0 }), try superd.ended() == nil {
            #expect(try await stop() == .exited(code: 0))
        }
        let others = launched.withLock { $0 }.filter { (try? $0.ended()) == .some(nil) }.map(\.pid)
        // A process that superd has killed may take a moment to disappear.
        do {
            try await until("nothing is left", within: .seconds(5)) {
                leftovers().allSatisfy { others.contains($0.pid) }
            }
        } catch {
            Issue.record("left behind: \(leftovers().filter { !others.contains($0.pid) })")
        }
    }

    /// Kills what is left and removes the folder.
    private func clear() async {
        try? await until("nothing is left", within: .seconds(10)) {
            let left = leftovers()
            for process in left { try? Signal.kill.send(toProcess: process.pid) }
            for program in launched.withLock({ $0 }) { _ = try? program.ended() }
            return left.isEmpty
        }
        Sandbox.remove(path)
    }

    /// The processes of the sandbox that live: by its variable, or by the session where a program has overwritten its environment.
    func leftovers() -> [(pid: Int32, command: String)] {
        let sessions = Set(launched.withLock { $0 }.map(\.pid))
        return ProcessTable.all.filter { process in
            !process.isZombie
                && (sessions.contains(process.session) || process.environment.contains("\(Sandbox.tag)=\(path)"))
        }.map { ($0.pid, $0.command) }
    }

    private static func remove(_ path: String) {
        for name in (try? FileSystem.list(path)) ?? [] {
            let entry = "\(path)/\(name)"
            if (try? FileSystem.status(entry, followsLinks: false))??.kind == .directory {
                remove(entry)
            } else {
                _ = try? FileSystem.remove(entry)
            }
        }
        try? FileSystem.removeDirectory(path)
    }
}
