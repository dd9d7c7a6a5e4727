import CSuperOS
import Glibc
public import SuperBase

/// A user as the system's databases (files, LDAP, …) know them. Looking one up may take seconds where those are remote.
public struct UserAccount: Sendable, Hashable {
    public var name: String
    public var user: UInt32
    /// The primary group.
    public var group: UInt32
    public var home: String
    public var shell: String

    /// The user of a name; nil where there is none.
    public static func named(_ name: String) throws(SystemError) -> UserAccount? {
        try find("looking up user", name) { getpwnam_r(name, $0, $1, $2, $3) }
    }

    /// The user of a number; nil where there is none.
    public static func numbered(_ user: UInt32) throws(SystemError) -> UserAccount? {
        try find("looking up user", String(user)) { getpwuid_r(user, $0, $1, $2, $3) }
    }

    /// The user with the primary group and all groups that list the user.
    public func identity() throws(SystemError) -> ProcessSpec.Identity {
        var count: Int32 = 64
        while true {
            var groups = [gid_t](repeating: 0, count: Int(count))
            // Answers −1 and the number needed where there is too little room.
            if getgrouplist(name, group, &groups, &count) >= 0 {
                return ProcessSpec.Identity(user: user, group: group, groups: Array(groups[..<Int(count)]))
            }
        }
    }

    private init(_ entry: passwd) {
        name = String(cString: entry.pw_name)
        user = entry.pw_uid
        group = entry.pw_gid
        home = String(cString: entry.pw_dir)
        shell = String(cString: entry.pw_shell)
    }

    private static func find(
        _ action: StaticString, _ subject: String,
        _ ask: (
            UnsafeMutablePointer<passwd>, UnsafeMutablePointer<CChar>, Int,
            UnsafeMutablePointer<UnsafeMutablePointer<passwd>?>
        ) -> Int32
    ) throws(SystemError) -> UserAccount? {
        try withLookUpBuffer(action, subject) { buffer, size in
            var entry = passwd()
            var found: UnsafeMutablePointer<passwd>?
            let code = ask(&entry, buffer, size, &found)
            return (code, found == nil ? nil : UserAccount(entry))
        }
    }
}

/// Groups as the system's databases know them.
public enum UserGroup {
    /// The number of a group; nil where there is none of that name.
    public static func number(named name: String) throws(SystemError) -> UInt32? {
        try withLookUpBuffer("looking up group", name) { buffer, size in
            var entry = group()
            var found: UnsafeMutablePointer<group>?
            let code = getgrnam_r(name, &entry, buffer, size, &found)
            return (code, found == nil ? nil : entry.gr_gid)
        }
    }
}

/// Asks a database with a buffer for the texts of an entry, again with a larger one as long as it is too small.
private func withLookUpBuffer<Entry>(
    _ action: StaticString, _ subject: String, _ ask: (UnsafeMutablePointer<CChar>, Int) -> (Int32, Entry?)
) throws(SystemError) -> Entry? {
    var size = 1_024
    while true {
        let buffer = UnsafeMutablePointer<CChar>.allocate(capacity: size)
        defer { buffer.deallocate() }
        let (code, entry) = ask(buffer, size)
        switch code {
        case ERANGE where size < 16 << 20: size *= 4
        case EINTR: continue
        // What databases answer, one or the other, for an entry that they do not have.
        case 0, ENOENT, ESRCH, EBADF, EPERM: return entry
        default: throw SystemError(action, { subject }, code: code)
        }
    }
}
