import CSuperOS
import Glibc

/// The system's log.
///
/// syslog(3) sends a datagram to `/dev/log` and waits where the receiver's queue is full: a journal that hangs makes
/// the caller hang. A loop that must not wait hands its lines to a thread. Without a receiver lines are lost in
/// silence.
public enum Syslog {
    /// The kind of program that a line comes from.
    public enum Facility: Sendable {
        case user, daemon
    }

    /// The weight of a line, heaviest first.
    public enum Priority: Int32, Sendable, CaseIterable {
        case critical = 2
        case error = 3
        case warning = 4
        case notice = 5
        case info = 6
        case debug = 7
    }

    /// Sets what stands before every line of this process; the pid stands behind it. Meant to be called once.
    public static func open(identifier: String, facility: Facility = .user) {
        // The library keeps the pointer, not the text. One that a second call replaces is not freed, because another
        // thread may be reading it.
        openlog(strdup(identifier), LOG_PID, facility == .user ? LOG_USER : LOG_DAEMON)
    }

    /// Sends one line.
    public static func send(_ text: String, _ priority: Priority = .info) {
        superos_syslog(priority.rawValue, text)
    }
}
