import ArgumentParser
import SuperAPI
import SuperBase
import SuperClient
import SuperOS

/// The last bytes that `tail` shows, as in Supervisor.
private let tailBytes = 1600
/// Those that `tail -f` begins with.
private let followBytes = 1024

/// What the words of `tail` and `maintail` mean: `-f`, `-N`, and names.
private struct TailWords {
    var follows = false
    var bytes = tailBytes
    var names: [String] = []
    var badWord: String?

    init(_ words: [String]) {
        for word in words {
            if word == "-f" {
                follows = true
            } else if word.hasPrefix("-") {
                if let count = Int(word.dropFirst()), count >= 0 { bytes = count } else { badWord = word }
            } else {
                names.append(word)
            }
        }
    }
}

extension Session {
    /// Prints a stream of log chunks until it ends.
    fileprivate func printFollowed<Request: ResumableEndpoint>(_ request: Request) where Request.Response == LogChunk {
        say("==> Press Ctrl-C to exit <==")
        do {
            var stream = try client.follow(request)
            while let event = try stream.next() {
                if isJSON { Session.write(event.text, to: .standardOutput) }
                if event.name == "truncated" { say("==> File truncated <==") }
                pass(event.content.bytes)
            }
            if let reason = stream.reasonForEnd { advise("the stream ended: \(reason)") }
        } catch {
            report(error)
        }
    }

    /// Prints the end of a log, or why there is none.
    fileprivate func printTail<Request: Endpoint>(_ request: Request, name: String) where Request.Response == LogChunk {
        do {
            pass(try attempt(request).bytes)
        } catch {
            guard case .problem(let problem) = error, problem.kind != .unauthorized else { return report(error) }
            guard let result = problem.results?.first else {
                say("\(name): ERROR (unknown error reading log)")
                advise(problem.detail)
                return fail(1)
            }
            let text = ResultText(result)
            say(text.line)
            fail(text.exitCode)
        }
    }
}

struct Tail: Verb {
    static let configuration = superctl.configuration(
        "tail", "Shows the end of a log: tail [-f] [-BYTES] NAME [stdout|stderr].", "tail -f web:web_00",
        "tail -4000 db stderr")

    @Argument(
        parsing: .allUnrecognized, help: "-f, -BYTES, the process, and stdout or stderr.", completion: processNames)
    var words: [String] = []

    func run(_ session: Session) {
        let tail = TailWords(words)
        if let badWord = tail.badWord { return refuse(session, "bad argument \(badWord)", 1) }
        guard let name = tail.names.first else { return refuse(session, "too few arguments", 1) }
        guard tail.names.count < 3 else { return refuse(session, "too many arguments", 1) }
        guard let stream = LogStream(rawValue: (tail.names.dropFirst().first ?? "stdout").lowercased()) else {
            return refuse(session, "bad channel '\(tail.names[1])'", 1)
        }
        if tail.follows {
            session.printFollowed(FollowLogs([name], stream: stream, bytes: followBytes))
        } else {
            session.printTail(TailLog(name: name, stream: stream, bytes: tail.bytes), name: name)
        }
    }
}

struct MainTail: Verb {
    static let configuration = superctl.configuration(
        "maintail", "Shows the end of the main log: maintail [-f] [-BYTES].", "maintail -f", "maintail -4000")

    @Argument(parsing: .allUnrecognized, help: "-f, -BYTES.")
    var words: [String] = []

    func run(_ session: Session) {
        let tail = TailWords(words)
        if let badWord = tail.badWord { return refuse(session, "bad argument \(badWord)", 1) }
        guard tail.names.isEmpty else { return refuse(session, "too many arguments", 1) }
        if tail.follows {
            session.printFollowed(FollowMainLog(bytes: followBytes))
        } else {
            session.printTail(TailMainLog(bytes: tail.bytes), name: "supervisord")
        }
    }
}

struct Logs: Verb {
    static let configuration = superctl.configuration(
        "logs", "Shows the last lines of several logs, each line behind its process.", "logs -f 'web:*' db",
        "logs -n 50 all")

    @Flag(name: .shortAndLong, help: "Go on with what is written from now on.")
    var follow = false
    @Option(name: [.customShort("n"), .customLong("lines")], help: "How many lines of each log.")
    var lines = 10
    @Argument(help: "Which processes.", completion: processNames)
    var names: [String] = []

    func run(_ session: Session) {
        guard !names.isEmpty else { return refuse(session, "logs requires a process name", 2) }
        var printer = LinePrinter(session)
        do {
            if follow {
                var stream = try session.client.follow(FollowLogs(names, lines: lines))
                while let event = try stream.next() { printer.take(event.content, text: event.text) }
                if let reason = stream.reasonForEnd { session.advise("the stream ended: \(reason)") }
            } else {
                try printOnce(session, &printer)
            }
        } catch {
            session.report(error)
        }
        printer.finish()
    }

    private func printOnce(_ session: Session, _ printer: inout LinePrinter) throws(ClientError) {
        let list = try session.client.call(ListProcesses(names))
        for unknown in list.unknown {
            session.say(
                "\(unknown.name): ERROR (\(unknown.code == .noSuchGroup ? "no such group" : "no such process"))")
            session.fail(1)
        }
        for info in list.processes {
            for (stream, path) in [(LogStream.stdout, info.stdoutLog), (.stderr, info.stderrLog)] where path != nil {
                let answer = try session.client.send(TailLog(name: info.name, stream: stream, lines: lines))
                let chunk = try ControlClient.read(TailLog.self, answer)
                printer.take(chunk, text: String(decoding: answer.body, as: UTF8.self))
                printer.finish()
            }
        }
    }
}

/// Prints whole lines behind the names of their processes, however they arrive.
private struct LinePrinter {
    private let session: Session
    /// What has come of a line that is not complete, by process and stream.
    private var begun: [String: (name: String, bytes: [UInt8])] = [:]
    private var width = 0

    init(_ session: Session) {
        self.session = session
    }

    /// `text` is the chunk as superd sent it.
    mutating func take(_ chunk: LogChunk, text: String) {
        if session.isJSON { return Session.write(text, to: .standardOutput) }
        let name = chunk.name ?? ""
        let key = "\(name) \(chunk.stream?.rawValue ?? "")"
        var lines = ((begun[key]?.bytes ?? []) + chunk.bytes).split(separator: 10, omittingEmptySubsequences: false)
        let rest = lines.popLast() ?? []
        begun[key] = rest.isEmpty ? nil : (name, Array(rest))
        for line in lines { print(line, name) }
    }

    /// Prints what is left without a line end.
    mutating func finish() {
        for (name, bytes) in begun.values { print(bytes[...], name) }
        begun = [:]
    }

    private mutating func print(_ line: ArraySlice<UInt8>, _ name: String) {
        width = max(width, name.count)
        session.pass(Array("\(padded(name, width)) | ".utf8) + line + [10])
    }
}

struct Events: Verb {
    static let configuration = superctl.configuration(
        "events", "Shows changes of state as they happen.", "events -f", "events -f 'web:*' --json")

    @Flag(name: .shortAndLong, help: "Events are always followed; -f says so.")
    var follow = false
    @Argument(help: "Which processes.", completion: processNames)
    var names: [String] = []

    func run(_ session: Session) {
        do {
            var stream = try session.client.follow(FollowEvents(names))
            while let event = try stream.next() {
                if session.isJSON { Session.write(event.text, to: .standardOutput) }
                session.say(Events.line(event.content))
            }
            if let reason = stream.reasonForEnd { session.advise("the stream ended: \(reason)") }
        } catch {
            session.report(error)
        }
    }

    /// `14:03:05 web:web_00 RUNNING -> EXITED, pid 4711, exit status 1`
    private static func line(_ event: StateEvent) -> String {
        let time = WallTime(seconds: Int64(event.at)).local
        let clock = [time.hour, time.minute, time.second].map { $0 < 10 ? "0\($0)" : "\($0)" }.joined(separator: ":")
        let change = event.to.map { "\(event.from.map { "\($0) -> " } ?? "")\($0)" } ?? event.type
        let more = [event.pid.map { "pid \($0)" }, event.message].compactMap { $0 }
        return "\(clock) \(event.name) " + ([change] + more).joined(separator: ", ")
    }
}
