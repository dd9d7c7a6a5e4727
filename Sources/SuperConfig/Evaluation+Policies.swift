import SuperBase
import SuperOptions

extension Evaluation {
    /// Options of a section that do not go together.
    mutating func checkPolicies(of section: RawSection, _ draft: ProgramDraft) {
        checkNeedOfSocket(of: section, draft)
        if draft.process.kind == .oneshot { warnOfOneshot(section, draft) }
        guard !draft.process.stopSequence.isEmpty else { return }
        for name in ["stopsignal", "stopwaitsecs"] where option(name, of: section) != nil {
            warn(section, name, "\(name) is ignored because of stop_sequence")
        }
    }

    /// A oneshot ends by itself.
    private mutating func warnOfOneshot(_ section: RawSection, _ draft: ProgramDraft) {
        let ignored = [
            ("restart_mode", draft.process.rolling.mode == .rolling),
            ("max_lifetime", draft.process.recycling.maxLifetime > .zero),
            ("health", option("health", of: section) != nil),
        ]
        for (name, isGiven) in ignored where isGiven {
            warn(section, name, "\(name) is ignored because of type=oneshot")
        }
    }

    private mutating func warn(_ section: RawSection, _ option: String, _ message: String) {
        report(section, option, .warning, kind: "option.ignored", message)
    }

    /// Probes of an address that all processes of the program listen on tell nothing of one of them.
    mutating func warnOfSharedProbes(of section: RawSection, _ draft: ProgramDraft) {
        if case .probe(let probe) = draft.process.readiness { warn(of: probe, "ready", section, draft) }
        if case .probe(let probe) = draft.process.health.check { warn(of: probe, "health", section, draft) }
    }

    private mutating func warn(of probe: Probe, _ option: String, _ section: RawSection, _ draft: ProgramDraft) {
        guard draft.process.sockets.contains(where: { probe.reaches($0.address) }) else { return }
        switch probe {
        case .http, .httpUnix:
            guard draft.numProcs > 1 else { return }
            report(
                section, option, .warning, kind: "probe.shared_socket",
                "any process of the program may answer \(probe.text), not only the one that is asked about",
                hint: "probe an address that only one of them has")
        case .tcp, .unix:
            report(
                section, option, .warning, kind: "probe.shared_socket",
                "superd itself listens on \(probe.text), so that a connection succeeds whether a process accepts it or not",
                hint: "probe with http:// or exec:")
        case .command: break
        }
    }
}

extension Probe {
    /// Whether it connects to a socket with this address.
    fileprivate func reaches(_ address: SharedSocket.Address) -> Bool {
        switch (self, address) {
        case (.tcp(let host, let port), .inet(let own, let ownPort)),
            (.http(let host, let port, _), .inet(let own, let ownPort)):
            port == ownPort && (host == own || Self.isEvery(own) || Self.isLoopback(host) && Self.isLoopback(own))
        case (.unix(let path), .unix(let own, _, _)), (.httpUnix(let path, _), .unix(let own, _, _)): path == own
        case (.tcp, .unix), (.http, .unix), (.unix, .inet), (.httpUnix, .inet), (.command, _): false
        }
    }

    private static func isEvery(_ host: String) -> Bool { ["", "0.0.0.0", "::"].contains(host) }

    private static func isLoopback(_ host: String) -> Bool { ["127.0.0.1", "::1", "localhost"].contains(host) }
}
