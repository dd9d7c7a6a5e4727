import SuperAPI

/// A result in Supervisor's words, with the exit code that it has for each.
struct ResultText {
    let line: String
    let exitCode: Int32

    init(_ result: ActionResult) {
        let name = result.name
        switch (result.action, result.code) {
        case (.start, .ok): self.init("\(name): started")
        case (.stop, .ok): self.init("\(name): stopped")
        case (.signal, .ok): self.init("\(name): signalled")
        case (.clear, .ok): self.init("\(name): cleared")
        case (.add, .ok): self.init("\(name): added process group")
        case (.remove, .ok): self.init("\(name): removed process group")
        case (.update, .ok): self.init("\(name): updated process group")
        case (.scale, .ok): self.init("\(name): \(result.reason)")
        case (.roll, .ok), (.read, .ok), (.write, .ok): self.init("\(name): done")
        case (_, .replaced): self.init("\(name): replaced")

        case (.add, .alreadyAdded): self.init("ERROR: process group already active")
        case (.remove, .stillRunning): self.init("ERROR: process/group still running: \(name)", 1)
        case (.add, .noSuchGroup), (.remove, .noSuchGroup), (.add, .noSuchProcess), (.remove, .noSuchProcess):
            self.init("ERROR: no such process/group: \(name)", 1)
        case (.update, .noSuchGroup): self.init("ERROR: no such group: \(name)", 1)
        case (.read, .noSuchProcess): self.init("\(name): ERROR (no such process name)", 1)

        case (_, .alreadyStarted): self.init(name, error: "already started", 0)
        case (.stop, .notRunning): self.init(name, error: "not running", 0)
        case (_, .notRunning): self.init(name, error: "not running", 7)
        case (.start, .noSuchGroup): self.init(name, error: "no such group", 2)
        case (_, .noSuchGroup): self.init(name, error: "no such group", 1)
        case (_, .spawnError): self.init(name, error: "spawn error", 7)
        case (_, .abnormalTermination): self.init(name, error: "abnormal termination", 7)
        case (_, .noSuchProcess): self.init(name, error: "no such process", 1)
        case (_, .noFile): self.init(name, error: "no such file", 1)
        case (_, .notExecutable): self.init(name, error: "file is not executable", 1)
        case (_, .badSignal): self.init(name, error: "bad signal name", 1)
        case (_, .noLogFile): self.init(name, error: "no log file", 1)
        case (_, .timedOut): self.init(name, error: "timed out", 1)
        case (_, .stillRunning): self.init(name, error: "still running", 1)
        case (_, .alreadyAdded): self.init(name, error: "already added", 1)
        case (_, .shuttingDown): self.init(name, error: "superd is shutting down", 1)
        case (_, .superseded): self.init(name, error: "superseded by a later command", 1)
        case (_, .notReplaced), (_, .restored), (_, .notRolling), (_, .dependencyFailed), (.scale, .failed):
            self.init(name, error: result.reason, 1)
        case (_, .noSuchProgram): self.init(name, error: "no such program", 1)
        case (_, .failed): self.init(name, error: "failed", 1)
        }
    }

    private init(_ line: String, _ exitCode: Int32 = 0) {
        self.line = line
        self.exitCode = exitCode
    }

    private init(_ name: String, error: String, _ exitCode: Int32) {
        self.init("\(name): ERROR (\(error))", exitCode)
    }
}
