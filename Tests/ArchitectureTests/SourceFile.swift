import Foundation

/// A file of Sources as the rules see it.
struct SourceFile {
    struct Line {
        /// As written.
        let text: String
        /// Without comments and without the contents of strings.
        let code: String
        /// Whether a comment stands on it.
        let hasComment: Bool
    }

    /// From the root of the package, such as `Sources/SuperBase/Signal.swift`.
    let path: String
    let lines: [Line]

    /// The folder below Sources.
    var target: String {
        let parts = path.split(separator: "/")
        return parts.count > 1 ? String(parts[1]) : ""
    }

    init(path: String, text: String) {
        self.path = path
        var scanner = Scanner()
        var lines = text.split(separator: "\n", omittingEmptySubsequences: false).map { scanner.line(String($0)) }
        if lines.last?.text.isEmpty == true { lines.removeLast() }
        self.lines = lines
    }

    /// Tells code from comments and strings, line by line.
    private struct Scanner {
        private enum Place { case code, string, longString, comment }
        private var place = Place.code

        mutating func line(_ text: String) -> Line {
            var code = ""
            var hasComment = place == .comment
            var rest = text[...]
            while let next = rest.first {
                switch place {
                case .code where rest.hasPrefix("//"):
                    return Line(text: text, code: code, hasComment: true)
                case .code where rest.hasPrefix("/*"):
                    place = .comment
                    hasComment = true
                    rest = rest.dropFirst(2)
                    continue
                case .code where rest.hasPrefix("\"\"\""):
                    place = .longString
                    rest = rest.dropFirst(3)
                    continue
                case .code:
                    if next == "\"" { place = .string }
                    code.append(next)
                case .string where next == "\\", .longString where next == "\\": rest = rest.dropFirst()
                case .string where next == "\"":
                    place = .code
                    code.append(next)
                case .longString where rest.hasPrefix("\"\"\""):
                    place = .code
                    rest = rest.dropFirst(3)
                    continue
                case .comment where rest.hasPrefix("*/"):
                    place = .code
                    rest = rest.dropFirst(2)
                    continue
                case .string, .longString, .comment: break
                }
                rest = rest.dropFirst()
            }
            if place == .string { place = .code }
            return Line(text: text, code: code, hasComment: hasComment)
        }
    }
}

extension SourceFile {
    /// Every file of Swift and C below Sources.
    static func all() throws -> [SourceFile] {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let sources = root.appending(path: "Sources").resolvingSymlinksInPath()
        guard let walk = FileManager.default.enumerator(at: sources, includingPropertiesForKeys: nil) else { return [] }
        return try walk.compactMap { $0 as? URL }
            .filter { ["swift", "c", "h"].contains($0.pathExtension) }
            .map { url in
                let path = "Sources" + url.path.dropFirst(sources.path.count)
                return SourceFile(path: path, text: try String(contentsOf: url, encoding: .utf8))
            }
            .sorted { $0.path < $1.path }
    }
}
