import SuperBase
import SuperOS
import Testing

@Suite struct UserTests {
    @Test func rootIsKnownByNameAndNumber() throws {
        let root = try #require(try UserAccount.named("root"))
        #expect(root.user == 0 && root.group == 0 && root.home == "/root" && root.shell.hasPrefix("/"))
        #expect(try UserAccount.numbered(0) == root)
    }

    @Test func nobodyByThatNameIsNil() throws {
        #expect(try UserAccount.named("no such user") == nil)
        #expect(try UserAccount.numbered(4_000_000_000) == nil)
        #expect(try UserGroup.number(named: "no such group") == nil)
    }

    @Test func groupsAreKnownByName() throws {
        #expect(try UserGroup.number(named: "root") == 0)
        #expect(try UserGroup.number(named: "tty") == 5)
    }

    @Test(arguments: ["root", "daemon", "nobody", "man"]) func theGroupsAreThoseThatIdTells(_ name: String) throws {
        let identity = try #require(try UserAccount.named(name)).identity()
        let expected = try run("id -G \(name)").line.split(separator: " ").compactMap { UInt32($0) }
        #expect(identity.groups == expected && identity.group == expected.first)
    }
}

@Suite struct ExecutableLookupTests {
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
        for (name, mode) in [("tool", 0o755), ("plain", 0o644), ("own", 0o700)] as [(String, UInt32)] {
            try FileSystem.replace(folder / name, with: bytes("#!/bin/sh\n"))
            try FileSystem.changeMode(of: folder / name, to: mode)
        }
        try FileSystem.makeDirectory(folder / "directory")
    }

    @Test func aNameWithASlashIsTakenAsItIs() {
        #expect(findExecutable(folder / "tool", path: "/nowhere") == .found(path: folder / "tool"))
        #expect(findExecutable(folder / "nothing", path: folder.path) == .notFound)
        #expect(findExecutable("./tool", path: folder.path) == .notFound)
    }

    @Test func aNameIsSearchedInOrder() {
        #expect(findExecutable("tool", path: "/nowhere:\(folder.path):/bin") == .found(path: folder / "tool"))
        #expect(findExecutable("tool", path: "\(folder.path)/") == .found(path: folder / "tool"))
        #expect(findExecutable("tool", path: "/nowhere") == .notFound)
        #expect(findExecutable("sh", path: nil) == .found(path: "/bin/sh"))
        #expect(findExecutable("", path: nil) == .isDirectory(path: "/bin/"))
    }

    @Test func theFirstFileWinsEvenIfItCannotRun() throws {
        let other = try TemporaryFolder()
        try FileSystem.replace(other / "plain", with: [])
        try FileSystem.changeMode(of: other / "plain", to: 0o755)
        #expect(findExecutable("plain", path: "\(folder.path):\(other.path)") == .notExecutable(path: folder / "plain"))
        #expect(findExecutable("directory", path: folder.path) == .isDirectory(path: folder / "directory"))
    }

    @Test func aFileForOthersIsNotPermitted() async {
        #expect(findExecutable(folder / "own", path: nil) == .found(path: folder / "own"))
        await #expect(processExitsWith: .success) { [file = (folder / "own") as String] in
            try CurrentProcess.become(nobody)
            try #require(findExecutable(file, path: nil) == .noPermission(path: file))
        }
    }
}

@Suite struct SyslogTests {
    private static let socket = "/dev/log"

    @Test(.enabled("a machine without a system log", { try FileSystem.status(socket) == nil }))
    func aLineArrivesAsItIs() async {
        await #expect(processExitsWith: .success) {
            let log = try Descriptor.receiveDatagrams(unix: SyslogTests.socket)
            defer { _ = try? FileSystem.remove(SyslogTests.socket) }
            Syslog.open(identifier: "superd-test", facility: .daemon)
            Syslog.send("100 % of %s and %n", .warning)
            let line = try #require(try log.readText())
            // The facility, 3, times 8, and the priority, 4.
            try #require(line.hasPrefix("<28>"))
            try #require(line.hasSuffix(" superd-test[\(CurrentProcess.pid)]: 100 % of %s and %n"))
        }
    }
}
