import CSuperOS
import Glibc

/// What a path or descriptor leads to.
public struct FileStatus: Sendable, Hashable {
    public enum Kind: Sendable, Hashable {
        case regular, directory, symbolicLink, socket, pipe, characterDevice, blockDevice
    }

    public var kind: Kind
    /// The permission bits, set-uid and the like included.
    public var mode: UInt32
    public var size: Int64
    /// With `inode`, tells whether two paths lead to one file.
    public var device: UInt64
    public var inode: UInt64
    /// Its names; 0 once it has been deleted and is only open.
    public var linkCount: UInt64
    public var user: UInt32
    public var group: UInt32
    public var modified: WallTime

    init(_ status: stat) {
        kind =
            switch status.st_mode & S_IFMT {
            case S_IFDIR: .directory
            case S_IFLNK: .symbolicLink
            case S_IFSOCK: .socket
            case S_IFIFO: .pipe
            case S_IFCHR: .characterDevice
            case S_IFBLK: .blockDevice
            default: .regular
            }
        mode = status.st_mode & 0o7777
        size = Int64(status.st_size)
        device = UInt64(status.st_dev)
        inode = UInt64(status.st_ino)
        linkCount = UInt64(status.st_nlink)
        user = status.st_uid
        group = status.st_gid
        modified = WallTime(
            seconds: Int64(status.st_mtim.tv_sec), nanoseconds: Int32(truncatingIfNeeded: status.st_mtim.tv_nsec))
    }

    /// Whether both are the same file, whatever its name.
    public func isSameFile(as other: FileStatus) -> Bool { (device, inode) == (other.device, other.inode) }
}

extension Descriptor {
    /// How a file is opened.
    public struct OpenMode: OptionSet, Sendable {
        public let rawValue: Int32

        public init(rawValue: Int32) {
            self.rawValue = rawValue
        }

        public static let readOnly = OpenMode(rawValue: O_RDONLY)
        public static let writeOnly = OpenMode(rawValue: O_WRONLY)
        public static let readWrite = OpenMode(rawValue: O_RDWR)
        /// Every write goes to the end, wherever that is then.
        public static let append = OpenMode(rawValue: O_APPEND)
        public static let create = OpenMode(rawValue: O_CREAT)
        /// With `create`: a file that exists throws `fileExists`.
        public static let exclusive = OpenMode(rawValue: O_EXCL)
        public static let truncate = OpenMode(rawValue: O_TRUNC)
        /// Neither opening nor reading a pipe or terminal waits.
        public static let nonBlocking = OpenMode(rawValue: O_NONBLOCK)
        /// A symbolic link as the path's last part is an error.
        public static let noFollow = OpenMode(rawValue: O_NOFOLLOW)
    }

    /// Opens a file, close-on-exec, and never makes a terminal the controlling one. `permissions`, cut by the umask, are
    /// those of a file that is created.
    public static func open(
        _ path: String, _ mode: OpenMode, permissions: UInt32 = 0o666
    ) throws(SystemError) -> Descriptor {
        let flags = mode.rawValue | O_CLOEXEC | O_NOCTTY
        return Descriptor(owning: try check("opening", path) { Glibc.open(path, flags, permissions) })
    }

    /// What is open.
    public func status() throws(SystemError) -> FileStatus {
        var status = stat()
        try check("examining", description) { fstat(number, &status) }
        return FileStatus(status)
    }

    /// Cuts or stretches a file to a size.
    public func truncate(to size: Int64) throws(SystemError) {
        try check("truncating", description) { ftruncate(number, off_t(size)) }
    }

    /// Moves the place of the next read or write to `offset` from the start.
    public func seek(to offset: Int64) throws(SystemError) {
        try check("moving in", description) { lseek(number, off_t(offset), SEEK_SET) }
    }

    /// Reads at an offset from the start, without moving the place of the next read.
    public func read(
        into buffer: UnsafeMutableRawBufferPointer, at offset: Int64
    ) throws(SystemError) -> ReadResult {
        let count = try check("reading", description) {
            pread(number, buffer.baseAddress, buffer.count, off_t(offset))
        }
        return count == 0 ? .endOfFile : .bytes(count)
    }

    /// Waits until what was written is on the disk.
    public func synchronize() throws(SystemError) {
        try check("writing out", description) { fsync(number) }
    }

    /// Locks the open file against every other opening of it (flock). False where another has the lock.
    ///
    /// The lock goes with the last descriptor of this opening, also one that a forked process has.
    public func tryLock() throws(SystemError) -> Bool {
        try checkUnlessWouldBlock("locking", description) { flock(number, LOCK_EX | LOCK_NB) } != nil
    }
}

/// Names in directories, and what is done through them.
public enum FileSystem {
    /// What a path leads to, or the link itself where `followsLinks` is false; nil where there is nothing.
    public static func status(_ path: String, followsLinks: Bool = true) throws(SystemError) -> FileStatus? {
        var status = stat()
        do {
            try check("examining", path) { followsLinks ? stat(path, &status) : lstat(path, &status) }
        } catch  where error.errno == .noSuchFile || error.errno == .notDirectory {
            return nil
        }
        return FileStatus(status)
    }

    /// Gives a file another name, replacing what had it, in one step.
    public static func rename(_ path: String, to newPath: String) throws(SystemError) {
        try check("renaming", "\(path) to \(newPath)") { Glibc.rename(path, newPath) }
    }

    /// Removes a name that is not a directory's. False where there was none.
    @discardableResult
    public static func remove(_ path: String) throws(SystemError) -> Bool {
        do {
            try check("removing", path) { unlink(path) }
            return true
        } catch  where error.errno == .noSuchFile {
            return false
        }
    }

    /// Makes a directory; one that is there already throws `fileExists`.
    public static func makeDirectory(_ path: String, mode: UInt32 = 0o777) throws(SystemError) {
        try check("making directory", path) { mkdir(path, mode) }
    }

    /// Removes an empty directory.
    public static func removeDirectory(_ path: String) throws(SystemError) {
        try check("removing directory", path) { rmdir(path) }
    }

    public static func changeMode(of path: String, to mode: UInt32) throws(SystemError) {
        try check("changing the mode of", path) { chmod(path, mode) }
    }

    /// Changes the owner of what the path leads to.
    public static func changeOwner(of path: String, to owner: FileOwner) throws(SystemError) {
        try check("changing the owner of", path) { chown(path, owner.user ?? .max, owner.group ?? .max) }
    }
}
