import CSuperOS
import Glibc
public import SuperBase

extension Descriptor {
    /// What to wait for.
    public enum Readiness: Sendable {
        /// Bytes, a connection, the end, or an error to be told.
        case readable
        /// Room to write, or an error to be told.
        case writable
    }

    /// Waits for this descriptor alone, for a program without a loop; nil waits without end. False means the deadline.
    public func wait(for readiness: Readiness, until deadline: Instant?) throws(SystemError) -> Bool {
        var entry = pollfd(fd: number, events: Int16(readiness == .readable ? POLLIN : POLLOUT), revents: 0)
        let count = try check("waiting for", description) {
            let left = deadline.map { max(.zero, $0 - Clock.now()).millisecondsRoundedUp }
            return poll(&entry, 1, left.map(Int32.init(clamping:)) ?? -1)
        }
        // poll does not fail for a number that is not open.
        precondition(entry.revents & Int16(POLLNVAL) == 0, "waiting for \(self), which is not open")
        return count > 0
    }
}
