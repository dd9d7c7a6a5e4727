import SuperBase
import SuperKeeper
import SuperOS
import Testing

@testable import SuperDaemon

/// Log files with names that superd chooses.
struct AutoLogsTests {
    private let folder: Folder

    init() throws { folder = try Folder() }

    private func logs() -> AutoLogs { AutoLogs(directory: folder.path, identifier: "box") }
    private let key = AutoLogs.Key(name: name("web_1", in: "web"), stream: .stderr)

    @Test func aNameIsChosenOnceAndItsFileIsForSuperdAlone() throws {
        var logs = logs()
        let path = try logs.create(key)
        #expect(try logs.create(key) == path)
        #expect(logs.path(key.name, .stderr) == path)
        #expect(logs.path(key.name, .stdout) == nil)
        let file = try #require(try folder.names.first)
        #expect(file.hasPrefix("web_1-stderr---box-"))
        #expect(file.hasSuffix(".log"))
        #expect(file.utf8.count == "web_1-stderr---box-12345678.log".utf8.count)
        #expect(try FileSystem.status(path)?.mode == 0o600)
    }

    @Test func twoProcessesOfOneNameInTwoGroupsHaveTwoFiles() throws {
        var logs = logs()
        let other = AutoLogs.Key(name: name("web_1", in: "other"), stream: .stderr)
        #expect(try logs.create(key) != logs.create(other))
    }

    @Test func aNewBrainGoesOnWithTheName() throws {
        var logs = logs()
        logs.adopt("/x/y.log", key)
        #expect(try logs.create(key) == "/x/y.log")
        logs.forget(key)
        #expect(logs.path(key.name, .stderr) == nil)
        #expect(key.record == "auto/web:web_1/stderr")
    }

    @Test func onlyFilesOfThisSuperdAreCleanedUp() throws {
        let ours = ["a-stdout---box-abcdefgh.log", "a-stderr---box-x.log.1", "---box-q.log.12", "a---box-b.log"]
        let others = [
            "a-stdout---boxer-abcdefgh.log", "a-stdout--box-abc.log", "a---box-.log", "a---box-a b.log",
            "a---box-a.logs",
            "a---box-a.log.x", "a---box-a.log.",
        ]
        for file in ours + others { try folder.write(file, "") }
        #expect(logs().cleanUp() == [])
        #expect(Set(try folder.names) == Set(others))
    }

    @Test func whatCannotBeCleanedUpIsTold() throws {
        try FileSystem.makeDirectory(folder / "a---box-b.log")
        defer { try? FileSystem.removeDirectory(folder / "a---box-b.log") }
        #expect(logs().cleanUp().first?.hasPrefix("Failed to clean up '\(folder / "a---box-b.log")'") == true)
        #expect(
            AutoLogs(directory: folder / "nowhere", identifier: "box").cleanUp().first?.hasPrefix(
                "Could not clear childlog dir") == true)
    }
}
