public import SuperHTTP

/// The place below the served folder that a request names.
///
/// Only what is plainly below it gets through: `..` in any spelling, NUL, an encoded slash and bytes that are not UTF-8
/// are refused, and so are hidden files (a leading dot), except `/.well-known/`, which RFC 8615 sets aside for serving.
/// Symbolic links are followed, out of the folder too: whoever may write to the folder decides what it serves.
public struct StaticPath: Sendable, Hashable {
    /// Relative to the folder, without a slash at either end; empty for the folder itself.
    public let path: String
    /// Whether the request ends in a slash and so names a folder.
    public let namesFolder: Bool

    /// The place; throws the status that refuses it.
    public init(_ target: HTTPTarget) throws(Refusal) {
        guard let segments = target.segments, target.path.utf8.first == UInt8(ascii: "/") else {
            throw Refusal(status: .badRequest)
        }
        for segment in segments {
            if segment == ".." || segment.utf8.contains(0) { throw Refusal(status: .badRequest) }
            if segment.utf8.contains(UInt8(ascii: "/")) { throw Refusal(status: .notFound) }
            if segment.hasPrefix("."), segment != ".", segment != ".well-known" { throw Refusal(status: .notFound) }
        }
        path = segments.filter { !$0.isEmpty && $0 != "." }.joined(separator: "/")
        namesFolder = segments.last.map { $0.isEmpty || $0 == "." } ?? true
    }

    /// Why a target is not served.
    public struct Refusal: Error, Sendable, Hashable {
        public let status: HTTPStatus

        public init(status: HTTPStatus) {
            self.status = status
        }
    }

    /// Where a request for a folder without its slash is sent: relative links on its page would lead astray.
    ///
    /// Encoded anew from the checked path, so that it names this server whatever was sent (`//elsewhere/`).
    public func locationWithSlash(query: Substring?) -> String {
        let encoded = path.split(separator: "/").map { PercentEncoding.encode($0) }.joined(separator: "/")
        return "/\(encoded)/" + (query.map { "?\($0)" } ?? "")
    }
}
