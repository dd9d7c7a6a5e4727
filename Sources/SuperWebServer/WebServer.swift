internal import SuperBase
internal import SuperHTTP
internal import SuperOS
internal import SuperWebCore

/// One thread and one loop: accepts, reads, asks the application, writes, drains.
///
///     wait ─▶ what is ready: signals, new connections, clients ─▶ time limits ─▶ access log ─▶ wait
///
/// All decisions about a connection are its `ConnectionMachine`'s; here they are carried out. Time limits are found by
/// looking at every connection, at most ten times and at least once a second while there are any: nothing is scheduled,
/// so nothing can be stale.
final class WebServer {
    let limits: WebLimits
    let application: any WebApplication
    private(set) var now: Instant
    private(set) var wallTime: WallTime
    private(set) var encoder = ResponseEncoder()
    private let poller: Poller
    private let signals: SignalReceiver
    private var listeners: [Listener]
    private var isAccepting = true
    private var connections: [UInt64: Connection] = [:]
    private var nextID = Token.firstConnection
    private var nextSweep: Instant?
    private var stop: Stop?
    var accessLog: AccessLog?
    /// What is read from a connection stays here only until its machine has it.
    private var scratch = [UInt8](repeating: 0, count: 64 << 10)

    /// A stop that was asked for.
    private enum Stop {
        case draining(until: Instant)
        case now
    }

    /// What an event of the poller is about: the signals, a listener by its index, or a connection by its number.
    private enum Token {
        static let signals = UInt64(0)
        static let firstListener = UInt64(1)
        static let firstConnection = UInt64(1) << 32
    }

    /// How often time limits are looked at while there are connections.
    private static let sweepPause = (least: Duration.milliseconds(100), most: Duration.seconds(1))

    init(
        listeners: [Listener], application: any WebApplication, limits: WebLimits, signals: SignalReceiver
    ) throws(SystemError) {
        self.listeners = listeners
        self.application = application
        self.limits = limits
        self.signals = signals
        now = Clock.now()
        wallTime = Clock.wallTime()
        poller = try Poller()
        try poller.add(signals.descriptor, token: Token.signals, .readable)
        try watchListeners()
    }

    /// Serves until a signal ends it.
    func run() throws(SystemError) {
        while !isDone { try turn(until: nextWakeUp) }
    }

    /// Waits once, and deals with all that is ready then.
    private func turn(until deadline: Instant?) throws(SystemError) {
        let events = try poller.wait(until: deadline)
        now = Clock.now()
        wallTime = Clock.wallTime()
        encoder.setTime(wallTime.seconds)
        for event in events { try handle(event) }
        if let nextSweep, nextSweep <= now { sweep() }
        accessLog?.flush()
    }

    private var isDone: Bool {
        switch stop {
        case nil: false
        case .now: true
        case .draining(let until): connections.isEmpty || until <= now
        }
    }

    private var nextWakeUp: Instant? {
        guard case .draining(let until) = stop else { return nextSweep }
        return min(nextSweep ?? until, until)
    }

    private func handle(_ event: Poller.Event) throws(SystemError) {
        switch event.token {
        case Token.signals: try handleSignals()
        case Token.firstListener..<Token.firstConnection:
            let index = Int(event.token - Token.firstListener)
            // A signal of the same turn may have closed it.
            if listeners.indices.contains(index) { accept(listeners[index], limit: listeners[index].acceptsPerTurn) }
        case let number:
            guard let connection = connections[number] else { return }
            if event.isReadable, connection.machine.wantsInput {
                read(connection)
            } else if event.hasError || event.isHungUp {
                close(connection)
            }
            // A read may have ended it.
            if connections[number] != nil { serve(connection) }
        }
    }
}

// Signals and the end.
extension WebServer {
    private func handleSignals() throws(SystemError) {
        while let notice = try signals.next() {
            // The first TERM or INT asks to finish; QUIT, or any second one, to end.
            if stop == nil, notice.signal != .quit { drain() } else { stop = .now }
        }
    }

    /// Takes in no further connections and lets the present ones finish.
    private func drain() {
        stop = .draining(until: now + limits.graceful)
        // Those that wait by now, and not without end those that keep coming.
        for listener in listeners where listener.sharing == .own { accept(listener, limit: Listener.backlog) }
        for listener in listeners {
            poller.remove(listener.descriptor)
            // Before the socket is closed: afterwards the file could be another process's.
            if let path = listener.ownPath { _ = try? FileSystem.remove(path) }
        }
        listeners = []
        for connection in connections.values {
            connection.machine.drain(at: now)
            expire(connection)
        }
        if !connections.isEmpty { nextSweep = now + WebServer.sweepPause.least }
    }
}

// Accepting.
extension WebServer {
    private func watchListeners() throws(SystemError) {
        for (index, listener) in listeners.enumerated() {
            let interest: Poller.Interest = listener.sharing == .own ? .readable : [.readable, .exclusive]
            try poller.add(listener.descriptor, token: Token.firstListener + UInt64(index), interest)
        }
        isAccepting = true
    }

    /// Stops accepting until the next sweep: the listener stays readable and would wake the loop without end.
    private func pauseAccepting() {
        guard isAccepting, stop == nil else { return }
        isAccepting = false
        for listener in listeners { poller.remove(listener.descriptor) }
        nextSweep = nextSweep ?? now + WebServer.sweepPause.most
    }

    private func accept(_ listener: Listener, limit: Int) {
        var count = 0
        while count < limit {
            guard connections.count < limits.connections else { return pauseAccepting() }
            do {
                guard case .connection(let socket, let peer) = try listener.descriptor.accept() else { return }
                try begin(socket, peer)
                count += 1
            } catch {
                // Out of descriptors or memory: those that are served now give some back.
                if isAccepting, stop == nil { Superweb.note("superweb: \(error); trying again in a second") }
                return pauseAccepting()
            }
        }
    }

    private func begin(_ socket: Descriptor, _ peer: SocketAddress) throws(SystemError) {
        let machine = ConnectionMachine(limits: limits, keepsContent: application.wantsContent, at: now)
        let connection = Connection(id: RequestID(connection: nextID), socket: socket, peer: peer, machine: machine)
        nextID += 1
        try poller.add(socket, token: connection.id.connection, .readable)
        connection.interest = .readable
        connections[connection.id.connection] = connection
        nextSweep = nextSweep ?? now + WebServer.sweepPause.most
    }
}

// One connection.
extension WebServer {
    private func read(_ connection: Connection) {
        do {
            let result = try scratch.withUnsafeMutableBufferPointer { buffer throws(SystemError) in
                try connection.socket.read(into: UnsafeMutableRawBufferPointer(buffer))
            }
            switch result {
            case .bytes(let count):
                let bytes = scratch
                connection.machine.receive(bytes.span.extracting(..<count), at: now)
            case .endOfFile: connection.machine.receiveEnd()
            case .wouldBlock: break
            }
        } catch {
            close(connection)
        }
    }

    /// Does all there is to do for a connection: requests, answers, and the end.
    private func serve(_ connection: Connection) {
        do {
            var goesOn = true
            while goesOn {
                goesOn = try performActions(connection)
                switch try connection.output.flush(to: connection.socket) {
                case .done:
                    // Requests that arrived behind a full queue have waited for this.
                    if case .flushing = connection.machine.state { goesOn = true }
                    connection.machine.flushed(at: now)
                case .blocked(let afterProgress):
                    goesOn = false
                    if afterProgress || connection.interest != .writable { connection.machine.blocked(at: now) }
                }
            }
            try settle(connection)
        } catch {
            close(connection)
        }
    }

    private func performActions(_ connection: Connection) throws(SystemError) -> Bool {
        var hasActed = false
        while connection.output.hasRoom(limits.output), let action = connection.machine.nextAction(at: now) {
            hasActed = true
            switch action {
            case .sendContinue:
                connection.output.bytes.append(contentsOf: ResponseEncoder.continueLine)
            case .handle(let request):
                connection.request = (request.head, now)
                guard case .answer(let response) = application.respond(to: request, id: connection.id) else { break }
                try queue(response, for: connection)
                connection.machine.answered(at: now)
            case .refuse(let status, let reason):
                connection.request = nil
                try queue(.refusal(status, reason), for: connection)
            }
        }
        return hasActed
    }

    private func queue(_ response: WebResponse, for connection: Connection) throws(SystemError) {
        let head = connection.request?.head
        encoder.writeHead(
            of: response, version: head?.version ?? .http11, keepsConnection: connection.machine.keepsConnection,
            into: &connection.output.bytes)
        let hasContent = head?.method != .head && !response.status.forbidsContent
        if hasContent { try connection.output.append(response.body) }
        // Not the time of the turn: the application's share in it is what an operator wants to know.
        accessLog?.add(
            connection, response.status, bytes: hasContent ? response.body.count : 0, at: Clock.now(),
            wallTime: wallTime)
        connection.request = nil
    }

    /// Tells the kernel what the machine wants of it now.
    private func settle(_ connection: Connection) throws(SystemError) {
        switch connection.machine.state {
        case .closed: return close(connection)
        case .lingering where !connection.isShut:
            try connection.socket.shutdown(.writing)
            connection.isShut = true
        default: break
        }
        let wanted = connection.wantedInterest
        if wanted != connection.interest {
            poller.change(connection.socket, token: connection.id.connection, wanted)
            connection.interest = wanted
        }
    }

    private func close(_ connection: Connection) {
        poller.remove(connection.socket)
        connections[connection.id.connection] = nil
    }

    /// Gives the answer to a request that was put off. Nothing happens where its client has left.
    func answer(_ id: RequestID, with response: WebResponse) {
        guard let connection = connections[id.connection], case .handling = connection.machine.state else { return }
        do {
            try queue(response, for: connection)
            connection.machine.answered(at: now)
            serve(connection)
        } catch {
            close(connection)
        }
    }
}

// Time limits.
extension WebServer {
    private func sweep() {
        for connection in connections.values { expire(connection) }
        if !isAccepting, stop == nil, connections.count < limits.connections {
            do { try watchListeners() } catch { Superweb.note("superweb: \(error)") }
        }
        let earliest = connections.values.lazy.compactMap(\.machine.deadline).min()
        let pause = WebServer.sweepPause
        nextSweep =
            connections.isEmpty && isAccepting
            ? nil : max(now + pause.least, min(earliest ?? now + pause.most, now + pause.most))
    }

    private func expire(_ connection: Connection) {
        guard let deadline = connection.machine.deadline, deadline <= now else { return }
        // A request may have arrived since the last wait; closed upon it, the client would see it fail.
        if connection.machine.wantsInput { read(connection) }
        guard connections[connection.id.connection] != nil else { return }
        connection.machine.expire(at: now)
        serve(connection)
    }
}
