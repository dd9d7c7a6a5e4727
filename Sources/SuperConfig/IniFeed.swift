import SuperBase

/// The two ends of a run of libinih: it is asked for lines and is told what libinih made of them.
///
/// A class because libinih carries a pointer to it through C.
final class IniFeed {
    /// What the line that libinih has now is.
    private enum Note {
        case option(line: Int, cutComment: ArraySlice<Unicode.Scalar>)
        case continuation
    }

    private var lines: IniLines
    private let file: String
    private var lineNumber = 0
    /// The bytes of the line in hand that libinih has not taken yet.
    private var pending: ArraySlice<UInt8> = []
    private var note: Note?
    private var result = IniReader.Result()
    /// `[DEFAULT]` first, then the document's sections.
    private var sections: [RawSection]
    private var places: [String: Int] = [:]
    /// Whether a header was seen: nothing may stand before the first one.
    private var hasSection = false
    private var hasDefaults = false
    private var isBroken = false
    /// How far the last header or option was indented; deeper lines continue the option.
    private var indentation = 0
    /// The option that further lines continue, and the lines of its value so far.
    private var current: (section: Int, name: String, line: Int)?
    private var valueLines: [String] = []

    init(lines: IniLines, file: String) {
        self.lines = lines
        self.file = file
        sections = [RawSection(title: "DEFAULT", at: SourceLocation(file: file))]
    }

    // MARK: What libinih asks for

    /// Copies as much of the line in hand as fits, or of the next one; nil at the end.
    func fill(_ buffer: UnsafeMutablePointer<CChar>, _ size: Int32) -> UnsafeMutablePointer<CChar>? {
        if pending.isEmpty { prepareLine() }
        guard !pending.isEmpty, size > 1 else { return nil }
        let count = min(pending.count, Int(size) - 1)
        for (index, byte) in pending.prefix(count).enumerated() { buffer[index] = CChar(bitPattern: byte) }
        buffer[count] = 0
        pending = pending.dropFirst(count)
        return buffer
    }

    /// Takes what libinih made of an option line or of a further line of a value.
    func take(_ section: String, _ name: String, _ value: String) {
        guard let taken = note, let place = Int(section) else { return }
        note = nil
        switch taken {
        case .continuation:
            valueLines.append(String(value.unicodeScalars.trimmed))
        case .option(let line, let comment):
            storeOption()
            let name = String(name.unicodeScalars.dropFirst().trimmed).lowercased()
            guard !name.isEmpty else {
                report(syntaxErrorAt: line, "the name before = or : is missing")
                return
            }
            current = (place, name, line)
            valueLines = [String(value.unicodeScalars.trimmed)]
            warnOfCut(comment, in: value, section: sections[place].title, option: name, line: line)
        }
    }

    /// Everything that was read, once libinih is done.
    func finish() -> IniReader.Result {
        refuseUntakenLine()
        storeOption()
        if hasDefaults { result.document.defaults = sections[0] }
        result.document.merge(RawDocument(sections: Array(sections.dropFirst())))
        return result
    }

    // MARK: Python's rules

    /// Finds the next line that means something and makes it ready for libinih.
    private func prepareLine() {
        refuseUntakenLine()
        while !isBroken, let line = lines.next() {
            lineNumber += 1
            let comment = commentStart(in: line)
            let text = line[..<(comment ?? line.count)].trimmed
            guard let indent = line.firstIndex(where: { !$0.isSpace }), !text.isEmpty else {
                // A blank line belongs to a value that goes on after it; a comment line does not.
                if comment == nil, current != nil { valueLines.append("") }
                continue
            }
            if text.contains("\0") {
                // Neither C nor an argument of a process can hold it.
                report(syntaxErrorAt: lineNumber, "the line has a NUL byte")
                continue
            }
            if current != nil, indent > indentation {
                note = .continuation
                pending = Array(("\t" + String(text) + "\n").utf8)[...]
                return
            }
            indentation = indent
            if let title = header(in: text) {
                storeOption()
                pending = Array("[\(openSection(title))]\n".utf8)[...]
                return
            }
            guard hasSection else {
                isBroken = true
                result.diagnostics.append(
                    Diagnostic(
                        .error, kind: "parse.missing_section_header", at: SourceLocation(file: file, line: lineNumber),
                        text.first == "\u{feff}"
                            ? "the file begins with a byte order mark, so its first line is no section header"
                            : "expected a section header such as [program:web] before anything else"))
                return
            }
            note = .option(line: lineNumber, cutComment: line[(comment ?? line.count)...])
            pending = Array(("." + String(text) + "\n").utf8)[...]
            return
        }
    }

    /// Where a comment begins: at the first `;` or `#` of a line, or after white space within it.
    ///
    /// Python looks for both in rounds, the first `;` and the first `#`, then the second of each, and so on, and stops
    /// after the round in which one begins a comment, whatever the other would find later.
    private func commentStart(in line: [Unicode.Scalar]) -> Int? {
        if let first = line.first(where: { !$0.isSpace }), first == ";" || first == "#" { return 0 }
        var searches: [(prefix: Unicode.Scalar, from: Int)] = [(";", 0), ("#", 0)]
        while !searches.isEmpty {
            var found: Int?
            searches = searches.compactMap { search in
                guard let index = line[search.from...].firstIndex(of: search.prefix) else { return nil }
                if line[index - 1].isSpace { found = min(found ?? index, index) }
                return (search.prefix, index + 1)
            }
            if let found { return found }
        }
        return nil
    }

    /// What stands between `[` and the last `]`, if that is something.
    private func header(in text: ArraySlice<Unicode.Scalar>) -> String? {
        guard text.first == "[", let end = text.lastIndex(of: "]"), end > text.startIndex + 1 else { return nil }
        return String(text[(text.startIndex + 1)..<end])
    }

    /// The place of the section in the list; a repeated one keeps its place.
    private func openSection(_ title: String) -> Int {
        hasSection = true
        if title == "DEFAULT" {
            hasDefaults = true
            return 0
        }
        if let place = places[title] { return place }
        sections.append(RawSection(title: title, at: SourceLocation(file: file, line: lineNumber)))
        places[title] = sections.count - 1
        return sections.count - 1
    }

    /// Puts the option that is complete now into its section.
    private func storeOption() {
        guard let (section, name, line) = current else { return }
        let value = valueLines.joined(separator: "\n").unicodeScalars
        let end = value.lastIndex { !$0.isSpace }.map { value.index(after: $0) } ?? value.startIndex
        sections[section].set(
            RawOption(name: name, value: .text(String(value[..<end])), location: SourceLocation(file: file, line: line))
        )
        current = nil
        valueLines = []
    }

    private func refuseUntakenLine() {
        guard case .option(let line, _) = note else { return }
        note = nil
        report(syntaxErrorAt: line, "expected option=value or option: value")
    }

    private func report(syntaxErrorAt line: Int, _ message: String) {
        result.diagnostics.append(
            Diagnostic(.error, kind: "parse.syntax", at: SourceLocation(file: file, line: line), message))
    }

    /// Warns of a comment that began inside quotes: most likely it was not meant to be one.
    private func warnOfCut(
        _ comment: ArraySlice<Unicode.Scalar>, in value: String, section: String, option: String, line: Int
    ) {
        var quote: Unicode.Scalar?
        for scalar in value.unicodeScalars where scalar == "\"" || scalar == "'" {
            if quote == nil { quote = scalar } else if quote == scalar { quote = nil }
        }
        guard let quote, comment.contains(quote) else { return }
        result.diagnostics.append(
            Diagnostic(
                .warning, kind: "parse.comment_in_quotes", at: SourceLocation(file: file, line: line), section: section,
                option: option,
                "the rest of the line from \(String(comment.prefix(20))) on is a comment, even inside quotes",
                hint: "leave out the blank before it"))
    }
}
