import ArgumentParser
import SuperAPI
import SuperBase
import SuperClient

struct Version: Verb {
    static let configuration = superctl.configuration(
        "version", "Shows the version of superd.", "version", "version --json")

    func run(_ session: Session) {
        if let daemon = session.ask(ShowDaemon()) { session.say(daemon.version) }
    }
}

struct Reload: Verb {
    static let configuration = superctl.configuration(
        "reload", "Stops everything, reads the configuration and starts again.", "reload", "reload --json")

    func run(_ session: Session) {
        if session.ask(ReloadDaemon(), .unchecked) != nil { session.say("Restarted supervisord") }
    }
}

struct Shutdown: Verb {
    static let configuration = superctl.configuration(
        "shutdown", "Stops everything and ends superd.", "shutdown", "shutdown -s unix:///run/superd.sock")

    func run(_ session: Session) {
        if session.ask(ShutdownDaemon(), .shutdown) != nil { session.say("Shut down") }
    }
}

struct ReopenAllLogs: Verb {
    static let configuration = superctl.configuration(
        "reopen-logs", "Closes and opens all logs, after they were moved.", "reopen-logs", "reopen-logs --json")

    func run(_ session: Session) {
        if let answer = session.ask(ReopenLogs(), .unchecked) { session.say(answer.message) }
    }

}

struct Open: Verb {
    static let configuration = superctl.configuration(
        "open", "Goes to another superd and shows its processes.", "open unix:///run/superd.sock",
        "open http://127.0.0.1:9001")

    @Argument(help: "unix:///path or http://host:port.")
    var url = ""

    func run(_ session: Session) {
        guard session.open(url) else {
            session.complain("ERROR: url must be http:// or unix://")
            return session.fail(1)
        }
        let exitCode = session.exitCode
        Status.show(session)
        session.exitCode = exitCode
    }
}

extension Status {
    /// All processes.
    static func show(_ session: Session) {
        Superctl.execute(["status"], session)
    }
}

/// Completes names of processes, and the whole of each group.
let processNames = CompletionKind.custom { words, _, _ in
    let names = completionProcesses(words)
    let groups = Set(names.filter { $0.group != $0.process }.map { "\($0.group):*" })
    return names.map(\.description) + groups.sorted() + ["all"]
}

/// Completes names of groups.
let groupNames = CompletionKind.custom { words, _, _ in
    Set(completionProcesses(words).map(\.group)).sorted()
}

/// Completes names of programs.
let programNames = CompletionKind.custom { words, _, _ in
    completionSession(words)?.programNames() ?? []
}

/// The processes of the superd that a command line names; none where it does not answer.
private func completionProcesses(_ words: [String]) -> [ProcessName] {
    completionSession(words)?.processNames() ?? []
}

private func completionSession(_ words: [String]) -> Session? {
    let options = GlobalOptions.split(Array(words.dropFirst())).options
    return (try? GlobalOptions.parse(options)).flatMap { try? Session($0) }
}

/// For completion: whatever fails gives no names and no complaint.
extension Session {
    func processNames() -> [ProcessName] { processes().map(\.processName) }

    func programNames() -> [String] { Set(processes().map { $0.program ?? $0.group }).sorted() }

    private func processes() -> [ProcessInfo] { (try? client.call(ListProcesses()))?.processes ?? [] }
}
