import SuperOS
import Testing

@testable import SuperDaemon

/// The lock that keeps a second superd away.
struct PidFileTests {
    private let folder: Folder

    init() throws { folder = try Folder() }

    @Test func theSecondIsKeptOutAndToldWhoTheFirstIs() throws {
        let first = try #require(try PidFile.lock(folder / "pid"))
        try PidFile.write(4711, to: first.file)
        #expect(!first.wasLeft)
        let error = #expect(throws: Launcher.StartError.self) { try PidFile.lock(folder / "pid") }
        #expect(
            error?.description.hasPrefix("another superd (pid 4711) is running with the pidfile \(folder / "pid")")
                == true)
        #expect(try folder.read("pid") == "4711\n")
    }

    @Test func aFileThatWasLeftIsTakenOverAndSaidToBe() throws {
        try folder.write("pid", "99999999\n")
        let lock = try #require(try PidFile.lock(folder / "pid"))
        #expect(lock.wasLeft)
        try PidFile.write(1, to: lock.file)
        #expect(try folder.read("pid") == "1\n")
    }

    @Test func withoutAFolderThereIsNoFileAndNoError() throws {
        #expect(try PidFile.lock(folder / "nowhere/pid") == nil)
    }

    @Test func ourFileIsDeletedAndAnothersIsNot() throws {
        let lock = try #require(try PidFile.lock(folder / "pid"))
        try FileSystem.rename(folder / "pid", to: folder / "moved")
        try folder.write("pid", "another's")
        PidFile.remove(folder / "pid", lock.file)
        #expect(try folder.read("pid") == "another's")
        PidFile.remove(folder / "moved", lock.file)
        #expect(try folder.names == ["pid"])
    }

    @Test func aSocketsFileIsDeletedOnlyWhileItIsTheSockets() throws {
        let server = ServerFixture.unix(folder / "sock")
        let first = try ControlListener(opening: server)
        try FileSystem.remove(folder / "sock")
        let second = try ControlListener(opening: server)
        ControlListener.remove(server, place: first.place)
        #expect(try folder.names == ["sock"])
        ControlListener.remove(server, place: nil)
        #expect(try folder.names == ["sock"])
        ControlListener.remove(server, place: second.place)
        #expect(try folder.names == [])
    }
}
