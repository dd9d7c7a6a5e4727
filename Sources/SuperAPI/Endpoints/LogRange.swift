/// Which bytes of a log a request means.
public enum LogRange {
    /// The most that one answer holds.
    public static let maximumLength = 1 << 20

    /// The bytes that `offset` and `length` name in a log of `size` bytes. Below zero, `offset` names the last bytes.
    ///
    /// - Throws: A problem for a negative length, and for a length beside a negative offset, as Supervisor does.
    public static func range(offset: Int, length: Int, size: Int) throws(Problem) -> Range<Int> {
        guard length >= 0 else { throw Problem(.badRequest, "length: expected 0 or more") }
        if offset < 0 {
            guard length == 0 else { throw Problem(.badRequest, "length: must be 0 where offset counts from the end") }
            return tail(bytes: offset == .min ? .max : -offset, size: size)
        }
        let start = min(offset, size)
        let wanted = length == 0 ? maximumLength : min(length, maximumLength)
        return start..<min(size, start + wanted)
    }

    /// The last bytes of a log.
    public static func tail(bytes: Int, size: Int) -> Range<Int> {
        max(0, size - min(max(0, bytes), maximumLength))..<size
    }

    /// Where the last `lines` lines begin in `bytes`, the end of a log. A line without its end yet counts as one.
    public static func startOfLines(_ lines: Int, in bytes: some RandomAccessCollection<UInt8>) -> Int {
        guard lines > 0 else { return bytes.count }
        var found = 0
        for (index, byte) in bytes.enumerated().reversed() where byte == UInt8(ascii: "\n") && index != bytes.count - 1
        {
            found += 1
            if found == lines { return index + 1 }
        }
        return 0
    }
}
