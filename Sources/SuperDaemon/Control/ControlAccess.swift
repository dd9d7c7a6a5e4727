import SuperAPI
import SuperBase

/// Who may use one control endpoint.
///
/// An endpoint with credentials asks everybody for them, as Supervisor does. A Unix socket without lets in root, superd's own
/// user and the owner of the socket; everybody else only if the socket's mode gives write permission to more than its owner,
/// because then it was the kernel that let them connect, by the same mode.
struct ControlAccess {
    let server: ServerConfig
    /// The effective user of superd.
    let daemonUser: UInt32
    /// The user that owns the socket file.
    let socketOwner: UInt32?

    /// Why an endpoint must not be opened at all: others could reach it over the network without any credentials.
    static func refusal(of server: ServerConfig) -> String? {
        guard case .inet(let host, let port) = server.address, !ControlAccess.isLoopback(host),
            server.username == nil, server.token == nil, !server.allowUnauthenticated
        else { return nil }
        return
            "[\(server.section)] is not opened: \(host.isEmpty ? "*" : host):\(port) is reached from other machines and "
            + "asks for no credentials; set username and password, or port=127.0.0.1:\(port), or allow_unauthenticated=true"
    }

    /// Whether only this machine reaches an address.
    static func isLoopback(_ host: String) -> Bool {
        host == "localhost" || host == "::1" || host == "[::1]"
            || (host.hasPrefix("127.") && host.allSatisfy { $0.isNumber || $0 == "." })
    }

    /// The problem of a caller who may not; nil lets it in. `user` is the one at the other end of a Unix socket.
    func problem(user: UInt32?, authorization: String?) -> Problem? {
        if server.username != nil || server.token != nil {
            return isValid(authorization) ? nil : Problem(.unauthorized, "credentials are missing or wrong")
        }
        guard case .unix(_, let mode, _) = server.address else { return nil }
        let isOpenToOthers = mode & 0o022 != 0
        guard let user else { return isOpenToOthers ? nil : Problem(.forbidden, "the caller is unknown") }
        let isKnown = user == 0 || user == daemonUser || user == socketOwner
        return isKnown || isOpenToOthers ? nil : Problem(.forbidden, "user \(user) may not use this socket")
    }

    /// Whether the field `Authorization` holds what the endpoint asks for.
    private func isValid(_ authorization: String?) -> Bool {
        let words = (authorization ?? "").split(separator: " ")
        guard words.count == 2 else { return false }
        switch words[0].lowercased() {
        case "basic":
            guard let username = server.username, let password = server.password,
                let bytes = JSON.bytes(base64: String(words[1])),
                let colon = bytes.firstIndex(of: UInt8(ascii: ":"))
            else { return false }
            // Both are always compared, so that the time does not tell which one was wrong.
            let isUser = Secret(plain: username).matches(Array(bytes[..<colon]))
            let isPassword = Secret(password).matches(Array(bytes[(colon + 1)...]))
            return isUser && isPassword
        case "bearer":
            guard let token = server.token else { return false }
            return Secret(token).matches(Array(words[1].utf8))
        default: return false
        }
    }
}

/// A secret of the configuration: in plain text, or `{SHA}` or `{SHA256}` and the digest in hexadecimal.
struct Secret {
    private let digest: [UInt8]
    private let isSHA1: Bool

    /// Plain text is digested, too, so that every secret is compared in the same way.
    init(_ text: String) {
        if text.hasPrefix("{SHA}") {
            self.init(digest: text.dropFirst("{SHA}".count), isSHA1: true)
        } else if text.hasPrefix("{SHA256}") {
            self.init(digest: text.dropFirst("{SHA256}".count), isSHA1: false)
        } else {
            self.init(plain: text)
        }
    }

    private init(digest: Substring, isSHA1: Bool) {
        self.digest = Array(digest.lowercased().utf8)
        self.isSHA1 = isSHA1
    }

    init(plain text: String) {
        digest = Array(Digest.hexadecimal(Digest.sha256(Array(text.utf8))).utf8)
        isSHA1 = false
    }

    /// Whether the candidate is the secret. Digests are compared, every byte of them: the time taken says nothing about
    /// the secret.
    func matches(_ candidate: [UInt8]) -> Bool {
        let other = Array(Digest.hexadecimal(isSHA1 ? Digest.sha1(candidate) : Digest.sha256(candidate)).utf8)
        guard other.count == digest.count else { return false }
        return zip(digest, other).reduce(0) { $0 | ($1.0 ^ $1.1) } == 0
    }
}
