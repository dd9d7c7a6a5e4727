import SuperAPI
import SuperBase
import SuperConfig
import SuperCore
import SuperOS
import SuperOptions

/// `reread`, `diff`, `update`, `add`, `remove`: the files on disk against what runs.
extension Brain {
    /// What differs between the files and what runs. Nothing is applied; the files are remembered for `add`.
    func reread() throws(Problem) -> ConfigurationChanges {
        let loaded = try load()
        lastRead = loaded
        let difference = ConfigurationDifference(from: runningConfiguration, to: loaded.configuration)
        return ConfigurationChanges(
            added: difference.added.sorted(), changed: difference.changed.map(\.name).sorted(),
            removed: difference.removed.sorted())
    }

    /// The files on disk, or all the reasons why not as a problem.
    func load() throws(Problem) -> LoadedConfiguration {
        do {
            return try loadFiles()
        } catch {
            var problem = Problem(.badConfiguration, error.diagnostics.first?.description ?? "it cannot be loaded")
            problem.diagnostics = error.diagnostics.map(DiagnosticInfo.init)
            throw problem
        }
    }

    func check() -> CheckReport {
        do {
            let loaded = try loadFiles()
            return CheckReport(
                isValid: true, files: loaded.configuration.files, diagnostics: loaded.warnings.map(DiagnosticInfo.init))
        } catch {
            return CheckReport(isValid: false, files: [], diagnostics: error.diagnostics.map(DiagnosticInfo.init))
        }
    }

    func diff() throws(Problem) -> DifferenceReport {
        let new = try load().configuration
        let difference = ConfigurationDifference(from: runningConfiguration, to: new)
        var groups = difference.added.map { name in
            whole(new.groups.first { $0.name == name }, .added)
        }
        groups += difference.changed.map(changed)
        groups += difference.removed.map { name in whole(fleet.group(name)?.config, .removed) }
        return DifferenceReport(
            groups: groups.compactMap { $0 }.sorted { $0.group < $1.group },
            daemon: difference.daemon.map(Self.option))
    }

    /// A group that comes or goes.
    private func whole(_ group: GroupConfig?, _ change: Change) -> GroupDifference? {
        guard let group else { return nil }
        return GroupDifference(
            group: group.name, change: change,
            processes: group.processes.map {
                ProcessDifference(
                    name: $0.name.description, change: change, options: [],
                    restarts: change == .removed && isUp($0.name))
            })
    }

    /// A group of which something differs. A process restarts where it is up and something differs that cannot be applied while it runs.
    private func changed(_ group: ConfigurationDifference.ChangedGroup) -> GroupDifference? {
        let byProcess = Dictionary(grouping: group.changes.filter { $0.process != nil }) { $0.process }
        let processes = byProcess.compactMap { name, changes in
            name.map {
                ProcessDifference(
                    name: $0.description, change: .changed, options: changes.map(Self.option),
                    restarts: isUp($0) && changes.contains { !$0.isLive })
            }
        }
        return GroupDifference(
            group: group.name, change: .changed, options: group.changes.filter { $0.process == nil }.map(Self.option),
            processes: processes.sorted { $0.name < $1.name })
    }

    private func isUp(_ name: ProcessName) -> Bool { fleet[name]?.generation != nil }

    private static func option(_ change: ConfigurationDifference.Change) -> OptionDifference {
        OptionDifference(option: change.option, old: text(change.old), new: text(change.new))
    }

    /// A value as it would be written in a file.
    private static func text(_ value: OptionValue) -> String? {
        switch value {
        case .none: nil
        case .boolean(let flag): flag ? "true" : "false"
        case .integer(let number): String(number)
        case .text(let text): text
        case .list(let values): values.compactMap(text).joined(separator: ",")
        case .map(let entries): entries.map { "\($0.key)=\"\(text($0.value) ?? "")\"" }.joined(separator: ",")
        }
    }

    // MARK: - Applying

    /// Makes the groups what the files say: all, or those named. First what goes, then what changes, then what comes.
    func update(_ call: UpdateConfiguration, _ reply: @escaping Reply) throws(Problem) {
        let loaded = try load()
        lastRead = loaded
        let difference = ConfigurationDifference(from: runningConfiguration, to: loaded.configuration)
        let wanted = call.groups.contains("all") ? [] : Set(call.groups)
        let known = Set(fleet.groups.map(\.config.name)).union(loaded.configuration.groups.map(\.name))
        let unknown = call.groups.filter { $0 != "all" && !known.contains($0) }
        func isWanted(_ name: String) -> Bool { wanted.isEmpty || wanted.contains(name) }
        func config(_ name: String) -> GroupConfig? { loaded.configuration.groups.first { $0.name == name } }
        var changes = difference.removed.sorted().filter(isWanted).map(GroupChange.remove)
        changes += difference.changed.map(\.name).sorted().filter(isWanted).compactMap(config).map(GroupChange.replace)
        changes += difference.added.sorted().filter(isWanted).compactMap(config).map(GroupChange.add)
        let order = changes.map(\.group)
        try take(loaded)
        submit(
            .update(changes, origin: snapshots.current), .update, wait: call.wait, timeout: call.timeout,
            known: unknown.map { ActionResult($0, .update, .noSuchGroup) }
        ) { [unowned self] results in
            tidyUp()
            reply(Self.ordered(results, by: order))
        }
    }

    /// Results in the order of the changes, whatever was done first.
    private static func ordered(_ results: [ActionResult], by order: [String]) -> [ActionResult] {
        let ranks = Dictionary(order.enumerated().map { ($1, $0) }) { first, _ in first }
        return results.enumerated().sorted { a, b in
            (ranks[a.element.name] ?? -1, a.offset) < (ranks[b.element.name] ?? -1, b.offset)
        }.map(\.element)
    }

    /// Starts to use files that were read, for the groups that come from them now.
    private func take(_ loaded: LoadedConfiguration) throws(Problem) {
        do {
            try adopt(loaded)
        } catch {
            throw Problem(.internalError, "\(error)")
        }
    }

    func add(_ call: AddGroup, _ reply: @escaping Reply) throws(Problem) {
        if fleet.group(call.group) != nil { return reply([ActionResult(call.group, .add, .alreadyAdded)]) }
        guard let loaded = lastRead ?? (try? loadFiles()),
            let config = loaded.configuration.groups.first(where: { $0.name == call.group })
        else { return reply([ActionResult(call.group, .add, .noSuchGroup)]) }
        try take(loaded)
        submit(
            .update([.add(config)], origin: snapshots.current), .add, wait: true, timeout: nil, known: []
        ) { [unowned self] results in
            tidyUp()
            reply(results)
        }
    }

    func remove(_ call: RemoveGroup, _ reply: @escaping Reply) {
        guard let group = fleet.group(call.group) else {
            return reply([ActionResult(call.group, .remove, .noSuchGroup)])
        }
        guard group.members.allSatisfy({ fleet[$0]?.processState.isStopped ?? true }) else {
            return reply([ActionResult(call.group, .remove, .stillRunning)])
        }
        submit(
            .update([.remove(call.group)], origin: snapshots.current), .remove, wait: true, timeout: nil, known: []
        ) { results in
            // It had stopped before: only the removal is news.
            reply(results.filter { $0.action == .remove })
        }
    }

    /// The processes of the files that were read last.
    var available: AvailableList {
        let groups = lastRead?.configuration.groups ?? configuration.groups
        return AvailableList(
            groups.flatMap { group in
                group.processes.map { process in
                    AvailableProcess(
                        name: process.name.description, group: group.name, inUse: fleet.group(group.name) != nil,
                        autostart: process.autoStart, groupPriority: group.priority,
                        processPriority: process.priority)
                }
            })
    }
}
