public import SuperHTTP

/// Writes the heads of answers, with the fields that are the server's own.
public struct ResponseEncoder: Sendable {
    /// `Server` and `Date` as bytes, made anew when the second changes and not for each answer.
    private var ownFields: [UInt8] = []
    private var second = Int64.min

    public init() {}

    /// Takes the present time in seconds since 1970, for `Date`.
    public mutating func setTime(_ secondsSince1970: Int64) {
        guard secondsSince1970 != second else { return }
        second = secondsSince1970
        ownFields = Array("Server: superweb\r\nDate: \(HTTPDate.format(secondsSince1970))\r\n".utf8)
    }

    /// Appends the head of an answer.
    ///
    /// A HEAD request is told the length that GET would have; 204 and 304 have none at all.
    public func writeHead(
        of response: WebResponse, version: HTTPVersion, keepsConnection: Bool, into output: inout [UInt8]
    ) {
        HTTPResponseHead.writeStatusLine(response.status, version: .http11, into: &output)
        output.append(contentsOf: ownFields)
        response.headers.write(into: &output)
        if !response.status.forbidsContent {
            output.append(contentsOf: "Content-Length: ".utf8)
            output.append(contentsOf: String(response.body.count).utf8)
            output.append(contentsOf: "\r\n".utf8)
        }
        switch (version, keepsConnection) {
        case (_, false): output.append(contentsOf: "Connection: close\r\n".utf8)
        case (.http10, true): output.append(contentsOf: "Connection: keep-alive\r\n".utf8)
        case (.http11, true): break
        }
        output.append(contentsOf: "\r\n".utf8)
    }

    /// The interim answer to `Expect: 100-continue`.
    public static let continueLine = Array("HTTP/1.1 100 Continue\r\n\r\n".utf8)
}
