import Glibc
public import SuperBase

/// The processes of this machine and who is whose child, as /proc told it at one time.
///
/// Reading takes 20 µs for each process of the machine, and measuring up to 30 ms for each gibibyte of a process: not for a thread that has
/// other things to do. Processes come and go meanwhile; one that has gone counts nothing.
public struct ProcessTree: Sendable {
    private var children: [Int32: [Int32]] = [:]
    private var known: Set<Int32> = []

    /// The most processes that are looked at, so that a machine full of them does not take our memory, too.
    private static let limit = 1 << 17

    /// Reads /proc in one pass.
    public init() throws(SystemError) {
        for entry in try FileSystem.list("/proc").lazy.compactMap({ Int32($0) }).prefix(Self.limit) {
            guard let parent = Self.parent(of: entry) else { continue }
            known.insert(entry)
            children[parent, default: []].append(entry)
        }
    }

    /// A process and all its descendants; nothing where there is no such process.
    public func members(of root: Int32) -> [Int32] {
        guard known.contains(root) else { return [] }
        var members = [root]
        // The pass is not one moment: a number that was given anew meanwhile could make somebody its own ancestor.
        var seen: Set<Int32> = [root]
        var next = 0
        while next < members.count {
            for child in children[members[next]] ?? [] where seen.insert(child).inserted { members.append(child) }
            next += 1
        }
        return members
    }

    /// The memory of each of these processes with all its descendants; those that do not exist are left out.
    ///
    /// Each process counts with its proportional set size: of a page that several share, each has its part, so that the numbers of a tree
    /// add up to what it really takes. Where the kernel does not let us read that (a process of another user, and we are not root), its
    /// resident set size counts instead, which is larger. Memory that is swapped out does not count.
    public static func memory(of roots: some Sequence<Int32>) throws(SystemError) -> [Int32: ByteSize] {
        let tree = try ProcessTree()
        var sizes: [Int32: ByteSize] = [:]
        var memory: [Int32: ByteSize] = [:]
        for root in roots where memory[root] == nil {
            let members = tree.members(of: root)
            guard !members.isEmpty else { continue }
            var total = 0
            for member in members {
                let size = sizes[member] ?? size(of: member)
                sizes[member] = size
                total += size.bytes
            }
            memory[root] = ByteSize(bytes: total)
        }
        return memory
    }

    // MARK: - One process

    /// The fourth field of its `stat`. The second is its name in parentheses, which may hold anything, further parentheses included.
    private static func parent(of pid: Int32) -> Int32? {
        guard let bytes = try? FileSystem.read("/proc/\(pid)/stat", limit: 4_096),
            let nameEnd = bytes.lastIndex(of: UInt8(ascii: ")"))
        else { return nil }
        let fields = bytes[(nameEnd + 1)...].split(separator: UInt8(ascii: " "), maxSplits: 2)
        return fields.count > 1 ? Int32(String(decoding: fields[1], as: UTF8.self)) : nil
    }

    private static func size(of pid: Int32) -> ByteSize {
        kibibytes("Pss:", in: "/proc/\(pid)/smaps_rollup") ?? kibibytes("VmRSS:", in: "/proc/\(pid)/status")
            ?? ByteSize(bytes: 0)
    }

    /// The number in the line `LABEL   123 kB` of a file of /proc; nil where there is no such file or line.
    private static func kibibytes(_ label: String, in path: String) -> ByteSize? {
        guard let bytes = try? FileSystem.read(path, limit: 65_536),
            let line = bytes.split(separator: UInt8(ascii: "\n")).first(where: { $0.starts(with: label.utf8) })
        else { return nil }
        let digits = line.dropFirst(label.utf8.count).drop { $0 == 32 || $0 == 9 }.prefix { (48...57).contains($0) }
        guard let number = Int(String(decoding: digits, as: UTF8.self)), number <= Int.max >> 20 else { return nil }
        return .kibibytes(number)
    }
}
