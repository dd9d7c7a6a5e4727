import SuperBase

extension ProcessInfo {
    /// Fills `description` from the other fields. To be called last.
    ///
    /// These are Supervisor's words, behind which stands what only superd knows: that it is not well, what the program says of itself, and the
    /// other processes of the name. Nothing is added to a process without any of that. `utcOffset` is what local time is ahead of UTC at
    /// `stoppedAt`, in seconds.
    public mutating func describe(utcOffset: Int) {
        let parts = [stateText(utcOffset: utcOffset), troubleText, quotedStatus, successorText, drainingText]
        description = parts.compactMap { $0 }.filter { !$0.isEmpty }.joined(separator: ", ")
    }

    /// What Supervisor has; of states that are superd's own, the like.
    private func stateText(utcOffset: Int) -> String {
        switch state {
        case .running: "pid \(pid ?? 0), uptime \(ProcessInfo.uptimeText(uptime ?? 0))"
        case .fatal, .backoff: spawnError ?? "unknown error (try \"tail \(name)\")"
        case .stopped, .exited, .completed:
            startedAt == nil ? "Not started" : ProcessInfo.dateText((stoppedAt ?? 0) + utcOffset)
        case .waiting: plainLine(waitingFor ?? "", limit: ProcessInfo.longestReason)
        case .starting, .stopping, .unknown: ""
        }
    }

    /// Why it is not ready yet, or not well.
    private var troubleText: String? {
        let reason = health.map { plainLine($0, limit: ProcessInfo.longestReason) } ?? ""
        switch (state, readiness) {
        case (.running, .degraded): return reason.isEmpty ? "degraded" : "degraded: \(reason)"
        case (.starting, .starting): return reason.isEmpty ? nil : "not ready yet: \(reason)"
        default: return nil
        }
    }

    /// What a process that is there says of itself.
    private var quotedStatus: String? {
        guard state.isSignallable, let statusText else { return nil }
        let line = plainLine(statusText, limit: ProcessInfo.longestStatus)
        return line.isEmpty ? nil : "\"\(line)\""
    }

    private var successorText: String? {
        guard let successor = others?.first(where: { $0.role == .new }) else { return nil }
        return successor.pid.map { "replacing (new pid \($0))" } ?? "replacing"
    }

    private var drainingText: String? {
        let old = (others ?? []).filter { $0.role == .old }
        guard !old.isEmpty else { return nil }
        let pids = old.compactMap(\.pid).map(String.init)
        let list = pids.isEmpty ? "" : " (pid\(pids.count == 1 ? "" : "s") \(pids.joined(separator: ", ")))"
        return "\(old.count) old process\(old.count == 1 ? "" : "es") draining\(list)"
    }

    /// The most of a reason, and of what a program says of itself: a line of `superctl status` shall stay one.
    private static let longestReason = 200
    private static let longestStatus = 60

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

/// The text on one line, without what moves a terminal's cursor or turns its direction of writing, and at most `limit` scalars long: a single
/// character may be made of any number of them.
private func plainLine(_ text: String, limit: Int) -> String {
    let words = text.unicodeScalars.split { scalar in
        let properties = scalar.properties
        let category = properties.generalCategory
        return properties.isWhitespace || properties.isBidiControl || category == .control
    }
    let line = words.map { String($0) }.joined(separator: " ")
    let scalars = line.unicodeScalars
    return scalars.count <= limit ? line : String(scalars.prefix(limit - 1)) + "…"
}
