import SuperBase
import SuperOptions

extension Evaluation {
    /// All groups in start order. Groups come first, then programs, event listeners and fcgi programs, as in Supervisor.
    mutating func readGroups(daemon: DaemonConfig) -> [GroupConfig] {
        var found: [(group: GroupConfig, section: RawSection)] = []
        var grouped: Set<String> = []
        for section in document.sections where section.name.hasPrefix("group:") {
            if let group = readGroup(section, daemon: daemon, grouped: &grouped) { found.append((group, section)) }
        }
        for section in document.sections where section.name.hasPrefix("program:") && !grouped.contains(section.name) {
            guard let program = readProgram(section, group: nil, daemon: daemon) else { continue }
            found.append((group(of: [program], name: program.name, .program, program.priority, section), section))
        }
        for section in document.sections where section.name.hasPrefix("eventlistener:") {
            if let group = readEventListener(section, daemon: daemon) { found.append((group, section)) }
        }
        for section in document.sections
        where section.name.hasPrefix("fcgi-program:") && !grouped.contains(section.name) {
            if let group = readFCGI(section, daemon: daemon) { found.append((group, section)) }
        }
        refuseEqualNames(found)
        refuseSharedSockets(found.map(\.group))
        checkDependencies(found.map(\.group))
        return found.map(\.group).sorted {
            $0.priority == $1.priority
                ? $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) : $0.priority < $1.priority
        }
    }

    /// A `[group:x]`; the sections of its programs are added to `grouped`.
    private mutating func readGroup(
        _ section: RawSection, daemon: DaemonConfig, grouped: inout Set<String>
    ) -> GroupConfig? {
        guard let name = name(of: section) else { return nil }
        var draft = GroupDraft()
        apply(OptionTable.group, of: section, to: &draft)
        var programs: [Program] = []
        for listed in draft.programs {
            let program = document.section("program:\(listed)")
            let fcgi = document.section("fcgi-program:\(listed)")
            if program != nil, fcgi != nil {
                report(
                    section, "programs", kind: "group.ambiguous_program",
                    "\(listed) is both a program and an fcgi-program", details: [.init("name", .text(listed))])
            }
            guard let member = program ?? fcgi else {
                reportUnknownProgram(listed, in: section)
                continue
            }
            grouped.insert(member.name)
            // Without a socket line it starts without a socket, as it does in Supervisor inside a group.
            let hasSocket = program == nil && option("socket", of: member) != nil
            let socket = hasSocket ? readSocket(member, program: listed) : nil
            if let read = readProgram(member, group: name, daemon: daemon, socket: socket) { programs.append(read) }
        }
        return group(of: programs, name: name, .group, draft.priority, section)
    }

    private mutating func reportUnknownProgram(_ name: String, in section: RawSection) {
        let known = document.sections
            .filter { $0.name.hasPrefix("program:") || $0.name.hasPrefix("fcgi-program:") }.compactMap(\.suffix)
        report(
            section, "programs", kind: "group.unknown_program", "there is no program or fcgi-program '\(name)'",
            hint: nearMiss(of: name, among: known).map { "did you mean \($0)?" }, details: [.init("name", .text(name))])
    }

    private mutating func readEventListener(_ section: RawSection, daemon: DaemonConfig) -> GroupConfig? {
        var listener = EventListenerConfig()
        var probe = ProgramDraft()
        let count = problems.errorCount
        apply(OptionTable.program.filter { $0.name == "priority" }, of: section, to: &probe)
        apply(OptionTable.eventListener, of: section, to: &listener)
        if listener.events.isEmpty, problems.errorCount == count {
            report(section, "events", kind: "eventlistener.no_events", "an event listener needs events=")
        }
        apply(OptionTable.program.filter { $0.name == "redirect_stderr" }, of: section, to: &probe)
        if probe.process.redirectStderr {
            report(
                section, "redirect_stderr", kind: "eventlistener.redirect_stderr",
                "redirect_stderr must not be true: standard output carries the listener's answers")
        }
        guard let program = readProgram(section, group: nil, daemon: daemon) else { return nil }
        let isGiven = option("priority", of: section) != nil
        let priority = isGiven ? program.priority : OptionTable.eventListenerPriority
        return group(of: [program], name: program.name, .eventListener(listener), priority, section)
    }

    private mutating func readFCGI(_ section: RawSection, daemon: DaemonConfig) -> GroupConfig? {
        guard let name = name(of: section) else { return nil }
        var probe = ProgramDraft()
        apply(OptionTable.program.filter { ["priority", "user"].contains($0.name) }, of: section, to: &probe)
        let socket = readSocket(section, program: name)
        guard let program = readProgram(section, group: nil, daemon: daemon, socket: socket), let socket else {
            return nil
        }
        return group(of: [program], name: name, .fcgi(socket), program.priority, section)
    }

    /// The socket of an `[fcgi-program:x]`; nil, and an error reported, where there is none.
    private mutating func readSocket(_ section: RawSection, program: String) -> SharedSocket? {
        var draft = SocketDraft()
        let count = problems.errorCount
        if let option = option("socket", of: section), option.value == .text("") {
            report(section, "socket", kind: "fcgi.no_socket", "an fcgi-program needs socket=")
            return nil
        }
        apply(OptionTable.fcgi, of: section, names: ["program_name": .text(program)], to: &draft)
        switch draft.socket {
        case .unix(let path):
            let address = SharedSocket.Address.unix(path: path, mode: draft.mode ?? 0o700, owner: draft.owner)
            return SharedSocket(address: address, backlog: draft.backlog)
        case .inet(let address):
            if draft.owner != nil || draft.mode != nil {
                report(
                    section, "socket", kind: "value.invalid",
                    "socket_owner and socket_mode are for unix:// sockets only")
            }
            return SharedSocket(address: .inet(host: address.host, port: address.port), backlog: draft.backlog)
        case nil:
            if problems.errorCount == count {
                report(section, "socket", kind: "fcgi.no_socket", "an fcgi-program needs socket=")
            }
            return nil
        }
    }

    /// A group of these programs, its processes in start order.
    private mutating func group(
        of programs: [Program], name: String, _ kind: GroupConfig.Kind, _ priority: Int, _ section: RawSection
    ) -> GroupConfig {
        var processes: [ProcessConfig] = []
        var places: [ProcessName: Int] = [:]
        for process in programs.flatMap(\.processes) {
            if let place = places[process.name] {
                report(
                    section, nil, .warning, kind: "group.equal_process_names",
                    "two processes are named \(process.name); the later one counts")
                processes[place] = process
            } else {
                places[process.name] = processes.count
                processes.append(process)
            }
        }
        let inStartOrder = processes.enumerated().sorted {
            ($0.element.priority, $0.offset) < ($1.element.priority, $1.offset)
        }
        return GroupConfig(
            name: name, kind: kind, priority: priority, processes: inStartOrder.map(\.element),
            programs: programs.map(\.name))
    }

    /// Two groups of one name could not be told apart by any command.
    private mutating func refuseEqualNames(_ groups: [(group: GroupConfig, section: RawSection)]) {
        var first: [String: RawSection] = [:]
        for (group, section) in groups {
            if let other = first[group.name] {
                report(
                    section, nil, kind: "group.equal_names",
                    "its group has the name of that of [\(other.title)] at \(other.location)",
                    hint: "rename one of them")
            } else {
                first[group.name] = section
            }
        }
    }
}
