import SuperBase
import SuperOS

/// Files of Unix sockets that superd has made.
enum SocketFile {
    /// Which file in the file system is at this path, as bytes to be kept at the keeper; nil where there is none.
    static func place(of path: String) -> [UInt8]? {
        guard let status = (try? FileSystem.status(path, followsLinks: false)) ?? nil else { return nil }
        var writer = ByteWriter()
        writer.write(status.device)
        writer.write(status.inode)
        return writer.bytes
    }

    /// Deletes a file if it is still the one that was noted as `place`, so that nobody else's is deleted.
    static func remove(_ path: String, ifAt place: [UInt8]?) {
        guard place != nil, Self.place(of: path) == place else { return }
        _ = try? FileSystem.remove(path)
    }
}

/// The owner that a configuration names is not known here.
enum OwnerProblem: Error, CustomStringConvertible {
    case noUser(String)
    case noGroup(String)

    var description: String {
        switch self {
        case .noUser(let name): "there is no user \(name)"
        case .noGroup(let name): "there is no group \(name)"
        }
    }
}

extension FileOwner {
    /// The owner whom a configuration names, by names or by numbers.
    init(_ owner: Owner) throws {
        guard let user = try Self.user(owner.user) else { throw OwnerProblem.noUser(owner.user) }
        self.init(user: user)
        guard let name = owner.group else { return }
        if let number = UInt32(name) {
            group = number
        } else {
            guard let number = try UserGroup.number(named: name) else { throw OwnerProblem.noGroup(name) }
            group = number
        }
    }

    private static func user(_ name: String) throws(SystemError) -> UInt32? {
        if let number = UInt32(name) { return number }
        return try UserAccount.named(name)?.user
    }
}
