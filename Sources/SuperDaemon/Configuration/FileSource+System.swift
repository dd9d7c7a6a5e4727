import SuperBase
import SuperConfig
import SuperOS
import SuperOptions
import Synchronization

extension FileSource {
    /// The machine as it is; relative paths are meant from `directory`.
    static func system(in directory: String) -> FileSource {
        FileSource(
            read: { (path) throws(FileReadError) in try readFile(path) },
            glob: { pattern in (try? FileSystem.glob(pattern)) ?? [] },
            context: .system(in: directory), hostName: CurrentProcess.hostName,
            environment: DaemonArguments.ownEnvironment)
    }

    /// No configuration is longer; a device or a log named by mistake must not fill the memory.
    private static let sizeLimit = 64 << 20

    private static func readFile(_ path: String) throws(FileReadError) -> [UInt8] {
        do {
            return try FileSystem.read(path, limit: sizeLimit)
        } catch {
            throw error.errno == .isDirectory ? .isDirectory : .failed("\(error.errno)")
        }
    }

    /// The same, noting what was read and found in `recorder`.
    func recorded(by recorder: SnapshotRecorder) -> FileSource {
        var source = self
        let (read, glob) = (self.read, self.glob)
        source.read = { (path) throws(FileReadError) in
            let bytes = try read(path)
            recorder.note(file: path, bytes)
            return bytes
        }
        source.glob = { pattern in
            let paths = glob(pattern)
            recorder.note(pattern: pattern, paths)
            return paths
        }
        return source
    }

    /// Files and patterns from a snapshot, everything else as the machine is.
    static func snapshot(_ snapshot: Snapshot, in directory: String) -> FileSource {
        var source = FileSource.system(in: directory)
        source.read = { (path) throws(FileReadError) in
            guard let bytes = snapshot.files[path] else { throw .failed("not in the snapshot") }
            return bytes
        }
        source.glob = { snapshot.patterns[$0] ?? [] }
        return source
    }
}

extension ValueContext {
    static func system(in directory: String) -> ValueContext {
        ValueContext(
            userExists: { (try? UserAccount($0)) ?? nil != nil },
            groupExists: { (try? UserGroup.number(named: $0)) ?? nil != nil || UInt32($0) != nil },
            directoryExists: { ((try? FileSystem.status($0)) ?? nil)?.kind == .directory },
            homeDirectory: { name in
                if let name { return ((try? UserAccount.named(name)) ?? nil)?.home }
                return DaemonArguments.ownEnvironment.last { $0.name == "HOME" }?.value
            },
            currentDirectory: directory, processors: CurrentProcess.processorCount)
    }
}

/// Notes what a load reads.
final class SnapshotRecorder: Sendable {
    private let noted = Mutex(Snapshot())

    var snapshot: Snapshot { noted.withLock { $0 } }

    func note(file: String, _ bytes: [UInt8]) { noted.withLock { $0.files[file] = bytes } }
    func note(pattern: String, _ paths: [String]) { noted.withLock { $0.patterns[pattern] = paths } }
}
