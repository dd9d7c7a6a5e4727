import SuperAPI
import SuperBase

/// A pool of workers that is being rolled, and what goes with it.
extension FakeService {
    static let pool: [ProcessInfo] = [
        info("app", .waiting) { $0.waitingFor = "waiting for db to be ready, it is FATAL" },
        info("cron", .running) {
            $0.pid = 20
            $0.uptime = 5
        },
        info("migrate", .completed) {
            $0.startedAt = 1_763_830_800
            $0.stoppedAt = 1_763_830_860
        },
        worker("off", .stopped),
        worker("web:web_00", .running) {
            $0.readiness = .ready
            $0.statusText = "3 requests\nin flight"
            $0.rolling = .replacing
            $0.others = [
                OtherProcess(pid: 130, role: .new, state: .starting, uptime: 1),
                OtherProcess(pid: 120, role: .old, state: .stopping, uptime: 99),
            ]
        },
        worker("web:web_01", .running) {
            $0.readiness = .degraded
            $0.health = "status 503"
        },
        worker("web:web_02", .starting) {
            $0.readiness = .starting
            $0.health = "connection refused"
        },
    ]

    /// A process of a rolling program.
    private static func worker(
        _ name: String, _ state: ProcessState, _ change: (inout ProcessInfo) -> Void = { _ in }
    ) -> ProcessInfo {
        info(name, state) {
            $0.program = "worker"
            $0.pid = 123
            $0.uptime = 5
            change(&$0)
        }
    }

    /// The results of a restart of processes that are all rolling; nil for others.
    func replacements(_ words: [String]) -> ActionResults? {
        let names = Selection(words, from: processes.map(\.processName)).names
        let programs = names.map { name in processes.first { $0.processName == name }?.program }
        guard programs.allSatisfy({ $0 == "worker" }) else { return nil }
        return ActionResults(names.map { ActionResult($0.description, .roll, .replaced) })
    }

    /// What becomes of each process is told by its name.
    func roll(_ request: RollProcesses) -> ActionResults {
        let selection = Selection(request.select, from: processes.map(\.processName))
        let known = selection.names.map { name -> ActionResult in
            let name = name.description
            return switch name {
            case "web:web_00": ActionResult(name, .roll, .replaced)
            case "web:web_01": ActionResult(name, .roll, .notReplaced, message: words(request))
            case "web:web_02": ActionResult(name, .roll, .restored)
            case "off": ActionResult(name, .roll, .notRunning)
            case "app": ActionResult(name, .roll, .timedOut)
            default: ActionResult(name, .roll, .notRolling)
            }
        }
        return ActionResults(known + selection.unknown.map { ActionResult($0, .roll) })
    }

    private func words(_ request: RollProcesses) -> String {
        let numbers = [request.batch, request.verify, request.timeout].map { $0.map(String.init) ?? "-" }
        return "\(numbers.joined(separator: " ")) \(request.wait)"
    }

    /// What becomes of it is told by the name of the program.
    func scale(_ request: ScaleProgram) -> ActionResults {
        let name = request.program
        let done = ActionResult(scaled: name, to: request.count ?? 4)
        return switch name {
        case "web": ActionResults([done])
        case "weak": ActionResults([ActionResult("weak:weak_03", .start, .spawnError, message: "no memory"), done])
        case "slow": ActionResults([ActionResult(name, .scale, .timedOut)])
        case "fixed": ActionResults([ActionResult(name, .scale, .failed, message: "process_name has no number")])
        default: ActionResults([ActionResult(name, .scale, .noSuchProgram)])
        }
    }
}
