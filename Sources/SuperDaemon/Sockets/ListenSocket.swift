import SuperBase
import SuperOS

/// A listening socket that superd has opened for programs.
///
/// It is blocking, as programs expect of what they inherit, and connections that are accepted on it send small writes at once, which
/// programs that are handed a socket mostly do not ask for themselves.
struct ListenSocket {
    let descriptor: Descriptor
    /// Which file in the file system is the socket's (see `SocketFile`); nil for TCP.
    let place: [UInt8]?

    /// Why it cannot be opened: `tcp://127.0.0.1:80: Permission denied`.
    struct Problem: Error, Hashable, CustomStringConvertible {
        var url: String
        var why: String

        var description: String { "\(url): \(why)" }
    }

    /// Opens a socket. A socket file without an owner in the configuration belongs to `user`, the program's, where superd is root.
    init(opening socket: SharedSocket, user: String?) throws(Problem) {
        let backlog = socket.backlog.map(Int32.init(clamping:)) ?? .max
        do {
            switch socket.address {
            case .unix(let path, let mode, let owner):
                descriptor = try Descriptor.listen(
                    unix: path, mode: mode, owner: try Self.owner(owner, user), backlog: backlog, isNonBlocking: false)
                place = SocketFile.place(of: path)
            case .inet(let host, let port):
                descriptor = try Self.listen(host, port, backlog: backlog, sharesPort: socket.reusesPort)
                place = nil
            }
        } catch {
            throw Problem(url: socket.url, why: Self.words(error, socket))
        }
    }

    /// Deletes the file of a socket, if it is still the one that was noted as `place`.
    static func remove(_ socket: SharedSocket, place: [UInt8]?) {
        guard case .unix(let path, _, _) = socket.address else { return }
        SocketFile.remove(path, ifAt: place)
    }

    /// No host means every address of the machine. An IPv6 address serves IPv6 alone.
    private static func listen(
        _ host: String, _ port: UInt16, backlog: Int32, sharesPort: Bool
    ) throws(SystemError) -> Descriptor {
        guard host.isEmpty || host == "*" else {
            let address = HostNames.address(of: host) ?? host
            return try Descriptor.listen(
                address: address, port: port, backlog: backlog, sharesPort: sharesPort, isIPv6Only: true)
        }
        do {
            return try Descriptor.listen(
                address: "::", port: port, backlog: backlog, sharesPort: sharesPort, isIPv6Only: false)
        } catch  where [.addressFamilyNotSupported, .addressNotAvailable].contains(error.errno) {
            // A machine without IPv6.
            return try Descriptor.listen(
                address: "0.0.0.0", port: port, backlog: backlog, sharesPort: sharesPort, isIPv6Only: true)
        }
    }

    private static func owner(_ owner: Owner?, _ user: String?) throws -> FileOwner? {
        if let owner { return try FileOwner(owner) }
        guard CurrentProcess.user == 0, let user else { return nil }
        guard let account = try UserAccount(user) else { throw OwnerProblem.noUser(user) }
        return FileOwner(user: account.user, group: account.group)
    }

    /// What is wrong, without the address, which the URL has said.
    private static func words(_ error: any Error, _ socket: SharedSocket) -> String {
        guard let error = error as? SystemError else { return "\(error)" }
        if error.errno == .addressInUse, case .unix(let path, _, _) = socket.address,
            let status = (try? FileSystem.status(path, followsLinks: false)) ?? nil, status.kind != .socket
        {
            return "there is a file that is no socket"
        }
        let isPlain = ["binding", "listening on"].contains(error.action)
        return isPlain ? error.reason ?? error.errno.description : error.description
    }
}
