/// The bytes that have arrived and are not yet used, taken out line by line or in pieces.
struct LineBuffer: Sendable {
    private(set) var bytes: [UInt8] = []
    private var start = 0
    /// Before this index there is no line feed; so that a line in many small pieces is searched once.
    private var searched = 0

    /// A buffer that is empty and larger than this gives its memory back: ten thousand idle connections hold nothing.
    private static let keptCapacity = 16 << 10

    var count: Int { bytes.count - start }

    mutating func receive(_ input: Span<UInt8>) {
        if start == bytes.count {
            bytes.removeAll(keepingCapacity: bytes.capacity <= LineBuffer.keptCapacity)
            (start, searched) = (0, 0)
        } else if start > LineBuffer.keptCapacity {
            bytes.removeSubrange(..<start)
            searched -= start
            start = 0
        }
        input.withUnsafeBufferPointer { bytes.append(contentsOf: $0) }
    }

    /// The place of the next line without its CR LF, which counts as used then; nil where its end has not arrived.
    ///
    /// The outcome depends on the bytes alone and not on the pieces in which they arrived: a line longer than `limit`
    /// (its end included) is refused as soon as `limit` bytes of it are here.
    mutating func takeLine(
        limit: Int, orThrow tooLong: HTTPParseError
    ) throws(HTTPParseError) -> Range<Int>? {
        let from = max(searched, start)
        let stop = limit < bytes.count - start ? start + limit : bytes.count
        var end = from
        bytes.withUnsafeBufferPointer { buffer in
            while end < stop, buffer[end] != 10 { end += 1 }
        }
        searched = end
        guard end < stop else {
            if stop - start >= limit { throw tooLong }
            return nil
        }
        guard end > start, bytes[end - 1] == 13 else { throw .badLineEnd }
        let line = start..<(end - 1)
        start = end + 1
        return line
    }

    /// Up to `limit` bytes, which count as used then; nil where there are none.
    mutating func take(upTo limit: Int) -> ArraySlice<UInt8>? {
        let end = limit < bytes.count - start ? start + limit : bytes.count
        guard end > start else { return nil }
        defer { start = end }
        return bytes[start..<end]
    }
}
