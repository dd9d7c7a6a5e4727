import SuperBase
import SuperOS
import Testing

@Suite struct FileSystemTests {
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    @Test func aFileThatIsNotThereIsNamed() {
        #expect(throws: SystemError("opening", "/no/such/file", errno: .noSuchFile)) {
            try Descriptor.open("/no/such/file", .readOnly)
        }
        let error = SystemError("opening", "/no/such/file", errno: .noSuchFile)
        #expect(error.description == "opening /no/such/file: No such file or directory")
    }

    @Test func openingModesDoWhatTheySay() throws {
        let path = folder / "log"
        let file = try Descriptor.open(path, [.writeOnly, .create, .exclusive])
        #expect(throws: SystemError.self) { try Descriptor.open(path, [.writeOnly, .create, .exclusive]) }
        try file.writeAll(bytes("first"))
        try Descriptor.open(path, [.writeOnly, .append]).writeAll(bytes(" second"))
        #expect(try FileSystem.read(path) == bytes("first second"))
        _ = try Descriptor.open(path, [.writeOnly, .truncate])
        #expect(try FileSystem.read(path).isEmpty)
        try run("ln -s log \(folder / "link")").expectSuccess()
        #expect(throws: SystemError.self) { try Descriptor.open(folder / "link", [.readOnly, .noFollow]) }
    }

    @Test func theStatusTellsWhatItIs() throws {
        let path = folder / "file"
        let file = try Descriptor.open(path, [.readWrite, .create])
        try file.truncate(to: 1_234)
        try FileSystem.changeMode(of: path, to: 0o640)
        try FileSystem.changeOwner(of: path, to: FileOwner(user: 65_534))
        let status = try file.status()
        #expect(status.kind == .regular && status.size == 1_234 && status.mode == 0o640)
        #expect(status.user == 65_534 && status.group == CurrentProcess.group)
        #expect(try FileSystem.status(path) == status)
        let seconds = try #require(Int64(try run("stat -c %Y \(path)").line))
        #expect(status.modified.seconds == seconds)
    }

    @Test func everyKindIsKnown() throws {
        try run("ln -s /dev/null \(folder / "link"); mkfifo \(folder / "pipe")").expectSuccess()
        let listener = try Descriptor.listen(unix: folder / "socket")
        func kind(_ path: String) throws -> FileStatus.Kind? {
            try FileSystem.status(path, followsLinks: false)?.kind
        }
        #expect(try kind(folder / "link") == .symbolicLink)
        #expect(try FileSystem.status(folder / "link")?.kind == .characterDevice)
        #expect(try kind(folder / "pipe") == .pipe)
        #expect(try kind(folder / "socket") == .socket)
        #expect(try kind(folder.path) == .directory)
        #expect(try kind(folder / "nothing") == nil)
        #expect(try kind("/dev/null/nothing") == nil)
        _ = listener
    }

    @Test func aFileIsReadUpToItsLimit() throws {
        try FileSystem.replace(folder / "file", with: bytes("12345"))
        #expect(try FileSystem.read(folder / "file", limit: 5) == bytes("12345"))
        #expect(throws: SystemError("reading", folder / "file", errno: .fileTooLarge)) {
            try FileSystem.read(folder / "file", limit: 4)
        }
        #expect(throws: SystemError("reading", folder.path, errno: .isDirectory)) {
            try FileSystem.read(folder.path)
        }
    }

    @Test func replacingLeavesTheOldFileToItsReaders() throws {
        try FileSystem.replace(folder / "file", with: bytes("old"))
        let reader = try Descriptor.open(folder / "file", .readOnly)
        try FileSystem.replace(folder / "file", with: bytes("new"))
        #expect(try reader.readAll(limit: 100) == bytes("old"))
        #expect(try FileSystem.read(folder / "file") == bytes("new"))
        #expect(try FileSystem.list(folder.path) == ["file"])
    }

    @Test func replacingDoesNotFollowALinkThatWasLaid() throws {
        try FileSystem.replace(folder / "victim", with: bytes("precious"))
        try run("ln -s victim \(folder / "file.new")").expectSuccess()
        try FileSystem.replace(folder / "file", with: bytes("new"))
        #expect(try FileSystem.read(folder / "victim") == bytes("precious"))
        #expect(try FileSystem.read(folder / "file") == bytes("new"))
    }

    @Test func aReplacementThatFailsLeavesNothing() throws {
        try FileSystem.makeDirectory(folder / "file")
        #expect(throws: SystemError.self) { try FileSystem.replace(folder / "file", with: bytes("new")) }
        #expect(try FileSystem.list(folder.path) == ["file"])
    }

    @Test func namesComeAndGo() throws {
        try FileSystem.replace(folder / "a", with: [])
        try FileSystem.rename(folder / "a", to: folder / "b")
        #expect(try FileSystem.list(folder.path) == ["b"])
        #expect(try FileSystem.remove(folder / "b"))
        #expect(try !FileSystem.remove(folder / "b"))
        try FileSystem.makeDirectory(folder / "d")
        #expect(throws: SystemError("making directory", folder / "d", errno: .fileExists)) {
            try FileSystem.makeDirectory(folder / "d")
        }
        try FileSystem.removeDirectory(folder / "d")
        #expect(try FileSystem.list(folder.path).isEmpty)
    }

    @Test func aListingIsSortedAndWhole() throws {
        let names = (0..<300).map { "name \($0)" } + [".hidden", "Ä"]
        for name in names { try FileSystem.replace(folder / name, with: []) }
        let expected = names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
        #expect(try FileSystem.list(folder.path) == expected)
        #expect(throws: SystemError("listing", "/no/such", errno: .noSuchFile)) { try FileSystem.list("/no/such") }
    }

    @Test func patternsMatchAsInAShell() throws {
        for name in ["b.conf", "a.conf", "ab.conf", ".c.conf", "d.txt", #"e\f"#] {
            try FileSystem.replace(folder / name, with: [])
        }
        func match(_ pattern: String) throws -> [String] {
            try FileSystem.glob(folder / pattern).map { String($0.dropFirst(folder.path.utf8.count + 1)) }
        }
        #expect(try match("*.conf") == ["a.conf", "ab.conf", "b.conf"])
        #expect(try match("?.conf") == ["a.conf", "b.conf"])
        #expect(try match("[bx].conf") == ["b.conf"])
        #expect(try match("[!b].conf") == ["a.conf"])
        #expect(try match("d.txt") == ["d.txt"])
        #expect(try match("nothing") == [])
        #expect(try match(#"e\*"#) == [#"e\f"#])
    }

    @Test func aLockIsHeldByOneOpening() throws {
        let first = try Descriptor.open(folder / "pid", [.readWrite, .create])
        var second: Descriptor? = try Descriptor.open(folder / "pid", .readWrite)
        #expect(try first.tryLock())
        #expect(try first.tryLock())
        #expect(try second?.tryLock() == false)
        let third = try first.duplicate()
        #expect(try third.tryLock())
        second = nil
    }

    @Test func sharedMemoryIsSeenThroughEveryMapping() throws {
        let memory = try SharedMemory("test", size: 10_000)
        #expect(memory.bytes.count == 10_000 && memory.bytes.allSatisfy { $0 == 0 })
        let other = try SharedMemory(mapping: memory.descriptor.duplicate())
        memory.bytes[9_999] = 42
        #expect(other.bytes[9_999] == 42)
    }

    @Test func sharedMemoryKeepsItsSize() throws {
        let memory = try SharedMemory("test", size: 10)
        #expect(throws: SystemError.self) { try memory.descriptor.truncate(to: 0) }
        #expect(throws: SystemError.self) { try memory.descriptor.truncate(to: 20) }
        #expect(throws: SystemError.self) { try SharedMemory(mapping: Descriptor.memoryFile("empty")) }
    }

    @Test func memoryThatOutlivesItsDescriptorCanBeUsed() throws {
        let memory = try SharedMemory(mapping: SharedMemory("test", size: 10).descriptor)
        memory.bytes[0] = 1
        #expect(memory.bytes[0] == 1)
    }
}

extension Outcome {
    /// Records an issue where the program did not exit with 0.
    func expectSuccess(sourceLocation: Testing.SourceLocation = #_sourceLocation) {
        #expect(status == .exited(code: 0), sourceLocation: sourceLocation)
    }
}
