import ArgumentParser
import SuperAPI
import SuperBase
import SuperClient
import SuperOS

struct Foreground: Verb {
    static let configuration = superctl.configuration(
        "fg", "Shows what a process writes, and sends it what is typed.", "fg console", "fg web:web_00")

    @Argument(help: "The process.", completion: processNames)
    var names: [String] = []

    func run(_ session: Session) {
        guard let name = names.first else { return fail(session, "no process name supplied") }
        guard names.count == 1 else { return fail(session, "too many process names supplied") }
        guard let list = session.ask(ListProcesses([name])) else { return }
        guard let info = list.processes.first, list.processes.count == 1 else {
            return fail(session, "bad process name supplied")
        }
        guard info.state == .running else { return fail(session, "process not running") }
        session.say("==> Press Ctrl-C to exit <==")
        do {
            try connect(session, info.name)
        } catch let error as ClientError {
            session.report(error)
        } catch {
            session.advise("\(error)")
            session.fail(1)
        }
    }

    private func fail(_ session: Session, _ sentence: String) {
        session.complain("ERROR: \(sentence)")
        session.fail(1)
    }

    /// Passes on both ways until the stream ends. The end of what is typed ends only that way.
    private func connect(_ session: Session, _ name: String) throws {
        let poller = try Poller()
        var stream = try session.client.follow(FollowLogs([name], lines: 0))
        try poller.add(stream.descriptor, token: Way.output.rawValue, .readable)
        let input = Descriptor.standardInput
        do {
            try poller.add(input, token: Way.input.rawValue, .readable)
        } catch {
            // A file cannot be watched: it is always readable, so all of it goes first.
            try send(input.readAll(limit: 1 << 20), to: name, session)
        }
        while true {
            for event in try poller.wait(until: nil) {
                switch Way(rawValue: event.token) {
                case .output:
                    guard let events = try stream.receive() else { return }
                    for event in events { session.pass(event.content.bytes) }
                case .input:
                    var buffer = [UInt8](repeating: 0, count: 4096)
                    let result = try buffer.withUnsafeMutableBytes { bytes in try input.read(into: bytes) }
                    guard case .bytes(let count) = result else {
                        poller.remove(input)
                        continue
                    }
                    try send(Array(buffer[..<count]), to: name, session)
                case nil: break
                }
            }
        }
    }

    private func send(_ bytes: [UInt8], to name: String, _ session: Session) throws {
        guard !bytes.isEmpty else { return }
        let text = String(decoding: bytes, as: UTF8.self)
        let answer = try session.client.call(WriteInput(name: name, text: text))
        session.report(answer.results.filter(\.isFailure), words: [name])
    }

    private enum Way: UInt64 {
        case output, input
    }
}
