import SuperAPI
import SuperBase
import SuperOS

/// Reads parts of log files for operators.
enum LogReader {
    static func read(
        _ path: String, _ name: ProcessName? = nil, _ stream: LogStream? = nil, offset: Int, length: Int
    ) throws -> LogChunk {
        let file = try open(path)
        let size = try Int(file.status().size)
        let range = try LogRange.range(offset: offset, length: length, size: size)
        let bytes = try read(file, range)
        return LogChunk(bytes, name: name?.description, stream: stream, offset: range.lowerBound, size: size)
    }

    /// The last bytes, or the last lines of them.
    static func tail(
        _ path: String, _ name: ProcessName? = nil, _ stream: LogStream? = nil, bytes: Int?, lines: Int?
    ) throws -> LogChunk {
        let file = try open(path)
        let size = try Int(file.status().size)
        let (start, tail) = try end(of: file, size: size, bytes: bytes, lines: lines)
        return LogChunk(tail, name: name?.description, stream: stream, offset: start, size: size)
    }

    /// The bytes that a tail means, and where they begin. Without either number: Supervisor's 1,600 bytes.
    static func end(
        of file: Descriptor, size: Int, bytes: Int?, lines: Int?
    ) throws -> (start: Int, bytes: [UInt8]) {
        let range = LogRange.tail(bytes: bytes ?? (lines == nil ? 1600 : LogRange.maximumLength), size: size)
        let read = try read(file, range)
        guard let lines else { return (range.lowerBound, read) }
        let start = LogRange.startOfLines(lines, in: read)
        return (range.lowerBound + start, Array(read[start...]))
    }

    static func open(_ path: String) throws(Problem) -> Descriptor {
        do {
            return try Descriptor.open(path, [.readOnly, .nonBlocking])
        } catch {
            throw Problem(.notFound, "the log cannot be read: \(error)")
        }
    }

    /// The bytes of a range, fewer where the file has shrunk meanwhile.
    static func read(_ file: Descriptor, _ range: Range<Int>) throws(SystemError) -> [UInt8] {
        guard !range.isEmpty else { return [] }
        var bytes = [UInt8](repeating: 0, count: range.count)
        var filled = 0
        while filled < bytes.count {
            var span = bytes.mutableSpan
            let start = filled
            let result = try span.withUnsafeMutableBytes { (buffer) throws(SystemError) in
                try file.read(
                    into: UnsafeMutableRawBufferPointer(rebasing: buffer[start...]), at: Int64(range.lowerBound + start)
                )
            }
            guard case .bytes(let count) = result else { break }
            filled += count
        }
        return Array(bytes[..<filled])
    }
}
