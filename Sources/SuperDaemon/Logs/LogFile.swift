import SuperBase
import SuperOS

/// One log file: appends, rotates by size, and goes on when the disk is full or the folder has vanished.
///
/// Used by the log thread alone. It never throws: what cannot be written is counted as lost, told once, and tried again with the next bytes.
final class LogFile {
    /// A place in a file: enough to tell later how much was written after it.
    struct Place: Hashable {
        var inode: UInt64
        var offset: Int64
    }

    /// What happened to the file, for the main log.
    enum Trouble: Sendable, Hashable {
        case began(path: String, String)
        case ended(path: String, lostBytes: UInt64)
        /// It is written, and has outgrown its limit because its old files cannot be moved.
        case notRotated(path: String, String)
    }

    private(set) var plan: LogFilePlan
    /// Bytes that could not be written since the file was made known.
    private(set) var lostBytes: UInt64 = 0
    private var descriptor: Descriptor?
    private var inode: UInt64 = 0
    private var size: Int64 = 0
    private var isRegular = false
    /// Bytes lost since writing began to fail; nil while it does not fail.
    private var lostNow: UInt64?
    /// The size at which it rotates next.
    private var rotatesAt: Int64 = .max
    /// A second has passed since writing failed.
    private var mayRetry = false
    private var nextLook = Instant(nanoseconds: .min)
    private let tell: (Trouble) -> Void
    /// How long between two looks at whether the file is still there, and between two tries where writing fails.
    private let lookInterval: Duration

    init(_ plan: LogFilePlan, lookInterval: Duration = .seconds(1), tell: @escaping (Trouble) -> Void) {
        self.plan = plan
        self.lookInterval = lookInterval
        self.tell = tell
        open()
    }

    /// Opens a log for appending. The standard streams go by name, because what is behind them may be a socket, which cannot be opened
    /// again. A FIFO that nobody reads is an error instead of a wait.
    static func open(_ path: String) throws(SystemError) -> Descriptor {
        switch path {
        case "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1": .standardOutput
        case "/dev/stderr", "/dev/fd/2", "/proc/self/fd/2": .standardError
        default: try Descriptor.open(path, [.writeOnly, .append, .create, .nonBlocking])
        }
    }

    private func open() {
        nextLook = Clock.now() + lookInterval
        do {
            let opened = try Self.open(plan.path)
            let status = try opened.status()
            descriptor = opened
            isRegular = status.kind == .regular
            inode = status.inode
            size = status.size
            rotatesAt = isRegular && plan.maxBytes.bytes > 0 ? Int64(plan.maxBytes.bytes) : .max
        } catch {
            descriptor = nil
            fail(error, losing: 0)
        }
    }

    // MARK: - Writing

    /// Where the next byte goes; nil where that cannot be told.
    var place: Place? { isRegular && descriptor != nil ? Place(inode: inode, offset: size) : nil }

    /// How many bytes stand in the file after a place noted by an earlier brain; nil: all, because the file has been rotated since.
    func written(since place: Place) -> Int? {
        place.inode == inode ? Int(max(0, size - place.offset)) : nil
    }

    /// Appends all of it and then rotates if the file has grown to its limit. What cannot be written is lost. `lookAfter` comes before.
    func append(_ bytes: UnsafeRawBufferPointer) {
        guard descriptor != nil, lostNow == nil || endGap() else { return lose(bytes.count) }
        var rest = bytes
        while !rest.isEmpty {
            do {
                guard let count = try write(rest) else { continue }
                rest = UnsafeRawBufferPointer(rebasing: rest[count...])
            } catch {
                return fail(error, losing: rest.count)
            }
        }
        if size >= rotatesAt { rotate() }
    }

    /// Nil: no room now, and there has been a wait for it.
    private func write(_ bytes: UnsafeRawBufferPointer) throws(SystemError) -> Int? {
        guard let descriptor else { return nil }
        switch try descriptor.write(bytes) {
        case .bytes(let count):
            size += Int64(count)
            return count
        case .wouldBlock:
            // A FIFO, a terminal, or a standard stream that somebody else has made non-blocking.
            _ = try descriptor.wait(for: .writable, until: nil)
            return nil
        }
    }

    /// Opens the file again where it was deleted, or could not be opened, at most once a second. Comes before `place` is asked for, so
    /// that the place is in the file to which the next bytes go.
    func lookAfter() {
        let now = Clock.now()
        guard now >= nextLook else { return }
        nextLook = now + lookInterval
        mayRetry = true
        guard let open = descriptor else { return self.open() }
        guard isRegular, let status = try? open.status() else { return }
        if status.linkCount == 0 {
            reopen()
        } else {
            // Somebody may have truncated it.
            size = status.size
        }
    }

    // MARK: - Losing

    private func lose(_ count: Int) {
        lostBytes += UInt64(count)
        lostNow = (lostNow ?? 0) + UInt64(count)
    }

    private func fail(_ error: SystemError, losing count: Int) {
        if lostNow == nil { tell(.began(path: plan.path, "\(error)")) }
        mayRetry = false
        lose(count)
    }

    /// Tries to write again where a try is due, beginning with a line that says what is missing; false: it still fails.
    private func endGap() -> Bool {
        guard mayRetry, let lost = lostNow else { return false }
        var mark = Array("\(size == 0 ? "" : "\n")superd: \(lost) bytes of this log were lost\n".utf8)[...]
        if lost == 0 { mark = [] }
        do {
            while !mark.isEmpty {
                let count = try mark.span.withUnsafeBytes { (bytes) throws(SystemError) in try write(bytes) }
                mark = mark.dropFirst(count ?? 0)
            }
        } catch {
            mayRetry = false
            return false
        }
        lostNow = nil
        tell(.ended(path: plan.path, lostBytes: lost))
        return true
    }

    // MARK: - Rotating, reopening, clearing

    /// `file` becomes `file.1`, that becomes `file.2`, and so on; the one beyond the last is gone.
    private func rotate() {
        do {
            if plan.backups > 0 {
                for number in (1..<lastToMove()).reversed() {
                    try? FileSystem.rename("\(plan.path).\(number)", to: "\(plan.path).\(number + 1)")
                }
                try FileSystem.rename(plan.path, to: "\(plan.path).1")
            } else {
                _ = try FileSystem.remove(plan.path)
            }
        } catch {
            tell(.notRotated(path: plan.path, "\(error)"))
            // Goes on in the same file, and tries again when it has grown by as much once more.
            rotatesAt = size + Int64(plan.maxBytes.bytes)
            return
        }
        reopen()
    }

    /// The lowest number that is free for an old file, or the highest there may be.
    private func lastToMove() -> Int {
        var number = 1
        while number < plan.backups,
            (try? FileSystem.status("\(plan.path).\(number)", followsLinks: false)) ?? nil != nil
        {
            number += 1
        }
        return number
    }

    /// Closes and opens the file, as after logrotate has moved it.
    func reopen() {
        // Closed after the new one is open: a new file must not get the inode of the old one, by which they are told apart.
        let old = descriptor
        open()
        withExtendedLifetime(old) {}
    }

    /// Deletes the file, its old ones not, and begins a new one.
    func clear() throws(SystemError) {
        guard isRegular || descriptor == nil else { return }
        _ = try FileSystem.remove(plan.path)
        reopen()
    }

    /// Takes other limits for the same path.
    func follow(_ plan: LogFilePlan) {
        self.plan = plan
        rotatesAt = isRegular && plan.maxBytes.bytes > 0 ? Int64(plan.maxBytes.bytes) : .max
    }
}
