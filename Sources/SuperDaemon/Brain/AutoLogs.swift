import SuperBase
import SuperKeeper
import SuperOS

/// The names of log files that superd chooses: `<process>-<stdout|stderr>---<identifier>-<8 random>.log` in `childlogdir`.
///
/// A name is chosen once for a process and kept at the keeper, so that a new brain goes on in the same file.
struct AutoLogs {
    var directory: String
    var identifier: String
    /// By process and stream.
    private var paths: [Key: String] = [:]

    struct Key: Hashable {
        var name: ProcessName
        var stream: StandardStream

        /// The key of its record at the keeper.
        var record: String { "auto/\(name.group):\(name.process)/\(stream)" }
    }

    init(directory: String, identifier: String) {
        self.directory = directory
        self.identifier = identifier
    }

    /// The file of a stream; nil before `create`.
    func path(_ name: ProcessName, _ stream: StandardStream) -> String? { paths[Key(name: name, stream: stream)] }

    /// Takes over a name that an earlier brain chose.
    mutating func adopt(_ path: String, _ key: Key) { paths[key] = path }

    mutating func forget(_ key: Key) { paths[key] = nil }

    /// Chooses a name and creates the empty file, readable by superd's user alone.
    mutating func create(_ key: Key) throws(SystemError) -> String {
        if let path = paths[key] { return path }
        while true {
            let path = "\(directory)/\(key.name.process)-\(key.stream)---\(identifier)-\(Self.randomLetters()).log"
            do {
                _ = try Descriptor.open(path, [.writeOnly, .append, .create, .exclusive], permissions: 0o600)
                paths[key] = path
                return path
            } catch  where error.errno == .fileExists {
                continue
            }
        }
    }

    private static func randomLetters() -> String {
        let alphabet = Array("abcdefghijklmnopqrstuvwxyz0123456789_")
        return String((0..<8).map { _ in alphabet[Int.random(in: alphabet.indices)] })
    }

    /// Deletes the files of an earlier run; what cannot be deleted is told and left.
    func cleanUp() -> [String] {
        var problems: [String] = []
        do {
            for name in try FileSystem.list(directory) where isOurs(name) {
                do {
                    try FileSystem.remove("\(directory)/\(name)")
                } catch {
                    problems.append("Failed to clean up '\(directory)/\(name)': \(error)")
                }
            }
        } catch {
            problems.append("Could not clear childlog dir: \(error)")
        }
        return problems
    }

    /// `anything---<identifier>-<no blanks>.log`, and the same with `.<number>` behind it.
    private func isOurs(_ name: String) -> Bool {
        var name = name[...]
        if let dot = name.lastIndex(of: "."), !name[dot...].dropFirst().isEmpty,
            name[dot...].dropFirst().allSatisfy(\.isWholeNumber)
        {
            name = name[..<dot]
        }
        guard name.hasSuffix(".log"), let mark = name.range(of: "---\(identifier)-") else { return false }
        let random = name[mark.upperBound...].dropLast(4)
        return !random.isEmpty && !random.contains(where: \.isWhitespace)
    }
}

extension Substring {
    /// Where `text` first occurs.
    fileprivate func range(of text: String) -> Range<Index>? {
        var start = startIndex
        while start < endIndex {
            if self[start...].hasPrefix(text) { return start..<index(start, offsetBy: text.count) }
            start = index(after: start)
        }
        return nil
    }
}
