import SuperBase
import SuperOptions

/// The first descriptor of a process's sockets, as sd_listen_fds(3) has it.
private let firstSocketDescriptor = 3

extension ProgramDraft {
    /// Gives the process its sockets; what `%(socket_fd)s` and the like stand for.
    mutating func settleSockets() -> [String: ExpansionValue] {
        process.sockets = sockets.sockets
        var names: [String: ExpansionValue] = [:]
        for (index, socket) in process.sockets.enumerated() {
            let number = ExpansionValue.integer(firstSocketDescriptor + index)
            if index == 0 { names[Evaluation.socketNumber] = number }
            // A name that looks like the place of another wins.
            let place = "\(Evaluation.socketNumber)_\(index + 1)"
            names[place] = names[place] ?? number
            names["\(Evaluation.socketNumber)_\(socket.name)"] = number
        }
        return names
    }
}

extension Evaluation {
    /// `%(socket_fd)s`: the number of the first socket; with `_` and a name or a place, of that one.
    static let socketNumber = "socket_fd"

    /// Whether a name that is not known would be the number of a socket if there were one.
    func isMissingSocket(_ name: String, _ option: String, _ names: [String: ExpansionValue]) -> Bool {
        let isOfProcess = names["process_num"] != nil && option != "socket"
        return isOfProcess && name.hasPrefix(Self.socketNumber) && names[Self.socketNumber] == nil
    }

    /// The number of a socket is used where there is none.
    mutating func reportMissingSocket(_ section: RawSection, _ option: String, _ subject: String, _ name: String) {
        let isFCGI = section.name.hasPrefix("fcgi-program:")
        // What is wrong with the socket was reported already.
        guard isFCGI || !hasSocket(section) || !problems.hasErrors else { return }
        report(
            section, option, kind: "expand.no_socket",
            "\(subject) contains %(\(name))s, and the program has no socket",
            hint: isFCGI ? "the socket of an fcgi-program is descriptor 0" : "write socket=tcp://127.0.0.1:8000",
            details: [.init("name", .text(name))])
    }

    /// Whether the section says that there are sockets.
    private func hasSocket(_ section: RawSection) -> Bool {
        guard !section.name.hasPrefix("fcgi-program:"), let socket = option("socket", of: section) else { return false }
        return socket.value != .text("") && socket.value != .list([])
    }

    /// The options that mean nothing without a socket.
    mutating func checkNeedOfSocket(of section: RawSection, _ draft: ProgramDraft) {
        let needs = [
            ("socket_stdin", draft.process.hasSocketAsInput), ("start_on_demand", draft.process.startsOnDemand),
            ("socket_reuseport", draft.sockets.reusesPort),
        ]
        for (name, isOn) in needs where isOn && !hasSocket(section) {
            report(
                section, name, kind: "socket.needed", "\(name) is for programs with a socket",
                hint: "write socket=tcp://127.0.0.1:8000")
        }
        if draft.process.hasSocketAsInput, section.name.hasPrefix("eventlistener:") {
            report(
                section, "socket_stdin", kind: "eventlistener.socket_stdin",
                "socket_stdin must not be true: standard input carries the events")
        }
        if draft.process.idleTimeout > .zero, !draft.process.startsOnDemand {
            report(
                section, "idle_timeout", kind: "idle_timeout.without_demand",
                "idle_timeout is for programs with start_on_demand=true, which come back with the next connection")
        }
    }

    /// What of a process's sockets does not go together.
    mutating func checkSockets(of section: RawSection, _ draft: ProgramDraft) {
        var hasUnix = false
        var hasInet = false
        for socket in draft.sockets.named {
            switch socket.address {
            case .unix: hasUnix = true
            case .inet: hasInet = true
            }
        }
        if draft.sockets.reusesPort, hasUnix {
            report(
                section, "socket_reuseport", kind: "value.invalid", "socket_reuseport is for tcp:// sockets only",
                hint: hasInet ? "give the unix:// socket to a program of its own" : nil)
        }
        if !hasUnix, hasInet, draft.sockets.owner != nil || draft.sockets.mode != nil {
            report(
                section, draft.sockets.owner != nil ? "socket_owner" : "socket_mode", kind: "value.invalid",
                "socket_owner and socket_mode are for unix:// sockets only")
        }
        let count = draft.process.sockets.count
        if case .descriptor(let number) = draft.process.readiness, Int(number) < firstSocketDescriptor + count {
            report(
                section, "ready", kind: "ready.descriptor_taken",
                "descriptor \(number) is that of a socket of the program",
                hint: "write ready=fd:\(firstSocketDescriptor + count)")
        }
    }

    /// A socket belongs to one program, which may be in several groups.
    mutating func refuseSharedSockets(_ groups: [GroupConfig]) {
        var owners: [SocketName: RawSection] = [:]
        // Those of fcgi-programs first, so that the other program is reported.
        for isShared in [true, false] {
            for group in groups {
                for process in group.processes {
                    let sockets = isShared ? process.sharedSocket.map { [$0] } ?? [] : process.sockets
                    for socket in sockets { claim(SocketName(socket.address), process, group, isShared, &owners) }
                }
            }
        }
    }

    private mutating func claim(
        _ address: SocketName, _ process: ProcessConfig, _ group: GroupConfig, _ isShared: Bool,
        _ owners: inout [SocketName: RawSection]
    ) {
        guard let section = section(of: process.program, in: group) else { return }
        guard let owner = owners[address] else {
            owners[address] = section
            return
        }
        // Supervisor reads two fcgi-programs with one address, and the second fails to start.
        guard owner.name != section.name, !isShared else { return }
        report(
            section, "socket", kind: "socket.taken",
            "\(address.url) is a socket of [\(owner.title)] at \(owner.location), too; a socket belongs to one program",
            details: [.init("other", .text(owner.title))])
    }

    /// The section of a program by its place.
    func section(of program: String, in group: GroupConfig) -> RawSection? {
        let prefixes =
            switch group.kind {
            case .program: ["program:"]
            case .group: ["program:", "fcgi-program:"]
            case .fcgi: ["fcgi-program:"]
            case .eventListener: ["eventlistener:"]
            }
        for prefix in prefixes {
            let section = document.sections.first { $0.name.hasPrefix(prefix) && $0.suffix == program }
            if let section { return section }
        }
        return nil
    }
}
