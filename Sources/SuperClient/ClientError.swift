public import SuperAPI

/// Why a call has no answer.
public enum ClientError: Error, Sendable, Hashable {
    /// There is no socket file, or no directory to hold it.
    case noSuchFile
    /// The kernel does not let the caller connect.
    case permissionDenied
    /// Nobody listens there.
    case refused
    /// No answer came in time.
    case timedOut
    /// Any other failure of the connection, as a sentence.
    case disconnected(String)
    /// Somebody answers who is not superd; the text says who or what.
    case notSuperd(String)
    /// superd speaks another version of the API.
    case otherVersion(Int)
    /// superd refuses, and says why.
    case problem(Problem)

    /// What happened, as a line for an operator; the first words are Supervisor's where it has them.
    public func sentence(url: String) -> String {
        switch self {
        case .noSuchFile: "\(url) no such file"
        case .refused: "\(url) refused connection"
        case .permissionDenied: "\(url) permission denied"
        case .timedOut: "\(url) does not answer"
        case .disconnected(let reason): "\(url) \(reason)"
        case .notSuperd(let reason): "\(url) is not superd: \(reason)"
        case .otherVersion(let version):
            "Sorry, this version of superctl expects to talk to a server with API version "
                + "\(DaemonInfo.currentAPIVersion), but the remote version is \(version)."
        case .problem(let problem) where problem.kind == .unauthorized: "Server requires authentication"
        case .problem(let problem): problem.detail
        }
    }

    /// What to do about it, in one line; nil where the sentence says it all. `user` is the effective user id of the caller.
    public func advice(address: ServerAddress, user: UInt32) -> String? {
        switch (self, address) {
        case (.noSuchFile, .unix(let path)):
            "\(SocketPath.missing(path)); superd makes the socket when it starts: is it running, and does file= of "
                + "[unix_http_server] name the same path? (-s URL and serverurl= of [supervisorctl] say where superctl looks)"
        case (.refused, .unix(let path)):
            "the file \(path) is left over from a superd that has ended: start superd"
        case (.refused, .tcp(let host, let port)):
            "nothing listens on port \(port) of \(host): is superd running, and has it an [inet_http_server] with this port?"
        case (.permissionDenied, .unix(let path)):
            "you are user \(user), and \(SocketPath.forbidden(path)): run superctl as its owner, or set chmod= and chown= in "
                + "[unix_http_server]"
        case (.timedOut, _): "superd accepts connections but does not answer; its main log may say why"
        case (.problem(let problem), _) where problem.kind == .unauthorized:
            "give -u and -p, or username= and password= in [supervisorctl]"
        case (.problem(let problem), _) where problem.kind == .forbidden:
            "you are user \(user): root, superd's own user and the owner of the socket may use it"
        case (.notSuperd, _): "-s URL and serverurl= of [supervisorctl] say where superctl looks"
        case (.otherVersion, _): "install superctl and superd of the same version, and restart superd"
        case (.noSuchFile, .tcp), (.permissionDenied, .tcp), (.disconnected, _), (.problem, _): nil
        }
    }
}
