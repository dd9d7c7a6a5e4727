import CSuperOS
import Glibc

extension FileSystem {
    /// The whole of a file. Throws `fileTooLarge` above `limit` bytes.
    public static func read(_ path: String, limit: Int = 16 << 20) throws(SystemError) -> [UInt8] {
        do {
            return try Descriptor.open(path, .readOnly).readAll(limit: limit)
        } catch  where error.action == "reading" {
            // The path says more than the number of a descriptor that nobody else has seen.
            throw SystemError("reading", path, errno: error.errno)
        }
    }

    /// Writes a file so that its name leads to the old contents or the new, never to a part, also after a crash.
    ///
    /// The new file stands beside it first, as `PATH.new`: not for two writers at a time.
    public static func replace(
        _ path: String, with contents: some Collection<UInt8>, permissions: UInt32 = 0o644
    ) throws(SystemError) {
        let new = path + ".new"
        // What a run that was killed has left may belong to somebody else.
        try remove(new)
        do {
            let file = try Descriptor.open(new, [.writeOnly, .create, .exclusive], permissions: permissions)
            try file.writeAll(contents)
            try file.synchronize()
            try rename(new, to: path)
        } catch {
            _ = try? remove(new)
            throw error
        }
    }

    /// The names in a directory without `.` and `..`, in the order of their bytes. Names that are not UTF-8 are left out.
    public static func list(_ path: String) throws(SystemError) -> [String] {
        guard let directory = opendir(path) else {
            throw SystemError("listing", { path }, code: errno)
        }
        defer { closedir(directory) }
        var names: [String] = []
        while true {
            errno = 0
            guard let entry = readdir(directory) else {
                guard errno == 0 else { throw SystemError("listing", { path }, code: errno) }
                return names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
            }
            let name = withUnsafeBytes(of: &entry.pointee.d_name) {
                String(validating: $0.prefix { $0 != 0 }, as: UTF8.self)
            }
            if let name, name != ".", name != ".." { names.append(name) }
        }
    }

    /// The paths that a pattern of `*`, `?` and `[…]` matches, in the order of their bytes.
    ///
    /// A backslash is a character like any other, as in Supervisor's `include`. Wildcards do not match `/` or a
    /// leading dot. A pattern without wildcards matches a path that exists. Directories that cannot be read match
    /// nothing.
    public static func glob(_ pattern: String) throws(SystemError) -> [String] {
        var found = glob_t()
        defer { globfree(&found) }
        switch Glibc.glob(pattern, GLOB_NOESCAPE, nil, &found) {
        case 0:
            return (0..<Int(found.gl_pathc)).compactMap { found.gl_pathv[$0].flatMap { String(validatingCString: $0) } }
        case GLOB_NOSPACE: throw SystemError("matching", pattern, errno: .outOfMemory)
        default: return []
        }
    }
}
