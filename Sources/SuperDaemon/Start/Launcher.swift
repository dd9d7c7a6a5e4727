import SuperBase
import SuperConfig
import SuperKeeper
import SuperOS

/// superd from its command line to the keeper's loop: everything that can be wrong is found here, while somebody still looks at the
/// terminal, and before anything runs.
///
/// The order is Supervisor's: read, become the user, raise limits, open logs and sockets, go to the background, write the pidfile.
public struct Launcher {
    private let options: LaunchOptions
    private var launchLines: [DaemonArguments.LaunchLine] = []
    private var held: [String: Descriptor] = [:]
    private var records: [String: [UInt8]] = [:]
    private var pidFile: String?

    /// What the command line said, beside what `DaemonArguments` holds.
    public struct LaunchOptions: Sendable {
        public var arguments: DaemonArguments
        /// The words of our own command line, for the brain's.
        public var words: [String]

        public init(arguments: DaemonArguments, words: [String]) {
            self.arguments = arguments
            self.words = words
        }
    }

    /// superd cannot start; the exit code is 2.
    struct StartError: Error, CustomStringConvertible {
        let description: String

        init(_ description: String) { self.description = description }
    }

    public init(_ options: LaunchOptions) {
        self.options = options
    }

    /// Runs superd and answers its exit code. In the background the shell's process answers 0 as soon as superd is ready, or the code with
    /// which it failed.
    public mutating func run() -> Int32 {
        do {
            return try start()
        } catch {
            Self.complain("\(error)")
            return 2
        }
    }

    /// `Error: …` and where help is, as supervisord says it.
    static func complain(_ text: String) {
        let program = CommandLine.arguments.first ?? "superd"
        try? Descriptor.standardError.writeAll(Array("Error: \(text)\nFor help, use \(program) -h\n".utf8))
    }

    private mutating func start() throws -> Int32 {
        let loaded = try readConfiguration()
        let daemon = loaded.configuration.daemon
        try becomeUser(daemon)
        let openFiles = try raiseLimits(daemon)
        let lock = try lockPidFile(daemon.pidFile)
        try openMainLog(daemon)
        for server in loaded.configuration.servers { try open(server) }
        held[HeldKey.snapshot(1)] = try loaded.snapshot.store()
        var onStart: ((Keeper.StartResult) -> Void)?
        if !daemon.noDaemon {
            note(.info, "daemonizing the supervisord process")
            onStart = try goToBackground(daemon)
        }
        // Always, also in the foreground, where Supervisor forgets it.
        CurrentProcess.setUmask(daemon.umask)
        if let lock { try PidFile.write(CurrentProcess.pid, to: lock) }
        return try keep(daemon, openFiles: openFiles, onStart)
    }

    private mutating func note(_ level: LogLevel, _ text: String) {
        launchLines.append(DaemonArguments.LaunchLine(level, text))
    }

    // MARK: - Steps

    /// Makes sure that this is the only superd over its programs, also where an earlier one was killed and left them behind.
    private mutating func lockPidFile(_ path: String) throws -> Descriptor? {
        guard let lock = try PidFile.lock(path) else {
            note(.critical, "could not write pidfile \(path)")
            return nil
        }
        held[HeldKey.pidFile] = lock.file
        pidFile = path
        if lock.wasLeft { launchLines += Leftovers(pidFile: path).end() }
        return lock.file
    }

    private mutating func readConfiguration() throws -> LoadedConfiguration {
        let loaded = try LoadedConfiguration.load(options.arguments)
        for line in loaded.logLines { note(line.level, line.text) }
        if CurrentProcess.user == 0 && loaded.configuration.daemon.user == nil {
            note(
                .critical,
                "Supervisor is running as root.  Privileges were not dropped because no user is specified in the "
                    + "config file.  If you intend to run as root, you can set user=root in the config file to avoid "
                    + "this message.")
        }
        return loaded
    }

    private mutating func becomeUser(_ daemon: DaemonConfig) throws {
        guard let name = daemon.user else { return }
        guard let account = try UserAccount(name) else { throw StartError("Can't find username '\(name)'") }
        if account.user == CurrentProcess.user { return }
        guard CurrentProcess.user == 0 else { throw StartError("Can't drop privilege as nonroot user") }
        try CurrentProcess.become(try account.identity())
        note(.info, "Set uid to user \(account.user) succeeded")
    }

    /// Gives superd all the descriptors that it may have, and answers what its children get: at least `minfds`.
    private func raiseLimits(_ daemon: DaemonConfig) throws -> ResourceLimit {
        try raise(.processes, to: daemon.minProcs, option: "minprocs", what: "processes")
        let forChildren = try raise(.openFiles, to: daemon.minFDs, option: "minfds", what: "file descriptors")
        try ResourceLimit(soft: forChildren.hard, hard: forChildren.hard).apply(to: .openFiles)
        return forChildren
    }

    @discardableResult
    private func raise(
        _ resource: ResourceLimit.Resource, to wanted: Int, option: String, what: String
    ) throws -> ResourceLimit {
        let limit = try ResourceLimit.current(resource)
        let wanted = UInt64(max(wanted, 0))
        guard limit.soft < wanted else { return limit }
        let raised = ResourceLimit(soft: wanted, hard: max(limit.hard, wanted))
        do {
            try raised.apply(to: resource)
        } catch {
            throw StartError(
                "superd must be allowed \(wanted) \(what) (\(option)=\(wanted)), and may have only \(limit.hard): raise "
                    + "the limit where superd is started, or lower \(option) in [supervisord]")
        }
        return raised
    }

    /// Sees that the main log can be written, before nobody looks any more.
    private func openMainLog(_ daemon: DaemonConfig) throws {
        guard daemon.logFile != "syslog" else { return }
        do {
            _ = try LogFile.open(daemon.logFile)
        } catch {
            throw StartError("the main log cannot be written: \(error)")
        }
    }

    private mutating func open(_ server: ServerConfig) throws {
        do {
            let listener = try ControlListener(opening: server)
            held[listener.key] = listener.socket
            records[listener.key] = listener.place
        } catch ControlListener.Problem.inUse {
            throw StartError(
                "Another program is already listening on a port that one of our HTTP servers is configured to use.  "
                    + "Shut this program down first before starting supervisord. ([\(server.section)])")
        } catch {
            throw StartError("[\(server.section)]: \(error)")
        }
    }

    /// Leaves the terminal; the shell's process waits until superd is ready or has failed.
    private func goToBackground(_ daemon: DaemonConfig) throws -> (Keeper.StartResult) -> Void {
        let starter = Starter(try Daemon.detach(silence: "superd ended before it had started"))
        try Daemon.silenceStandardStreams()
        if let directory = daemon.directory { try CurrentProcess.changeDirectory(to: directory) }
        return { starter.tell($0, log: daemon.logFile) }
    }

    // MARK: - The keeper

    private mutating func keep(
        _ daemon: DaemonConfig, openFiles: ResourceLimit, _ onStart: ((Keeper.StartResult) -> Void)?
    ) throws -> Int32 {
        Signal.pipe.ignore()
        try CurrentProcess.becomeSubreaper()
        var arguments = options.arguments
        arguments.isForeground = daemon.noDaemon
        arguments.launchLines = launchLines
        arguments.pidFile = pidFile
        records[DaemonArguments.recordKey] = arguments.bytes
        var environment = CurrentProcess.environment
        environment.append(EnvironmentVariable(DaemonArguments.roleVariable, BrainProgram.roleName))
        // A brain that crashed is replaced at once; Swift's backtracer would hold it for seconds first.
        if !environment.contains(where: { $0.name == DaemonArguments.backtraceVariable }) {
            environment.append(EnvironmentVariable(DaemonArguments.backtraceVariable, DaemonArguments.noBacktrace))
        }
        var settings = Keeper.Settings(
            brainExecutable: "/proc/self/exe", brainArguments: ["superd: brain"] + options.words.dropFirst(),
            environment: environment)
        settings.childOpenFiles = openFiles
        let keeper = try Keeper(settings, held: held, records: records, onStart: onStart)
        return try keeper.run()
    }
}

/// Tells the command that was typed how the start went, once.
private final class Starter {
    private var report: StartReport?

    init(_ report: consuming StartReport) {
        self.report = consume report
    }

    func tell(_ result: Keeper.StartResult, log: String) {
        guard let report = report.take() else { return }
        switch result {
        case .ready: report.started()
        case .failed(let code):
            report.failed("superd could not start; its log may say why: \(log)", code: UInt8(clamping: max(code, 1)))
        }
    }
}
