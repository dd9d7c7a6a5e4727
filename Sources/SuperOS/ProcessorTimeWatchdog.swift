import CSuperOS
import Glibc
import SuperBase

/// Ends this process by SIGABRT once the thread that made the watchdog has used too much processor time without saying that all is well.
/// What other threads use does not count.
///
/// It finds a loop that spins, not one that waits; its clock stands still while the process sleeps, so a machine that
/// is busy with other things sets nothing off. The kernel keeps it to the tick (1 to 10 ms). An exec removes it.
public final class ProcessorTimeWatchdog {
    /// The kernel's number in the guise of a pointer; nil is number 0, a timer like any other.
    private let timer: timer_t?

    public init() throws(SystemError) {
        var event = sigevent()
        event.sigev_notify = Int32(SIGEV_SIGNAL)
        event.sigev_signo = SIGABRT
        var timer: timer_t?
        try check("making a watchdog") { timer_create(CLOCK_THREAD_CPUTIME_ID, &event, &timer) }
        self.timer = timer
    }

    deinit {
        timer_delete(timer)
    }

    /// Allows so much more processor time from now on.
    public func rearm(_ allowance: Duration) {
        set(max(1, allowance.wholeNanoseconds))
    }

    /// Watches no longer.
    public func disarm() {
        set(0)
    }

    private func set(_ nanoseconds: Int64) {
        var value = itimerspec()
        value.it_value = timespec(tv_sec: Int(nanoseconds / 1_000_000_000), tv_nsec: Int(nanoseconds % 1_000_000_000))
        let answer = timer_settime(timer, 0, &value, nil)
        precondition(answer == 0, "arming a watchdog for \(nanoseconds) ns: \(Errno(rawValue: errno))")
    }
}
