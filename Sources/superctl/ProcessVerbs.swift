import ArgumentParser
import SuperAPI
import SuperBase
import SuperClient

/// The help of a verb: what it does, and two examples.
func configuration(_ name: String, _ abstract: String, _ examples: String...) -> CommandConfiguration {
    CommandConfiguration(
        commandName: name, abstract: abstract,
        discussion: "Examples:\n" + examples.map { "  superctl \($0)" }.joined(separator: "\n"))
}

/// Whether and how long to wait for a command's effect.
struct WaitOptions: ParsableArguments {
    @Flag(inversion: .prefixedNo, help: "Wait until it is done.")
    var wait = true

    @Option(help: "Wait at most this many seconds.")
    var timeout: Int?
}

extension Verb {
    /// Complains of a command line as Supervisor does: the sentence, then the help of the command.
    func refuse(_ session: Session, _ sentence: String, _ code: Int32) {
        session.complain("Error: \(sentence)")
        session.complain(Superctl.helpMessage(for: Self.self, columns: 100))
        session.fail(code)
    }
}

struct Status: Verb {
    static let configuration = superctl.configuration(
        "status", "Shows processes: all, or those named.", "status", "status 'web:*' db --json")

    @Argument(help: "Which processes.", completion: processNames)
    var names: [String] = []

    func run(_ session: Session) {
        guard let list = session.ask(ListProcesses(names), .status) else { return }
        for unknown in list.unknown {
            let kind = unknown.code == .noSuchGroup ? "no such group" : "no such process"
            session.say("\(unknown.name): ERROR (\(kind))")
            session.fail(4)
        }
        let width = max(30, list.processes.map(\.name.count).max() ?? 0) + 3
        for info in list.processes {
            session.say(padded(info.name, width) + padded(info.state.name, 10) + info.description)
        }
        // A oneshot that has done its work is as it should be.
        if list.processes.contains(where: { $0.state.isStopped && $0.state != .completed }) { session.fail(3) }
    }
}

/// The text with blanks behind it up to a width.
func padded(_ text: String, _ width: Int) -> String {
    text + String(repeating: " ", count: max(0, width - text.count))
}

struct Start: Verb {
    static let configuration = superctl.configuration(
        "start", "Starts processes.", "start web:web_00", "start all --timeout 30")

    @Argument(help: "Which processes.", completion: processNames)
    var names: [String] = []
    @OptionGroup var waiting: WaitOptions

    func run(_ session: Session) {
        guard !names.isEmpty else { return refuse(session, "start requires a process name", 2) }
        let request = StartProcesses(names, wait: waiting.wait, timeout: waiting.timeout)
        guard let answer = session.ask(request) else { return }
        session.report(answer.results, words: names)
    }
}

struct Stop: Verb {
    static let configuration = superctl.configuration(
        "stop", "Stops processes.", "stop db", "stop '*worker*' --no-wait")

    @Argument(help: "Which processes.", completion: processNames)
    var names: [String] = []
    @OptionGroup var waiting: WaitOptions

    func run(_ session: Session) {
        guard !names.isEmpty else { return refuse(session, "stop requires a process name", 1) }
        let request = StopProcesses(names, wait: waiting.wait, timeout: waiting.timeout)
        guard let answer = session.ask(request) else { return }
        session.report(answer.results, words: names)
    }
}

struct Restart: Verb {
    static let configuration = superctl.configuration(
        "restart",
        "Stops processes and starts them; rolling ones are replaced one by one. The configuration is not read again.",
        "restart 'web:*'", "restart all")

    @Argument(help: "Which processes.", completion: processNames)
    var names: [String] = []
    @OptionGroup var waiting: WaitOptions

    func run(_ session: Session) {
        guard !names.isEmpty else { return refuse(session, "restart requires a process name", 1) }
        let request = RestartProcesses(names, wait: waiting.wait, timeout: waiting.timeout)
        guard let answer = session.ask(request) else { return }
        session.report(answer.results, words: names)
    }
}

struct SendSignal: Verb {
    static let configuration = superctl.configuration(
        "signal", "Sends a signal to processes.", "signal HUP web:web_00", "signal USR1 all")

    @Argument(help: "The signal, then which processes.", completion: processNames)
    var words: [String] = []

    func run(_ session: Session) {
        guard words.count > 1 else { return refuse(session, "signal requires a signal name and a process name", 1) }
        let names = Array(words.dropFirst())
        guard let answer = session.ask(SignalProcesses(names, signal: words[0])) else { return }
        session.report(answer.results, words: names)
    }
}

struct Clear: Verb {
    static let configuration = superctl.configuration(
        "clear", "Empties the logs of processes.", "clear db", "clear all")

    @Argument(help: "Which processes.", completion: processNames)
    var names: [String] = []

    func run(_ session: Session) {
        guard !names.isEmpty else { return refuse(session, "clear requires a process name", 1) }
        guard let answer = session.ask(ClearLogs(names)) else { return }
        session.report(answer.results, words: names)
    }
}

struct Pid: Verb {
    static let configuration = superctl.configuration(
        "pid", "Shows the pid of superd, or of processes.", "pid", "pid web:web_00")

    @Flag(help: "The process of superd that decides, which may be replaced, instead of the one that stays.")
    var brain = false
    @Argument(help: "Which processes.", completion: processNames)
    var names: [String] = []

    func run(_ session: Session) {
        guard !names.isEmpty else {
            guard let daemon = session.ask(ShowDaemon()) else { return }
            return session.say(String(brain ? daemon.brainPID : daemon.pid))
        }
        guard let list = session.ask(ListProcesses(names)) else { return }
        for unknown in list.unknown {
            session.say("No such process \(unknown.name)")
            session.fail(1)
        }
        let isEverything = names.contains("all") || names.contains("*")
        for info in list.processes {
            session.say(String(info.pid ?? 0))
            if info.pid == nil && !isEverything { session.fail(7) }
        }
    }
}
