import SuperBase
import Testing

@Suite struct LinePatternTests {
    private func matches(_ pattern: String, _ line: String) -> Bool {
        matches(pattern, Array(line.utf8))
    }

    private func matches(_ pattern: String, _ line: [UInt8]) -> Bool {
        line.withUnsafeBytes { LinePattern(pattern).matches($0) }
    }

    @Test(arguments: [
        ("ready", "ready"), ("ready", "server is ready."), ("", ""), ("", "x"), ("*", ""), ("a*c", "-abbc-"),
        ("a?c", "xxabc"),
        ("[0-9] workers", "started 4 workers"), ("aab", "aaab"), ("l*sten", "I listen"), ("größe*", "die größe"),
        ("a?c", "aäc"), ("[x", "a[x"), ("up [!0]*", "up 1"), ("*\u{308}b", "a\u{308}b"), ("ab*ab", "abab"),
    ])
    func aLineContainsAMatch(pattern: String, line: String) {
        #expect(matches(pattern, line))
    }

    @Test(arguments: [
        ("ready", ""), ("ready", "read"), ("ready", "Ready"), ("ready", "rea dy"), ("a*c", "cba"), ("a?c", "ac"),
        ("?", ""),
        ("[0-9] workers", "x workers"), ("up [!0]*", "up 0"), ("ab*ab", "ab"),
    ])
    func aLineContainsNone(pattern: String, line: String) {
        #expect(!matches(pattern, line))
    }

    @Test func whatIsNoTextIsOneCharacterToAPattern() {
        #expect(matches("a?b", [0x61, 0xff, 0x62]))
        #expect(matches("ready", [0xff] + Array("ready".utf8) + [0xc3]))
    }

    /// Whatever the short cuts: the answer is the glob's.
    @Test func theAnswerIsThatOfTheGlob() {
        var generator = Letters(state: 7)
        for _ in 0..<20_000 {
            let pattern = generator.text(from: Array("ab*?[]-!"), upTo: 6)
            let line = generator.text(from: Array("ab-[]*"), upTo: 8)
            #expect(matches(pattern, line) == Glob("*\(pattern)*").matches(line), "\(pattern) in \(line)")
        }
    }
}

/// Texts that are the same in every run.
private struct Letters {
    var state: UInt64

    mutating func next(_ bound: Int) -> Int {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return Int(state >> 33) % bound
    }

    mutating func text(from letters: [Character], upTo limit: Int) -> String {
        var text = ""
        for _ in 0..<next(limit + 1) { text.append(letters[next(letters.count)]) }
        return text
    }
}
