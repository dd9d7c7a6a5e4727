import SuperBase
import SuperOS

/// The main log: superd's own lines, in Supervisor's format.
final class MainLog {
    /// Lines below it are not written.
    var level: LogLevel
    private let pump: LogPump

    init(level: LogLevel, pump: LogPump) {
        self.level = level
        self.pump = pump
    }

    /// Writes a line where its level asks for it.
    func write(_ level: LogLevel, _ text: String) {
        guard level >= self.level else { return }
        pump.write(MainLog.line(level, Array(text.utf8) + [UInt8(ascii: "\n")]))
    }

    /// `YYYY-MM-DD HH:MM:SS,mmm LEVL text`, in local time.
    static func line(_ level: LogLevel, _ text: [UInt8], at time: WallTime = Clock.wallTime()) -> [UInt8] {
        let local = time.local
        func digits(_ number: Int, _ width: Int) -> String {
            let text = String(number)
            return String(repeating: "0", count: max(0, width - text.count)) + text
        }
        let date = "\(digits(local.year, 4))-\(digits(local.month, 2))-\(digits(local.day, 2))"
        let clock = "\(digits(local.hour, 2)):\(digits(local.minute, 2)):\(digits(local.second, 2))"
        let milliseconds = digits(Int(time.nanoseconds) / 1_000_000, 3)
        return Array("\(date) \(clock),\(milliseconds) \(level.label) ".utf8) + text
    }
}
