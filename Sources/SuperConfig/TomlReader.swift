import SuperBase
import TOMLKit

/// Reads TOML text into the same document as `IniReader`: `[program.web]` is what `[program:web]` is in INI.
///
/// A table directly below the root is a section; a table below that is a section with a name, except `environment`,
/// which is an option. A quoted `["program:web"]` is taken as it is written.
enum TomlReader {
    /// Reads the text of a file.
    static func read(_ bytes: [UInt8], file: String) -> IniReader.Result {
        guard let text = String(validating: bytes, as: UTF8.self), !text.unicodeScalars.contains("\0") else {
            return IniReader.Result(diagnostics: [
                Diagnostic(.error, kind: "parse.encoding", at: SourceLocation(file: file), "the file is not UTF-8 text")
            ])
        }
        let lines = TomlLines(of: text)
        do {
            // A text that is broken before the bad header is refused there, in good order.
            let root = try TOMLTable(string: lines.badHeader.map { prefix(of: text, before: $0) } ?? text)
            if let line = lines.badHeader {
                return IniReader.Result(diagnostics: [
                    Diagnostic(
                        .error, kind: "parse.syntax", at: SourceLocation(file: file, line: line),
                        "expected a name after [, such as [supervisord]")
                ])
            }
            let walk = Walk(file: file, lines: lines.lines)
            return walk.document(of: root)
        } catch let error as TOMLParseError {
            let line = error.source.begin.line
            return IniReader.Result(diagnostics: [
                Diagnostic(
                    .error, kind: "parse.syntax", at: SourceLocation(file: file, line: line),
                    // toml++ ends some sentences with a line end.
                    String(error.description.unicodeScalars.trimmed))
            ])
        } catch {
            return IniReader.Result(diagnostics: [
                Diagnostic(.error, kind: "parse.syntax", at: SourceLocation(file: file), "\(error)")
            ])
        }
    }

    /// The lines of a text before one of them.
    private static func prefix(of text: String, before line: Int) -> String {
        let lines = text.unicodeScalars.split(separator: "\n", omittingEmptySubsequences: false)
        return lines.prefix(line - 1).map { String($0) }.joined(separator: "\n")
    }

    /// One pass over the parsed tables.
    private struct Walk {
        let file: String
        /// The line of each header and key, by path.
        let lines: [[String]: Int]

        func document(of root: TOMLTable) -> IniReader.Result {
            var result = IniReader.Result()
            var sections: [RawSection] = []
            for (name, value) in root {
                guard let table = value.table else {
                    result.diagnostics.append(
                        Diagnostic(
                            .error, kind: "parse.missing_section_header", at: location([name]), option: name,
                            "expected a table such as [supervisord] around it"))
                    continue
                }
                sections += read(table, title: name, path: [name])
            }
            for section in sections.sorted(by: { ($0.location.line ?? 0, $0.title) < ($1.location.line ?? 0, $1.title) }
            ) {
                if section.title == "DEFAULT" {
                    result.document.defaults = section
                } else {
                    result.document.merge(RawDocument(sections: [section]))
                }
            }
            return result
        }

        /// The section of a table, and those of the tables in it.
        private func read(_ table: TOMLTable, title: String, path: [String]) -> [RawSection] {
            var section = RawSection(title: title, at: location(path))
            var sections: [RawSection] = []
            for (key, value) in table {
                if let inner = value.table, key != "environment", path.count == 1 {
                    sections += read(inner, title: "\(title):\(key)", path: path + [key])
                } else {
                    section.set(
                        RawOption(name: key.lowercased(), value: plain(value), location: location(path + [key])))
                }
            }
            // `[program.web]` alone makes a `program` table that nobody wrote.
            return section.options.isEmpty && !sections.isEmpty ? sections : [section] + sections
        }

        private func location(_ path: [String]) -> SourceLocation {
            var path = path
            while !path.isEmpty {
                if let line = lines[path] { return SourceLocation(file: file, line: line) }
                path.removeLast()
            }
            return SourceLocation(file: file)
        }

        /// Numbers with a point, dates and times become their text.
        private func plain(_ value: any TOMLValueConvertible) -> OptionValue {
            if let flag = value.bool { return .boolean(flag) }
            if let number = value.int { return .integer(number) }
            if let text = value.string { return .text(text) }
            if let array = value.array { return .list(array.map { plain($0) }) }
            if let table = value.table { return .map(table.map { .init($0.0, plain($0.1)) }) }
            return .text(value.tomlValue.debugDescription)
        }
    }
}
