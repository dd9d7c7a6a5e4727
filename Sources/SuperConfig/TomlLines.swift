/// Finds the lines of headers and keys in TOML text, which the parser does not tell.
///
/// It is used after the parser has accepted the text, so it need not notice errors; text that it does not understand costs
/// a line number and nothing else.
struct TomlLines {
    private let scalars: [Unicode.Scalar]
    private var index = 0
    private var line = 1
    private var lines: [[String]: Int] = [:]

    /// The line of the first mention of each path.
    static func find(in text: String) -> [[String]: Int] {
        var finder = TomlLines(scalars: Array(text.unicodeScalars))
        finder.run()
        return finder.lines
    }

    private init(scalars: [Unicode.Scalar]) {
        self.scalars = scalars
    }

    private var next: Unicode.Scalar? { index < scalars.count ? scalars[index] : nil }

    private mutating func run() {
        var header: [String] = []
        while let scalar = next {
            switch scalar {
            case "\n", "\r", " ", "\t", "\u{feff}": advance()
            case "#": skipLine()
            case "[":
                while next == "[" { advance() }
                header = keys()
                note(header)
                skipLine()
            default:
                let start = index
                note(header + keys())
                if next == "=" { advance() }
                skipValue()
                if index == start { advance() }
            }
        }
    }

    private mutating func note(_ path: [String]) {
        for end in path.indices where lines[Array(path[...end])] == nil { lines[Array(path[...end])] = line }
    }

    private mutating func advance() {
        if next == "\n" { line += 1 }
        index += 1
    }

    private mutating func skipLine() {
        while let scalar = next, scalar != "\n" { _ = scalar; advance() }
    }

    /// A dotted key, up to what cannot be part of one.
    private mutating func keys() -> [String] {
        var keys: [String] = []
        while let scalar = next {
            switch scalar {
            case " ", "\t", ".": advance()
            case "\"", "'": keys.append(quotedText())
            case "=", "]", "\n", "\r", "#": return keys
            default:
                let start = index
                while let scalar = next, !" \t.=]\n\r#\"'".unicodeScalars.contains(scalar) { advance() }
                keys.append(String(scalars[start..<index]))
            }
        }
        return keys
    }

    /// Everything up to the end of the line, over as many lines as brackets and strings take.
    private mutating func skipValue() {
        var depth = 0
        while let scalar = next {
            switch scalar {
            case "\"", "'": _ = quotedText()
            case "#": skipLine()
            case "[", "{":
                depth += 1
                advance()
            case "]", "}":
                depth -= 1
                advance()
            case "\n" where depth <= 0: return
            default: advance()
            }
        }
    }

    /// The text of a string of one line or many; escapes are kept as they are written.
    private mutating func quotedText() -> String {
        guard let quote = next else { return "" }
        var width = 0
        while next == quote, width < 3 {
            width += 1
            advance()
        }
        if width == 2 { return "" }
        let start = index
        var run = 0
        while let scalar = next, run < width {
            if scalar == "\\", quote == "\"" {
                run = 0
                advance()
            } else {
                run = scalar == quote ? run + 1 : 0
            }
            if index < scalars.count { advance() }
        }
        return String(scalars[min(start, index)..<max(min(start, index), index - run)])
    }
}
