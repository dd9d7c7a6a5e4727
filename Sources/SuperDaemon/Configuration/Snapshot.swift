import SuperBase
import SuperConfig
import SuperOS

/// What was read for a configuration: enough to load the very same one again, whatever has become of the files.
struct Snapshot: Sendable, Hashable {
    /// The bytes of each file by its path.
    var files: [String: [UInt8]] = [:]
    /// What each pattern matched.
    var patterns: [String: [String]] = [:]
    /// The programs that an operator has given another number of processes.
    var scales: [String: Scale] = [:]

    /// A number of processes that holds until the file says another one than it did.
    struct Scale: Sendable, Hashable {
        var count: Int
        /// What the file said when the program was scaled.
        var fileCount: Int
    }

    init() {}

    private init(from reader: inout ByteReader) throws(MalformedBytes) {
        let files = try reader.readArray { (r) throws(MalformedBytes) in (try r.readText(), try r.readBytes()) }
        let patterns = try reader.readArray { (r) throws(MalformedBytes) in
            (try r.readText(), try r.readArray { (r) throws(MalformedBytes) in try r.readText() })
        }
        self.files = Dictionary(files) { first, _ in first }
        self.patterns = Dictionary(patterns) { first, _ in first }
        let scales = try reader.readArray { (r) throws(MalformedBytes) in
            (
                try r.readText(),
                Scale(count: Int(try r.read(Int64.self)), fileCount: Int(try r.read(Int64.self)))
            )
        }
        self.scales = Dictionary(scales) { first, _ in first }
    }

    /// A snapshot that the keeper held.
    init(_ memory: Descriptor) throws {
        try memory.seek(to: 0)
        var reader = ByteReader(try memory.readAll(limit: 256 << 20))
        try self.init(from: &reader)
    }

    /// Memory with the snapshot in it, for the keeper to hold.
    func store() throws(SystemError) -> Descriptor {
        var writer = ByteWriter()
        writer.write(files.sorted { $0.key < $1.key }) {
            $0.write($1.key)
            $0.write($1.value)
        }
        writer.write(patterns.sorted { $0.key < $1.key }) {
            $0.write($1.key)
            $0.write($1.value) { $0.write($1) }
        }
        writer.write(scales.sorted { $0.key < $1.key }) {
            $0.write($1.key)
            $0.write(Int64($1.value.count))
            $0.write(Int64($1.value.fileCount))
        }
        let memory = try Descriptor.memoryFile("superd-snapshot")
        try memory.writeAll(writer.bytes)
        return memory
    }
}

/// A configuration without errors, and what it was read from.
struct LoadedConfiguration: Sendable {
    var configuration: Configuration
    var warnings: [Diagnostic]
    var snapshot: Snapshot

    /// It has errors; all of them are here.
    struct Invalid: Error, CustomStringConvertible {
        var diagnostics: [Diagnostic]
        /// One problem a line, the most important first.
        var description: String { diagnostics.map(\.description).joined(separator: "\n") }
    }

    /// Loads the files on disk. `scales` are the numbers of processes that operators have asked for; one is dropped where the file says
    /// another number than it did then.
    static func load(
        _ arguments: DaemonArguments, scales: [String: Snapshot.Scale] = [:]
    ) throws(Invalid) -> LoadedConfiguration {
        let recorder = SnapshotRecorder()
        let loader = ConfigurationLoader(
            source: FileSource.system(in: arguments.startDirectory).recorded(by: recorder))
        let result = loader.load(
            arguments.configurationPath, flags: arguments.flags, scales: scales.mapValues(\.count))
        let counts = result.configuration?.counts
        let valid = scales.filter { program, scale in counts.map { $0[program] == scale.fileCount } ?? false }
        if valid.count < scales.count { return try load(arguments, scales: valid) }
        guard let configuration = result.configuration else { throw Invalid(diagnostics: result.errors) }
        var snapshot = recorder.snapshot
        snapshot.scales = scales
        return LoadedConfiguration(configuration: configuration, warnings: result.warnings, snapshot: snapshot)
    }

    /// Loads what a snapshot holds. Users and folders are not looked for: they were there when it was taken.
    static func load(_ snapshot: Snapshot, _ arguments: DaemonArguments) throws(Invalid) -> LoadedConfiguration {
        let loader = ConfigurationLoader(
            source: .snapshot(snapshot, in: arguments.startDirectory), isOffline: true)
        let result = loader.load(
            arguments.configurationPath, flags: arguments.flags, scales: snapshot.scales.mapValues(\.count))
        guard let configuration = result.configuration else { throw Invalid(diagnostics: result.errors) }
        return LoadedConfiguration(configuration: configuration, warnings: result.warnings, snapshot: snapshot)
    }

    /// What the main log says of the load.
    var logLines: [DaemonArguments.LaunchLine] {
        configuration.files.dropFirst().map {
            DaemonArguments.LaunchLine(.info, "Included extra file \"\($0)\" during parsing")
        } + warnings.map { DaemonArguments.LaunchLine(.warn, $0.description) }
    }
}
