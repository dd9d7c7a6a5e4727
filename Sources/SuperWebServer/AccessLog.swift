internal import SuperBase
internal import SuperHTTP
internal import SuperOS

/// One line per answer on standard output: the common log format, then the seconds from request to answer; bytes
/// are those of the content.
///
/// Lines are collected and written once per turn of the loop. A reader that falls behind slows the server down, as it
/// does every program that writes to a pipe; superd reads as fast as disks take it.
struct AccessLog {
    private var lines: [UInt8] = []
    private var second = Int64.min
    private var time = ""

    mutating func add(
        _ connection: Connection, _ status: HTTPStatus, bytes: Int, at now: Instant, wallTime: WallTime
    ) {
        if wallTime.seconds != second {
            second = wallTime.seconds
            time = AccessLog.format(wallTime.utc)
        }
        let peer =
            switch connection.peer {
            case .internet(let host, _): host
            case .unix: "unix"
            }
        var line = "\(peer) - - [\(time)] \""
        if let (head, _) = connection.request {
            // A target holds visible ASCII only; quotes in it must not end the quoted part.
            let target = head.target.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "%22")
            line += "\(head.method) \(target) \(head.version)"
        } else {
            line += "-"
        }
        let duration = connection.request.map { now - $0.since } ?? .zero
        line += "\" \(status.code) \(bytes) \(AccessLog.seconds(duration))\n"
        lines.append(contentsOf: line.utf8)
    }

    /// Writes what was collected. A closed output is the end of the log, not of the server.
    mutating func flush() {
        guard !lines.isEmpty else { return }
        try? Descriptor.standardOutput.writeAll(lines)
        lines.removeAll(keepingCapacity: true)
    }

    /// Seconds with six decimals.
    private static func seconds(_ duration: Duration) -> String {
        let microseconds = max(0, duration.wholeNanoseconds / 1_000)
        let fraction = String(microseconds % 1_000_000)
        return "\(microseconds / 1_000_000).\(String(repeating: "0", count: 6 - fraction.utf8.count))\(fraction)"
    }

    /// `23/Nov/2026:03:54:03 +0000`
    private static func format(_ time: CalendarTime) -> String {
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
        return "\(two(time.day))/\(months[time.month - 1])/\(time.year):"
            + "\(two(time.hour)):\(two(time.minute)):\(two(time.second)) +0000"
    }
}
