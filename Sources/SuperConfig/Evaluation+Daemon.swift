import SuperBase
import SuperOptions

extension Evaluation {
    /// `[supervisord]` up to what depends on other sections.
    mutating func readDaemon() -> DaemonConfig {
        var daemon = DaemonConfig()
        guard let section = document.section("supervisord") else {
            problems.add(
                Diagnostic(
                    .error, kind: "no_supervisord_section", at: SourceLocation(file: mainFile), section: "supervisord",
                    "the file has no [supervisord] section", hint: "add it; it may be empty"))
            return daemon
        }
        apply(OptionTable.supervisord.filter { $0.name != "user" }, of: section, to: &daemon)
        for variable in daemon.environment { environment["ENV_" + variable.name] = .text(variable.value) }
        return daemon
    }

    /// The rest of `[supervisord]`: what Supervisor looks at last, the command line, and what follows from both.
    mutating func finishDaemon(
        _ daemon: inout DaemonConfig, servers: [ServerConfig], flags: [(name: String, value: String)]
    ) {
        if let section = document.section("supervisord") {
            apply(OptionTable.supervisord.filter { $0.name == "user" }, of: section, to: &daemon)
        }
        for flag in flags { apply(flag, to: &daemon) }
        checkPool(daemon.pool)
        if daemon.logFile != "syslog" { daemon.logFile = context.normalized(daemon.logFile) }
        daemon.pidFile = context.normalized(daemon.pidFile)
        daemon.serverURL = serverURL(of: servers)
    }

    /// The program of `pool=` must be there.
    private mutating func checkPool(_ pool: String?) {
        guard let pool, let section = document.section("supervisord") else { return }
        let programs = document.sections.filter(\.isProgram).compactMap(\.suffix)
        guard !programs.contains(pool) else { return }
        report(
            section, "pool", kind: "pool.unknown_program", "there is no program '\(pool)'",
            hint: nearMiss(of: pool, among: programs).map { "did you mean \($0)?" },
            details: [.init("name", .text(pool))])
    }

    private mutating func apply(_ flag: (name: String, value: String), to daemon: inout DaemonConfig) {
        guard let row = OptionTable.supervisord.first(where: { $0.flag?.long == flag.name }) else {
            problems.add(
                Diagnostic(
                    .error, kind: "flag.unknown", option: "--\(flag.name)", "there is no such command-line option"))
            return
        }
        do {
            try row.read(.text(flag.value), context, &daemon)
        } catch {
            problems.add(
                Diagnostic(.error, kind: error.kind, option: "--\(flag.name)", error.message, hint: error.hint))
        }
    }

    /// The first unix endpoint, else the last inet one.
    private func serverURL(of servers: [ServerConfig]) -> String? {
        var url: String?
        for server in servers {
            switch server.address {
            case .unix(let path, _, _): return "unix://\(path)"
            case .inet(let host, let port): url = "http://\(host.isEmpty ? "localhost" : host):\(port)"
            }
        }
        return url
    }
}
