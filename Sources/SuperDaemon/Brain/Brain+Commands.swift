import SuperAPI
import SuperBase
import SuperConfig
import SuperCore
import SuperKeeper
import SuperOS

/// Commands of operators, each with what is called when it is done.
extension Brain {
    /// Whoever asked; called once, at once or later.
    typealias Reply = ([ActionResult]) -> Void

    func start(_ call: StartProcesses, _ reply: @escaping Reply) {
        let selection = select(call.select)
        var results = selection.unknown.map { ActionResult($0, .start) }
        var names: [ProcessName] = []
        for name in selection.names {
            if let problem = whyNotStartable(name) {
                results.append(problem)
            } else {
                names.append(name)
            }
        }
        submit(
            .start(names), .start, wait: call.wait, timeout: call.timeout, known: results,
            inOrder(of: selection.names, reply))
    }

    /// A command that cannot be found or executed is told at once, and the process stays as it is.
    private func whyNotStartable(_ name: ProcessName) -> ActionResult? {
        guard let machine = fleet[name], machine.processState.isStopped || machine.processState == .backoff
        else { return nil }
        do {
            _ = try specs.executable(for: machine.config)
            return nil
        } catch {
            let code: ResultCode
            switch error {
            case .notFound: code = .noFile
            default: code = .notExecutable
            }
            return ActionResult(name.description, .start, code, message: error.description)
        }
    }

    func stop(_ call: StopProcesses, _ reply: @escaping Reply) {
        let selection = select(call.select)
        submit(
            .stop(selection.names), .stop, wait: call.wait, timeout: call.timeout,
            known: selection.unknown.map { ActionResult($0, .stop) }, inOrder(of: selection.names, reply))
    }

    func restart(_ call: RestartProcesses, _ reply: @escaping Reply) {
        let selection = select(call.select)
        let unknown =
            selection.unknown.map { ActionResult($0, .stop) } + selection.unknown.map { ActionResult($0, .start) }
        submit(
            .restart(selection.names), .start, wait: call.wait, timeout: call.timeout, known: unknown,
            inOrder(of: selection.names, reply))
    }

    func signal(_ call: SignalProcesses, _ reply: @escaping Reply) {
        let selection = select(call.select)
        let unknown = selection.unknown.map { ActionResult($0, .signal) }
        guard let signal = Self.signal(call.signal) else {
            return reply(selection.names.map { ActionResult($0.description, .signal, .badSignal) } + unknown)
        }
        submit(
            .signal(signal, selection.names), .signal, wait: true, timeout: nil, known: unknown,
            inOrder(of: selection.names, reply))
    }

    /// Results come as they are settled; operators read them as they named the processes: what names nothing first, and of a restart all stops
    /// before all starts.
    func inOrder(of names: [ProcessName], _ reply: @escaping Reply) -> Reply {
        let places = Dictionary(zip(names.map(\.description), 1...)) { first, _ in first }
        return { results in
            let keys = results.enumerated().map { index, result in
                (result.action == .start ? 1 : 0, places[result.name] ?? 0, index)
            }
            reply(keys.sorted(by: <).map { results[$0.2] })
        }
    }

    /// A name or a number.
    private static func signal(_ text: String) -> Signal? {
        let signal = Int32(text).map(Signal.init(rawValue:)) ?? Signal(name: text)
        return signal.flatMap { $0.isKnown ? $0 : nil }
    }

    /// Hands a command to the fleet; `known` are results that are there already.
    func submit(
        _ command: Command, _ action: Action, wait: Bool, timeout: Int?, known: [ActionResult],
        _ reply: @escaping Reply
    ) {
        lastTicket += 1
        let ticket = Ticket(number: lastTicket)
        let order = fleet.names
        waiting[ticket] = { results in
            reply(known + Self.inOrder(results.map { Self.result($0, action) }, order))
        }
        let deadline = timeout.map { Clock.now() + .seconds($0) }
        handle(.command(command, ticket, wait: wait, deadline: deadline))
    }

    /// Stops before starts, and each in start order, whoever was done first.
    private static func inOrder(_ results: [ActionResult], _ names: [ProcessName]) -> [ActionResult] {
        guard results.count > 1 else { return results }
        let ranks = Dictionary(names.enumerated().map { ($1.description, $0) }) { first, _ in first }
        func key(_ result: ActionResult) -> (Int, Int) { (result.action == .start ? 1 : 0, ranks[result.name] ?? .max) }
        return results.enumerated().sorted { a, b in
            (key(a.element).0, key(a.element).1, a.offset) < (key(b.element).0, key(b.element).1, b.offset)
        }.map(\.element)
    }

    /// The fleet's words as the API says them.
    private static func result(_ result: CommandResult, _ asked: Action) -> ActionResult {
        let name =
            switch result.subject {
            case .process(let name): name.description
            case .group(let name): name
            }
        let isGroup = if case .group = result.subject { true } else { false }
        return switch result.outcome {
        case .started: ActionResult(name, .start, .ok)
        case .stopped: ActionResult(name, .stop, .ok)
        case .signalled: ActionResult(name, .signal, .ok)
        case .removed: ActionResult(name, .remove, .ok)
        case .updated: ActionResult(name, .update, .ok)
        case .added: ActionResult(name, .add, .ok)
        case .alreadyStarted: ActionResult(name, .start, .alreadyStarted)
        case .notRunning: ActionResult(name, [.signal, .roll].contains(asked) ? asked : .stop, .notRunning)
        case .spawnError: ActionResult(name, .start, .spawnError)
        case .abnormalTermination: ActionResult(name, .start, .abnormalTermination)
        case .replaced: ActionResult(name, .roll, .replaced)
        case .notReplaced:
            ActionResult(name, isGroup ? .update : .roll, .notReplaced, message: result.detail)
        case .restored: ActionResult(name, .roll, .restored, message: result.detail)
        case .notRolling: ActionResult(name, .roll, .notRolling)
        case .dependencyFailed: ActionResult(name, .start, .dependencyFailed, message: result.detail)
        case .timedOut: ActionResult(name, isGroup ? .update : asked, .timedOut)
        case .shuttingDown: ActionResult(name, isGroup ? .update : asked, .shuttingDown)
        }
    }

    // MARK: - Logs and input

    /// Clears the log files of processes; the process with none is told so.
    func clear(_ call: ClearLogs, _ reply: @escaping Reply) {
        let selection = select(call.select)
        let gathered = Box(selection.unknown.map { ActionResult($0, .clear) })
        let left = Box(selection.names.count + 1)
        func add(_ result: ActionResult?) {
            if let result { gathered.value.append(result) }
            left.value -= 1
            if left.value == 0 { reply(gathered.value) }
        }
        for name in selection.names { clear(name, add) }
        add(nil)
    }

    private func clear(_ name: ProcessName, _ done: @escaping (ActionResult?) -> Void) {
        let paths = [StandardStream.stdout, .stderr].compactMap { logPath(name, $0) }.filter { !$0.hasPrefix("/dev/") }
        guard !paths.isEmpty else { return done(ActionResult(name.description, .clear, .noLogFile)) }
        let errors = Box<[String]>([])
        let left = Box(paths.count)
        for path in paths {
            clear(path: path) { error in
                if let error { errors.value.append(error) }
                left.value -= 1
                guard left.value == 0 else { return }
                let message = errors.value.isEmpty ? nil : errors.value.joined(separator: "; ")
                done(ActionResult(name.description, .clear, message == nil ? .ok : .failed, message: message))
            }
        }
    }

    /// Has the log thread delete a file and begin it anew.
    func clear(path: String, _ done: @escaping (String?) -> Void) {
        lastTicket += 1
        clearing[lastTicket] = done
        pump.order(.clear(path: path, notice: lastTicket))
    }

    /// Writes text to the standard input of a process, as much as its pipe takes.
    func write(_ call: WriteInput) -> ActionResult {
        guard let name = select([call.name]).names.first else { return ActionResult(call.name, .write, .noSuchProcess) }
        guard let run = fleet[name]?.run, let input = inputs[run.generation] else {
            return ActionResult(name.description, .write, .notRunning)
        }
        do {
            let text = Array(call.text.utf8)
            let result = try text.span.withUnsafeBytes { (bytes) throws(SystemError) in try input.write(bytes) }
            if case .bytes(text.count) = result { return ActionResult(name.description, .write, .ok) }
            let taken = if case .bytes(let count) = result { count } else { 0 }
            return ActionResult(
                name.description, .write, .failed,
                message: "the process does not read its input: \(taken) of \(text.count) bytes were taken")
        } catch {
            let isClosed = error.errno == .brokenPipe
            return ActionResult(name.description, .write, isClosed ? .notRunning : .failed, message: "\(error)")
        }
    }
}
