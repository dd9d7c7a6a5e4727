import SuperBase

extension ProcessInfo {
    /// Fills `description` from the other fields, in Supervisor's words. To be called last.
    ///
    /// `utcOffset` is what local time is ahead of UTC at `stoppedAt`, in seconds.
    public mutating func describe(utcOffset: Int) {
        description =
            switch state {
            case .running: "pid \(pid ?? 0), uptime \(ProcessInfo.uptimeText(uptime ?? 0))"
            case .fatal, .backoff: spawnError ?? "unknown error (try \"tail \(name)\")"
            case .stopped, .exited:
                startedAt == nil ? "Not started" : ProcessInfo.dateText((stoppedAt ?? 0) + utcOffset)
            case .starting, .stopping, .unknown: ""
            }
    }

    /// `0:00:05`, `1 day, 2:03:04`, `2 days, 0:00:00`.
    static func uptimeText(_ seconds: Int) -> String {
        let seconds = max(0, seconds)
        let (days, rest) = seconds.quotientAndRemainder(dividingBy: 86_400)
        let time = "\(rest / 3600):\(twoDigits(rest / 60 % 60)):\(twoDigits(rest % 60))"
        return days == 0 ? time : "\(days) day\(days == 1 ? "" : "s"), \(time)"
    }

    /// `Nov 22 05:01 PM` of seconds since 1970 in local time.
    static func dateText(_ seconds: Int) -> String {
        let day = (Double(seconds) / 86_400).rounded(.down)
        let secondOfDay = seconds - Int(day) * 86_400
        let (month, dayOfMonth) = civilDate(daysSince1970: Int(day))
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        let hour = secondOfDay / 3600
        let clockHour = hour % 12 == 0 ? 12 : hour % 12
        let time = "\(twoDigits(clockHour)):\(twoDigits(secondOfDay / 60 % 60)) \(hour < 12 ? "AM" : "PM")"
        return "\(months[month - 1]) \(twoDigits(dayOfMonth)) \(time)"
    }

    /// Month and day of a day counted from 1970, by the Gregorian calendar.
    ///
    /// Years are counted from March, so that the leap day is the last of its year, in eras of 400 years of 146,097 days.
    private static func civilDate(daysSince1970 days: Int) -> (month: Int, day: Int) {
        let shifted = days + 719_468
        let dayOfEra = ((shifted % 146_097) + 146_097) % 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthFromMarch = (5 * dayOfYear + 2) / 153
        let day = dayOfYear - (153 * monthFromMarch + 2) / 5 + 1
        return (monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9, day)
    }

    private static func twoDigits(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
}
