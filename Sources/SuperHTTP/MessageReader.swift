internal import SuperBase

/// The part of both parsers that comes after the first line: fields, content in its framing, end.
///
///     startLine ─▶ fields ─▶ length ───────────────▶ end
///                        ├─▶ chunkSize ⇄ chunk ⇄ chunkEnd
///                        │       └─▶ trailers ─────▶ end
///                        └─▶ untilClose ───────────▶ end (with the connection)
///
/// What comes out depends on the bytes alone, never on how they were split on their way.
struct MessageReader: Sendable {
    enum State: Sendable, Hashable {
        case startLine
        case fields
        case length(remaining: Int)
        case chunkSize
        case chunk(remaining: Int)
        case chunkEnd
        case trailers
        case untilClose
        case end
    }

    enum Part {
        case body(ArraySlice<UInt8>)
        case end
    }

    var limits: HTTPLimits
    private(set) var state = State.startLine
    private(set) var fields = FieldReader()
    private var buffer = LineBuffer()
    /// Bytes of the head, or of the trailers, that are used already.
    private var headSize = 0
    private var bodySize = 0
    private var trailerCount = 0

    /// The longest chunk size line, extensions included.
    private static let chunkLineLimit = 1 << 10

    init(limits: HTTPLimits) {
        self.limits = limits
    }

    /// Bytes that have arrived and are not yet part of anything.
    var bufferedCount: Int { buffer.count }

    mutating func receive(_ input: Span<UInt8>) {
        buffer.receive(input)
    }

    /// Makes ready for the next message on the same connection.
    mutating func startOver() {
        state = .startLine
        (headSize, bodySize, trailerCount) = (0, 0, 0)
        fields.reset()
    }

    /// The first line in bytes. A server passes over empty lines before it, as RFC 9112 asks.
    mutating func takeStartLine(skippingEmpty: Bool) throws(HTTPParseError) -> ArraySlice<UInt8>? {
        while true {
            let rest = limits.head.bytes - headSize
            let isShort = limits.startLine.bytes <= rest
            guard
                let line = try buffer.takeLine(
                    limit: isShort ? limits.startLine.bytes : rest,
                    orThrow: isShort ? .startLineTooLong : .headTooLarge)
            else { return nil }
            headSize += line.count + 2
            if line.isEmpty && skippingEmpty { continue }
            state = .fields
            return buffer.bytes[line]
        }
    }

    /// Reads fields until the empty line; true when the head is complete.
    mutating func readFields() throws(HTTPParseError) -> Bool {
        while let line = try takeHeadLine() {
            if line.isEmpty { return true }
            try fields.add(buffer.bytes, line, limits: limits)
        }
        return false
    }

    private mutating func takeHeadLine() throws(HTTPParseError) -> Range<Int>? {
        guard let line = try buffer.takeLine(limit: limits.head.bytes - headSize, orThrow: .headTooLarge) else {
            return nil
        }
        headSize += line.count + 2
        return line
    }

    /// Says how the content is delimited, now that the head is known.
    mutating func beginBody(_ framing: State) throws(HTTPParseError) {
        if case .length(let count) = framing, count > limits.body.bytes { throw .bodyTooLarge }
        state = framing
    }

    /// The next piece of content, or its end; nil where more bytes are needed.
    mutating func nextPart() throws(HTTPParseError) -> Part? {
        while true {
            switch state {
            case .startLine, .fields:
                return nil
            case .length(remaining: 0), .end:
                state = .end
                return .end
            case .length(let remaining):
                guard let piece = buffer.take(upTo: remaining) else { return nil }
                state = .length(remaining: remaining - piece.count)
                return .body(piece)
            case .chunk(let remaining):
                guard let piece = buffer.take(upTo: remaining) else { return nil }
                let rest = remaining - piece.count
                state = rest == 0 ? .chunkEnd : .chunk(remaining: rest)
                return .body(piece)
            case .untilClose:
                // Up to the limit, so that what is delivered before a refusal does not depend on the split.
                guard let piece = buffer.take(upTo: limits.body.bytes - bodySize) else {
                    if buffer.count > 0 { throw .bodyTooLarge }
                    return nil
                }
                bodySize += piece.count
                return .body(piece)
            case .chunkSize:
                guard let line = try buffer.takeLine(limit: MessageReader.chunkLineLimit, orThrow: .badChunk) else {
                    return nil
                }
                try beginChunk(line)
            case .chunkEnd:
                guard let line = try buffer.takeLine(limit: 2, orThrow: .badChunk) else { return nil }
                guard line.isEmpty else { throw .badChunk }
                state = .chunkSize
            case .trailers:
                guard try readTrailers() else { return nil }
                state = .end
            }
        }
    }

    /// Ends content that goes on until the connection ends; anything else is cut off by that.
    mutating func endInput() throws(HTTPParseError) {
        switch state {
        case .untilClose: state = .end
        case .end: break
        case .startLine, .fields, .length, .chunkSize, .chunk, .chunkEnd, .trailers: throw .truncated
        }
    }

    private mutating func beginChunk(_ line: Range<Int>) throws(HTTPParseError) {
        let text = buffer.bytes[line]
        let digits = text.prefix { ASCII.hexadecimal($0) != nil }
        // 15 digits hold any size that an Int does, and no overflow.
        guard (1...15).contains(digits.count) else { throw .badChunk }
        let rest = text.dropFirst(digits.count)
        let `extension` = rest.drop(while: ASCII.isBlank)
        guard rest.isEmpty || `extension`.first == UInt8(ascii: ";"), rest.allSatisfy(ASCII.isFieldValue) else {
            throw .badChunk
        }
        let size = digits.reduce(0) { $0 << 4 | Int(ASCII.hexadecimal($1) ?? 0) }
        guard size <= limits.body.bytes - bodySize else { throw .bodyTooLarge }
        bodySize += size
        if size == 0 { headSize = 0 }
        state = size == 0 ? .trailers : .chunk(remaining: size)
    }

    /// Reads trailers to the empty line. They are checked and dropped: nobody may merge them into the head unasked.
    private mutating func readTrailers() throws(HTTPParseError) -> Bool {
        while let line = try takeHeadLine() {
            if line.isEmpty { return true }
            trailerCount += 1
            guard trailerCount <= limits.fields else { throw .tooManyFields }
            var trailer = FieldReader()
            try trailer.add(buffer.bytes, line, limits: limits)
        }
        return false
    }
}
