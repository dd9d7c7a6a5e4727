import Foundation
import SuperAPI
import SuperBase
import SuperCore
import SuperOS

@testable import SuperDaemon

/// A control server on a socket of its own, and a clock that the test moves.
final class World {
    let service = RecordingService()
    let server: ControlServer
    private let reactor: Reactor
    private let path: String
    private let time: Time

    private final class Time {
        var now = Instant(nanoseconds: 1_000_000_000_000)
    }

    init(
        _ change: (inout ControlLimits) -> Void = { _ in }, server configure: (inout ServerConfig) -> Void = { _ in }
    ) throws {
        path = FileManager.default.temporaryDirectory.path + "/control-\(UUID().uuidString.prefix(8))"
        var limits = ControlLimits()
        change(&limits)
        reactor = try Reactor()
        let time = Time()
        self.time = time
        server = ControlServer(
            reactor: reactor, service: service, version: "9.9.9", limits: limits, clock: { time.now })
        var config = ServerConfig(section: "unix_http_server", address: .unix(path: path, mode: 0o700, owner: nil))
        configure(&config)
        let listener = try Descriptor.listen(unix: path)
        if let refusal = server.listen(on: listener, as: config, daemonUser: CurrentProcess.user) {
            throw SystemError(refusal, errno: .invalidArgument)
        }
    }

    deinit {
        _ = try? FileSystem.remove(path)
    }

    /// A client that is let in.
    func connect() throws -> TestClient {
        let client = try TestClient(Descriptor.connect(unix: path))
        turn()
        return client
    }

    /// Deals with everything that is ready. Over a Unix socket what was sent is there at once.
    func turn() {
        for _ in 0..<20 { try? reactor.turn(until: Instant(nanoseconds: 0)) {} }
    }

    /// Lets time pass, without anything else happening.
    func pass(_ duration: Duration) {
        time.now = time.now + duration
        server.expire(at: time.now)
        turn()
    }

    /// Answers every command that waits, each with what its endpoint shows as an example.
    func answerAll() {
        let waiting = service.waiting
        service.waiting = []
        for (ticket, answer) in waiting { server.answer(ticket, answer) }
        turn()
    }
}

/// Keeps what it was asked; answers later.
final class RecordingService: ControlService {
    private(set) var calls: [ControlCall] = []
    private(set) var tickets: [Ticket] = []
    private(set) var endedStreams: [Ticket] = []
    var waiting: [(Ticket, Answer)] = []

    func handle(_ call: ControlCall, _ ticket: Ticket) -> ControlReply {
        if case .checkHealth(let request) = call { return .now(request.answer(Health())) }
        calls.append(call)
        tickets.append(ticket)
        switch call {
        case .addGroup(let request): return .now(request.answer(ActionResults.example))
        case .followEvents: return .stream
        default:
            waiting.append((ticket, ListProcesses().answer(ProcessList([]))))
            return .later
        }
    }

    func streamEnded(_ ticket: Ticket) {
        endedStreams.append(ticket)
    }
}

/// The other end of a connection.
final class TestClient {
    private(set) var socket: Descriptor

    init(_ socket: Descriptor) throws {
        self.socket = socket
        try socket.setNonBlocking()
    }

    func send(_ text: String) throws {
        try socket.writeAll(Array(text.utf8))
    }

    func post(_ path: String, _ body: String) throws {
        try send(
            "POST \(path) HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: \(body.utf8.count)\r\n\r\n"
                + body)
    }

    /// What has come.
    func receive() throws -> String {
        var bytes: [UInt8] = []
        while case .bytes(let more) = try read() { bytes += more }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// What has come, the server having its turn after; nil at the end.
    func receiveMore(_ world: World) throws -> String? {
        guard case .bytes(let bytes) = try read() else { return nil }
        world.turn()
        return String(decoding: bytes, as: UTF8.self)
    }

    func isClosed() throws -> Bool {
        while true {
            switch try read() {
            case .bytes: continue
            case .end: return true
            case .nothing:
                // A child that another test is starting has a copy of every descriptor until it executes.
                let mayCome = try socket.wait(for: .readable, until: Clock.now() + .milliseconds(300))
                if !mayCome { return false }
            }
        }
    }

    func close() {
        socket = .standardInput
    }

    private enum Read {
        case bytes([UInt8])
        case end
        case nothing
    }

    private func read() throws -> Read {
        var buffer = [UInt8](repeating: 0, count: 65_536)
        let socket = socket
        switch try buffer.withUnsafeMutableBytes({ bytes in try socket.read(into: bytes) }) {
        case .bytes(let count): return .bytes(Array(buffer[..<count]))
        case .endOfFile: return .end
        case .wouldBlock: return .nothing
        }
    }
}

extension String {
    /// How often `part` occurs.
    func components(of part: String) -> Int { components(separatedBy: part).count - 1 }
}
