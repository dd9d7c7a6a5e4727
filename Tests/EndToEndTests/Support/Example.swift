import SuperAPI
import SuperBase
import SuperOS
import Testing

/// Files of the project that operators copy, put into a sandbox: the same but for their paths, their ports and their users.
enum Example {
    static let root = #filePath.split(separator: "/").dropLast(4).map { "/" + $0 }.joined()

    /// A file of the project, such as `docs/health.md`.
    static func text(_ path: String) throws -> String {
        String(decoding: try FileSystem.read("\(root)/\(path)"), as: UTF8.self)
    }

    /// The text with the paths of a server replaced by those of the sandbox. Nobody changes the user: the tests' Python may be root's alone.
    static func adapted(_ text: String, to sandbox: Sandbox, ports: [String: String]) -> String {
        let python = Python.path.split(separator: "/").dropLast().map { "/" + $0 }.joined()
        var text = text.split(separator: "\n", omittingEmptySubsequences: false)
            .filter { !$0.hasPrefix("user = ") }.joined(separator: "\n")
        let paths = [
            ("/etc/supervisord.conf", sandbox / "superd.ini"), ("/var/log/superd/superd.log", sandbox / "main.log"),
            ("/var/log/superd", sandbox / "auto"), ("/run/superd.", sandbox / "superd."),
            ("/srv/app/venv/bin", python), ("/srv/app", sandbox / "app"),
        ]
        for (path, other) in paths + ports.map({ ($0.key, $0.value) }) { text.replace(path, with: other) }
        return text
    }
}

extension Sandbox {
    /// Takes a file of config/examples for the configuration, and the application of this name in Tests/Examples for /srv/app.
    func use(_ example: String, application: String? = nil, ports: [String: String]) throws {
        let text = try Example.text("config/examples/\(example)")
        try write("superd.ini", Example.adapted(text, to: self, ports: ports))
        if let application { try copyFolder("Tests/Examples/\(application)", to: "app") }
    }

    /// Copies a folder of the project.
    func copyFolder(_ folder: String, to place: String) throws {
        try makeFolder(place)
        for name in try FileSystem.list("\(Example.root)/\(folder)") where name != "__pycache__" {
            if try FileSystem.status("\(Example.root)/\(folder)/\(name)")?.kind == .directory {
                try copyFolder("\(folder)/\(name)", to: "\(place)/\(name)")
            } else {
                try write("\(place)/\(name)", try Example.text("\(folder)/\(name)"))
            }
        }
    }

    /// Has the configuration found good by `superd --check`, and starts superd with it.
    func checkAndStart(environment: [String: String] = [:]) async throws {
        let check = try await run([Program.superd, "--check", "-c", self / "superd.ini"], environment: environment)
        try #require(check.code == 0, "\(check.out)\(check.errors)")
        try await start(environment: environment)
    }

    /// Waits until every process is RUNNING or COMPLETED.
    func waitForAll() async throws {
        try await until("all processes are up: \((try? processes().mapValues(\.description)) ?? [:])") {
            let states = try processes().values.map(\.state)
            return !states.isEmpty && states.allSatisfy { $0 == .running || $0 == .completed }
        }
    }

    /// The pids of the processes of a group, in the order of their names.
    func pids(of group: String) throws -> [Int] {
        try processes().filter { $0.key.hasPrefix(group) }.sorted { $0.key < $1.key }.compactMap(\.value.pid)
    }

    /// The page at this path; empty where nobody serves it.
    func page(_ port: UInt16, _ path: String = "/") async throws -> String {
        try await run(["curl", "-s", "-m", "20", "http://127.0.0.1:\(port)\(path)"]).out
    }
}
