import CSuperOS
import Glibc

/// What came of a read.
public enum ReadResult: Sendable, Hashable {
    /// So many bytes, at least one.
    case bytes(Int)
    case endOfFile
    /// Nothing there now; on a blocking socket with a time limit: the limit is over.
    case wouldBlock
}

/// What came of a write.
public enum WriteResult: Sendable, Hashable {
    /// So many bytes were taken, perhaps fewer than offered.
    case bytes(Int)
    /// No room now; on a blocking socket with a time limit: the limit is over.
    case wouldBlock
}

// The hot paths of logs and of HTTP: none of these allocates unless it throws.
extension Descriptor {
    /// Reads what is there, up to the buffer's size. The buffer must not be empty.
    public func read(into buffer: UnsafeMutableRawBufferPointer) throws(SystemError) -> ReadResult {
        readResult(
            try checkUnlessWouldBlock("reading", description) { Glibc.read(number, buffer.baseAddress, buffer.count) })
    }

    /// Reads into the buffers one after the other (readv).
    public func read(
        scattering buffers: some Collection<UnsafeMutableRawBufferPointer>
    ) throws(SystemError) -> ReadResult {
        let count = try checkUnlessWouldBlock("reading", description) {
            withUnsafeTemporaryAllocation(of: iovec.self, capacity: buffers.count) { vectors in
                let (_, end) = vectors.initialize(
                    from: buffers.lazy.map { iovec(iov_base: $0.baseAddress, iov_len: $0.count) })
                return readv(number, vectors.baseAddress, Int32(end))
            }
        }
        return readResult(count)
    }

    /// Writes as much as there is room for.
    ///
    /// A pipe or socket that nobody reads any more throws `brokenPipe`; the process must ignore SIGPIPE.
    public func write(_ bytes: UnsafeRawBufferPointer) throws(SystemError) -> WriteResult {
        writeResult(
            try checkUnlessWouldBlock("writing", description) { Glibc.write(number, bytes.baseAddress, bytes.count) })
    }

    /// Writes the buffers one after the other (writev), up to 1,024 of them.
    public func write(gathering buffers: some Collection<UnsafeRawBufferPointer>) throws(SystemError) -> WriteResult {
        let count = try checkUnlessWouldBlock("writing", description) {
            withUnsafeTemporaryAllocation(of: iovec.self, capacity: min(buffers.count, 1_024)) { vectors in
                let (_, end) = vectors.initialize(
                    from: buffers.lazy.prefix(1_024).map {
                        iovec(iov_base: UnsafeMutableRawPointer(mutating: $0.baseAddress), iov_len: $0.count)
                    })
                return writev(number, vectors.baseAddress, Int32(end))
            }
        }
        return writeResult(count)
    }

    /// Writes all of it to a blocking descriptor.
    public func writeAll(_ bytes: some Collection<UInt8>) throws(SystemError) {
        var rest = Array(bytes)[...]
        while !rest.isEmpty {
            let count = try check("writing", description) {
                rest.withUnsafeBytes { Glibc.write(number, $0.baseAddress, $0.count) }
            }
            rest = rest.dropFirst(count)
        }
    }

    /// Reads to the end from a blocking descriptor. Throws `fileTooLarge` where more than `limit` bytes come.
    public func readAll(limit: Int) throws(SystemError) -> [UInt8] {
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: min(limit + 1, 65_536))
        while true {
            let count = try check("reading", description) {
                chunk.withUnsafeMutableBytes { Glibc.read(number, $0.baseAddress, $0.count) }
            }
            guard count > 0 else { return bytes }
            bytes.append(contentsOf: chunk[..<count])
            guard bytes.count <= limit else { throw SystemError("reading", description, errno: .fileTooLarge) }
        }
    }

    private func readResult(_ count: Int?) -> ReadResult {
        switch count {
        case nil: .wouldBlock
        case 0: .endOfFile
        case let count?: .bytes(count)
        }
    }

    private func writeResult(_ count: Int?) -> WriteResult {
        count.map { .bytes($0) } ?? .wouldBlock
    }
}
