import SuperBase

extension OptionType where Value == String {
    /// Any text, kept as it is.
    static func text(_ name: String = "text", expected: String = "a text") -> OptionType {
        OptionType(name, expected: expected, parse: { (text, _) throws(ValueError) in text }, value: { .text($0) })
    }

    /// A file whose directory must exist; a leading `~` is a home directory.
    static var file: OptionType {
        OptionType(
            "file", expected: "a path whose directory exists",
            parse: { (text, context) throws(ValueError) in
                let path = context.expandingHome(text)
                let directory = directoryPart(of: path)
                guard directory.isEmpty || context.directoryExists(directory) else {
                    throw ValueError("the directory of \(quoted(text)) does not exist", hint: "create \(directory)")
                }
                return path
            }, value: { .text($0) })
    }

    /// A directory that must exist; a leading `~` is a home directory.
    static var existingDirectory: OptionType {
        OptionType(
            "directory", expected: "a directory that exists",
            parse: { (text, context) throws(ValueError) in
                let path = context.expandingHome(text)
                guard context.directoryExists(path) else {
                    throw ValueError("\(quoted(text)) is not an existing directory")
                }
                return path
            }, value: { .text($0) })
    }

    /// A path that is made absolute and need not exist.
    static var absolutePath: OptionType {
        OptionType(
            "file", expected: "a path",
            parse: { (text, context) throws(ValueError) in context.normalized(trimmed(text)) },
            value: { .text($0) })
    }

    /// The address of a control endpoint; a `unix://` path is made absolute.
    static var serverURL: OptionType {
        OptionType(
            "URL", expected: "a URL such as unix:///run/superd.sock or http://127.0.0.1:9001",
            parse: { (text, context) throws(ValueError) in
                text.hasPrefix("unix://") ? "unix://" + context.normalized(String(text.dropFirst(7))) : text
            }, value: { .text($0) })
    }

    /// A user that must exist, by name or uid.
    static var user: OptionType {
        OptionType(
            "user", expected: "the name or uid of a user",
            parse: { (text, context) throws(ValueError) in
                guard context.userExists(text) else {
                    throw ValueError(
                        parseInteger(text) == nil
                            ? "there is no user \(quoted(text))" : "there is no user with the uid \(text)",
                        hint: text.contains(":") ? "a group cannot be given here" : nil)
                }
                return text
            }, value: { .text($0) })
    }
}

extension OptionType where Value == Owner {
    /// The owner of a socket file.
    static var owner: OptionType {
        let expected = "a user, or user:group"
        return OptionType(
            "owner", expected: expected,
            parse: { (text, context) throws(ValueError) in
                let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
                guard context.userExists(parts[0]) else {
                    throw ValueError("there is no user \(quoted(parts[0])); expected \(expected)")
                }
                guard parts.count == 2 else { return Owner(user: parts[0]) }
                guard context.groupExists(parts[1]) else {
                    throw ValueError("there is no group \(quoted(parts[1])); expected \(expected)")
                }
                return Owner(user: parts[0], group: parts[1])
            },
            value: { owner in .list([.text(owner.user), owner.group.map { .text($0) } ?? .none]) },
            text: { owner in owner.group.map { "\(owner.user):\($0)" } ?? owner.user })
    }
}

extension OptionType where Value == LogTarget {
    /// Where the output of a process is logged.
    static var logTarget: OptionType {
        OptionType(
            "log file", expected: "AUTO, NONE or a path whose directory exists",
            parse: { (text, context) throws(ValueError) in
                switch text.lowercased() {
                case "auto": .automatic
                case "none", "off": .none
                default: .path(try OptionType<String>.file.parse(text, context))
                }
            },
            value: {
                switch $0 {
                case .automatic: .text("AUTO")
                case .none: .none
                case .path(let path): .text(path)
                }
            },
            text: {
                switch $0 {
                case .automatic: "AUTO"
                case .none: "NONE"
                case .path(let path): path
                }
            })
    }
}

extension OptionType {
    /// A type whose text is not that of its value.
    init(
        _ name: String, expected: String,
        parse: @escaping @Sendable (String, ValueContext) throws(ValueError) -> Value,
        value: @escaping @Sendable (Value) -> OptionValue, text: @escaping @Sendable (Value) -> String?
    ) {
        self.init(name, expected: expected, parse: parse, value: value)
        self.text = text
    }
}

extension OptionType where Value == InetAddress {
    /// A TCP port, with a host before it if wanted.
    static var inetAddress: OptionType {
        let expected = "a port from 1 to 65535, or host:port"
        return OptionType(
            "address", expected: expected,
            parse: { (text, _) throws(ValueError) in
                var host = ""
                var digits = text[...]
                if let colon = text.lastIndex(of: ":") {
                    host = text[..<colon].lowercased()
                    digits = text[text.index(after: colon)...]
                }
                guard let port = parseInteger(digits).flatMap(UInt16.init(exactly:)), port > 0 else {
                    throw mismatch(text, expected)
                }
                return InetAddress(host: host == "*" ? "" : host, port: port)
            }, value: { .text($0.text) })
    }
}

extension OptionType where Value == SocketName {
    /// The socket of an `[fcgi-program:x]`.
    static var socket: OptionType {
        let expected = "tcp://host:port or unix:///absolute/path"
        return OptionType(
            "socket", expected: expected,
            parse: { (text, context) throws(ValueError) in
                if text.hasPrefix("unix://") {
                    let path = String(text.dropFirst(7))
                    guard path.hasPrefix("/") else { throw ValueError("the path of \(quoted(text)) is not absolute") }
                    return .unix(path: context.normalized(path))
                }
                guard text.hasPrefix("tcp://"), case let parts = text.dropFirst(6).split(separator: ":"),
                    parts.count == 2,
                    !parts[0].unicodeScalars.contains(where: { $0.properties.isWhitespace }),
                    parts[1].utf8.allSatisfy({ (0x30...0x39).contains($0) }),
                    let port = UInt16(parts[1]), port > 0, !text.dropFirst(6).hasPrefix(":"), !text.hasSuffix(":")
                else { throw mismatch(text, expected) }
                return .inet(InetAddress(host: parts[0].lowercased(), port: port))
            },
            value: { .text($0.url) })
    }
}
