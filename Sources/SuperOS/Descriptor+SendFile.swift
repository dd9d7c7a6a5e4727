import CSuperOS
import Glibc

extension Descriptor {
    /// Sends a part of a file without copying it through this process (sendfile). No bytes sent means that the file
    /// has ended before the part did.
    public func send(file: Int32, _ part: Range<Int>) throws(SystemError) -> WriteResult {
        var offset = off_t(part.lowerBound)
        let count = try checkUnlessWouldBlock("sending a file on", description) {
            sendfile(number, file, &offset, part.count)
        }
        return count.map { .bytes($0) } ?? .wouldBlock
    }
}
