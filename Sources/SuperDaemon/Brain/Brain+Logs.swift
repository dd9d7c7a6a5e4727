import SuperAPI
import SuperBase
import SuperCore
import SuperKeeper
import SuperOS

/// Log files and events as operators read and follow them.
extension Brain {
    func answerLog(_ call: ControlCall, _ ticket: Ticket) throws -> ControlReply {
        switch call {
        case .readLog(let call):
            let (name, path) = try log(call.name, call.stream)
            return .now(
                call.answer(try LogReader.read(path, name, call.stream, offset: call.offset, length: call.length)))
        case .tailLog(let call):
            let (name, path) = try log(call.name, call.stream)
            return .now(call.answer(try LogReader.tail(path, name, call.stream, bytes: call.bytes, lines: call.lines)))
        case .readMainLog(let call):
            return .now(call.answer(try LogReader.read(try mainLogPath(), offset: call.offset, length: call.length)))
        case .tailMainLog(let call):
            return .now(call.answer(try LogReader.tail(try mainLogPath(), bytes: call.bytes, lines: call.lines)))
        case .clearMainLog(let call):
            clear(path: try mainLogPath()) { [unowned self] error in
                control.answer(
                    ticket, error.map { Problem(.internalError, $0).answer } ?? call.answer(Accepted("cleared")))
            }
            return .later
        case .followLogs(let call): follow(call, ticket)
        case .followMainLog(let call):
            let follower = LogFollower(
                ticket, [LogFollower.Source(path: try mainLogPath())], after: call.after, lines: call.lines,
                bytes: call.bytes)
            begin(follower)
        case .followEvents(let call):
            let after = events.follow(call, ticket)
            afterTurn.append { [unowned self] in events.begin(ticket, after, through: control) }
        default: throw Problem(.notFound, "superd does not know this command")
        }
        return .stream
    }

    private func log(_ word: String, _ stream: LogStream) throws -> (ProcessName, String) {
        guard let name = ProcessName(word), fleet[name] != nil else {
            throw Problem(ActionResult(word, .read, .noSuchProcess))
        }
        guard let path = logPath(name, stream == .stderr ? .stderr : .stdout), !path.hasPrefix("/dev/") else {
            throw Problem(ActionResult(word, .read, .noLogFile))
        }
        return (name, path)
    }

    private func mainLogPath() throws -> String {
        let path = configuration.daemon.logFile
        guard path != "syslog", !path.hasPrefix("/dev/") else { throw Problem(.notFound, "the main log is not a file") }
        return path
    }

    // MARK: - Following

    private func follow(_ call: FollowLogs, _ ticket: Ticket) {
        let streams = call.stream.map { [$0] } ?? LogStream.allCases
        let sources = select(call.select).names.flatMap { name in
            streams.compactMap { stream in
                logPath(name, stream == .stderr ? .stderr : .stdout).map {
                    LogFollower.Source(path: $0, name: name, stream: stream)
                }
            }
        }
        begin(LogFollower(ticket, sources, after: call.after, lines: call.lines, bytes: call.bytes))
    }

    /// The log thread tells when a followed file has grown; the first look is at once, after the stream has begun.
    private func begin(_ follower: LogFollower) {
        followers[follower.ticket] = follower
        pump.follow(Set(followers.values.flatMap(\.paths)))
        afterTurn.append { [unowned self] in advance(follower) }
    }

    /// Sends a reader what is new. The file is its buffer: nothing is sent while the reader has not taken what was sent before, and a turn
    /// is not spent on one reader alone; the rest comes a moment later.
    func advance(_ follower: LogFollower) {
        laggards.remove(follower.ticket)
        for _ in 0..<16 {
            guard let backlog = control.backlog(of: follower.ticket) else { return }
            if backlog > 0 { break }
            let events = follower.newEvents()
            if events.isEmpty { return }
            for event in events { control.send(event, to: follower.ticket) }
        }
        laggards.insert(follower.ticket)
        if laggardsDue == nil { laggardsDue = Clock.now() + .milliseconds(20) }
    }

    /// Goes on with the readers who have not got everything yet.
    func advanceLaggards() {
        laggardsDue = nil
        for follower in laggards.compactMap({ followers[$0] }) { advance(follower) }
    }

    /// A followed file has grown, or was emptied.
    func fileChanged(_ path: String) {
        for follower in followers.values where follower.paths.contains(path) { advance(follower) }
    }

    /// Tells every reader of a stream that nothing more comes.
    func endStreams() {
        for ticket in Array(followers.keys) + events.readers {
            control.end(ticket, because: "superd has stopped")
            streamEnded(ticket)
        }
    }

    func streamEnded(_ ticket: Ticket) {
        events.forget(ticket)
        laggards.remove(ticket)
        guard followers.removeValue(forKey: ticket) != nil else { return }
        pump.follow(Set(followers.values.flatMap(\.paths)))
    }
}
