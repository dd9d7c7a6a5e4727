import SuperBase
import SuperKeeper
import SuperOS

/// The configurations that groups run from. After an update of one group of many there are two of them; a group records which is its own.
struct SnapshotShelf {
    private var loaded: [UInt64: LoadedConfiguration] = [:]
    /// The snapshot that each group runs from.
    private var groups: [String: UInt64] = [:]
    /// The newest, which groups that come in now come from.
    private(set) var current: UInt64
    /// What superd itself goes by: it changes with a restart of everything only.
    private(set) var ofDaemon: UInt64

    /// Loads what the keeper holds.
    init(_ inventory: Inventory, _ arguments: DaemonArguments) throws {
        ofDaemon = try DaemonRecord(inventory)?.snapshot ?? 1
        current = ofDaemon
        for (key, descriptor) in inventory.held {
            guard let number = HeldKey.snapshotNumber(key) else { continue }
            loaded[number] = try LoadedConfiguration.load(try Snapshot(descriptor), arguments)
            current = max(current, number)
        }
        for (key, bytes) in inventory.records {
            guard let name = RecordKey.groupName(key) else { continue }
            var reader = ByteReader(bytes)
            groups[name] = try reader.read(UInt64.self)
        }
    }

    /// What superd itself goes by. Traps where there is none, because the launcher puts the first one there before there is any brain.
    var daemonConfiguration: Configuration {
        guard let configuration = loaded[ofDaemon]?.configuration else {
            preconditionFailure("there is no configuration under number \(ofDaemon)")
        }
        return configuration
    }

    /// superd itself goes by the newest from now on.
    mutating func followCurrent() { ofDaemon = current }

    /// The groups that run, each as its own snapshot has it, in start order.
    var runningGroups: [GroupConfig] {
        let found = groups.compactMap { name, number in
            loaded[number]?.configuration.groups.first { $0.name == name }
        }
        return found.sorted { ($0.priority, $0.name) < ($1.priority, $1.name) }
    }

    /// Which load of the configuration a group runs from, counted from 1.
    func number(of group: String) -> UInt64 { groups[group] ?? current }

    /// Takes in a newer configuration and answers its number.
    mutating func add(_ configuration: LoadedConfiguration) -> UInt64 {
        current += 1
        loaded[current] = configuration
        return current
    }

    /// Notes which one a group runs from, and answers the record of that: the newest that has it just so, because the files may have been
    /// read again while the group was stopped to make way for itself.
    mutating func place(_ group: GroupConfig) -> [UInt8] {
        let numbers = loaded.filter { $0.value.configuration.groups.contains(group) }.keys
        let number = numbers.max() ?? current
        groups[group.name] = number
        var writer = ByteWriter()
        writer.write(number)
        return writer.bytes
    }

    mutating func remove(_ group: String) { groups[group] = nil }

    /// The numbers of processes that operators have asked for.
    var scales: [String: Snapshot.Scale] { loaded[current]?.snapshot.scales ?? [:] }

    /// The configuration of a number with another number of processes of a program; nil is the number of the file.
    func scaled(
        _ program: String, to count: Int?, from number: UInt64, _ arguments: DaemonArguments
    ) throws(LoadedConfiguration.Invalid) -> LoadedConfiguration {
        guard let running = loaded[number] else { throw LoadedConfiguration.Invalid(diagnostics: []) }
        var snapshot = running.snapshot
        snapshot.scales = scales
        let fileCount = running.configuration.counts[program] ?? 1
        snapshot.scales[program] = count.map { Snapshot.Scale(count: $0, fileCount: fileCount) }
        return try LoadedConfiguration.load(snapshot, arguments)
    }

    /// The configuration of a process under a number; nil where there is none.
    func process(_ name: ProcessName, of number: UInt64) -> ProcessConfig? {
        group(name.group, of: number)?.processes.first { $0.name == name }
    }

    func group(_ name: String, of number: UInt64) -> GroupConfig? {
        loaded[number]?.configuration.groups.first { $0.name == name }
    }

    /// Takes out what no group runs from, superd does not go by and nothing else needs, and answers the numbers.
    mutating func dropUnused(besides needed: Set<UInt64>) -> [UInt64] {
        let used = Set(groups.values).union([current, ofDaemon]).union(needed)
        let unused = loaded.keys.filter { !used.contains($0) }
        for number in unused { loaded[number] = nil }
        return unused.sorted()
    }
}
