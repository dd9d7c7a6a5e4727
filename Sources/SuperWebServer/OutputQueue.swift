internal import SuperBase
internal import SuperOS
internal import SuperWebCore

/// What a client is still to be sent: bytes, and behind them perhaps a part of a file.
///
/// Bounded by the machine: it hands out no request while the queue is not empty for the kernel, and the server asks for
/// none while the queue has no room.
struct OutputQueue {
    /// Written by the encoder; the first `sent` of them are gone already.
    var bytes: [UInt8] = []
    private var sent = 0
    private var file: (any WebFile, rest: Range<Int>)?

    /// What came of sending.
    enum Progress {
        case done
        /// The client takes no more now; whether it took something before.
        case blocked(afterProgress: Bool)
    }

    /// A queue that was larger gives its memory back when it is empty.
    private static let keptCapacity = 16 << 10
    /// A file up to this size is read into the queue: head and content leave in one system call.
    private static let copiedFile = 32 << 10

    /// Whether a further answer may be queued. Nothing can follow a file.
    func hasRoom(_ limit: ByteSize) -> Bool { file == nil && bytes.count - sent < limit.bytes }

    /// Queues what follows an answer's head. Throws where a file cannot be read.
    mutating func append(_ body: WebResponse.Body) throws(SystemError) {
        switch body {
        case .none: break
        case .bytes(let content): bytes.append(contentsOf: content)
        case .file(let file, let range):
            if range.count <= OutputQueue.copiedFile {
                try appendCopy(of: file, range)
            } else {
                self.file = (file, rest: range)
            }
        }
    }

    /// Sends as much as the kernel takes.
    mutating func flush(to descriptor: Descriptor) throws(SystemError) -> Progress {
        var hasProgress = false
        while sent < bytes.count {
            var result = Result<WriteResult, SystemError>.success(.wouldBlock)
            bytes.withUnsafeBytes { all in
                result = Result { () throws(SystemError) in
                    try descriptor.write(UnsafeRawBufferPointer(rebasing: all[sent...]))
                }
            }
            guard case .bytes(let count) = try result.get() else { return .blocked(afterProgress: hasProgress) }
            sent += count
            hasProgress = true
        }
        bytes.removeAll(keepingCapacity: bytes.capacity <= OutputQueue.keptCapacity)
        sent = 0
        while let (file, rest) = self.file {
            guard case .bytes(let count) = try descriptor.send(file: file.number, rest) else {
                return .blocked(afterProgress: hasProgress)
            }
            // The file was cut while it was sent: its promised length cannot be kept any more.
            guard count > 0 else { throw SystemError("sending", "a file that became shorter", errno: .brokenPipe) }
            let next = rest.lowerBound + count
            self.file = next < rest.upperBound ? (file, rest: next..<rest.upperBound) : nil
            hasProgress = true
        }
        return .done
    }

    private mutating func appendCopy(of file: any WebFile, _ range: Range<Int>) throws(SystemError) {
        let source = Descriptor(borrowing: file.number)
        var filled = bytes.count
        bytes.append(contentsOf: repeatElement(0, count: range.count))
        var offset = range.lowerBound
        while offset < range.upperBound {
            let result = try bytes.withUnsafeMutableBufferPointer { all throws(SystemError) in
                try source.read(
                    into: UnsafeMutableRawBufferPointer(rebasing: UnsafeMutableRawBufferPointer(all)[filled...]),
                    at: Int64(offset))
            }
            guard case .bytes(let count) = result else {
                throw SystemError("reading", "a file that became shorter", errno: .brokenPipe)
            }
            filled += count
            offset += count
        }
    }
}
