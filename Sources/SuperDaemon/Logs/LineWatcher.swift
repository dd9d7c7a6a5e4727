import SuperBase

/// Looks for the first line of a stream of bytes that contains a match of a pattern: `ready=line:PATTERN`.
///
/// It sees the bytes as they come out of the pipe, escape sequences included. Of a line longer than 64 KiB only that much is looked at.
/// The chunk itself is searched; only a line that its end cuts in two is copied, into memory that is kept for the next.
struct LineWatcher {
    private let pattern: LinePattern
    /// The line that the last chunk began and did not end, up to `limit`.
    private var beginning: [UInt8] = []

    /// The bytes of a line that are looked at.
    static let limit = 64 << 10

    init(_ pattern: String) {
        self.pattern = LinePattern(pattern)
    }

    /// Takes the next bytes. True where a line that ends in them is the one.
    mutating func finds(in bytes: UnsafeRawBufferPointer) -> Bool {
        var start = 0
        for end in bytes.indices where bytes[end] == UInt8(ascii: "\n") {
            if isMatch(UnsafeRawBufferPointer(rebasing: bytes[start..<end])) { return true }
            start = end + 1
        }
        keep(UnsafeRawBufferPointer(rebasing: bytes[start...]))
        return false
    }

    /// Takes the end of the stream. True where the last line, which no line feed ends, is the one.
    mutating func findsAtEnd() -> Bool {
        !beginning.isEmpty && isMatch(UnsafeRawBufferPointer(start: nil, count: 0))
    }

    /// Whether the line that goes on with `rest` and ends with it is the one.
    private mutating func isMatch(_ rest: UnsafeRawBufferPointer) -> Bool {
        guard !beginning.isEmpty else {
            return pattern.matches(UnsafeRawBufferPointer(rebasing: rest.prefix(Self.limit)))
        }
        keep(rest)
        defer { beginning.removeAll(keepingCapacity: true) }
        return beginning.withUnsafeBytes { pattern.matches($0) }
    }

    private mutating func keep(_ bytes: UnsafeRawBufferPointer) {
        beginning.append(contentsOf: bytes.prefix(Self.limit - beginning.count))
    }
}
