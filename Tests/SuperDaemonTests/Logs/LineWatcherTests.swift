import SuperBase
import Testing

@testable import SuperDaemon

struct LineWatcherTests {
    /// Whether a watcher finds its line in these chunks, and in which.
    private func chunk(_ pattern: String, _ chunks: [String]) -> Int? {
        var watcher = LineWatcher(pattern)
        return chunks.firstIndex { Array($0.utf8).withUnsafeBytes { watcher.finds(in: $0) } }
    }

    @Test func theFirstLineWithAMatchIsFound() {
        #expect(chunk("ready", ["starting\n", "is ready\n", "ready\n"]) == 1)
        #expect(chunk("a*c", ["xx\nabc\nyy\n"]) == 0)
    }

    @Test func aMatchLiesWithinOneLine() {
        #expect(chunk("a*c", ["a\nc\n", "a", "\n", "c\n"]) == nil)
        #expect(chunk("a*c", ["a\nc\n", "a", "b", "c", "\n"]) == 4)
    }

    @Test func aLineMayComeInAnyPieces() {
        let text = Array("one\ntwo\nlistening on port 80\nfour\n".utf8)
        for size in 1...text.count {
            let chunks = stride(from: 0, to: text.count, by: size).map {
                String(decoding: text[$0..<min($0 + size, text.count)], as: UTF8.self)
            }
            // Its line feed is the byte with index 28.
            #expect(chunk("on port [0-9]", chunks) == 28 / size, "in pieces of \(size)")
        }
    }

    @Test func ofALongLineTheBeginningIsLookedAt() {
        let long = String(repeating: "x", count: LineWatcher.limit - 5)
        #expect(chunk("ready", [long + "ready\n"]) == 0)
        #expect(chunk("ready", [long + "xready\n"]) == nil)
        #expect(chunk("ready", [long, "ready", "\n"]) == 2)
        #expect(chunk("ready", [long, "x", "ready", long, long, "\n"]) == nil)
        #expect(chunk("ready", [long, long, "\nready\n"]) == 2)
    }

    @Test func theLastLineNeedsNoLineFeed() {
        var watcher = LineWatcher("ready")
        var isFound = Array("not yet\nready".utf8).withUnsafeBytes { watcher.finds(in: $0) }
        #expect(!isFound)
        isFound = watcher.findsAtEnd()
        #expect(isFound)
        watcher = LineWatcher("*")
        isFound = watcher.findsAtEnd()
        #expect(!isFound)
    }
}
