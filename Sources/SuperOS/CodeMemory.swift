import Glibc

extension CurrentProcess {
    /// Gives back the memory of program code that has been used so far.
    ///
    /// Starting, or answering a request, touches code all over the program that a daemon does not need while it waits:
    /// some megabytes with the 64 KiB that the kernel maps around each touch. The pages stay in the page cache, and what
    /// is used again is mapped again, without a read from disk. Without `/proc` nothing happens.
    public static func releaseCode() {
        guard let maps = try? FileSystem.read("/proc/self/maps") else { return }
        for line in String(decoding: maps, as: UTF8.self).split(separator: "\n") {
            // `55d0c000-55d0f000 r-xp 00002000 fe:00 1234  /usr/bin/superd`: code is never written to, nothing is lost.
            let fields = line.split(separator: " ")
            guard fields.count > 5, fields[1] == "r-xp", fields[5].hasPrefix("/") else { continue }
            let bounds = fields[0].split(separator: "-").compactMap { UInt(String($0), radix: 16) }
            guard bounds.count == 2, let start = UnsafeMutableRawPointer(bitPattern: bounds[0]) else { continue }
            _ = madvise(start, Int(bounds[1] - bounds[0]), MADV_DONTNEED)
        }
    }
}
