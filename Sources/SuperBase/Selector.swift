/// One word by which an operator names processes.
///
/// - `all` and `*`: every process;
/// - `web`: the process `web` of the group `web`. A bare group name is not the group;
/// - `web:web_00`: one process;
/// - `web:*` and `web:`: a whole group;
/// - patterns anywhere: `web:*_0[0-3]`, `w?b:*`. One without a colon, such as `*worker*`, is held against the full name and
///   against the process's own name.
public struct Selector: Sendable, Hashable {
    /// The word as it was given.
    public let text: String
    private let kind: Kind

    private enum Kind: Sendable, Hashable {
        case all
        /// No colon and no pattern.
        case single
        /// A pattern without a colon.
        case anyName(Glob)
        /// Nil is the whole group.
        case member(group: Part, process: Part?)
        /// Not a name that a process can have.
        case nothing
    }

    /// One side of the colon. A name that holds pattern characters still matches itself.
    private struct Part: Sendable, Hashable {
        let literal: String
        let glob: Glob?

        init(_ text: Substring) {
            literal = String(text)
            glob = Glob.isPattern(text) ? Glob(text) : nil
        }

        func matches(_ name: String) -> Bool { literal == name || glob?.matches(name) == true }
    }

    public init(_ text: String) {
        self.text = text
        let parts = ProcessName.parts(of: text)
        switch parts.count {
        case 1 where text == "all" || text == "*": kind = .all
        case 1 where Glob.isPattern(text): kind = .anyName(Glob(text))
        case 1 where !text.isEmpty: kind = .single
        case 2 where !parts[0].isEmpty:
            let isWholeGroup = parts[1].isEmpty || parts[1] == "*"
            kind = .member(group: Part(parts[0]), process: isWholeGroup ? nil : Part(parts[1]))
        default: kind = .nothing
        }
    }

    /// The group's name or pattern if the word stands for whole groups: the `web` of `web:*`.
    public var wholeGroup: String? {
        guard case .member(let group, nil) = kind else { return nil }
        return group.literal
    }

    public func matches(_ name: ProcessName) -> Bool {
        switch kind {
        case .all: true
        case .single: name.group == text && name.process == text
        case .anyName(let glob):
            glob.matches(name.description) || glob.matches(name.process) || name.description == text
        case .member(let group, let process):
            group.matches(name.group) && process?.matches(name.process) != false
        case .nothing: false
        }
    }
}

/// What a list of selectors names.
public struct Selection: Sendable, Hashable {
    /// A word that names nothing.
    public enum Unknown: Sendable, Hashable {
        /// The word as given.
        case process(String)
        /// The part of the word before its colon.
        case group(String)
    }

    /// Every process once: by the word that names it first, and within a word in the order of the list selected from.
    public private(set) var names: [ProcessName] = []
    /// In the order given.
    public private(set) var unknown: [Unknown] = []

    /// Looks the words up in `names`. If one of them is `all`, that is everything and the others are not looked at.
    ///
    /// A group of `groups` is known though no process of it may be in `names`.
    public init(_ words: [String], from names: [ProcessName], groups: [String] = []) {
        let isEverything = words.contains("all") || words.contains("*")
        guard !isEverything else {
            self.names = names
            return
        }
        var seen: Set<ProcessName> = []
        for selector in words.map(Selector.init) {
            let matching = names.filter(selector.matches)
            self.names += matching.filter { seen.insert($0).inserted }
            guard matching.isEmpty else { continue }
            if let group = selector.wholeGroup {
                let exists = groups.contains { selector.matches(ProcessName(group: $0, process: $0)) }
                if !exists { unknown.append(.group(group)) }
            } else {
                unknown.append(.process(selector.text))
            }
        }
    }
}
