import SuperBase
import SuperOptions

extension Evaluation {
    /// What a section for programs comes to.
    struct Program {
        var name: String
        var priority: Int
        /// Sorted by name, which is the order of definition.
        var processes: [ProcessConfig]
    }

    /// The processes of a section as members of a group; nil where its name is none.
    mutating func readProgram(
        _ section: RawSection, group: String?, daemon: DaemonConfig, socket: SharedSocket? = nil
    ) -> Program? {
        guard let name = name(of: section) else { return nil }
        let group = group ?? name
        var names: [String: ExpansionValue] = [
            "host_node_name": .text(source.hostName), "program_name": .text(name), "group_name": .text(group),
        ]
        var draft = ProgramDraft()
        draft.process.program = name
        draft.process.sharedSocket = socket
        let rows = Self.programRows(of: section).filter { !$0.isPerProcess }
        apply(rows, of: section, names: names, to: &draft)
        scale(&draft, name, section)
        readProcessName(of: section, &draft)
        checkCombinations(of: section, &draft)
        checkPolicies(of: section, draft)

        var processes: [ProcessConfig] = []
        let last = draft.numProcsStart + max(0, draft.numProcs)
        for number in draft.numProcsStart..<last {
            let errors = problems.errorCount
            names["process_num"] = .integer(number)
            names["numprocs"] = .integer(draft.numProcs)
            let process = readProcess(section, draft, group: group, daemon: daemon, names: names)
            // The next process would have the same errors.
            guard problems.errorCount == errors, let process else { break }
            processes.append(process)
        }
        processes.sort { $0.name.process.utf8.lexicographicallyPrecedes($1.name.process.utf8) }
        return Program(name: name, priority: draft.process.priority, processes: processes)
    }

    /// The rows of a section for programs: an fcgi-program has one socket, which other rows tell of.
    static func programRows(of section: RawSection) -> [OptionRow<ProgramDraft>] {
        section.name.hasPrefix("fcgi-program:") ? OptionTable.program : OptionTable.programWithSockets
    }

    /// Notes the number of processes in the file, and puts the one that is in force in its place.
    private mutating func scale(_ draft: inout ProgramDraft, _ name: String, _ section: RawSection) {
        counts[name] = max(0, draft.numProcs)
        guard let count = scales[name], let row = OptionTable.program.first(where: { $0.name == "numprocs" }) else {
            return
        }
        do {
            try row.read(.integer(count), context, &draft)
        } catch {
            report(section, "numprocs", kind: error.kind, error.message)
        }
    }

    /// `process_name` as written: its expansions are done for each process.
    private mutating func readProcessName(of section: RawSection, _ draft: inout ProgramDraft) {
        guard let option = option("process_name", of: section) else { return }
        guard case .text(let text) = option.value else {
            report(section, "process_name", kind: "value.invalid", "expected a text")
            return
        }
        let name = String(text.unicodeScalars.trimmed)
        if check(name, section, "process_name") { draft.processName = name }
    }

    private mutating func checkCombinations(of section: RawSection, _ draft: inout ProgramDraft) {
        if option("killasgroup", of: section) == nil { draft.process.killAsGroup = draft.process.stopAsGroup }
        let isMany = draft.numProcs > 1 || hasAutomaticCount(section)
        if isMany, !draft.processName.contains("%(process_num)") {
            report(
                section, "process_name", kind: "program.process_name_needs_process_num",
                "with numprocs above 1, %(process_num) must be present within process_name",
                hint: "write process_name=%(program_name)s_%(process_num)02d")
        }
        if draft.process.stopAsGroup, !draft.process.killAsGroup {
            report(
                section, "killasgroup", kind: "program.stopasgroup_without_killasgroup",
                "killasgroup cannot be false when stopasgroup is true")
        }
    }

    /// Whether the machine decides how many processes there are, so that there may be many on the next.
    private func hasAutomaticCount(_ section: RawSection) -> Bool {
        guard case .text(let text) = option("numprocs", of: section)?.value else { return false }
        return text.lowercased() == "auto"
    }

    /// One process of many: the options that are read again for each.
    private mutating func readProcess(
        _ section: RawSection, _ draft: ProgramDraft, group: String, daemon: DaemonConfig,
        names: [String: ExpansionValue]
    ) -> ProcessConfig? {
        var draft = draft
        var names = names
        let early: Set = ["process_name", "socket", "environment"]
        let rows = Self.programRows(of: section).filter(\.isPerProcess)
        // The sockets come first: their numbers are known in all that follows, the environment included.
        apply(rows.filter { $0.name == "socket" }, of: section, names: names, to: &draft)
        names.merge(draft.settleSockets()) { $1 }
        apply(rows.filter { $0.name == "environment" }, of: section, names: names, to: &draft)
        for variable in draft.process.environment { names["ENV_" + variable.name] = .text(variable.value) }
        apply(rows.filter { !early.contains($0.name) }, of: section, names: names, to: &draft)
        settle(&draft.process.stdout, "stdout", section)
        settle(&draft.process.stderr, "stderr", section)
        if draft.process.redirectStderr { dropStderrLog(&draft.process.stderr, section) }
        checkSockets(of: section, draft)
        warnOfSharedProbes(of: section, draft)
        guard option("command", of: section) != nil else {
            report(section, "command", kind: "program.no_command", "the program needs command=")
            return nil
        }
        let written = RawOption(
            name: "process_name", value: .text(draft.processName),
            location: option("process_name", of: section)?.location ?? section.location)
        guard case .text(let name) = expanded(written, of: section, names: names), check(name, section, "process_name")
        else { return nil }
        draft.process.name = ProcessName(group: group, process: name)
        draft.process.environment = daemon.environment.merging(draft.process.environment)
        return draft.process
    }

    /// The log of a stream that is part of another.
    private mutating func dropStderrLog(_ stream: inout StreamConfig, _ section: RawSection) {
        var isFile = stream.hasEmptyLogFile
        if case .path = stream.logFile { isFile = true }
        if isFile {
            report(
                section, "stderr_logfile", .warning, kind: "ignored_by_redirect_stderr",
                "stderr_logfile is ignored because redirect_stderr is true")
        }
        stream.logFile = .none
        stream.hasEmptyLogFile = false
    }

    /// The old word `syslog` for a log file, and an automatic log that would grow without end.
    private mutating func settle(_ stream: inout StreamConfig, _ prefix: String, _ section: RawSection) {
        if case .path(let path) = stream.logFile, path.lowercased() == "syslog" {
            stream.logFile = .none
            stream.syslog = true
            report(
                section, "\(prefix)_logfile", .warning, kind: "syslog_file_name_deprecated",
                "\(prefix)_logfile=syslog is deprecated", hint: "write \(prefix)_syslog=true")
        }
        if stream.logFile == .path("") {
            stream.logFile = .none
            stream.hasEmptyLogFile = true
        }
        if stream.logFile == .automatic, stream.maxBytes.bytes == 0 {
            report(
                section, "\(prefix)_logfile", .warning, kind: "auto_without_rollover",
                "the automatic log is never rotated and may fill the disk",
                hint: "set \(prefix)_logfile_maxbytes above 0")
        }
    }
}
