import SuperBase
import SuperOS
import Synchronization

/// `Testing` has an `ExitStatus` too.
typealias Status = SuperBase.ExitStatus

/// Something that a test counted on did not happen.
struct Missing: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}

/// How long a test waits for what should happen soon. Generous: the machine may be busy with other tests.
let patience = Duration.seconds(40)

/// Looks at a condition until it holds: the one place where a test lets time pass.
func until(
    _ what: String, within limit: Duration = patience, every interval: Duration = .milliseconds(20),
    _ condition: () async throws -> Bool
) async throws {
    let deadline = Clock.now() + limit
    while try await !condition() {
        guard Clock.now() < deadline else { throw Missing("not within \(limit): \(what)") }
        try await Task.sleep(for: interval)
    }
}

/// The built programs, which lie beside the bundle of the tests.
enum Program {
    static let superd = "\(folder)/superd"
    static let superctl = "\(folder)/superctl"
    static let superweb = "\(folder)/superweb"

    private static let folder: String = {
        let paths = [(try? CurrentProcess.executablePath()) ?? ""] + CommandLine.arguments
        let folders = paths.filter { $0.contains(".xctest") }.map { path in
            path.split(separator: "/").prefix { !$0.hasSuffix(".xctest") }.map { "/" + $0 }.joined()
        }
        let root = #filePath.split(separator: "/").dropLast(4).map { "/" + $0 }.joined()
        let candidates = folders + [root + "/.build/debug"]
        return candidates.first { ((try? FileSystem.status("\($0)/superd")) ?? nil) != nil } ?? root
    }()
}

/// What a program that ended has left.
struct Run: Sendable {
    var out: String
    var errors: String
    var code: Int32
    /// The lines of standard output.
    var lines: [String] { out.split(separator: "\n").map(String.init) }
}

/// A program that a test has started, with its output in files.
final class Launched: Sendable {
    let pid: Int32
    let outPath: String
    let errorsPath: String
    private let status = Mutex<Status?>(nil)

    /// Starts it in a session of its own, so that whatever it leaves behind can be told by the session.
    init(
        _ words: [String], environment: [EnvironmentVariable], input: String, outPath: String, errorsPath: String,
        directory: String, identity: ProcessSpec.Identity? = nil
    ) throws {
        let name = words.first ?? ""
        let path = environment.last { $0.name == "PATH" }?.value
        guard case .found(let executable) = findExecutable(name, path: path) else {
            throw Missing("no program \(name)")
        }
        var request = SpawnRequest(
            executable: executable, arguments: words, environment: environment,
            descriptors: [
                try .open(input, .readOnly),
                try .open(outPath, [.writeOnly, .append, .create, .truncate]),
                try .open(errorsPath, [.writeOnly, .append, .create, .truncate]),
            ])
        request.directory = directory
        request.grouping = .newSession
        request.identity = identity
        pid = try spawn(request)
        self.outPath = outPath
        self.errorsPath = errorsPath
    }

    /// How it ended; nil while it runs.
    func ended() throws -> Status? {
        try status.withLock { status in
            if status == nil, case .reaped(let child) = try reapChild(pid) { status = child.status }
            return status
        }
    }

    /// Waits for its end.
    func end(within limit: Duration = patience) async throws -> Status {
        try await until("the end of process \(pid): \(errors)", within: limit, every: .milliseconds(5)) {
            try ended() != nil
        }
        return try ended() ?? .exited(code: -1)
    }

    func send(_ signal: Signal) throws {
        // A child that has not been reaped keeps its pid, so nobody else can be meant.
        if try ended() == nil { try signal.send(toProcess: pid) }
    }

    var out: String { Launched.text(outPath) }
    var errors: String { Launched.text(errorsPath) }

    static func text(_ path: String) -> String {
        String(decoding: (try? FileSystem.read(path, limit: 256 << 20)) ?? [], as: UTF8.self)
    }
}
