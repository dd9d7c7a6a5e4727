import SuperAPI
import SuperBase
import SuperCore

@testable import SuperDaemon

/// Processes that never change; what a command comes to is told by the name of the process.
final class FakeService: ControlService {
    weak var server: ControlServer?
    let processes: [ProcessInfo]

    init(_ processes: [ProcessInfo]) {
        self.processes = processes
    }

    /// Processes as Supervisor has them.
    static let plainProcesses: [ProcessInfo] = [
        info("bad", .fatal) { $0.spawnError = "can't find command '/x'" },
        info("cat", .running) {
            $0.pid = 7
            $0.uptime = 90_061
        },
        info("db", .exited) {
            $0.startedAt = 1_763_830_800
            $0.stoppedAt = 1_763_830_860
        },
        info("web:web_00", .running) {
            $0.pid = 123
            $0.uptime = 5
            $0.stdoutLog = "/log/web_00"
        },
        info("web:web_01", .starting) { $0.pid = 124 },
    ]

    static func info(
        _ name: String, _ state: ProcessState, _ change: (inout ProcessInfo) -> Void = { _ in }
    ) -> ProcessInfo {
        var info = ProcessInfo(
            ProcessName(name) ?? ProcessName(group: name, process: name), state, now: 1_700_000_100)
        change(&info)
        info.describe(utcOffset: 0)
        return info
    }

    func handle(_ call: ControlCall, _ ticket: Ticket) -> ControlReply {
        switch call {
        case .listProcesses(let request): return .now(request.answer(list(request.select)))
        case .startProcesses(let request): return .now(request.answer(results(request.select, .start)))
        case .stopProcesses(let request): return .now(request.answer(results(request.select, .stop)))
        case .restartProcesses(let request):
            if let rolled = replacements(request.select) { return .now(request.answer(rolled)) }
            let stops = results(request.select, .stop).results
            return .now(request.answer(ActionResults(stops + results(request.select, .start).results)))
        case .rollProcesses(let request): return .now(request.answer(roll(request)))
        case .scaleProgram(let request): return .now(request.answer(scale(request)))
        case .signalProcesses(let request):
            guard Signal(name: request.signal) != nil else {
                return .now(request.answer(ActionResults([ActionResult("cat", .signal, .badSignal)])))
            }
            return .now(request.answer(results(request.select, .signal)))
        case .clearLogs(let request): return .now(request.answer(results(request.select, .clear)))
        case .writeInput(let request):
            return .now(request.answer(ActionResults([ActionResult(request.name, .write, .ok)])))
        case .addGroup(let request): return .now(request.answer(group(request.group, .add)))
        case .removeGroup(let request): return .now(request.answer(group(request.group, .remove)))
        case .rereadConfiguration(let request):
            return .now(request.answer(ConfigurationChanges(added: ["new"], changed: ["cat"], removed: ["old"])))
        case .updateConfiguration(let request):
            guard request.groups != ["broken"] else {
                var problem = Problem(.badConfiguration, "1 error")
                problem.diagnostics = [DiagnosticInfo.example]
                return .now(problem.answer)
            }
            var results = [
                ActionResult("old", .stop, .ok), ActionResult("old", .remove, .ok), ActionResult("cat", .stop, .ok),
                ActionResult("cat", .update, .ok), ActionResult("new", .add, .ok),
            ]
            if request.groups == ["zz"] { results = [ActionResult("zz", .update, .noSuchGroup)] }
            if request.groups == ["old", "web"] {
                results[2...] = [ActionResult("web", .update, .notReplaced, message: "web:web_01: it hangs")]
            }
            return .now(request.answer(ActionResults(results)))
        case .listAvailable(let request): return .now(request.answer(.example))
        case .diffConfiguration(let request): return .now(request.answer(.example))
        case .checkConfiguration(let request): return .now(request.answer(.example))
        case .showDaemon(let request): return .now(request.answer(.example))
        case .shutdownDaemon(let request): return .now(request.answer(.example))
        case .reloadDaemon(let request): return .now(request.answer(.example))
        case .tailLog(let request): return .now(tail(request))
        case .tailMainLog(let request):
            return .now(request.answer(LogChunk(Array("main \(request.bytes ?? 0)\n".utf8), offset: 0, size: 9)))
        case .followLogs(let request):
            pending = (request, ticket)
            return .stream
        default: return .now(Problem(.internalError, "not in the fake").answer)
        }
    }

    func streamEnded(_ ticket: Ticket) {}

    private var pending: (FollowLogs, Ticket)?

    /// A line in two pieces, a file that starts over, and the end.
    func serveStream() throws {
        guard let (request, ticket) = pending else { return }
        pending = nil
        for (index, (name, text)) in [("log", "hel"), ("log", "lo\n"), ("truncated", ""), ("log", "again")].enumerated()
        {
            let chunk = LogChunk(Array(text.utf8), name: "web:web_00", stream: .stdout, offset: 0, size: 0)
            server?.send(try request.event(id: "\(index)", name, chunk), to: ticket)
        }
        server?.end(ticket, because: "superd ends")
    }

    private func list(_ words: [String]) -> ProcessList {
        guard !words.isEmpty else { return ProcessList(processes) }
        let selection = Selection(words, from: processes.map(\.processName))
        let chosen = selection.names.compactMap { name in processes.first { $0.processName == name } }
        return ProcessList(chosen, unknown: selection.unknown.map { ActionResult($0, .start) })
    }

    private func results(_ words: [String], _ action: Action) -> ActionResults {
        let selection = Selection(words, from: processes.map(\.processName))
        let known = selection.names.map { name -> ActionResult in
            let isUp = processes.first { $0.processName == name }?.state.isRunning == true
            let code: ResultCode =
                switch action {
                case .start:
                    name.process == "app"
                        ? .dependencyFailed : name.process == "bad" ? .spawnError : isUp ? .alreadyStarted : .ok
                case .clear: .ok
                default: isUp ? .ok : .notRunning
                }
            let messages: [ResultCode: String] = [
                .spawnError: "can't find command '/x'", .dependencyFailed: "waiting for db to be ready, it is FATAL",
            ]
            return ActionResult(name.description, action, code, message: messages[code])
        }
        return ActionResults(known + selection.unknown.map { ActionResult($0, action) })
    }

    private func group(_ name: String, _ action: Action) -> ActionResults {
        let code: ResultCode =
            switch (name, action) {
            case ("new", .add), ("old", .remove): .ok
            case ("cat", .add): .alreadyAdded
            case ("cat", .remove): .stillRunning
            default: .noSuchGroup
            }
        return ActionResults([ActionResult(name, action, code)])
    }

    private func tail(_ request: TailLog) -> Answer {
        guard let info = processes.first(where: { $0.name == request.name }) else {
            return Problem(ActionResult(request.name, .read, .noSuchProcess)).answer
        }
        guard info.stdoutLog != nil else { return Problem(ActionResult(request.name, .read, .noLogFile)).answer }
        let text = Array("one\ntwo \(request.bytes.map(String.init) ?? "-") \(request.stream.rawValue)\n".utf8)
        return request.answer(LogChunk(text, name: info.name, stream: request.stream, offset: 0, size: text.count))
    }
}
