import CSuperOS
import Glibc
public import SuperBase

/// Waits for many descriptors at once (epoll). Who is told what is a matter of tokens that the caller chooses.
///
/// Level-triggered unless asked otherwise: what is ready and not dealt with is reported again by the next wait.
/// Regular files are always ready and cannot be watched: adding one throws `notPermitted`.
public final class Poller {
    /// What to be told about.
    public struct Interest: OptionSet, Sendable {
        public let rawValue: UInt32

        public init(rawValue: UInt32) {
            self.rawValue = rawValue
        }

        public static let readable = Interest(rawValue: EPOLLIN.rawValue)
        public static let writable = Interest(rawValue: EPOLLOUT.rawValue)
        /// The peer will send no more (a socket's other side was shut down).
        public static let peerClosed = Interest(rawValue: EPOLLRDHUP.rawValue)
        /// Only changes are reported, not states.
        public static let edgeTriggered = Interest(rawValue: EPOLLET.rawValue)
        /// Of several pollers that watch one listener, wake one or a few, not all. Cannot be changed afterwards.
        public static let exclusive = Interest(rawValue: EPOLLEXCLUSIVE.rawValue)
    }

    /// What one descriptor is ready for.
    public struct Event: Sendable, Hashable {
        public let token: UInt64
        private let flags: UInt32

        init(_ event: epoll_event) {
            token = event.data.u64
            flags = event.events
        }

        /// A read will not wait: bytes, a connection, the end, or an error to be told.
        public var isReadable: Bool { flags & (EPOLLIN.rawValue | EPOLLHUP.rawValue | EPOLLERR.rawValue) != 0 }
        /// A write will not wait: there is room, or an error to be told.
        public var isWritable: Bool { flags & (EPOLLOUT.rawValue | EPOLLERR.rawValue) != 0 }
        /// Both directions are over, or a pipe has lost all its writers. Bytes may still be there to read.
        public var isHungUp: Bool { flags & EPOLLHUP.rawValue != 0 }
        public var isPeerClosed: Bool { flags & (EPOLLRDHUP.rawValue | EPOLLHUP.rawValue) != 0 }
        public var hasError: Bool { flags & EPOLLERR.rawValue != 0 }
    }

    /// The events of one wait, valid until the next: they stay in the poller's own buffer.
    public struct Events: RandomAccessCollection {
        private let poller: Poller
        public let endIndex: Int

        init(_ poller: Poller, count: Int) {
            self.poller = poller
            endIndex = count
        }

        public var startIndex: Int { 0 }

        public subscript(index: Int) -> Event {
            precondition(indices.contains(index), "event \(index) of \(count)")
            return Event(poller.buffer[index])
        }
    }

    /// The epoll descriptor itself, which another loop (asyncio's) may watch.
    public let descriptor: Descriptor
    private let buffer: UnsafeMutableBufferPointer<epoll_event>

    /// A poller that reports up to `capacity` events in one wait; the rest come with the next.
    public init(capacity: Int = 256) throws(SystemError) {
        descriptor = Descriptor(owning: try check("making a poller") { epoll_create1(Int32(EPOLL_CLOEXEC)) })
        buffer = .allocate(capacity: capacity)
        buffer.initialize(repeating: epoll_event())
    }

    deinit {
        buffer.deallocate()
    }

    /// Watches a descriptor. It must be removed before it is closed if it has duplicates anywhere.
    public func add(_ watched: Descriptor, token: UInt64, _ interest: Interest) throws(SystemError) {
        try check("watching", watched.description) { control(EPOLL_CTL_ADD, watched, token, interest) }
    }

    /// Replaces token and interest of a watched descriptor.
    public func change(_ watched: Descriptor, token: UInt64, _ interest: Interest) {
        let answer = control(EPOLL_CTL_MOD, watched, token, interest)
        precondition(
            answer == 0, "changing the interest in \(watched), which is not watched: \(Errno(rawValue: errno))")
    }

    /// Watches a descriptor no longer; one that is not watched stays so.
    public func remove(_ watched: Descriptor) {
        let answer = control(EPOLL_CTL_DEL, watched, 0, [])
        precondition(answer == 0 || errno == ENOENT, "removing \(watched): \(Errno(rawValue: errno))")
    }

    /// Waits until something is ready or the deadline has come; nil waits without end. No events mean the deadline.
    ///
    /// With `epoll_pwait2` (Linux 5.11) the wait is exact to the nanosecond; before, to the millisecond above.
    public func wait(until deadline: Instant?) throws(SystemError) -> Events {
        let count = try checkResult("waiting for events") {
            let wait = deadline.map { max(0, ($0 - Clock.now()).wholeNanoseconds) } ?? -1
            return superos_epoll_wait(descriptor.number, buffer.baseAddress, Int32(buffer.count), wait)
        }
        return Events(self, count: Int(count))
    }

    private func control(_ operation: Int32, _ watched: Descriptor, _ token: UInt64, _ interest: Interest) -> Int32 {
        var event = epoll_event(events: interest.rawValue, data: epoll_data_t(u64: token))
        return epoll_ctl(descriptor.number, operation, watched.number, &event)
    }
}
