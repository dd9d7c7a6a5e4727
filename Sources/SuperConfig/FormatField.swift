/// How one value is written by Python's `%` formatting: flags, width, precision and a letter.
struct FormatField {
    enum Flag: Hashable {
        case left, sign, blank, alternate, zero

        init?(_ scalar: Unicode.Scalar) {
            switch scalar {
            case "-": self = .left
            case "+": self = .sign
            case " ": self = .blank
            case "#": self = .alternate
            case "0": self = .zero
            default: return nil
            }
        }
    }

    static let letters: Set<Unicode.Scalar> = [
        "d", "i", "u", "o", "x", "X", "e", "E", "f", "F", "g", "G", "c", "r", "s", "a",
    ]

    var flags: Set<Flag> = []
    var width = 0
    var precision: Int?

    func text(of value: ExpansionValue, as letter: Unicode.Scalar) throws(ExpansionError) -> String {
        switch (letter, value) {
        case ("s", .text(let text)): padded(cut(text))
        case ("r", .text(let text)): padded(cut(Self.quoted(text, ascii: false)))
        case ("a", .text(let text)): padded(cut(Self.quoted(text, ascii: true)))
        case ("s", .integer(let number)), ("r", .integer(let number)), ("a", .integer(let number)):
            padded(cut(String(number)))
        case ("c", _): padded(try character(value))
        case ("d", .integer(let number)), ("i", .integer(let number)), ("u", .integer(let number)):
            numeric(number < 0, "", withPrecision(String(number.magnitude)))
        case ("o", .integer(let number)):
            numeric(
                number < 0, flags.contains(.alternate) ? "0o" : "", withPrecision(String(number.magnitude, radix: 8)))
        case ("x", .integer(let number)):
            numeric(
                number < 0, flags.contains(.alternate) ? "0x" : "", withPrecision(String(number.magnitude, radix: 16)))
        case ("X", .integer(let number)):
            numeric(
                number < 0, flags.contains(.alternate) ? "0X" : "",
                withPrecision(String(number.magnitude, radix: 16, uppercase: true)))
        case (_, .integer(let number)): numeric(number < 0, "", decimal(number.magnitude, letter))
        case ("d", .text), ("i", .text), ("u", .text):
            throw .badFormat("%\(letter) format: a real number is required, not str")
        case ("o", .text), ("x", .text), ("X", .text):
            throw .badFormat("%\(letter) format: an integer is required, not str")
        case (_, .text): throw .badFormat("must be real number, not str")
        }
    }

    private func character(_ value: ExpansionValue) throws(ExpansionError) -> String {
        switch value {
        case .text(let text):
            guard text.unicodeScalars.count == 1 else { throw .badFormat("%c requires int or char") }
            return text
        case .integer(let number):
            guard let scalar = UInt32(exactly: number).flatMap(Unicode.Scalar.init) else {
                throw .badFormat("%c arg not in range(0x110000)")
            }
            return String(Character(scalar))
        }
    }

    // MARK: Padding

    private func cut(_ text: String) -> String {
        precision.map { String(text.unicodeScalars.prefix($0)) } ?? text
    }

    private func padded(_ text: String) -> String {
        let fill = String(repeating: " ", count: max(0, width - text.unicodeScalars.count))
        return flags.contains(.left) ? text + fill : fill + text
    }

    private func withPrecision(_ digits: String) -> String {
        String(repeating: "0", count: max(0, (precision ?? 0) - digits.count)) + digits
    }

    /// Sign, prefix and digits; zeros to fill the field go between prefix and digits.
    private func numeric(_ isNegative: Bool, _ prefix: String, _ digits: String) -> String {
        let sign = isNegative ? "-" : flags.contains(.sign) ? "+" : flags.contains(.blank) ? " " : ""
        guard flags.contains(.zero), !flags.contains(.left) else { return padded(sign + prefix + digits) }
        let fill = max(0, width - sign.count - prefix.count - digits.count)
        return sign + prefix + String(repeating: "0", count: fill) + digits
    }

    // MARK: Whole numbers in the formats of real ones

    private func decimal(_ magnitude: UInt, _ letter: Unicode.Scalar) -> String {
        // Python turns the integer into a double first, which decides how digits beyond 2^53 come out.
        let digits = Self.exactDigits(Double(magnitude))
        let isAlternate = flags.contains(.alternate)
        let precision = precision ?? 6
        let text: String
        switch letter {
        case "f", "F": text = Self.joined(digits, String(repeating: "0", count: precision), isAlternate)
        case "e", "E": text = exponential(digits, precision, keepsZeros: true)
        default: text = general(digits, max(1, precision))
        }
        return letter == "E" || letter == "G" ? text.uppercased() : text
    }

    /// The shorter of the two other formats, without zeros at the end of a fraction.
    private func general(_ digits: String, _ precision: Int) -> String {
        let isAlternate = flags.contains(.alternate)
        let exponent = Self.rounded(digits, to: precision).exponent
        guard exponent < precision else { return exponential(digits, precision - 1, keepsZeros: isAlternate) }
        let fraction = isAlternate ? String(repeating: "0", count: precision - 1 - exponent) : ""
        return Self.joined(digits, fraction, isAlternate)
    }

    private func exponential(_ digits: String, _ places: Int, keepsZeros: Bool) -> String {
        let (rounded, exponent) = Self.rounded(digits, to: places + 1)
        var fraction = rounded.dropFirst() + String(repeating: "0", count: max(0, places + 1 - rounded.count))
        if !keepsZeros { while fraction.last == "0" { fraction.removeLast() } }
        let mantissa = Self.joined(String(rounded.prefix(1)), String(fraction), flags.contains(.alternate))
        return mantissa + "e+" + (exponent < 10 ? "0" : "") + String(exponent)
    }

    private static func joined(_ whole: String, _ fraction: String, _ keepsPoint: Bool) -> String {
        fraction.isEmpty && !keepsPoint ? whole : whole + "." + fraction
    }

    /// The digits of a whole double below 2^65.
    private static func exactDigits(_ number: Double) -> String {
        number < 18_446_744_073_709_551_616 ? String(UInt(number)) : "18446744073709551616"
    }

    /// The first `count` digits, rounded half to even, and the power of ten of the first one.
    private static func rounded(_ digits: String, to count: Int) -> (digits: String, exponent: Int) {
        let exponent = digits.count - 1
        guard digits.count > count else { return (digits, exponent) }
        var kept = digits.utf8.prefix(count).map { $0 - 0x30 }
        let rest = digits.utf8.dropFirst(count)
        let half = UInt8(ascii: "5")
        let isOverHalf =
            rest.first.map { $0 > half || ($0 == half && rest.dropFirst().contains { $0 != 0x30 }) } ?? false
        let isHalf = !isOverHalf && rest.first == half
        guard isOverHalf || (isHalf && (kept.last ?? 0) % 2 == 1) else {
            return (String(digits.prefix(count)), exponent)
        }
        var place = kept.count - 1
        while place >= 0, kept[place] == 9 {
            kept[place] = 0
            place -= 1
        }
        if place < 0 { return ("1" + String(repeating: "0", count: count - 1), exponent + 1) }
        kept[place] += 1
        return (kept.map { String($0) }.joined(), exponent)
    }

    // MARK: Python's quoted form

    private static func quoted(_ text: String, ascii: Bool) -> String {
        let quote: Unicode.Scalar =
            text.unicodeScalars.contains("'") && !text.unicodeScalars.contains("\"") ? "\"" : "'"
        var result = String(quote)
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\\", quote: result += "\\" + String(scalar)
            case "\n": result += "\\n"
            case "\r": result += "\\r"
            case "\t": result += "\\t"
            default:
                result += isPrintable(scalar) && (scalar.isASCII || !ascii) ? String(scalar) : escape(scalar)
            }
        }
        return result + String(quote)
    }

    private static func isPrintable(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator, .paragraphSeparator: false
        case .spaceSeparator: scalar == " "
        default: true
        }
    }

    private static func escape(_ scalar: Unicode.Scalar) -> String {
        let digits = String(scalar.value, radix: 16)
        let (mark, count) = scalar.value < 0x100 ? ("x", 2) : scalar.value < 0x10000 ? ("u", 4) : ("U", 8)
        return "\\" + mark + String(repeating: "0", count: count - digits.count) + digits
    }
}
