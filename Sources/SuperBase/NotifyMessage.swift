/// One datagram that a process has sent to its notify socket, as sd_notify(3) describes it: lines of `KEY=VALUE`.
///
/// - What superd does not know is ignored, and so is what it knows and does not use: ERRNO, BUSERROR, EXIT_STATUS, FDSTORE and its kin.
/// - Of a key that is given twice the last value counts.
/// - A value that cannot be what sd_notify(3) says is ignored and told of in `problems`; the other lines count all the same.
///
/// The sender is a process that may be broken or malicious: nothing it writes makes this trap, or hold more than its own length.
public struct NotifyMessage: Sendable, Hashable {
    /// WATCHDOG: what the process says of its own health.
    public enum Heartbeat: Sendable, Hashable {
        /// `WATCHDOG=1`: it is alive.
        case beat
        /// `WATCHDOG=trigger`: it has found itself broken and wants to be treated as if it had not sent a beat in time.
        case trigger
    }

    /// `READY=1`: its start, or its reload, is complete.
    public private(set) var isReady = false
    /// `RELOADING=1`: it reads its configuration anew and says READY=1 when it is through.
    public private(set) var isReloading = false
    /// `MONOTONIC_USEC`: the moment, on the monotonic clock, at which it sent RELOADING=1.
    public private(set) var sentAt: Instant?
    /// `STOPPING=1`: it has begun to end.
    public private(set) var isStopping = false
    /// `STATUS`: what it does just now, for people, in one line without control characters; empty takes back what it said before.
    public private(set) var status: String?
    /// `MAINPID`: the process that counts, where that is not the one which was started.
    public private(set) var mainPid: Int32?
    public private(set) var heartbeat: Heartbeat?
    /// `WATCHDOG_USEC`: the longest time between two beats from now on; zero is an end to beats.
    public private(set) var heartbeatInterval: Duration?
    /// `EXTEND_TIMEOUT_USEC`: starting or stopping takes longer; the process has so much time from now on.
    public private(set) var timeoutExtension: Duration?
    /// `BARRIER=1`: the sender waits until the descriptor that came along is closed.
    public private(set) var isBarrier = false
    /// What could not be used, as sentences such as `MAINPID=x: not a number from 1 to 2147483647`.
    public private(set) var problems: [String] = []

    /// The most characters (Unicode scalars) of a status that are kept.
    public static let statusLimit = 1_000
    /// The longest time that a process can ask for; what is above counts as this.
    public static let durationLimit = Duration.seconds(30 * 24 * 3_600)
    /// The most problems that are told of one message.
    public static let problemLimit = 8

    /// Reads a datagram. Nothing is an error as a whole: a message in which nothing is understood says nothing.
    public init(_ datagram: [UInt8]) {
        // Some senders count the end of their C string in.
        let end = datagram.lastIndex { $0 != 0 }.map { $0 + 1 } ?? 0
        for line in datagram[..<end].split(separator: UInt8(ascii: "\n")) {
            guard let equals = line.firstIndex(of: UInt8(ascii: "=")) else { continue }
            read(String(decoding: line[..<equals], as: UTF8.self), line[(equals + 1)...])
        }
    }

    private mutating func read(_ key: String, _ value: ArraySlice<UInt8>) {
        switch key {
        case "READY": readFlag(key, value, \.isReady)
        case "RELOADING": readFlag(key, value, \.isReloading)
        case "STOPPING": readFlag(key, value, \.isStopping)
        case "BARRIER": readFlag(key, value, \.isBarrier)
        case "STATUS": status = Self.line(value)
        case "MAINPID": readPid(key, value)
        case "WATCHDOG": readHeartbeat(key, value)
        case "MONOTONIC_USEC": readInstant(key, value)
        case "WATCHDOG_USEC": readDuration(key, value, \.heartbeatInterval)
        case "EXTEND_TIMEOUT_USEC": readDuration(key, value, \.timeoutExtension)
        default: break
        }
    }

    /// The one value that means something is 1.
    private mutating func readFlag(
        _ key: String, _ value: ArraySlice<UInt8>, _ flag: WritableKeyPath<NotifyMessage, Bool>
    ) {
        guard value.elementsEqual("1".utf8) else { return refuse(key, value, "not 1") }
        self[keyPath: flag] = true
    }

    private mutating func readPid(_ key: String, _ value: ArraySlice<UInt8>) {
        guard let number = Self.number(value), number > 0, let pid = Int32(exactly: number) else {
            return refuse(key, value, "not a number from 1 to \(Int32.max)")
        }
        mainPid = pid
    }

    private mutating func readHeartbeat(_ key: String, _ value: ArraySlice<UInt8>) {
        switch String(decoding: value, as: UTF8.self) {
        case "1": heartbeat = .beat
        case "trigger": heartbeat = .trigger
        default: refuse(key, value, "neither 1 nor trigger")
        }
    }

    private mutating func readInstant(_ key: String, _ value: ArraySlice<UInt8>) {
        let limit = UInt64(Int64.max / 1_000)
        guard let microseconds = Self.number(value), microseconds <= limit else {
            return refuse(key, value, "not a number from 0 to \(limit)")
        }
        sentAt = Instant(nanoseconds: Int64(microseconds) * 1_000)
    }

    private mutating func readDuration(
        _ key: String, _ value: ArraySlice<UInt8>, _ duration: WritableKeyPath<NotifyMessage, Duration?>
    ) {
        guard let microseconds = Self.number(value) else { return refuse(key, value, "not a number of microseconds") }
        self[keyPath: duration] = min(.microseconds(Int64(clamping: microseconds)), Self.durationLimit)
    }

    private mutating func refuse(_ key: String, _ value: ArraySlice<UInt8>, _ reason: String) {
        guard problems.count < Self.problemLimit else { return }
        problems.append("\(key)=\(Self.line(value.prefix(64))): \(reason)")
    }

    /// A number of decimal digits only; the largest where it is larger than that; nil where it is none.
    private static func number(_ digits: ArraySlice<UInt8>) -> UInt64? {
        guard !digits.isEmpty, digits.allSatisfy({ (48...57).contains($0) }) else { return nil }
        var value: UInt64 = 0
        for digit in digits {
            let (product, isTooLarge) = value.multipliedReportingOverflow(by: 10)
            let (sum, isStillTooLarge) = product.addingReportingOverflow(UInt64(digit - 48))
            if isTooLarge || isStillTooLarge { return .max }
            value = sum
        }
        return value
    }

    /// Text that can be shown in one line of a terminal: what is no UTF-8 is repaired, and whatever steers a terminal is a blank.
    private static func line(_ bytes: ArraySlice<UInt8>) -> String {
        // A scalar has up to four bytes: more of them than this are cut in any case.
        let text = String(decoding: bytes.prefix(4 * statusLimit), as: UTF8.self)
        var scalars = String.UnicodeScalarView()
        for scalar in text.unicodeScalars.prefix(statusLimit) {
            switch scalar.properties.generalCategory {
            case .control, .lineSeparator, .paragraphSeparator: scalars.append(" ")
            default: scalars.append(scalar)
            }
        }
        return String(scalars)
    }
}
