/// A request target taken apart: the path that names a resource, and the query.
public struct HTTPTarget: Sendable, Hashable {
    /// As sent, percent-encoded; begins with `/`, except for the target `*` and that of CONNECT.
    public let path: Substring
    /// As sent, without its `?`; nil where there is none.
    public let query: Substring?

    /// Takes apart `/path?query` or `http://host/path?query`.
    public init(_ target: String) {
        let local = HTTPTarget.withoutAuthority(target[...])
        let mark = local.utf8.firstIndex(of: UInt8(ascii: "?"))
        let path = local[..<(mark ?? local.endIndex)]
        self.path = path.isEmpty ? "/" : path
        query = mark.map { local[local.utf8.index(after: $0)...] }
    }

    /// The path as text, its percent-encoding resolved; nil where that is malformed or the bytes are not UTF-8.
    ///
    /// An encoded slash becomes a slash like any other: use `segments` where the difference matters.
    public var decodedPath: String? { PercentEncoding.decode(path) }

    /// The parts of the path between its slashes, each decoded by itself, so that `%2F` stays within its part.
    /// Nil where the path is malformed.
    public var segments: [String]? {
        var decoded: [String] = []
        for part in path.dropFirst().split(separator: "/", omittingEmptySubsequences: false) {
            guard let text = PercentEncoding.decode(part) else { return nil }
            decoded.append(text)
        }
        return decoded
    }

    /// The pairs of the query in their order, `+` being a space; a name without `=` has an empty value.
    /// Nil where one is malformed.
    public var queryItems: [(name: String, value: String)]? {
        var items: [(name: String, value: String)] = []
        for item in (query ?? "").split(separator: "&") {
            let pair = item.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard let name = PercentEncoding.decode(pair[0], plusIsSpace: true),
                let value = PercentEncoding.decode(pair.count > 1 ? pair[1] : "", plusIsSpace: true)
            else { return nil }
            items.append((name, value))
        }
        return items
    }

    /// Whether a target is of one of the four forms of RFC 9112, and of the one that belongs to the method.
    static func isWellFormed(_ target: String, method: HTTPMethod) -> Bool {
        switch method {
        case .connect: !target.isEmpty && !target.utf8.contains(UInt8(ascii: "/"))
        case .options where target == "*": true
        case .get, .head, .post, .put, .patch, .delete, .options, .trace, .other:
            target.utf8.first == UInt8(ascii: "/") || withoutAuthority(target[...]).startIndex > target.startIndex
        }
    }

    /// What follows `http://host`; the target itself where it does not begin with a scheme and a host.
    private static func withoutAuthority(_ target: Substring) -> Substring {
        guard target.utf8.first != UInt8(ascii: "/") else { return target }
        for scheme in ["http://", "https://"]
        where ASCII.equalIgnoringCase(target.utf8.prefix(scheme.utf8.count), scheme) {
            let rest = target.dropFirst(scheme.count)
            let end = rest.firstIndex { $0 == "/" || $0 == "?" } ?? rest.endIndex
            return end > rest.startIndex ? rest[end...] : target
        }
        return target
    }
}
