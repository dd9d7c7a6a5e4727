import SuperBase
import SuperOS
import Testing

@testable import SuperDaemon

/// One log file on a disk that does what disks do.
struct LogFileTests {
    private let folder: Folder
    private let told = Box<[LogFile.Trouble]>([])

    init() throws { folder = try Folder() }

    private func file(
        maxBytes: Int = 0, backups: Int = 0, name: String = "log", lookInterval: Duration = .zero
    ) -> LogFile {
        let plan = LogFilePlan(path: folder / name, maxBytes: ByteSize(bytes: maxBytes), backups: backups)
        return LogFile(plan, lookInterval: lookInterval) { [told] in told.value.append($0) }
    }

    private func write(_ text: String, to file: LogFile) {
        file.lookAfter()
        Array(text.utf8).withUnsafeBytes { file.append($0) }
    }

    @Test func itAppendsToWhatIsThere() throws {
        try folder.write("log", "old ")
        write("new", to: file())
        #expect(try folder.read("log") == "old new")
    }

    @Test func aFullFileMovesOnAndTheOldestGoes() throws {
        let file = file(maxBytes: 4, backups: 2)
        for text in ["one1", "two2", "three", "last"] { write(text, to: file) }
        write("x", to: file)
        #expect(try folder.names == ["log", "log.1", "log.2"])
        #expect(try folder.read("log") == "x")
        #expect(try folder.read("log.1") == "last")
        #expect(try folder.read("log.2") == "three")
    }

    @Test func aGapAmongOldFilesIsFilledAndNothingBehindItMoves() throws {
        try folder.write("log.1", "one")
        try folder.write("log.3", "three")
        write("full", to: file(maxBytes: 4, backups: 9))
        #expect(try folder.names == ["log", "log.1", "log.2", "log.3"])
        #expect(try folder.read("log.2") == "one")
        #expect(try folder.read("log.3") == "three")
    }

    @Test func withoutOldFilesAFullOneBeginsAnewUnderAnotherInode() throws {
        let file = file(maxBytes: 4, backups: 0)
        let before = try #require(file.place)
        write("full", to: file)
        #expect(try folder.names == ["log"])
        #expect(try folder.read("log") == "")
        #expect(file.place?.inode != before.inode)
        #expect(file.written(since: before) == nil)
    }

    @Test func aFileThatCannotBeMovedGrowsAndIsToldOfOnce() throws {
        // A folder that is not empty stands where the old file would go.
        try FileSystem.makeDirectory(folder / "log.1")
        try FileSystem.makeDirectory(folder / "log.1/x")
        let file = file(maxBytes: 4, backups: 1)
        for text in ["abcd", "e", "f"] { write(text, to: file) }
        #expect(try folder.read("log") == "abcdef")
        #expect(file.lostBytes == 0)
        #expect(told.value.count == 1)
        guard case .notRotated = told.value.first else { return #expect(Bool(false), "\(told.value)") }
        try FileSystem.removeDirectory(folder / "log.1/x")
        try FileSystem.removeDirectory(folder / "log.1")
        write("gh", to: file)
        #expect(try folder.read("log.1") == "abcdefgh")
    }

    @Test func aFullDiskLosesBytesAndSaysHowMany() throws {
        let file = LogFile(
            LogFilePlan(path: "/dev/full", maxBytes: ByteSize(bytes: 0), backups: 0), lookInterval: .zero
        ) { [told] in told.value.append($0) }
        write("12345", to: file)
        write("678", to: file)
        #expect(file.lostBytes == 8)
        #expect(
            told.value == [.began(path: "/dev/full", "writing descriptor \(number(told)): No space left on device")])
    }

    /// The number of the descriptor in the only line told.
    private func number(_ told: Box<[LogFile.Trouble]>) -> String {
        guard case .began(_, let text) = told.value.first else { return "?" }
        return text.split(separator: " ").dropFirst(2).first.map { String($0.dropLast()) } ?? "?"
    }

    @Test func aFileThatIsBackSaysWhatIsMissing() throws {
        try FileSystem.makeDirectory(folder / "sub")
        defer {
            _ = try? FileSystem.remove(folder / "sub/log")
            try? FileSystem.removeDirectory(folder / "sub")
        }
        let file = file(name: "sub/log")
        write("one\n", to: file)
        try FileSystem.remove(folder / "sub/log")
        try FileSystem.removeDirectory(folder / "sub")
        write("gone\n", to: file)
        write("too\n", to: file)
        #expect(file.lostBytes == 9)
        try FileSystem.makeDirectory(folder / "sub")
        write("back\n", to: file)
        #expect(try folder.read("sub/log") == "superd: 9 bytes of this log were lost\nback\n")
        #expect(told.value.last == .ended(path: folder / "sub/log", lostBytes: 9))
        #expect(told.value.count == 2)
    }

    @Test func betweenTwoLooksNothingIsTriedAgain() throws {
        let file = file(name: "nowhere/log", lookInterval: .seconds(3_600))
        for _ in 0..<100 { write("x", to: file) }
        #expect(file.lostBytes == 100)
        #expect(told.value.count == 1)
    }

    @Test func aDeletedFileIsMadeAnewAtTheNextLook() throws {
        let file = file()
        write("one", to: file)
        try FileSystem.remove(folder / "log")
        file.lookAfter()
        let place = file.place
        write("two", to: file)
        #expect(try folder.read("log") == "two")
        // The place was asked for after the look, so it is in the file that got the bytes.
        #expect(place.flatMap(file.written) == 3)
        #expect(file.lostBytes == 0)
    }

    @Test func afterReopenTheMovedFileGetsNoMore() throws {
        let file = file()
        write("one", to: file)
        try FileSystem.rename(folder / "log", to: folder / "log.moved")
        write(" more", to: file)
        file.reopen()
        write("two", to: file)
        #expect(try folder.read("log.moved") == "one more")
        #expect(try folder.read("log") == "two")
    }

    @Test func clearingBeginsAnewAndKeepsOldFiles() throws {
        try folder.write("log.1", "old")
        let file = file()
        write("one", to: file)
        try file.clear()
        write("two", to: file)
        #expect(try folder.read("log") == "two")
        #expect(try folder.read("log.1") == "old")
    }

    @Test func otherLimitsCountFromNowOn() throws {
        let file = file()
        write("0123456789", to: file)
        file.follow(LogFilePlan(path: folder / "log", maxBytes: ByteSize(bytes: 5), backups: 1))
        write("x", to: file)
        #expect(try folder.read("log.1") == "0123456789x")
    }

    @Test func aFileThatSomebodyEmptiedIsMeasuredAnew() throws {
        let file = file(maxBytes: 10, backups: 1)
        write("12345678", to: file)
        try folder.write("log", "")
        write("abc", to: file)
        #expect(try folder.names == ["log"])
        #expect(try folder.read("log") == "abc")
    }

    @Test func aFifoThatNobodyReadsMakesNobodyWait() throws {
        let maker = try spawn(
            SpawnRequest(
                executable: "/usr/bin/mkfifo", arguments: ["mkfifo", folder / "log"], environment: [],
                descriptors: [.standardInput, .standardOutput, .standardError]))
        _ = try reapChild(maker, waits: true)
        let file = file()
        write("lost", to: file)
        #expect(file.lostBytes == 4)
        let reader = try Descriptor.open(folder / "log", [.readOnly, .nonBlocking])
        write("heard", to: file)
        var bytes = [UInt8](repeating: 0, count: 100)
        #expect(try bytes.withUnsafeMutableBytes { try reader.read(into: $0) } != .wouldBlock)
        #expect(String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self).hasSuffix("heard"))
    }
}
