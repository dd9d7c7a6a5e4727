/// What the meaning of a value depends on outside the file: users, groups, directories, the home directory and processors.
///
/// The daemon fills it from the system, tests from dictionaries.
public struct ValueContext: Sendable {
    /// Whether a user of this name, or of this uid in digits, exists.
    public var userExists: @Sendable (String) -> Bool
    /// Whether a group of this name, or of this gid in digits, exists.
    public var groupExists: @Sendable (String) -> Bool
    /// Whether this path, relative to the current directory, leads to a directory.
    public var directoryExists: @Sendable (String) -> Bool
    /// The home directory of a user, or of the caller for nil. Nil where it is not known.
    public var homeDirectory: @Sendable (String?) -> String?
    /// Absolute.
    public var currentDirectory: String
    /// How many processors superd may use: `numprocs=auto`.
    public var processors: Int

    public init(
        userExists: @escaping @Sendable (String) -> Bool,
        groupExists: @escaping @Sendable (String) -> Bool,
        directoryExists: @escaping @Sendable (String) -> Bool,
        homeDirectory: @escaping @Sendable (String?) -> String?,
        currentDirectory: String, processors: Int = 1
    ) {
        self.userExists = userExists
        self.groupExists = groupExists
        self.directoryExists = directoryExists
        self.homeDirectory = homeDirectory
        self.currentDirectory = currentDirectory
        self.processors = processors
    }

    /// The same, with every user and group that has a name, and every directory, taken to exist.
    public var offline: ValueContext {
        var context = self
        context.userExists = { !$0.isEmpty }
        context.groupExists = { !$0.isEmpty }
        context.directoryExists = { _ in true }
        return context
    }

    /// The path with a leading `~` or `~user` replaced by that home directory; unchanged where it is not known.
    public func expandingHome(_ path: String) -> String {
        guard path.utf8.first == UInt8(ascii: "~") else { return path }
        let slash = path.utf8.firstIndex(of: UInt8(ascii: "/")) ?? path.endIndex
        let user = path[path.utf8.index(after: path.startIndex)..<slash]
        guard let home = homeDirectory(user.isEmpty ? nil : String(user)) else { return path }
        var base = home[...]
        while base.hasSuffix("/") { base.removeLast() }
        let whole = base + path[slash...]
        return whole.isEmpty ? "/" : String(whole)
    }

    /// The path made absolute, with home directories, `.`, `..` and doubled slashes resolved by their text alone.
    public func normalized(_ path: String) -> String {
        let path = expandingHome(path)
        let absolute = path.hasPrefix("/") ? path : currentDirectory + "/" + path
        var parts: [Substring] = []
        for part in absolute.split(separator: "/") where part != "." {
            if part == ".." {
                _ = parts.popLast()
            } else {
                parts.append(part)
            }
        }
        // POSIX lets exactly two leading slashes mean something else than one.
        let isDouble = absolute.hasPrefix("//") && !absolute.hasPrefix("///")
        return (isDouble ? "//" : "/") + parts.joined(separator: "/")
    }
}

/// The directory part of a path: what is before the last slash, empty without one, `/` for the root.
public func directoryPart(of path: String) -> String {
    guard let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) else { return "" }
    var head = path[..<slash]
    while head.utf8.last == UInt8(ascii: "/") { head.removeLast() }
    return head.isEmpty ? "/" : String(head)
}
