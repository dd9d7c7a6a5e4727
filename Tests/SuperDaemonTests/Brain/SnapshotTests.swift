import SuperBase
import SuperKeeper
import SuperOS
import Testing

@testable import SuperDaemon

/// Configurations that groups run from, whatever becomes of the files.
struct SnapshotTests {
    private let folder: Folder
    private let arguments: DaemonArguments

    init() throws {
        folder = try Folder()
        arguments = DaemonArguments(configurationPath: folder / "main.ini", startDirectory: folder.path)
    }

    private func load(_ programs: [String: String]) throws -> LoadedConfiguration {
        try folder.write("main.ini", "[supervisord]\nlogfile=main.log\n[include]\nfiles=*.conf\n")
        for file in try folder.names where file.hasSuffix(".conf") { try FileSystem.remove(folder / file) }
        for (program, command) in programs {
            try folder.write("\(program).conf", "[program:\(program)]\ncommand=\(command)\n")
        }
        return try LoadedConfiguration.load(arguments)
    }

    /// What a keeper would tell of these.
    private func inventory(
        _ snapshots: [UInt64: LoadedConfiguration], ofDaemon: UInt64, groups: [String: UInt64]
    ) throws -> Inventory {
        var inventory = Inventory()
        for (number, loaded) in snapshots {
            inventory.held[HeldKey.snapshot(number)] = try loaded.snapshot.store()
        }
        for (group, number) in groups {
            var writer = ByteWriter()
            writer.write(number)
            inventory.records[RecordKey.group(group)] = writer.bytes
        }
        inventory.records[RecordKey.daemon] =
            DaemonRecord(phase: .running, snapshot: ofDaemon, startedAt: Instant(nanoseconds: 1)).bytes
        return inventory
    }

    @Test func aSnapshotLoadsTheSameAfterTheFilesAreGone() throws {
        let loaded = try load(["a": "/bin/cat", "b": "/bin/true"])
        let stored = try Snapshot(try loaded.snapshot.store())
        #expect(stored == loaded.snapshot)
        for file in try folder.names { try folder.write(file, "[garbage") }
        let again = try LoadedConfiguration.load(stored, arguments)
        #expect(again.configuration == loaded.configuration)
        #expect(again.configuration.groups.map(\.name) == ["a", "b"])
    }

    @Test func relativePathsAreMeantFromWhereSuperdWasStarted() throws {
        let loaded = try load([:])
        #expect(loaded.configuration.daemon.logFile == folder / "main.log")
        let again = try LoadedConfiguration.load(loaded.snapshot, arguments)
        #expect(again.configuration.daemon.logFile == folder / "main.log")
    }

    @Test func everyGroupRunsFromItsOwnSnapshot() throws {
        let (old, new) = (try load(["a": "/bin/old", "b": "/bin/old"]), try load(["a": "/bin/new", "c": "/bin/new"]))
        let shelf = try SnapshotShelf(
            inventory([1: old, 2: new], ofDaemon: 1, groups: ["a": 2, "b": 1]), arguments)
        #expect(shelf.runningGroups.map { $0.processes[0].command } == ["/bin/new", "/bin/old"])
        #expect(shelf.current == 2)
        #expect(shelf.ofDaemon == 1)
        #expect(shelf.daemonConfiguration == old.configuration)
        #expect(shelf.number(of: "b") == 1)
    }

    @Test func whatNobodyUsesIsDropped() throws {
        let first = try load(["a": "/bin/1"])
        var shelf = try SnapshotShelf(inventory([1: first], ofDaemon: 1, groups: ["a": 1]), arguments)
        let second = try load(["a": "/bin/2"])
        #expect(shelf.add(second) == 2)
        #expect(shelf.add(try load(["a": "/bin/3"])) == 3)
        // 1 is superd's own and that of the group, 3 the newest.
        #expect(shelf.dropUnused(besides: []) == [2])
        shelf.followCurrent()
        let config = try #require(shelf.daemonConfiguration.groups.first)
        _ = shelf.place(config)
        #expect(shelf.dropUnused(besides: []) == [1])
        #expect(shelf.dropUnused(besides: []) == [])
    }

    @Test func aGroupIsPlacedWhereItsConfigurationIs() throws {
        let first = try load(["a": "/bin/1"])
        var shelf = try SnapshotShelf(inventory([1: first], ofDaemon: 1, groups: [:]), arguments)
        let second = try load(["a": "/bin/2"])
        _ = shelf.add(second)
        _ = shelf.add(try load(["a": "/bin/3"]))
        // The files were read once more while the group was being stopped for the second.
        var reader = ByteReader(shelf.place(try #require(second.configuration.groups.first)))
        #expect(try reader.read(UInt64.self) == 2)
        #expect(shelf.runningGroups == second.configuration.groups)
    }

    @Test func theRecordOfSuperdSurvives() throws {
        for phase in [DaemonRecord.Phase.beginning, .running, .shuttingDown, .restarting] {
            var inventory = Inventory()
            inventory.records[RecordKey.daemon] =
                DaemonRecord(phase: phase, snapshot: 7, startedAt: Instant(nanoseconds: 5)).bytes
            let record = try #require(try DaemonRecord(inventory))
            #expect(record.phase == phase)
            #expect(record.snapshot == 7)
            #expect(record.startedAt == Instant(nanoseconds: 5))
        }
        #expect(try DaemonRecord(Inventory()) == nil)
    }
}
