public import SuperBase

/// What differs between two configurations, by Supervisor's rule: a group is changed when anything of it or of one of its
/// processes is.
public struct ConfigurationDifference: Sendable, Hashable {
    /// One option that differs.
    public struct Change: Sendable, Hashable {
        /// Nil for an option of the group itself, or of the daemon.
        public var process: ProcessName?
        public var option: String
        public var old: OptionValue
        public var new: OptionValue
        /// A process that runs, and is in both, need not be restarted for it.
        public var isLive: Bool

        public init(
            process: ProcessName?, option: String, old: OptionValue, new: OptionValue, isLive: Bool = false
        ) {
            self.process = process
            self.option = option
            self.old = old
            self.new = new
            self.isLive = isLive
        }
    }

    /// A group that is in both and differs.
    public struct ChangedGroup: Sendable, Hashable {
        public var name: String
        /// The group's own, then its processes' in their order. A process that came or went is the change of `process`.
        public var changes: [Change]
    }

    /// The names of new groups, sorted.
    public var added: [String] = []
    /// Sorted by name.
    public var changed: [ChangedGroup] = []
    /// The names of groups that are gone, sorted.
    public var removed: [String] = []
    /// Changes of `[supervisord]`, which take a reload.
    public var daemon: [Change] = []
    /// Whether control endpoints differ, which takes a reload.
    public var serversChanged = false

    /// Whether no group differs: what `reread` calls no updates to processes.
    public var hasNoGroups: Bool { added.isEmpty && changed.isEmpty && removed.isEmpty }

    public init(from old: Configuration, to new: Configuration) {
        let before = Dictionary(old.groups.map { ($0.name, $0) }, uniquingKeysWith: { $1 })
        let after = Dictionary(new.groups.map { ($0.name, $0) }, uniquingKeysWith: { $1 })
        added = after.keys.filter { before[$0] == nil }.sorted()
        removed = before.keys.filter { after[$0] == nil }.sorted()
        changed = before.keys.sorted().compactMap { name in
            guard let old = before[name], let new = after[name], old != new else { return nil }
            return ChangedGroup(name: name, changes: Self.changes(from: old, to: new))
        }
        daemon = Self.changes(OptionTable.supervisord, nil, from: old.daemon, to: new.daemon)
        serversChanged = old.servers != new.servers
    }

    private static func changes(from old: GroupConfig, to new: GroupConfig) -> [Change] {
        var changes: [Change] = []
        func compare(
            _ option: String, _ before: OptionValue, _ after: OptionValue, _ process: ProcessName? = nil,
            isLive: Bool = false
        ) {
            guard before != after else { return }
            changes.append(Change(process: process, option: option, old: before, new: after, isLive: isLive))
        }
        compare("priority", .integer(old.priority), .integer(new.priority), isLive: true)
        compare("type", .text(old.kind.word), .text(new.kind.word))
        compare("socket", old.kind.socketText, new.kind.socketText)
        if case .eventListener(let a) = old.kind, case .eventListener(let b) = new.kind {
            changes += Self.changes(OptionTable.eventListener, nil, from: a, to: b)
        }
        let before = Dictionary(old.processes.map { ($0.name, $0) }, uniquingKeysWith: { $1 })
        let after = Dictionary(new.processes.map { ($0.name, $0) }, uniquingKeysWith: { $1 })
        for process in old.processes where after[process.name] == nil {
            compare("process", .text(process.name.process), .none, process.name, isLive: true)
        }
        for process in new.processes {
            guard let earlier = before[process.name] else {
                compare("process", .none, .text(process.name.process), process.name, isLive: true)
                continue
            }
            compare("program", .text(earlier.program), .text(process.program), process.name)
            changes += Self.changes(
                OptionTable.programWithSockets, process.name, from: ProgramDraft(earlier), to: ProgramDraft(process))
        }
        if changes.isEmpty {
            compare(
                "programs", .list(old.programs.map { .text($0) }), .list(new.programs.map { .text($0) }), isLive: true)
        }
        return changes
    }

    private static func changes<Owner>(
        _ rows: [OptionRow<Owner>], _ process: ProcessName?, from old: Owner, to new: Owner
    ) -> [Change] {
        rows.compactMap { row in
            let (before, after) = (row.value(old), row.value(new))
            guard before != after else { return nil }
            let isLive = row.isLive && row.appliesLive(old, new)
            return Change(process: process, option: row.name, old: before, new: after, isLive: isLive)
        }
    }
}

extension GroupConfig.Kind {
    /// The kind in one word, as `superd --check --json` names it.
    public var word: String {
        switch self {
        case .program: "program"
        case .group: "group"
        case .fcgi: "fcgi"
        case .eventListener: "eventlistener"
        }
    }

    /// The socket with all that belongs to it, for a difference.
    fileprivate var socketText: OptionValue {
        guard case .fcgi(let socket) = self else { return .none }
        let backlog = socket.backlog.map { ", backlog \($0)" } ?? ""
        guard case .unix(_, let mode, let owner) = socket.address else { return .text(socket.url + backlog) }
        let user = owner.map { ", owner \($0.user)\($0.group.map { ":" + $0 } ?? "")" } ?? ""
        return .text("\(socket.url), mode \(String(mode, radix: 8))\(user)\(backlog)")
    }
}
