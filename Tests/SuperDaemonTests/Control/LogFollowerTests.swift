import SuperAPI
import SuperBase
import SuperCore
import SuperOS
import Testing

@testable import SuperDaemon

/// Readers that follow log files, and readers of parts of them.
struct LogFollowerTests {
    private let folder: Folder

    init() throws { folder = try Folder() }

    private func follower(
        _ files: [String] = ["log"], after: String? = nil, lines: Int? = nil, bytes: Int? = nil
    ) -> LogFollower {
        LogFollower(
            Ticket(number: 1), files.map { LogFollower.Source(path: folder / $0, name: name($0), stream: .stdout) },
            after: after, lines: lines, bytes: bytes)
    }

    /// Everything there is now: text, and `|` for a file that begins anew.
    private func news(_ follower: LogFollower) throws -> String {
        var text = ""
        while true {
            let events = follower.newEvents()
            if events.isEmpty { return text }
            for event in events {
                text +=
                    try event.name == "truncated" ? "|" : JSON.decode(LogChunk.self, from: Array(event.data.utf8)).text
            }
        }
    }

    @Test func itBeginsWithTheEndOfTheFileAndGoesOn() throws {
        try folder.write("log", "one\ntwo\nthree\n")
        let follower = follower(lines: 2)
        #expect(try news(follower) == "two\nthree\n")
        #expect(try news(follower) == "")
        try folder.append("log", "four\n")
        #expect(try news(follower) == "four\n")
    }

    @Test func aFileThatComesLaterIsReadFromItsBeginning() throws {
        let follower = follower()
        #expect(try news(follower) == "")
        try folder.write("log", "first")
        #expect(try news(follower) == "first")
    }

    @Test func itGoesOnBehindAnId() throws {
        try folder.write("log", "0123456789")
        let events = follower(bytes: 4).newEvents()
        #expect(events.map(\.id) == ["10"])
        try folder.append("log", "abc")
        #expect(try news(follower(after: "10")) == "abc")
        #expect(try news(follower(after: "3", bytes: 1)) == "3456789abc")
    }

    @Test(arguments: ["-5", "99999999999999999999", "x", "1,2", "9223372036854775807"])
    func anIdThatIsNoPlaceHarmsNothing(id: String) throws {
        try folder.write("log", "text")
        let follower = follower(after: id)
        _ = try news(follower)
        try folder.append("log", " more")
        #expect(try news(follower).hasSuffix(" more"))
    }

    @Test func anEmptiedFileBeginsAnew() throws {
        try folder.write("log", "a long line\n")
        let follower = follower(bytes: 0)
        #expect(try news(follower) == "")
        try folder.write("log", "new\n")
        #expect(try news(follower) == "|new\n")
    }

    @Test func theRestOfARotatedFileIsNotLost() throws {
        try folder.write("log", "seen ")
        let follower = follower()
        #expect(try news(follower) == "seen ")
        try folder.append("log", "rest")
        try FileSystem.rename(folder / "log", to: folder / "log.1")
        try folder.write("log", "new")
        #expect(try news(follower) == "rest|new")
    }

    @Test func filesThatWereRotatedTogetherAreReadInOrder() throws {
        try folder.write("log", "a")
        let follower = follower()
        #expect(try news(follower) == "a")
        for text in ["b", "c", "d"] {
            try folder.append("log", text)
            for number in [2, 1] where try FileSystem.status(folder / "log.\(number)") != nil {
                try FileSystem.rename(folder / "log.\(number)", to: folder / "log.\(number + 1)")
            }
            try FileSystem.rename(folder / "log", to: folder / "log.1")
            try folder.write("log", "")
        }
        try folder.append("log", "e")
        #expect(try news(follower) == "b|c|d|e")
    }

    @Test func aLongFileComesInPieces() throws {
        let text = String(repeating: "0123456789abcdef", count: 20_000)
        try folder.write("log", text)
        let follower = follower(after: "0")
        let sizes = follower.newEvents().map { $0.data.utf8.count }
        #expect(sizes.count == 1)
        #expect(sizes[0] < 70_000)
        #expect(try news(follower).utf8.count == text.utf8.count - (64 << 10))
    }

    @Test func severalFilesHaveOneId() throws {
        try folder.write("a", "12")
        try folder.write("b", "345")
        let follower = follower(["a", "b"], bytes: 0)
        #expect(follower.newEvents().map(\.id) == [])
        try folder.append("a", "6")
        #expect(follower.newEvents().map(\.id) == ["3,3"])
        #expect(try news(self.follower(["a", "b"], after: "1,2")) == "265")
    }

    @Test func partsAreReadAsAsked() throws {
        try folder.write("log", "0123456789")
        #expect(try LogReader.read(folder / "log", offset: 2, length: 3).text == "234")
        #expect(try LogReader.read(folder / "log", offset: -3, length: 0).text == "789")
        #expect(try LogReader.tail(folder / "log", bytes: 4, lines: nil).offset == 6)
        #expect(try LogReader.tail(folder / "log", bytes: 400, lines: nil).text == "0123456789")
        #expect(throws: Problem.self) { try LogReader.read(folder / "none", offset: 0, length: 0) }
    }
}
