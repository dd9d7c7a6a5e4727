import CSuperOS
import Glibc
import SuperBase

/// Wakes a loop from another thread (eventfd): readable from `signal` until `drain`.
public struct EventDescriptor: Sendable {
    public let descriptor: Descriptor

    public init() throws(SystemError) {
        let flags = Int32(EFD_CLOEXEC) | Int32(EFD_NONBLOCK)
        descriptor = Descriptor(owning: try check("making an event descriptor") { eventfd(0, flags) })
    }

    /// Makes it readable. From any thread.
    public func signal() {
        // Cannot fail but when the counter is full, and then it is readable already.
        _ = eventfd_write(descriptor.number, 1)
    }

    /// Makes it unreadable until the next signal.
    public func drain() {
        var count: eventfd_t = 0
        _ = eventfd_read(descriptor.number, &count)
    }
}

/// Wakes a loop at a time that another thread sets (timerfd, on the monotonic clock).
public struct TimerDescriptor: Sendable {
    public let descriptor: Descriptor

    public init() throws(SystemError) {
        let flags = Int32(TFD_CLOEXEC) | Int32(TFD_NONBLOCK)
        descriptor = Descriptor(owning: try check("making a timer") { timerfd_create(CLOCK_MONOTONIC, flags) })
    }

    /// Becomes readable once, so long from now; replaces what was set.
    public func set(after delay: Duration) {
        let nanoseconds = max(1, delay.wholeNanoseconds)
        set(
            timespec(
                tv_sec: Int(nanoseconds / 1_000_000_000), tv_nsec: Int(nanoseconds % 1_000_000_000)))
    }

    /// Forgets what was set.
    public func clear() { set(timespec()) }

    /// Makes it unreadable until it is due again.
    public func drain() {
        var count: UInt64 = 0
        _ = Glibc.read(descriptor.number, &count, MemoryLayout<UInt64>.size)
    }

    private func set(_ value: timespec) {
        var specification = itimerspec(it_interval: timespec(), it_value: value)
        let answer = timerfd_settime(descriptor.number, 0, &specification, nil)
        precondition(answer == 0, "setting a timer: \(Errno(rawValue: errno))")
    }
}
