/// Why bytes are not a message that superd takes. After one the connection cannot be used any more.
public enum HTTPParseError: Error, Sendable, Hashable, CaseIterable, CustomStringConvertible {
    case badLineEnd
    case badRequestLine
    case badTarget
    case badStatusLine
    case unsupportedVersion
    case startLineTooLong
    case headTooLarge
    case tooManyFields
    case badField
    case foldedField
    case badHost
    case badContentLength
    case badTransferEncoding
    case unsupportedTransferEncoding
    case conflictingLengths
    case badChunk
    case bodyTooLarge
    case truncated

    /// How a server answers it.
    public var status: HTTPStatus {
        switch self {
        case .startLineTooLong: .targetTooLong
        case .headTooLarge, .tooManyFields: .fieldsTooLarge
        case .bodyTooLarge: .contentTooLarge
        case .unsupportedTransferEncoding: .notImplemented
        case .unsupportedVersion: .versionNotSupported
        case .badLineEnd, .badRequestLine, .badTarget, .badStatusLine, .badField, .foldedField, .badHost,
            .badContentLength, .badTransferEncoding, .conflictingLengths, .badChunk, .truncated:
            .badRequest
        }
    }

    /// A sentence for a log or for the content of the answer.
    public var description: String {
        switch self {
        case .badLineEnd: "a line does not end in CR LF"
        case .badRequestLine: "the request line is not METHOD TARGET HTTP/1.1"
        case .badTarget: "the request target is not a path or a URL"
        case .badStatusLine: "the status line is not HTTP/1.1 CODE REASON"
        case .unsupportedVersion: "only HTTP/1.0 and HTTP/1.1 are spoken here"
        case .startLineTooLong: "the request line is too long"
        case .headTooLarge: "the header fields are too large"
        case .tooManyFields: "there are too many header fields"
        case .badField: "a header field is not NAME: VALUE"
        case .foldedField: "a header field goes on in the next line"
        case .badHost: "the Host field is missing, repeated or no host"
        case .badContentLength: "Content-Length is not one number"
        case .badTransferEncoding: "Transfer-Encoding does not end in chunked, once"
        case .unsupportedTransferEncoding: "chunked is the only transfer encoding known here"
        case .conflictingLengths: "both Content-Length and Transfer-Encoding are given"
        case .badChunk: "a chunk of the content is malformed"
        case .bodyTooLarge: "the content is too large"
        case .truncated: "the connection ended within a message"
        }
    }
}
