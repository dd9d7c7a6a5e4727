/// The one date format that HTTP senders use: `Sun, 06 Nov 1994 08:49:37 GMT`.
public enum HTTPDate {
    private static let days = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"]
    private static let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]

    /// The seconds of the years 0 to 9999, which four digits can show; others are shown as the nearest of them.
    private static let range: ClosedRange<Int64> = -62_167_219_200...253_402_300_799

    /// The date of a moment in seconds since 1970.
    public static func format(_ secondsSince1970: Int64) -> String {
        let seconds = min(max(secondsSince1970, range.lowerBound), range.upperBound)
        let day = (Double(seconds) / 86_400).rounded(.down)
        let second = Int(seconds - Int64(day) * 86_400)
        let (year, month, dayOfMonth) = civil(fromDays: Int(day))
        let weekday = days[((Int(day) % 7) + 7) % 7]
        return "\(weekday), \(digits(dayOfMonth, 2)) \(months[month - 1]) \(digits(year, 4)) "
            + "\(digits(second / 3600, 2)):\(digits(second / 60 % 60, 2)):\(digits(second % 60, 2)) GMT"
    }

    /// The moment of a date in exactly this format; nil for the two formats of before 1995, which nobody sends.
    public static func parse(_ text: String) -> Int64? {
        let parts = text.split(separator: " ", omittingEmptySubsequences: false)
        guard parts.count == 6, text.utf8.count == 29, parts[5] == "GMT", let day = number(parts[1], 2),
            let month = months.firstIndex(of: String(parts[2])), let year = number(parts[3], 4)
        else { return nil }
        let clock = parts[4].split(separator: ":", omittingEmptySubsequences: false)
        guard clock.count == 3, let hour = number(clock[0], 2), hour < 24, let minute = number(clock[1], 2),
            minute < 60,
            let second = number(clock[2], 2), second < 61
        else { return nil }
        let seconds =
            Int64(days(fromYear: year, month: month + 1, day: day)) * 86_400 + Int64(hour * 3600 + minute * 60 + second)
        // Reading the result back finds the 31st of February and a weekday that does not belong to the date.
        return second == 60 || format(seconds) == text ? seconds : nil
    }

    private static func number(_ text: Substring, _ width: Int) -> Int? {
        text.utf8.count == width ? ASCII.decimal(Array(text.utf8)) : nil
    }

    private static func digits(_ value: Int, _ width: Int) -> String {
        let text = String(value)
        return String(repeating: "0", count: max(0, width - text.utf8.count)) + text
    }

    /// The calendar date of a day counted from 1 January 1970 (Hinnant's `civil_from_days`).
    private static func civil(fromDays days: Int) -> (year: Int, month: Int, day: Int) {
        let shifted = days + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * shiftedMonth + 2) / 5 + 1)
    }

    /// The reverse: the day counted from 1 January 1970 of a calendar date.
    private static func days(fromYear year: Int, month: Int, day: Int) -> Int {
        let shiftedYear = month <= 2 ? year - 1 : year
        let era = (shiftedYear >= 0 ? shiftedYear : shiftedYear - 399) / 400
        let yearOfEra = shiftedYear - era * 400
        let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }
}
