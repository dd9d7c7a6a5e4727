public import SuperBase
import SuperOptions

/// What `superd --check --json` prints: the whole configuration with every value present, or the first error.
///
/// superd's own options appear only where they differ from their defaults. `warnings` names what Supervisor warns of as
/// well; `notes` holds every warning, with its place and words, and further errors are in `errors`.
public enum ConfigurationReport {
    /// The kinds of warnings that Supervisor gives, too.
    private static let supervisorWarnings: Set = [
        "no_match", "ignored_by_redirect_stderr", "auto_without_rollover", "syslog_file_name_deprecated",
    ]

    /// The result as one tree.
    public static func value(of result: LoadResult) -> OptionValue {
        guard let configuration = result.configuration else { return .map(errorEntries(result.errors)) }
        var entries: [OptionValue.Entry] = [
            .init("supervisord", daemon(configuration.daemon)),
            .init("groups", .list(configuration.groups.map(group))),
            .init("http_servers", .list(configuration.servers.map(server))),
            .init("rpcinterfaces", .list(configuration.rpcInterfaces.map(plugin))),
        ]
        if let client = configuration.client { entries.append(.init("supervisorctl", self.client(client))) }
        let imports = unresolvedImports(of: configuration)
        if !imports.isEmpty { entries.append(.init("unresolved_imports", .list(imports.map { .text($0) }))) }
        let warnings = result.warnings.filter { supervisorWarnings.contains($0.kind) }
        let notes = result.warnings.map { self.diagnostic($0, kindKey: "kind") }
        entries.append(.init("warnings", .list(warnings.map(brief))))
        if !notes.isEmpty { entries.append(.init("notes", .list(notes))) }
        return .map(entries)
    }

    // MARK: Errors

    private static func errorEntries(_ errors: [Diagnostic]) -> [OptionValue.Entry] {
        guard let first = errors.first else { return [] }
        var error = diagnostic(first, kindKey: "class")
        if first.kind == "parse.syntax", case .map(let entries) = error {
            let lines = errors.filter { $0.kind == first.kind && $0.location?.file == first.location?.file }
                .compactMap { $0.location?.line }.sorted()
            error = .map(entries + [.init("lines", .list(lines.map { .integer($0) }))])
        }
        let others = errors.dropFirst().map { diagnostic($0, kindKey: "class") }
        return [.init("error", error)] + (others.isEmpty ? [] : [.init("errors", .list(others))])
    }

    private static func brief(_ warning: Diagnostic) -> OptionValue {
        .map(
            [
                .init("kind", .text(warning.kind)), .init("section", text(warning.section)),
                .init("option", text(warning.option)),
            ] + warning.details)
    }

    private static func diagnostic(_ diagnostic: Diagnostic, kindKey: String) -> OptionValue {
        .map(
            [
                .init(kindKey, .text(diagnostic.kind)),
                .init("section", text(diagnostic.section)),
                .init("option", text(diagnostic.option)),
                .init("file", text(diagnostic.location?.file)),
                .init("line", diagnostic.location?.line.map { .integer($0) } ?? .none),
                .init("message", .text(diagnostic.message)),
            ] + (diagnostic.hint.map { [.init("hint", .text($0))] } ?? []) + diagnostic.details)
    }

    // MARK: Parts

    private static func text(_ text: String?) -> OptionValue { text.map { .text($0) } ?? .none }

    /// The options of a section, superd's own only where they differ from their defaults.
    private static func entries<Owner>(
        _ rows: [OptionRow<Owner>], of owner: Owner, without left: Set<String> = []
    ) -> [OptionValue.Entry] {
        rows.filter { !left.contains($0.name) && (!$0.isOwn || $0.differsFromDefault(owner)) }
            .map { .init($0.name, $0.value(owner)) }
    }

    private static func daemon(_ daemon: DaemonConfig) -> OptionValue {
        .map(entries(OptionTable.supervisord, of: daemon) + [.init("serverurl", text(daemon.serverURL))])
    }

    private static func group(_ group: GroupConfig) -> OptionValue {
        // In the order of definition, which for equal priorities is also the start order.
        var listed: Set<String> = []
        let programs = group.programs.filter { listed.insert($0).inserted }
        let processes = programs.flatMap { program in group.processes.filter { $0.program == program } }
        var entries: [OptionValue.Entry] = [
            .init("name", .text(group.name)),
            .init("type", .text(group.kind.word)),
            .init("priority", .integer(group.priority)),
            .init("processes", .list(processes.map(process))),
        ]
        switch group.kind {
        case .program, .group: break
        case .fcgi(let socket): entries.append(.init("socket", self.socket(socket)))
        case .eventListener(let listener):
            entries += [
                .init("buffer_size", .integer(listener.bufferSize)),
                .init("events", .list(listener.events.sorted().map { .text($0) })),
                .init("result_handler", .text(listener.resultHandler)),
            ]
        }
        return .map(entries)
    }

    private static func process(_ process: ProcessConfig) -> OptionValue {
        let left: Set = ["process_name", "numprocs", "numprocs_start"]
        let options = entries(
            OptionTable.programWithSockets, of: ProgramDraft(process), without: left
        ).map { entry in
            let isEmpty =
                entry.key == "stdout_logfile" && process.stdout.hasEmptyLogFile
                || entry.key == "stderr_logfile" && process.stderr.hasEmptyLogFile
            return isEmpty ? OptionValue.Entry(entry.key, .text("")) : entry
        }
        return .map([.init("name", .text(process.name.process))] + options)
    }

    private static func owner(_ owner: Owner?) -> OptionValue {
        owner.map { .list([.text($0.user), text($0.group)]) } ?? .none
    }

    /// At least three octal digits, as Supervisor's configuration writes modes.
    private static func mode(_ mode: UInt32) -> OptionValue { .text(String(mode, radix: 8)) }

    private static func socket(_ socket: SharedSocket) -> OptionValue {
        let common: [OptionValue.Entry] = [
            .init("url", .text(socket.url)), .init("backlog", socket.backlog.map { .integer($0) } ?? .none),
        ]
        switch socket.address {
        case .unix(let path, let mode, let owner):
            return .map(
                common + [
                    .init("path", .text(path)), .init("mode", self.mode(mode)), .init("owner", self.owner(owner)),
                ])
        case .inet(let host, let port):
            return .map(common + [.init("host", .text(host)), .init("port", .integer(Int(port)))])
        }
    }

    private static func server(_ server: ServerConfig) -> OptionValue {
        var entries: [OptionValue.Entry] = [
            .init("name", text(server.name)),
            .init("username", text(server.username)),
            .init("password_set", .boolean(server.password != nil)),
        ]
        switch server.address {
        case .unix(let path, let mode, let owner):
            entries += [
                .init("family", .text("unix")), .init("file", .text(path)), .init("chmod", self.mode(mode)),
                .init("chown", self.owner(owner)),
            ]
        case .inet(let host, let port):
            entries += [
                .init("family", .text("inet")), .init("host", .text(host)), .init("port", .integer(Int(port))),
            ]
        }
        if server.token != nil { entries.append(.init("token_set", .boolean(true))) }
        if server.allowUnauthenticated { entries.append(.init("allow_unauthenticated", .boolean(true))) }
        return .map(entries)
    }

    private static func plugin(_ plugin: PluginConfig) -> OptionValue {
        .map([
            .init("name", .text(plugin.name)), .init("factory", .text(plugin.factory)),
            .init("extra", .map(plugin.options)),
        ])
    }

    private static func client(_ client: ClientConfig) -> OptionValue {
        // Secrets are not printed, only that there are some.
        let open = entries(OptionTable.client, of: client, without: ["password", "token"])
        return .map(
            open + [.init("password_set", .boolean(client.password != nil))]
                + (client.token == nil ? [] : [.init("token_set", .boolean(true))]))
    }

    /// The Python names that Supervisor would have to find installed.
    private static func unresolvedImports(of configuration: Configuration) -> [String] {
        var imports = configuration.rpcInterfaces.map(\.factory).filter { $0 != PluginConfig.mainInterface }
        for group in configuration.groups {
            guard case .eventListener(let listener) = group.kind else { continue }
            if listener.resultHandler != EventListenerConfig.defaultResultHandler {
                imports.append(listener.resultHandler)
            }
        }
        return imports + configuration.clientPlugins.map(\.factory)
    }
}
