public import SuperHTTP

/// What the file system says about an open file.
public struct FileFacts: Sendable, Hashable {
    /// In bytes.
    public var size: Int
    /// The time of the last change: seconds since 1970 and the nanoseconds beyond them.
    public var modifiedSeconds: Int64
    public var modifiedNanoseconds: Int64

    public init(size: Int, modifiedSeconds: Int64, modifiedNanoseconds: Int64) {
        self.size = size
        self.modifiedSeconds = modifiedSeconds
        self.modifiedNanoseconds = modifiedNanoseconds
    }

    /// Changes whenever size or time of change do: strong as far as the file system's clock is fine enough.
    public var entityTag: String {
        let nanoseconds = modifiedSeconds &* 1_000_000_000 &+ modifiedNanoseconds
        return "\"\(String(UInt64(bitPattern: nanoseconds), radix: 16))-\(String(size, radix: 16))\""
    }
}

/// How a request for an existing file is answered: whole, in part, not again, or not at all (RFC 9110, 13 and 14).
public struct FileAnswer: Sendable, Hashable {
    public let status: HTTPStatus
    public let headers: HTTPHeaders
    /// The bytes to send; nil where the answer has no content of the file.
    public let range: Range<Int>?

    /// Decides for GET and HEAD; the caller has refused every other method.
    public init(_ request: HTTPRequestHead, facts: FileFacts, contentType: String) {
        let lastModified = HTTPDate.format(facts.modifiedSeconds)
        let tag = facts.entityTag
        var headers: HTTPHeaders = ["ETag": tag, "Last-Modified": lastModified]

        guard !FileAnswer.isUnchanged(request.headers, facts) else {
            self.init(status: .notModified, headers: headers, range: nil)
            return
        }
        headers.add("Accept-Ranges", "bytes")
        headers.add("X-Content-Type-Options", "nosniff")
        switch FileAnswer.wantedRange(request, facts, tag: tag, lastModified: lastModified) {
        case .whole:
            headers.add("Content-Type", contentType)
            self.init(status: .ok, headers: headers, range: 0..<facts.size)
        case .part(let range):
            headers.add("Content-Type", contentType)
            headers.add("Content-Range", "bytes \(range.lowerBound)-\(range.upperBound - 1)/\(facts.size)")
            self.init(status: .partialContent, headers: headers, range: range)
        case .unsatisfiable:
            headers.add("Content-Range", "bytes */\(facts.size)")
            self.init(status: .rangeNotSatisfiable, headers: headers, range: nil)
        }
    }

    private init(status: HTTPStatus, headers: HTTPHeaders, range: Range<Int>?) {
        self.status = status
        self.headers = headers
        self.range = range
    }

    /// Whether the client's copy is still good. `If-Modified-Since` counts only where there is no `If-None-Match`.
    private static func isUnchanged(_ headers: HTTPHeaders, _ facts: FileFacts) -> Bool {
        if headers.contains("If-None-Match") {
            // The weak comparison: a tag may have been weakened on its way through a compressing proxy.
            return headers.hasToken("*", in: "If-None-Match") || headers.hasToken(facts.entityTag, in: "If-None-Match")
                || headers.hasToken("W/\(facts.entityTag)", in: "If-None-Match")
        }
        guard let since = headers["If-Modified-Since"].flatMap(HTTPDate.parse) else { return false }
        return facts.modifiedSeconds <= since
    }

    private enum Wanted {
        case whole
        case part(Range<Int>)
        case unsatisfiable
    }

    /// One range of bytes, for GET; anything else is answered whole, as the RFC lets a server do.
    private static func wantedRange(
        _ request: HTTPRequestHead, _ facts: FileFacts, tag: String, lastModified: String
    ) -> Wanted {
        guard request.method == .get, let text = request.headers["Range"], text.lowercased().hasPrefix("bytes=") else {
            return .whole
        }
        if let condition = request.headers["If-Range"], condition != tag, condition != lastModified { return .whole }
        let ends = text.dropFirst("bytes=".count).split(separator: "-", omittingEmptySubsequences: false)
        guard ends.count == 2, ends.allSatisfy({ $0.utf8.allSatisfy { $0 >= 48 && $0 <= 57 } }) else { return .whole }
        // A number that does not fit is beyond the end of any file.
        let numbers = ends.map { $0.isEmpty ? nil : Int($0) ?? Int.max }
        switch (numbers[0], numbers[1]) {
        case (nil, nil): return .whole
        case (nil, let suffix?):
            return suffix == 0 || facts.size == 0 ? .unsatisfiable : .part(max(0, facts.size - suffix)..<facts.size)
        case (let first?, let last):
            if let last, last < first { return .whole }
            guard first < facts.size else { return .unsatisfiable }
            return .part(first..<(min(last ?? .max, facts.size - 1) + 1))
        }
    }
}
