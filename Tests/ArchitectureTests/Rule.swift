import Testing

/// Something that no file of Sources may do.
struct Rule: Sendable, CustomTestStringConvertible {
    let name: String
    /// The numbers, from 1, of the lines that break it.
    let offences: @Sendable (SourceFile) -> [Int]

    var testDescription: String { name }

    /// Lines that offend one by one.
    private init(_ name: String, _ isOffence: @escaping @Sendable (SourceFile, Int) -> Bool) {
        self.name = name
        offences = { file in file.lines.indices.filter { isOffence(file, $0) }.map { $0 + 1 } }
    }

    private init(_ name: String, offences: @escaping @Sendable (SourceFile) -> [Int]) {
        self.name = name
        self.offences = offences
    }

    /// What each target of floors 1 and 2 may import, as docs/architecture.md lists it.
    private static let imports: [String: Set<String>] = [
        "SuperBase": [],
        "SuperOptions": ["SuperBase"],
        "SuperHTTP": ["SuperBase"],
        "SuperConfig": ["SuperBase", "SuperOptions", "CInih", "TOMLKit"],
        "SuperCore": ["SuperBase"],
        "SuperAPI": ["SuperBase", "FoundationEssentials"],
        "SuperWebCore": ["SuperBase", "SuperOptions", "SuperHTTP"],
    ]

    private static func isPure(_ file: SourceFile) -> Bool { imports[file.target] != nil }

    static let all: [Rule] = [
        Rule("decisions import only what is below them") { file, index in
            guard let allowed = imports[file.target], let module = importedModule(file.lines[index]) else {
                return false
            }
            return !allowed.contains(module)
        },
        Rule("decisions start no tasks, read no clock and draw no random numbers") { file, index in
            isPure(file) && impureWords.contains { contains(file.lines[index].code, word: $0) }
        },
        Rule("only SuperOS imports the C library") { file, index in
            guard file.target != "SuperOS", let module = importedModule(file.lines[index]) else { return false }
            return ["Glibc", "Musl", "Darwin", "CSuperOS"].contains(module)
        },
        Rule("nothing traps by force") { file, index in
            forcefulWords.contains { contains(file.lines[index].code, word: $0) }
        },
        Rule("no work is left for later") { file, index in
            ["TODO", "FIXME"].contains { contains(file.lines[index].text, word: $0) }
        },
        Rule("what the compiler cannot check is explained by a comment") { file, index in
            guard unsafeWords.contains(where: { contains(file.lines[index].code, word: $0) }) else { return false }
            return !file.lines[index].hasComment && !(index > 0 && file.lines[index - 1].hasComment)
        },
        Rule("a file has at most 400 lines", offences: { $0.lines.count > 400 ? [401] : [] }),
    ]

    private static let impureWords = [
        "Task", "TaskGroup", "withTaskGroup", "async", "await", "sleep", "usleep", "nanosleep", "Thread",
        "DispatchQueue", "ContinuousClock", "SuspendingClock", "clock_gettime", "Date()", "Date.now",
        "SystemRandomNumberGenerator", ".random(", ".randomElement(", ".shuffled(", ".shuffle(", "arc4random",
    ]
    private static let forcefulWords = ["fatalError(", "try!", "as!"]
    private static let unsafeWords = ["@unchecked", "nonisolated(unsafe)"]

    /// The module of an import declaration, whatever stands before it.
    private static func importedModule(_ line: SourceFile.Line) -> String? {
        let words = line.code.split(separator: " ")
        guard let place = words.firstIndex(of: "import"), place + 1 < words.endIndex else { return nil }
        let modifiers = ["public", "package", "internal", "private", "fileprivate"]
        guard words[..<place].allSatisfy({ $0.hasPrefix("@") || modifiers.contains(String($0)) }) else { return nil }
        // `import struct Module.Name` names a declaration.
        let name = place + 2 < words.endIndex ? words[place + 2] : words[place + 1]
        return name.split(separator: ".").first.map(String.init)
    }

    /// Whether the word stands there by itself, not as a part of a longer one.
    private static func contains(_ text: String, word: String) -> Bool {
        func isPartOfWord(_ character: Character?) -> Bool {
            character.map { $0.isLetter || $0.isNumber || $0 == "_" } ?? false
        }
        return text.ranges(of: word).contains { range in
            let before = range.lowerBound > text.startIndex ? text[text.index(before: range.lowerBound)] : nil
            let after = range.upperBound < text.endIndex ? text[range.upperBound] : nil
            return !(isPartOfWord(word.first) && isPartOfWord(before))
                && !(isPartOfWord(word.last) && isPartOfWord(after))
        }
    }
}
