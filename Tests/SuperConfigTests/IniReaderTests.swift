import SuperBase
import Testing

@testable import SuperConfig

/// What one text reads as: its sections, or the lines that are wrong.
struct IniOutcome: Hashable {
    var sections: [JSONTree] = []
    var defaults: JSONTree = .object([:])
    var badLines: [Int] = []
    var missingHeader: Int?

    /// What the reader makes of a text.
    init(reading bytes: [UInt8]) {
        let result = IniReader.read(bytes, file: "f")
        let errors = result.diagnostics.filter { $0.severity == .error }
        missingHeader = errors.first { $0.kind == "parse.missing_section_header" }?.location?.line
        guard missingHeader == nil else { return }
        badLines = errors.filter { $0.kind == "parse.syntax" }.compactMap { $0.location?.line }
        guard errors.isEmpty else { return }
        sections = result.document.sections.map { .array([.text($0.title), Self.options(of: $0)]) }
        defaults = result.document.defaults.map(Self.options) ?? .object([:])
    }

    /// What a case of the corpus expects.
    init(expected: JSONTree) {
        sections = expected["sections"]?.elements ?? []
        defaults = expected["defaults"] ?? .object([:])
        badLines = (expected["lines"]?.elements ?? []).compactMap(\.integer)
        missingHeader = expected["missing"]?.integer
    }

    private static func options(of section: RawSection) -> JSONTree {
        .object(section.options.mapValues { JSONTree($0.value) })
    }
}

@Test func theCornersOfTheDialectAreAsInPython() throws {
    let cases = try JSONTree.corpus("ini/dialect.json").elements
    #expect(cases.count >= 100)
    for example in cases {
        let text = example["text"]?.text ?? ""
        #expect(IniOutcome(reading: Array(text.utf8)) == IniOutcome(expected: example), "\(text.debugDescription)")
    }
}

@Test(arguments: [198, 199, 200, 201, 399, 4_096, 100_000])
func aLineOfAnyLengthIsWhole(_ length: Int) {
    let value = String(repeating: "x=;#", count: length / 4 + 1).prefix(length)
    let name = String(repeating: "n", count: length)
    let result = IniReader.read(Array("[s]\nkey = \(value)\n\(name) = v\n  \(value)\n".utf8), file: "f")
    #expect(result.diagnostics.isEmpty)
    #expect(result.document.section("s")?.options["key"]?.value == .text(String(value)))
    #expect(result.document.section("s")?.options[name]?.value == .text("v\n\(value)"))
}

@Test func everyOptionKnowsItsLine() {
    let result = IniReader.read(Array("; c\n\n[s]\r\na=1\r  more\n\nb=2\n[t]\na=3".utf8), file: "f")
    let lines = result.document.sections.map { section in section.inFileOrder.map { $0.location.line } }
    #expect(lines == [[4, 7], [9]])
    #expect(result.document.sections.map(\.location.line) == [3, 8])
}

@Test func aByteThatIsNotUTF8IsAnErrorWithItsLine() {
    let result = IniReader.read(Array("[s]\r\na=1\n; caf".utf8) + [0xe9] + Array("\nb=2".utf8), file: "f")
    #expect(result.diagnostics.map(\.kind) == ["parse.encoding"])
    #expect(result.diagnostics.first?.location == SourceLocation(file: "f", line: 3))
}

@Test func aNULByteIsAnErrorWithItsLine() {
    let result = IniReader.read(Array("[s]\na=1\nb=2\0x\n".utf8), file: "f")
    #expect(result.diagnostics.map(\.kind) == ["parse.syntax"])
    #expect(result.diagnostics.first?.location?.line == 3)
}

@Test func aCommentThatBeginsInsideQuotesIsWarnedOf() {
    let result = IniReader.read(Array("[s]\na=sh -c \"x ; y\"\nb=\"x;y\" ; z\nc=it's ; z\n".utf8), file: "f")
    #expect(result.diagnostics.map(\.kind) == ["parse.comment_in_quotes"])
    #expect(result.diagnostics.first?.option == "a")
    #expect(result.document.section("s")?.options["a"]?.value == .text("sh -c \"x"))
}
