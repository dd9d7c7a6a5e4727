/// Tells which lines contain a match of a pattern: `*` is any text, `?` any one character, `[a-c]` one of a set (see `Glob`).
///
/// A line that does not hold the longest piece of plain text at the pattern's beginning is passed over without an allocation: of the
/// thousands of lines that a process may write before the awaited one, hardly any costs more than a search for that piece.
public struct LinePattern: Sendable, Hashable {
    private let glob: Glob
    /// Text that every match holds; may be empty.
    private let piece: [UInt8]
    /// Whoever has the piece matches.
    private let isPlain: Bool

    public init(_ pattern: String) {
        glob = Glob("*\(pattern)*")
        isPlain = !Glob.isPattern(pattern)
        // Behind a bracket it is not plain any more what stands for itself. By scalars, as the pattern itself: a mark may combine with a `*`.
        let scalars = pattern.unicodeScalars
        let pieces = isPlain ? [scalars[...]] : scalars.prefix { $0 != "[" }.split { $0 == "*" || $0 == "?" }
        piece = pieces.map { Array(String($0).utf8) }.max { $0.count < $1.count } ?? []
    }

    /// Whether a line, without its line feed, contains a match. What is no UTF-8 in it counts as U+FFFD.
    public func matches(_ line: UnsafeRawBufferPointer) -> Bool {
        guard hasPiece(line) else { return false }
        return isPlain || glob.matches(String(decoding: line, as: UTF8.self))
    }

    private func hasPiece(_ line: UnsafeRawBufferPointer) -> Bool {
        guard let first = piece.first else { return true }
        guard line.count >= piece.count else { return false }
        for start in 0...(line.count - piece.count) where line[start] == first {
            var length = 1
            while length < piece.count, line[start + length] == piece[length] { length += 1 }
            if length == piece.count { return true }
        }
        return false
    }
}
