import Glibc

/// The place of a process among the others, as the kernel tells it in `/proc/PID/stat`.
public struct ProcessPlace: Sendable, Hashable {
    public var pid: Int32
    public var parent: Int32
    /// Its process group.
    public var group: Int32
    /// It has ended and waits to be reaped.
    public var hasEnded: Bool

    public init(pid: Int32, parent: Int32, group: Int32, hasEnded: Bool = false) {
        self.pid = pid
        self.parent = parent
        self.group = group
        self.hasEnded = hasEnded
    }

    /// Reads `4711 (name) S 1 4711 …`. The name may hold any bytes, brackets and line feeds too, and stands before the last bracket.
    public init?(stat: [UInt8]) {
        guard let bracket = stat.lastIndex(of: UInt8(ascii: ")")), let space = stat.firstIndex(of: UInt8(ascii: " ")),
            let pid = Int32(String(decoding: stat[..<space], as: UTF8.self))
        else { return nil }
        let fields = String(decoding: stat[(bracket + 1)...], as: UTF8.self).split(separator: " ", maxSplits: 3)
        guard fields.count > 3, let parent = Int32(fields[1]), let group = Int32(fields[2]) else { return nil }
        self.init(pid: pid, parent: parent, group: group, hasEnded: ["Z", "X"].contains(fields[0]))
    }

    /// The place of a process now; nil where there is none of this pid.
    public static func of(_ pid: Int32) -> ProcessPlace? {
        (try? FileSystem.read("/proc/\(pid)/stat", limit: 4_096)).flatMap(ProcessPlace.init(stat:))
    }
}

/// Who descends from whom. Every answer is of a moment: processes end, and their pids pass to others.
public struct ProcessAncestry {
    private let place: (Int32) -> ProcessPlace?

    /// More generations than processes have in earnest; a chain that was read while it changed might lead in a circle.
    private static let depthLimit = 256

    public init(place: @escaping (Int32) -> ProcessPlace? = ProcessPlace.of) {
        self.place = place
    }

    /// Whether a process lives and descends from another one.
    public func isAlive(_ pid: Int32, below ancestor: Int32) -> Bool {
        guard pid > 0, pid != ancestor, let own = place(pid), !own.hasEnded else { return false }
        return nearest(of: [ancestor], from: own) != nil
    }

    /// To which of the main processes a process belongs: it is one, descends from one (the nearest counts), or is in the process group of
    /// one. Nil for a stranger and for a process that has gone.
    public func owner(of pid: Int32, among mains: Set<Int32>) -> Int32? {
        guard pid > 0, let own = place(pid) else { return nil }
        return nearest(of: mains, from: own) ?? (mains.contains(own.group) ? own.group : nil)
    }

    /// The first of some processes on the way from a process to the first of all, both ends included.
    private func nearest(of pids: Set<Int32>, from start: ProcessPlace) -> Int32? {
        var next = start
        for _ in 0..<Self.depthLimit {
            if pids.contains(next.pid) { return next.pid }
            // The parent of what has none in this namespace is 0.
            guard next.parent > 0 else { return nil }
            if pids.contains(next.parent) { return next.parent }
            if let parent = place(next.parent) {
                next = parent
            } else if let again = place(next.pid), again.parent != next.parent {
                // The parent has ended since, and its children are somebody else's.
                next = again
            } else {
                return nil
            }
        }
        return nil
    }
}
