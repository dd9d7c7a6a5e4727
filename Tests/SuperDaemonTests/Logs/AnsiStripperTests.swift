import Testing

@testable import SuperDaemon

/// Escape sequences go, whatever the reads that they come in.
struct AnsiStripperTests {
    private static func strip(_ parts: [String], _ stripper: inout AnsiStripper) -> String {
        let kept = parts.flatMap { part in Array(part.utf8).withUnsafeBytes { stripper.strip($0) } }
        return String(decoding: kept, as: UTF8.self)
    }

    @Test(arguments: [
        ("plain ü\n", "plain ü\n"), ("\u{1b}[31mred\u{1b}[0m", "red"), ("a\u{1b}[1;2;3Hb", "ab"),
        ("\u{1b}[2J\u{1b}[H", ""), ("\u{1b}]0;title", "\u{1b}]0;title"), ("\u{1b}\u{1b}[31mx", "\u{1b}x"),
        ("no end \u{1b}[31", "no end "), ("\u{1b}[?25lx", "x"), ("a\u{1b}", "a"),
    ])
    func sequencesGoHoweverTheyAreSplit(text: String, expected: String) {
        let bytes = Array(text.unicodeScalars).map(String.init)
        for split in 0...bytes.count {
            var stripper = AnsiStripper()
            let parts = [bytes[..<split].joined(), bytes[split...].joined()]
            #expect(Self.strip(parts, &stripper) == expected, "split at \(split)")
        }
        var stripper = AnsiStripper()
        #expect(Self.strip(bytes, &stripper) == expected)
    }

    @Test func itsStateSurvivesAsANumber() {
        for start in ["", "\u{1b}", "\u{1b}[3"] {
            var stripper = AnsiStripper()
            _ = Self.strip([start], &stripper)
            var copy = AnsiStripper()
            copy.code = stripper.code
            #expect(copy == stripper)
            #expect(Self.strip(["[1mx"], &copy) == Self.strip(["[1mx"], &stripper))
        }
    }
}
