/// Finds the lines of headers and keys in TOML text, which the parser does not tell, and headers that it cannot bear.
///
/// It is exact for text that is valid so far. Where the text is broken the parser stops, and what is found after that
/// does not count.
struct TomlLines {
    private let scalars: [Unicode.Scalar]
    private var index = 0
    private var line = 1
    /// The line of the first mention of each path.
    private(set) var lines: [[String]: Int] = [:]
    /// The line of the first header whose name does not begin like one: toml++ ends the process over it.
    private(set) var badHeader: Int?

    init(of text: String) {
        self.init(scalars: Array(text.unicodeScalars))
        run()
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
                for _ in 0..<2 where next == "[" {
                    advance()
                    while next == " " || next == "\t" { advance() }
                }
                if badHeader == nil, !canBeginName(next) { badHeader = line }
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

    /// Whether the parser survives this after the bracket of a header: it refuses a `]` and the end in good order.
    private func canBeginName(_ scalar: Unicode.Scalar?) -> Bool {
        guard let scalar else { return true }
        switch scalar {
        case "a"..."z", "A"..."Z", "0"..."9", "_", "-", "\"", "'", "]": return true
        default: return false
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
