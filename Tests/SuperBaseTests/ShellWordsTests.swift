import SuperBase
import Testing

/// Commands and what Python 3.11's `shlex.split(comments=False)` makes of them.
struct ShellWordsTests {
    enum Case: Sendable, CustomTestStringConvertible {
        case words(String, [String])
        case refused(String, ShellWords.Problem)

        var testDescription: String {
            switch self {
            case .words(let text, _), .refused(let text, _): text.debugDescription
            }
        }
    }

    @Test(arguments: table) func wordsAreSplitAsPythonSplitsThem(item: Case) throws {
        switch item {
        case .words(let text, let words): #expect(try ShellWords.split(text) == words)
        case .refused(let text, let problem): #expect(throws: problem) { try ShellWords.split(text) }
        }
    }

    private static let table: [Case] = [
        .words("", []),
        .words("a", ["a"]),
        .words("a b", ["a", "b"]),
        .words("  a\u{9} b \u{a}", ["a", "b"]),
        .words("'a b' c", ["a b", "c"]),
        .words("\"a b\" c", ["a b", "c"]),
        .words("a\\ b", ["a b"]),
        .words("a'b c'd", ["ab cd"]),
        .words("a\"b c\"d", ["ab cd"]),
        .words("''", [""]),
        .words("\"\"", [""]),
        .words("a '' b", ["a", "", "b"]),
        .words("\"a\\\"b\"", ["a\"b"]),
        .words("\"a\\\\b\"", ["a\\b"]),
        .words("\"a\\nb\"", ["a\\nb"]),
        .words("\"a\\$b\"", ["a\\$b"]),
        .words("'a\\nb'", ["a\\nb"]),
        .words("'a\\'", ["a\\"]),
        .words("\\'a", ["'a"]),
        .words("a\\\u{a}b", ["a\u{a}b"]),
        .words("\\a", ["a"]),
        .words("a\\\\b", ["a\\b"]),
        .words("a #b c", ["a", "#b", "c"]),
        .words("#a", ["#a"]),
        .words("a;b", ["a;b"]),
        .words("a|b>c", ["a|b>c"]),
        .words("a&&b", ["a&&b"]),
        .words("a\u{d}b", ["a", "b"]),
        .words("a\u{b}b", ["a\u{b}b"]),
        .words("a\u{c}b", ["a\u{c}b"]),
        .words("é ü", ["é", "ü"]),
        .words("'é ü'", ["é ü"]),
        .words("\\é", ["é"]),
        .words("\"\\é\"", ["\\é"]),
        .words("a\u{a0}b", ["a\u{a0}b"]),
        .words("a\u{2003}b", ["a\u{2003}b"]),
        .words("日本 語", ["日本", "語"]),
        .refused("'unterminated", .noClosingQuotation),
        .refused("\"unterminated", .noClosingQuotation),
        .refused("a\\", .noEscapedCharacter),
        .refused("\"a\\", .noEscapedCharacter),
        .refused("'a\\' b'", .noClosingQuotation),
        .words("\"'\"", ["'"]),
        .words("'\"'", ["\""]),
        .words("a\"\"b", ["ab"]),
        .words("\"\"\"\"", [""]),
        .words("''\"\" x", ["", "x"]),
        .words("\\\\", ["\\"]),
        .words("\\ ", [" "]),
        .words("\\\u{9}", ["\u{9}"]),
        .words("'\u{a}'", ["\u{a}"]),
        .words("\"\u{a}\"", ["\u{a}"]),
        .words("\"a\\\u{a}b\"", ["a\\\u{a}b"]),
        .words("$HOME", ["$HOME"]),
        .words("`x y`", ["`x", "y`"]),
        .words("sh -c 'exec \"$0\" \"$@\"' a b", ["sh", "-c", "exec \"$0\" \"$@\"", "a", "b"]),
        .words("bash -c \"echo \\\"hi there\\\"\"", ["bash", "-c", "echo \"hi there\""]),
        .words("--a='b c' --d=\"e f\"", ["--a=b c", "--d=e f"]),
        .words("a\\'b", ["a'b"]),
        .words("%(x)s", ["%(x)s"]),
        .words("a=b", ["a=b"]),
        .words("a\\=b", ["a=b"]),
        .words("\u{0}", ["\u{0}"]),
        .words("a\u{0}b", ["a\u{0}b"]),
        .words(" ", []),
        .words("\u{9}\u{a}", []),
        .refused("\\", .noEscapedCharacter),
        .refused("'", .noClosingQuotation),
        .refused("\"", .noClosingQuotation),
        .refused("a ' b", .noClosingQuotation),
        .refused("a \" b", .noClosingQuotation),
        .words("'a'\"b\"c", ["abc"]),
        .words("\"a\"'b'\\c d", ["abc", "d"]),
        .refused("x \\", .noEscapedCharacter),
    ]
}
