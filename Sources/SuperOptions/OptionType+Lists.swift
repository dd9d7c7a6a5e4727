import SuperBase

extension OptionType {
    /// A list of elements of one word each, which are cut from a text by `split`. TOML's own list has a word in each place.
    init<Element: Sendable>(
        _ name: String, expected: String, separator: String,
        split: @escaping @Sendable (String) -> [String],
        elements: @escaping @Sendable ([String], ValueContext) throws(ValueError) -> [Element],
        words: @escaping @Sendable ([Element]) -> [String]
    ) where Value == [Element] {
        self.init(
            name, expected: expected,
            parse: { (text, context) throws(ValueError) in try elements(split(text), context) },
            value: { .list(words($0).map { .text($0) }) },
            text: { words($0).joined(separator: separator) })
        read = { (given, context) throws(ValueError) in
            switch given {
            case .text(let text): return try elements(split(text), context)
            case .list(let values):
                var given: [String] = []
                for value in values {
                    guard case .text(let word) = value else {
                        throw ValueError("\(value.typeName) in the list is not a text; expected \(expected)")
                    }
                    given.append(trimmed(word))
                }
                return try elements(given, context)
            default: throw ValueError("\(given.typeName) is not \(expected)")
            }
        }
    }
}

/// The words of a text between blanks and line ends, and between commas as well.
func wordsBetweenBlanksAndCommas(_ text: String) -> [String] {
    text.unicodeScalars.split { $0.properties.isWhitespace || $0 == "," }.map { String($0) }
}

/// The words of a text between blanks and line ends.
func wordsBetweenBlanks(_ text: String) -> [String] {
    text.unicodeScalars.split { $0.properties.isWhitespace }.map { String($0) }
}

extension OptionType where Value == [NamedSocket] {
    /// The listening sockets of a program.
    static var sockets: OptionType {
        let expected = "one or several of tcp://host:port or unix:///absolute/path, each with name= before it if wanted"
        return OptionType(
            "sockets", expected: expected, separator: " ", split: wordsBetweenBlanks,
            elements: { (words, context) throws(ValueError) in
                var sockets: [NamedSocket] = []
                for word in words {
                    let socket = try NamedSocket(word, after: sockets, context)
                    if sockets.contains(where: { $0.name == socket.name }) {
                        throw ValueError("two sockets are named \(quoted(socket.name))")
                    }
                    if sockets.contains(where: { $0.address == socket.address }) {
                        throw ValueError("\(socket.address.url) is given twice")
                    }
                    sockets.append(socket)
                }
                return sockets
            }, words: NamedSocket.texts)
    }
}

extension NamedSocket {
    /// Reads `url` or `name=url`; without a name it is called `socket`, or `socket2` and so on after others without one.
    init(_ text: String, after others: [NamedSocket], _ context: ValueContext) throws(ValueError) {
        let equals = text.utf8.firstIndex(of: UInt8(ascii: "="))
        let slash = text.utf8.firstIndex(of: UInt8(ascii: "/")) ?? text.endIndex
        guard let equals, equals < slash else {
            let unnamed = others.filter { !$0.isNamed }.count
            self.init(
                name: unnamed == 0 ? "socket" : "socket\(unnamed + 1)", isNamed: false,
                address: try Self.address(text, context))
            return
        }
        let name = String(text[..<equals])
        guard !name.isEmpty, name.utf8.allSatisfy(Self.isInName) else {
            throw ValueError("\(quoted(name)) cannot be the name of a socket; expected letters, digits, _, - and .")
        }
        let url = String(text[text.utf8.index(after: equals)...])
        self.init(name: name, isNamed: true, address: try Self.address(url, context))
    }

    private static func address(_ url: String, _ context: ValueContext) throws(ValueError) -> SocketName {
        if url.hasPrefix("unix://") { return .unix(path: try socketPath(url.dropFirst(7), of: url, context)) }
        if url.hasPrefix("tcp://") { return .inet(try InetAddress(endpoint: url.dropFirst(6), of: url)) }
        var error = ValueError("\(quoted(url)) is not tcp://host:port or unix:///absolute/path")
        let rest = url.drop { $0 != ":" }.drop { $0 == ":" || $0 == "/" }
        if url.hasPrefix("/") {
            error.hint = "did you mean unix://\(url)?"
        } else if ["http:", "https:", "tcp:"].contains(where: { url.lowercased().hasPrefix($0) }) {
            error.hint = "did you mean tcp://\(rest.prefix { $0 != "/" })?"
        } else if (try? InetAddress(endpoint: url[...], of: url)) != nil {
            error.hint = "did you mean tcp://\(url)?"
        }
        throw error
    }

    private static func isInName(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"),
            UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "_"), UInt8(ascii: "-"), UInt8(ascii: "."):
            true
        default: false
        }
    }
}
