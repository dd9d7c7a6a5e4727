import SuperBase
import SuperHTTP
import SuperOS
import Testing

/// How long a test waits for what should happen at once.
let patience = Duration.seconds(20)

/// The built `superweb`, running. Ended and reaped with its last reference, so that no test leaves a process behind.
final class RunningServer: @unchecked Sendable {
    // Unchecked: each test uses its own from one task at a time.
    let pid: Int32
    let output: Descriptor
    let error: Descriptor
    private var lines: [UInt8] = []
    private var status: SuperBase.ExitStatus?

    /// Starts it; `inherited` are its descriptors from 3 on.
    init(
        _ arguments: [String], environment: [EnvironmentVariable] = [], inherited: [Descriptor] = [],
        openFiles: ResourceLimit? = nil, pidVariable: String? = nil
    ) throws {
        let output = try Pipe()
        let error = try Pipe()
        let null = try Descriptor.open("/dev/null", .readOnly)
        var request = SpawnRequest(
            executable: RunningServer.executable, arguments: ["superweb"] + arguments, environment: environment,
            descriptors: [null, output.writeEnd, error.writeEnd] + inherited)
        request.openFiles = openFiles
        request.pidVariables = pidVariable.map { [$0] } ?? []
        pid = try spawn(request)
        self.output = output.readEnd
        self.error = error.readEnd
    }

    deinit {
        guard status == nil else { return }
        try? Signal.kill.send(toProcess: pid)
        _ = try? reapChild(pid, waits: true)
    }

    /// The program beside the bundle of the tests.
    static let executable: String = {
        let bundle = CommandLine.arguments.first { $0.contains(".xctest") && $0.hasPrefix("/") }
        let folder = bundle?.split(separator: "/").prefix { !$0.hasSuffix(".xctest") }.map { "/" + $0 }.joined()
        let root = #filePath.split(separator: "/").dropLast(3).map { "/" + $0 }.joined()
        return (folder ?? root + "/.build/debug") + "/superweb"
    }()

    /// The next line on standard error.
    func errorLine() throws -> String {
        let deadline = Clock.now() + patience
        var byte = [UInt8](repeating: 0, count: 1)
        while try error.wait(for: .readable, until: deadline) {
            let result = try byte.withUnsafeMutableBufferPointer { buffer throws(SystemError) in
                try error.read(into: UnsafeMutableRawBufferPointer(buffer))
            }
            guard case .bytes = result, byte[0] != 10 else { break }
            lines.append(byte[0])
        }
        defer { lines = [] }
        return String(decoding: lines, as: UTF8.self)
    }

    /// The port of the listener that its next line names; after this it accepts.
    func port() throws -> UInt16 {
        let line = try errorLine()
        return try #require(line.split(separator: ":").last.flatMap { UInt16($0) }, "no port in: \(line)")
    }

    func send(_ signal: Signal) throws {
        try signal.send(toProcess: pid)
    }

    /// Waits for the end.
    func exitStatus() throws -> SuperBase.ExitStatus {
        let process = try Descriptor.process(pid)
        try #require(try process.wait(for: .readable, until: Clock.now() + patience), "superweb does not end")
        guard case .reaped(let child) = try reapChild(pid, waits: true) else {
            throw SystemError("reaping", "superweb", errno: .noSuchProcess)
        }
        status = child.status
        return child.status
    }
}

/// A client that sees every byte.
final class RawClient {
    struct Answer {
        var head: HTTPResponseHead
        var content: [UInt8]
        var text: String { String(decoding: content, as: UTF8.self) }
    }

    let socket: Descriptor
    private var parser = ResponseParser()

    init(port: UInt16) throws {
        socket = try Descriptor.connect(host: "127.0.0.1", port: port, timeout: patience)
        try socket.setTimeLimit(patience)
    }

    init(unix path: String) throws {
        socket = try Descriptor.connect(unix: path, timeout: patience)
        try socket.setTimeLimit(patience)
    }

    func send(_ text: String) throws {
        try socket.writeAll(text.utf8)
    }

    func get(_ target: String, _ fields: String = "") throws -> Answer {
        try send("GET \(target) HTTP/1.1\r\nHost: test\r\n\(fields)\r\n")
        return try answer()
    }

    /// The next answer.
    func answer(to method: HTTPMethod = .get) throws -> Answer {
        parser.expectAnswer(to: method)
        var answer: Answer?
        while true {
            while let event = try parser.next() {
                switch event {
                case .head(let head): answer = Answer(head: head, content: [])
                case .body(let piece): answer?.content += piece
                case .end: return try #require(answer)
                }
            }
            if let bytes = try read() { parser.receive(bytes.span) } else { parser.receiveEnd() }
        }
    }

    /// Whether the server ends the connection without another byte.
    func isClosed() -> Bool {
        do { return try read() == nil } catch { return error.errno == .connectionReset }
    }

    /// What arrives next; nil at the end.
    private func read() throws(SystemError) -> [UInt8]? {
        var buffer = [UInt8](repeating: 0, count: 65_536)
        let result = try buffer.withUnsafeMutableBufferPointer { buffer throws(SystemError) in
            try socket.read(into: UnsafeMutableRawBufferPointer(buffer))
        }
        switch result {
        case .bytes(let count): return Array(buffer[..<count])
        case .endOfFile: return nil
        case .wouldBlock: throw SystemError("reading", "an answer", errno: .timedOut)
        }
    }
}

/// A folder of files, removed with its last reference.
final class TemporaryFolder {
    let path: String
    private var files: [String] = []
    private var folders: [String] = []

    init(_ contents: [(name: String, content: [UInt8])] = []) throws {
        let number = UInt64.random(in: 0...UInt64.max)
        path = "/tmp/superweb-test-\(String(number, radix: 36))"
        try makeFolder("")
        for (name, content) in contents { try write(name, content) }
    }

    deinit {
        for file in files { _ = try? FileSystem.remove(file) }
        for folder in folders.reversed() { try? FileSystem.removeDirectory(folder) }
    }

    func makeFolder(_ name: String) throws {
        let folder = name.isEmpty ? path : "\(path)/\(name)"
        try FileSystem.makeDirectory(folder)
        folders.append(folder)
    }

    func write(_ name: String, _ content: [UInt8]) throws {
        let file = "\(path)/\(name)"
        files.append(file)
        try Descriptor.open(file, [.writeOnly, .create, .truncate]).writeAll(content)
    }

    /// A path in the folder that somebody else will make, such as a socket's.
    func claim(_ name: String) -> String {
        files.append("\(path)/\(name)")
        return "\(path)/\(name)"
    }
}
