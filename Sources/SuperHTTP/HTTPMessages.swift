/// The first part of a request: what is asked for, and the fields.
public struct HTTPRequestHead: Sendable, Hashable {
    public var method: HTTPMethod
    /// As it stands in the request line: visible ASCII, percent-encoded. `HTTPTarget` takes it apart.
    public var target: String
    public var version: HTTPVersion
    public var headers: HTTPHeaders

    public init(
        method: HTTPMethod = .get, target: String, version: HTTPVersion = .http11, headers: HTTPHeaders = HTTPHeaders()
    ) {
        self.method = method
        self.target = target
        self.version = version
        self.headers = headers
    }

    /// Whether the sender wants to use the connection again: by default from 1.1 on, on request before.
    public var keepsAlive: Bool { headers.keepConnectionAlive(version) }

    /// Whether the sender waits for `100 Continue` before it sends the content.
    public var expectsContinue: Bool { version == .http11 && headers.hasToken("100-continue", in: "Expect") }

    /// Appends the head as it is sent, up to and including its empty line.
    ///
    /// The fields are the caller's: `Host` and `Content-Length` are not added.
    public func write(into output: inout [UInt8]) {
        output.append(contentsOf: method.name.utf8)
        output.append(UInt8(ascii: " "))
        output.append(contentsOf: target.utf8)
        output.append(UInt8(ascii: " "))
        output.append(contentsOf: version.description.utf8)
        output.append(contentsOf: "\r\n".utf8)
        headers.write(into: &output)
        output.append(contentsOf: "\r\n".utf8)
    }
}

/// The first part of an answer: how it went, and the fields.
public struct HTTPResponseHead: Sendable, Hashable {
    public var status: HTTPStatus
    public var version: HTTPVersion
    public var headers: HTTPHeaders

    public init(_ status: HTTPStatus, version: HTTPVersion = .http11, headers: HTTPHeaders = HTTPHeaders()) {
        self.status = status
        self.version = version
        self.headers = headers
    }

    /// Whether the server leaves the connection open after this answer, as far as its fields say.
    public var keepsAlive: Bool { headers.keepConnectionAlive(version) }

    /// Whether content follows an answer of this status to such a request. (A HEAD request gets the fields only.)
    public func hasContent(answering method: HTTPMethod) -> Bool {
        method != .head && !status.forbidsContent
    }

    /// Appends the head as it is sent, up to and including its empty line.
    ///
    /// The fields are the caller's: `Date`, `Content-Length` and `Connection` are not added.
    public func write(into output: inout [UInt8]) {
        HTTPResponseHead.writeStatusLine(status, version: version, into: &output)
        headers.write(into: &output)
        output.append(contentsOf: "\r\n".utf8)
    }

    /// Appends `HTTP/1.1 200 OK` and its line end.
    public static func writeStatusLine(_ status: HTTPStatus, version: HTTPVersion, into output: inout [UInt8]) {
        output.append(contentsOf: version.description.utf8)
        output.append(UInt8(ascii: " "))
        output.append(contentsOf: String(status.code).utf8)
        output.append(UInt8(ascii: " "))
        output.append(contentsOf: status.reason.utf8)
        output.append(contentsOf: "\r\n".utf8)
    }
}

extension HTTPHeaders {
    fileprivate func keepConnectionAlive(_ version: HTTPVersion) -> Bool {
        switch version {
        case .http11: !hasToken("close", in: "Connection")
        case .http10: hasToken("keep-alive", in: "Connection") && !hasToken("close", in: "Connection")
        }
    }
}

/// Writes content of a length that is not known beforehand.
public enum HTTPChunk {
    /// Appends one chunk; nothing for no bytes, since an empty chunk would end the content.
    public static func write(_ bytes: some Collection<UInt8>, into output: inout [UInt8]) {
        guard !bytes.isEmpty else { return }
        output.append(contentsOf: String(bytes.count, radix: 16).utf8)
        output.append(contentsOf: "\r\n".utf8)
        output.append(contentsOf: bytes)
        output.append(contentsOf: "\r\n".utf8)
    }

    /// Appends the chunk that ends the content.
    public static func writeEnd(into output: inout [UInt8]) {
        output.append(contentsOf: "0\r\n\r\n".utf8)
    }
}
