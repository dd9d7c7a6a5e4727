import CSuperOS
import Glibc
public import SuperBase

/// The only reader of the kernel's clocks.
public enum Clock {
    /// The present on the monotonic clock.
    public static func now() -> Instant {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Instant(nanoseconds: Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec))
    }

    /// The present as people tell it; an operator or NTP may set it back.
    public static func wallTime() -> WallTime {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return WallTime(seconds: Int64(time.tv_sec), nanoseconds: Int32(time.tv_nsec))
    }

    /// The processor time that this process has used.
    public static func processorTime() -> Duration {
        var time = timespec()
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
        return .seconds(Int64(time.tv_sec)) + .nanoseconds(Int64(time.tv_nsec))
    }
}

/// A moment of the wall clock: seconds since 1970 in UTC, and the nanoseconds beyond them.
public struct WallTime: Sendable, Hashable, Comparable {
    public var seconds: Int64
    /// From 0 to 999,999,999.
    public var nanoseconds: Int32

    public init(seconds: Int64, nanoseconds: Int32 = 0) {
        self.seconds = seconds
        self.nanoseconds = nanoseconds
    }

    public static func < (a: WallTime, b: WallTime) -> Bool {
        (a.seconds, a.nanoseconds) < (b.seconds, b.nanoseconds)
    }

    /// The moment in the time zone of this process, whose rules the C library reads once, at the first call.
    public var local: CalendarTime {
        var time = time_t(seconds)
        var parts = tm()
        localtime_r(&time, &parts)
        return CalendarTime(parts)
    }

    /// The moment in UTC.
    public var utc: CalendarTime {
        var time = time_t(seconds)
        var parts = tm()
        gmtime_r(&time, &parts)
        return CalendarTime(parts)
    }
}

/// A moment in the parts that a calendar and a clock show.
public struct CalendarTime: Sendable, Hashable {
    public var year: Int
    /// From 1 to 12.
    public var month: Int
    public var day: Int
    public var hour: Int
    public var minute: Int
    /// From 0 to 60: leap seconds exist.
    public var second: Int
    /// From 0, Sunday, to 6.
    public var weekday: Int
    /// Seconds east of UTC.
    public var offset: Int

    init(_ parts: tm) {
        year = Int(parts.tm_year) + 1900
        month = Int(parts.tm_mon) + 1
        day = Int(parts.tm_mday)
        hour = Int(parts.tm_hour)
        minute = Int(parts.tm_min)
        second = Int(parts.tm_sec)
        weekday = Int(parts.tm_wday)
        offset = parts.tm_gmtoff
    }
}
