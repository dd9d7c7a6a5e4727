import SuperAPI
import SuperBase
import SuperOS
import Synchronization
import Testing

/// The Python programs beside the tests.
enum Script {
    /// A worker; `worker.py` says which words there are.
    static func worker(_ words: String...) -> String { command("worker", words) }

    static func command(_ name: String, _ words: [String]) -> String {
        (["python3", "-ES", "\(folder)/\(name).py"] + words).joined(separator: " ")
    }

    private static let folder = #filePath.split(separator: "/").dropLast(2).map { "/" + $0 }.joined() + "/Programs"
}

/// Ports for sockets that superd opens: the kernel gives them to nobody, neither to a test that asks for a free one nor to an outgoing
/// connection.
enum WorkerPort {
    private static let next = Mutex(UInt16.random(in: 10_000..<30_000))

    static func take() throws -> UInt16 {
        for _ in 0..<1_000 {
            let port = next.withLock { port in
                port = port < 30_000 ? port + 1 : 10_000
                return port
            }
            if (try? Descriptor.listen(host: "127.0.0.1", port: port)) != nil { return port }
        }
        throw Missing("no port is free")
    }
}

/// Clients that ask for something all the time, and count every request that does not get its answer.
struct Load {
    private let program: Launched

    /// Starts them, and waits until each has had an answer.
    init(_ sandbox: Sandbox, on port: UInt16) async throws {
        let words = Script.command("load", ["\(port)"]).split(separator: " ").map(String.init)
        let program = try sandbox.launch(words)
        try await until("every client has had an answer") { program.out.hasPrefix("begun\n") }
        self.program = program
    }

    struct Report {
        var requests = 0
        var failures: [String] = []
        /// How many answers came from each version of the worker.
        var answers: [String: Int] = [:]
    }

    /// Ends them when each has its answer.
    func end() async throws -> Report {
        try program.send(.terminate)
        #expect(try await program.end() == .exited(code: 0), "\(program.errors)")
        var report = Report()
        for line in program.out.split(separator: "\n") {
            let words = line.split(separator: " ").map(String.init)
            switch words[0] {
            case "requests": report.requests = Int(words[1]) ?? 0
            case "failed": report.failures.append(words.dropFirst().joined(separator: " "))
            case "answer": report.answers[words[1]] = Int(words[2])
            default: break
            }
        }
        return report
    }

    /// Ends them, and expects that every request was answered.
    @discardableResult
    func endWithoutFailures(sourceLocation: Testing.SourceLocation = #_sourceLocation) async throws -> Report {
        let report = try await end()
        #expect(report.failures.isEmpty, sourceLocation: sourceLocation)
        #expect(report.requests > 30, sourceLocation: sourceLocation)
        return report
    }
}

extension Sandbox {
    /// What a path of 127.0.0.1 is answered with, by a worker its pid and its version.
    func get(_ port: UInt16, _ path: String = "/", _ options: String...) async throws -> String {
        let run = try await run(["curl", "-sS", "-m", "40"] + options + ["http://127.0.0.1:\(port)\(path)"])
        try #require(run.code == 0, "\(path): \(run)")
        return run.out
    }

    /// The pid of the worker that answers, and its version.
    func ask(_ port: UInt16, _ path: String = "/") async throws -> (pid: Int32, version: String) {
        let words = try await get(port, path).split(whereSeparator: \.isWhitespace).map(String.init)
        return (try #require(words.first.flatMap { Int32($0) }), try #require(words.last))
    }

    /// The pids of the workers that superd has, whatever it thinks of them.
    func workers() throws -> Set<Int32> {
        Set(ProcessTable.children(of: try superd.pid).filter { $0.command.contains("/worker.py") }.map(\.pid))
    }

    /// The pids by name of the processes that are RUNNING.
    func runningPids() throws -> [String: Int32] {
        try processes().compactMapValues { $0.state == .running ? $0.pid.map(Int32.init) : nil }
    }

    /// Waits until every process is RUNNING, alone under its name, and nothing is to be replaced.
    func waitForPeace(_ count: Int) async throws {
        try await until("\(count) processes run in peace") {
            let all = try processes().values
            return all.count == count
                && all.allSatisfy { $0.state == .running && $0.rolling == nil && $0.others == nil }
        }
    }

    /// Kills the brain, and waits for the next one.
    func replaceBrain() async throws {
        let brain = try brain()
        try Signal.kill.send(toProcess: brain)
        try await until("there is a new brain") { (try? self.brain()).map { $0 != brain } ?? false }
    }

    /// Waits until the main log has this many lines with a text in them. What happens is there a moment later.
    func waitForLines(_ count: Int, containing text: String) async throws {
        try await until("\(count) lines with '\(text)' in main.log") {
            self.lines("main.log", containing: text).count == count
        }
    }

    /// The lines of a file with this text in them.
    func lines(_ name: String, containing text: String) -> [String] {
        self.text(name).split(separator: "\n").map(String.init).filter { $0.contains(text) }
    }
}
