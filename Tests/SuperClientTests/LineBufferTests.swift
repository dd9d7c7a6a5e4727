import Testing

@testable import superctl

/// Keys as a terminal sends them, and the line they make.
@Suite struct LineBufferTests {
    /// The line after the keys, a bar at the cursor.
    private func line(_ keys: String, history: [String] = []) -> String {
        var buffer = LineBuffer(history: history)
        for byte in keys.utf8 { _ = buffer.take(byte) }
        return String(buffer.text[..<buffer.cursor]) + "|" + String(buffer.text[buffer.cursor...])
    }

    @Test(arguments: [
        ("abc", "abc|"), ("abc\u{1}x", "x|abc"), ("abc\u{2}\u{2}x", "ax|bc"), ("abc\u{1}\u{5}x", "abcx|"),
        ("abc\u{7f}", "ab|"), ("\u{7f}", "|"), ("abc\u{1}\u{4}", "|bc"), ("abc\u{2}\u{b}", "ab|"),
        ("ab cd\u{17}", "ab |"), ("ab cd  \u{17}", "ab |"), ("ab cd\u{2}\u{15}", "|d"), ("é\u{7f}ü", "ü|"),
        ("ab\u{1b}[Dc", "ac|b"), ("ab\u{1b}[H\u{1b}[3~", "|b"), ("ab\u{1b}OH\u{1b}[Cc", "ac|b"),
        ("ab\u{1b}[1;5Dc", "abc|"), ("ab\u{1}\u{1b}[4~c", "abc|"), ("a\u{1b}xb", "ab|"),
    ])
    func keysEditTheLine(keys: String, expected: String) {
        #expect(line(keys) == expected)
    }

    @Test func theHistoryIsWalkedAndWhatWasTypedStays() {
        let history = ["one", "two"]
        #expect(line("\u{1b}[A", history: history) == "two|")
        #expect(line("\u{1b}[A\u{1b}[A\u{1b}[A", history: history) == "one|")
        #expect(line("typed\u{1b}[A\u{1b}[B", history: history) == "typed|")
        #expect(line("\u{1b}[B", history: history) == "|")
    }

    @Test func aWordIsCompletedAtTheCursor() {
        var buffer = LineBuffer(history: [])
        for byte in "stop we x\u{2}\u{2}".utf8 { _ = buffer.take(byte) }
        #expect(buffer.wordToComplete == "we")
        #expect(buffer.textBeforeWord == "stop ")
        buffer.complete(with: "web:*")
        #expect(String(buffer.text) == "stop web:* x")
    }

    @Test(
        arguments: [
            (3, LineBuffer.Outcome.abandoned), (4, .ended), (9, .wantsCompletion), (13, .finished),
            (12, .wantsClearScreen),
        ] as [(UInt8, LineBuffer.Outcome)])
    func keysThatEndOrInterruptTheLine(key: UInt8, outcome: LineBuffer.Outcome) {
        var buffer = LineBuffer(history: [])
        #expect(buffer.take(key) == outcome)
    }
}
