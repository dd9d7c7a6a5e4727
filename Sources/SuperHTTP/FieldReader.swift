/// What the fields of a head say about the length of the content, and whether they were enough of a host.
struct FramingFields: Sendable {
    var contentLength: Int?
    var transferCodings: [ArraySlice<UInt8>]?
    var hosts = 0

    /// How the content of a message is delimited, as far as its fields say.
    enum Framing: Sendable {
        case unsaid
        case length(Int)
        case chunked
    }

    /// Refuses whatever two implementations could read differently (RFC 9112, 6.1 and 6.3).
    func framing(version: HTTPVersion) throws(HTTPParseError) -> Framing {
        guard let codings = transferCodings else {
            return contentLength.map { .length($0) } ?? .unsaid
        }
        if contentLength != nil { throw .conflictingLengths }
        // HTTP/1.0 does not know the field: whoever sends it there lets an intermediary guess.
        guard version == .http11 else { throw .badTransferEncoding }
        let isChunked = codings.map { ASCII.equalIgnoringCase($0, "chunked") }
        guard isChunked.last == true, !isChunked.dropLast().contains(true) else { throw .badTransferEncoding }
        guard codings.count == 1 else { throw .unsupportedTransferEncoding }
        return .chunked
    }
}

/// Reads the lines of a head after its first, up to the empty one; also those of a chunked body's trailers.
struct FieldReader: Sendable {
    private(set) var headers = HTTPHeaders()
    private(set) var framing = FramingFields()

    mutating func reset() {
        headers.removeAllKeepingCapacity()
        framing = FramingFields()
    }

    /// Checks and adds one line, `name: value`.
    mutating func add(_ bytes: [UInt8], _ line: Range<Int>, limits: HTTPLimits) throws(HTTPParseError) {
        guard headers.count < limits.fields else { throw .tooManyFields }
        var failure: HTTPParseError?
        bytes.withUnsafeBufferPointer { all in
            let line = UnsafeBufferPointer(rebasing: all[line])
            var colon = 0
            while colon < line.count, ASCII.isToken(line[colon]) { colon += 1 }
            guard colon > 0, colon < line.count, line[colon] == UInt8(ascii: ":") else {
                failure = !line.isEmpty && ASCII.isBlank(line[0]) ? .foldedField : .badField
                return
            }
            let name = UnsafeBufferPointer(rebasing: line[..<colon])
            let value = ASCII.trimmed(UnsafeBufferPointer(rebasing: line[(colon + 1)...]))
            guard value.allSatisfy(ASCII.isFieldValue) else {
                failure = .badField
                return
            }
            headers.add(name: name, value: value)
            failure = note(name, value)
        }
        if let failure { throw failure }
    }

    /// Remembers what the parser itself has to know.
    private mutating func note(
        _ name: UnsafeBufferPointer<UInt8>, _ value: UnsafeBufferPointer<UInt8>
    ) -> HTTPParseError? {
        switch name.count {
        case 4 where ASCII.equalIgnoringCase(name, "host"):
            framing.hosts += 1
            return value.allSatisfy(ASCII.isHost) ? nil : .badHost
        case 14 where ASCII.equalIgnoringCase(name, "content-length"):
            guard framing.contentLength == nil, let length = ASCII.decimal(value) else { return .badContentLength }
            framing.contentLength = length
        case 17 where ASCII.equalIgnoringCase(name, "transfer-encoding"):
            let codings = Array(value).split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false)
            framing.transferCodings = (framing.transferCodings ?? []) + codings.map(ASCII.trimmed)
        default: break
        }
        return nil
    }
}
