import SuperBase
import SuperOS
import Testing

@testable import SuperDaemon

/// A prober in a loop of its own, with a clock that the test moves.
final class ProbeWorld {
    /// How a probe has ended.
    struct Outcome: Equatable {
        var id: UInt64
        var failure: String?
    }

    let reactor: Reactor
    let prober: Prober
    /// In the order in which they came.
    private(set) var outcomes: [Outcome] = []
    /// Commands that run, and how to end each.
    private(set) var commands: [UInt64: (command: String, ended: (String?) -> Void)] {
        get { runner.commands }
        set { runner.commands = newValue }
    }
    var stopped: [UInt64] { runner.stopped }
    private let runner: Runner
    private let time: Time

    private final class Time {
        var now = Instant(nanoseconds: 1_000_000_000_000)
    }

    private final class Runner {
        var commands: [UInt64: (command: String, ended: (String?) -> Void)] = [:]
        var stopped: [UInt64] = []
    }

    /// Any name below `.test` is this machine.
    static let resolver: Prober.Resolver = { host, port throws(SystemError) in
        try SocketAddress.lookUp(host: host.hasSuffix(".test") ? "127.0.0.1" : host, port: port)
    }

    init(limit: Int = 64, resolver: @escaping Prober.Resolver = ProbeWorld.resolver) throws {
        let time = Time()
        let runner = Runner()
        self.time = time
        self.runner = runner
        reactor = try Reactor()
        prober = try Prober(
            reactor: reactor, limit: limit,
            commands: Prober.Commands(
                run: { id, command, ended in
                    if command == "at-once" { return ended(nil) }
                    runner.commands[id] = (command, ended)
                }, stop: { runner.stopped.append($0) }), resolver: resolver,
            clock: { time.now })
    }

    func begin(_ id: UInt64, _ probe: Probe, timeout: Duration = .seconds(3)) {
        prober.begin(id, probe, timeout: timeout) { [unowned self] id, failure in
            outcomes.append(Outcome(id: id, failure: failure))
        }
    }

    /// Turns until so many probes have ended, and answers the failure of the last.
    @discardableResult
    func run(until count: Int = 1) throws -> String? {
        let end = Clock.now() + patience
        while outcomes.count < count {
            try #require(Clock.now() < end, "only \(outcomes.count) of \(count) probes have ended")
            turn(until: end)
        }
        return outcomes.last?.failure
    }

    /// Deals with what is there, or comes up to then.
    func turn(until end: Instant = Instant(nanoseconds: 0)) {
        if let due = prober.deadline, due <= time.now { return prober.expire(at: time.now) }
        try? reactor.turn(until: end) {}
    }

    /// Turns until something is so.
    func turn(_ what: String, until isSo: () throws -> Bool) throws {
        let end = Clock.now() + patience
        while try !isSo() {
            try #require(Clock.now() < end, "\(what) does not happen")
            turn(until: min(end, Clock.now() + .milliseconds(10)))
        }
    }

    /// Lets time pass, without a turn of the loop.
    func pass(_ duration: Duration) {
        time.now = time.now + duration
        prober.expire(at: time.now)
    }

    /// The failure of one probe that ends by itself.
    func failure(of probe: Probe) throws -> String? {
        begin(1, probe)
        return try run()
    }
}

/// A listener in the world's loop, which answers every request with the same bytes.
final class ScriptedServer {
    let listener: Descriptor
    /// What came in, by connection.
    private(set) var requests: [String] = []
    private var connections: [Descriptor] = []
    private let reactor: Reactor
    private let answer: [UInt8]
    private let closes: Bool

    /// Without `closes` the connection stays open after the answer.
    init(_ answer: String, on listener: Descriptor? = nil, closes: Bool = true, in world: ProbeWorld) throws {
        self.listener = try listener ?? Descriptor.listen(host: "127.0.0.1", port: 0)
        self.answer = Array(answer.utf8)
        self.closes = closes
        reactor = world.reactor
        _ = try reactor.watch(self.listener, .readable, rank: .control) { [weak self] _ in self?.accept() }
    }

    var port: UInt16 {
        get throws { try listener.port }
    }

    func http(_ path: String = "/") throws -> Probe { .http(host: "127.0.0.1", port: try port, path: path) }

    private func accept() {
        guard case .connection(let connection, _)? = try? listener.accept() else { return }
        connections.append(connection)
        let index = requests.count
        requests.append("")
        let watch = Box<Reactor.Watch?>(nil)
        watch.value = try? reactor.watch(connection, .readable, rank: .control) { [weak self] _ in
            guard let self else { return }
            let text = connection.readText() ?? ""
            requests[index] += text
            if !text.isEmpty {
                guard requests[index].hasSuffix("\r\n\r\n") else { return }
                try? connection.writeAll(answer)
                guard closes else { return }
            }
            watch.value.map(reactor.unwatch)
            connections.removeAll { $0 === connection }
        }
    }
}

extension Descriptor {
    /// The port of a listener.
    var port: UInt16 {
        get throws {
            guard case .internet(_, let port) = try localAddress() else { return 0 }
            return port
        }
    }

    /// What is there to read; nil for nothing.
    func readText() -> String? {
        withUnsafeTemporaryAllocation(byteCount: 65_536, alignment: 1) { buffer in
            guard case .bytes(let count)? = try? read(into: buffer) else { return nil }
            return String(decoding: buffer[..<count], as: UTF8.self)
        }
    }
}
