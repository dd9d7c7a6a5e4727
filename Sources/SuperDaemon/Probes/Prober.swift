import SuperBase
import SuperHTTP
import SuperOS

/// Performs probes: looks at processes from outside, as readiness and health checks say, without ever waiting.
///
/// - A probe has a number that its user chooses, and ends once: `completion` is called, or `cancel` was. It is never called from within
///   `begin` or `cancel`, only in a turn of the reactor or from `expire`.
/// - Up to `limit` probes are under way at a time, the others wait for their turn; the time of a probe begins when it is under way.
/// - `localhost` is 127.0.0.1 and, where nobody answers there, ::1. Addresses in digits are taken as they are. Any other name is looked up by
///   the system's resolver on one of a few threads, within the probe's time, and up to four of its addresses are tried in turn.
/// - Commands are run by somebody else, who owns children; only their time is kept here.
final class Prober {
    /// Nil is success; otherwise a sentence with its subject, such as `tcp://127.0.0.1:8000: Connection refused`.
    typealias Completion = (_ id: UInt64, _ failure: String?) -> Void

    /// Looks up the addresses of a name, in a thread where that may take its time.
    typealias Resolver = @Sendable (_ host: String, _ port: UInt16) throws(SystemError) -> [SocketAddress]

    /// Runs the commands of probes.
    struct Commands {
        /// Starts the command of a probe; `ended` is to be called with nil for exit code 0, with the reason otherwise, at any time.
        var run: (_ id: UInt64, _ command: String, _ ended: @escaping (String?) -> Void) -> Void
        /// Ends the command of a probe, because its time is over or nobody wants to know any more. What `ended` is told then is ignored.
        var stop: (_ id: UInt64) -> Void
    }

    private struct Entry {
        let probe: Probe
        let timeout: Duration
        let completion: Completion
        /// Tells probes apart that had the same number one after the other.
        let serial: UInt64
        var stage = Stage.queued
        /// Why the first address could not be reached.
        var firstFailure: String?
    }

    private enum Stage {
        case queued
        case lookingUp(until: Instant)
        case connected(ProbeConnection, Reactor.Watch, others: ArraySlice<SocketAddress>, until: Instant)
        case running(until: Instant)
        /// Over, and not yet told.
        case over(String?)

        var deadline: Instant? {
            switch self {
            case .queued: nil
            case .lookingUp(let until), .connected(_, _, _, let until), .running(let until): until
            // At once.
            case .over: Instant(nanoseconds: .min)
            }
        }
    }

    private struct LookUp: Sendable {
        let id: UInt64
        let serial: UInt64
        let result: Result<[SocketAddress], SystemError>
    }

    private let reactor: Reactor
    private let limit: Int
    private let commands: Commands
    private let resolver: Resolver
    private let clock: () -> Instant
    private let lookUps: Errands<LookUp>
    private var entries: [UInt64: Entry] = [:]
    private var queue: [UInt64] = []
    private var lastSerial: UInt64 = 0

    init(
        reactor: Reactor, limit: Int = 64, commands: Commands,
        resolver: @escaping Resolver = { host, port throws(SystemError) in
            try SocketAddress.lookUp(host: host, port: port)
        },
        clock: @escaping () -> Instant = Clock.now
    ) throws(SystemError) {
        self.reactor = reactor
        self.limit = limit
        self.commands = commands
        self.resolver = resolver
        self.clock = clock
        lookUps = try Errands("superd-names", threads: 4)
        _ = try reactor.watch(lookUps.signal.descriptor, .readable, rank: .notice) { [weak self] _ in
            self?.takeLookUps()
        }
    }

    /// The probes that are neither over nor cancelled.
    var count: Int { entries.count }

    /// The moment by which `expire(at:)` has something to do.
    var deadline: Instant? { entries.values.lazy.compactMap(\.stage.deadline).min() }

    /// Begins a probe, or puts it behind those that wait. No other probe of this number may be there.
    func begin(_ id: UInt64, _ probe: Probe, timeout: Duration, completion: @escaping Completion) {
        precondition(entries[id] == nil, "probe \(id), \(probe.text), is there already")
        lastSerial += 1
        entries[id] = Entry(probe: probe, timeout: timeout, completion: completion, serial: lastSerial)
        queue.append(id)
        startQueued()
    }

    /// Forgets a probe: its completion is not called. One that is not there stays so.
    func cancel(_ id: UInt64) {
        guard let entry = entries.removeValue(forKey: id) else { return }
        switch entry.stage {
        case .queued: queue.removeAll { $0 == id }
        case .connected(_, let watch, _, _): reactor.unwatch(watch)
        case .running: commands.stop(id)
        case .lookingUp, .over: break
        }
        startQueued()
    }

    /// Ends the probes whose time is over, and tells of those that are over. An answer that has come and was not read yet counts: the loop
    /// may have stood still for longer than a probe takes.
    func expire(at now: Instant) {
        for (id, entry) in entries {
            guard let deadline = entry.stage.deadline, deadline <= now else { continue }
            let time = Self.text(entry.timeout)
            switch entry.stage {
            case .queued, .over: break
            case .lookingUp: settle(id, "its address was not found within \(time)")
            case .connected(let connection, _, _, _):
                switch connection.catchUp() {
                case .isUnderWay: settle(id, "no answer within \(time)")
                case .succeeded: settle(id, nil)
                case .unreachable(let reason), .failed(let reason): settle(id, reason)
                }
            case .running:
                commands.stop(id)
                settle(id, "did not end within \(time)")
            }
        }
        tell()
    }

    private static func text(_ duration: Duration) -> String {
        let milliseconds = duration.millisecondsRoundedUp
        return milliseconds % 1_000 == 0 ? "\(milliseconds / 1_000) s" : "\(milliseconds) ms"
    }
}

// MARK: - Begin and end

extension Prober {
    private func startQueued() {
        while !queue.isEmpty, entries.count - queue.count < limit { start(queue.removeFirst()) }
    }

    private func start(_ id: UInt64) {
        guard let entry = entries[id] else { return }
        let deadline = clock() + entry.timeout
        switch entry.probe {
        case .unix(let path), .httpUnix(let path, _): connect(id, to: [.unix(path: path)], until: deadline)
        case .tcp(let host, let port), .http(let host, let port, _):
            if let addresses = Self.knownAddresses(host, port) {
                connect(id, to: addresses[...], until: deadline)
            } else {
                lookUp(id, entry.serial, host, port, until: deadline)
            }
        case .command(let command):
            entries[id]?.stage = .running(until: deadline)
            commands.run(id, command) { [weak self] failure in
                guard let self, entries[id]?.serial == entry.serial else { return }
                settle(id, failure)
            }
        }
    }

    /// What a probe holds is given back, and its outcome waits for `tell`. Nothing happens to one that is over.
    private func settle(_ id: UInt64, _ failure: String?) {
        guard let entry = entries[id] else { return }
        switch entry.stage {
        case .over: return
        case .connected(_, let watch, _, _): reactor.unwatch(watch)
        case .queued, .lookingUp, .running: break
        }
        entries[id]?.stage = .over(failure.map { "\(entry.probe.text): \($0)" })
    }

    /// Calls the completions of what is over; what they begin is told of next time.
    private func tell() {
        let over = entries.filter { if case .over = $0.value.stage { true } else { false } }
        for (id, entry) in over.sorted(by: { $0.value.serial < $1.value.serial }) {
            // An earlier completion may have cancelled it.
            guard entries[id]?.serial == entry.serial, case .over(let failure) = entry.stage else { continue }
            entries[id] = nil
            entry.completion(id, failure)
        }
        startQueued()
    }
}

// MARK: - Names

extension Prober {
    /// The addresses that need no look-up; nil for a name.
    private static func knownAddresses(_ host: String, _ port: UInt16) -> [SocketAddress]? {
        if host.lowercased() == "localhost" {
            return [.internet(host: "127.0.0.1", port: port), .internet(host: "::1", port: port)]
        }
        return SocketAddress(digits: host, port: port).map { [$0] }
    }

    private func lookUp(_ id: UInt64, _ serial: UInt64, _ host: String, _ port: UInt16, until deadline: Instant) {
        entries[id]?.stage = .lookingUp(until: deadline)
        do {
            try lookUps.run { [resolver] in
                do throws(SystemError) {
                    return LookUp(id: id, serial: serial, result: .success(try resolver(host, port)))
                } catch {
                    return LookUp(id: id, serial: serial, result: .failure(error))
                }
            }
        } catch {
            settle(id, error.description)
        }
    }

    private func takeLookUps() {
        for found in lookUps.takeAnswers() {
            guard let entry = entries[found.id], entry.serial == found.serial,
                case .lookingUp(let deadline) = entry.stage
            else { continue }
            switch found.result {
            case .success(let addresses): connect(found.id, to: addresses.prefix(4), until: deadline)
            case .failure(let error): settle(found.id, error.reason ?? error.errno.description)
            }
        }
        tell()
    }
}

// MARK: - Connections

extension Prober {
    /// Tries the addresses up to the first with which a connection can begin.
    private func connect(_ id: UInt64, to addresses: ArraySlice<SocketAddress>, until deadline: Instant) {
        guard let entry = entries[id] else { return }
        var rest = addresses
        while let address = rest.popFirst() {
            do throws(SystemError) {
                let connection = try ProbeConnection(address, request: Self.request(of: entry.probe))
                let watch = try reactor.watch(connection.socket, connection.interest, rank: .notice) { [weak self] _ in
                    self?.advance(id)
                }
                entries[id]?.stage = .connected(connection, watch, others: rest, until: deadline)
                return
            } catch {
                note(id, Self.sentence(error))
            }
        }
        settle(id, entries[id]?.firstFailure ?? "it has no address")
    }

    private func note(_ id: UInt64, _ failure: String) {
        if entries[id]?.firstFailure == nil { entries[id]?.firstFailure = failure }
    }

    /// The errno's sentence where the address is to blame, and the whole where superd could not even try.
    private static func sentence(_ error: SystemError) -> String {
        guard error.action == "connecting to" else { return error.description }
        return error.errno == .again ? "its queue of connections is full" : error.errno.description
    }

    private func advance(_ id: UInt64) {
        guard case .connected(let connection, let watch, let others, let deadline) = entries[id]?.stage else { return }
        switch connection.advance() {
        case .isUnderWay: return reactor.change(watch, connection.interest)
        case .succeeded: settle(id, nil)
        case .failed(let reason): settle(id, reason)
        case .unreachable(let reason):
            note(id, reason)
            reactor.unwatch(watch)
            connect(id, to: others, until: deadline)
        }
        tell()
    }

    /// The request of a probe over HTTP; nil for one that only connects.
    private static func request(of probe: Probe) -> [UInt8]? {
        let host: String
        let target: String
        switch probe {
        case .tcp, .unix, .command: return nil
        case .httpUnix(_, let path): (host, target) = ("localhost", path)
        case .http(let name, let port, let path):
            (host, target) = (SocketAddress.internet(host: name, port: port).description, path)
        }
        let head = HTTPRequestHead(
            target: target,
            headers: ["Host": host, "User-Agent": "superd/\(Version.current)", "Accept": "*/*", "Connection": "close"])
        var bytes: [UInt8] = []
        head.write(into: &bytes)
        return bytes
    }
}
