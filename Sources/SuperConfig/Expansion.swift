/// What a name in `%(name)s` stands for.
public enum ExpansionValue: Sendable, Hashable {
    case text(String)
    case integer(Int)
}

/// Why a text cannot be expanded.
public enum ExpansionError: Error, Sendable, Hashable {
    /// `%(name)s` with a name that stands for nothing here.
    case unknownName(String)
    /// A `%` that begins no valid conversion; the reason in Python's words.
    case badFormat(String)
}

/// Python's `%` formatting of a text with a table of names, for all its conversions.
///
/// A conversion without a name is an error; Python would print the whole table for `%s`.
public struct Expansion {
    /// The widest field; Python would take any and run out of memory.
    private static let widthLimit = 65_536

    private let format: [Unicode.Scalar]
    private let value: (String) -> ExpansionValue?
    private var index = 0
    private var output = String.UnicodeScalarView()

    /// The text with every conversion replaced by what its name stands for.
    public static func expand(
        _ text: String, _ value: (String) -> ExpansionValue?
    ) throws(ExpansionError) -> String {
        guard text.utf8.contains(UInt8(ascii: "%")) else { return text }
        return try withoutActuallyEscaping(value) { value throws(ExpansionError) in
            var expansion = Expansion(format: Array(text.unicodeScalars), value: value)
            return try expansion.run()
        }
    }

    private init(format: [Unicode.Scalar], value: @escaping (String) -> ExpansionValue?) {
        self.format = format
        self.value = value
    }

    private mutating func run() throws(ExpansionError) -> String {
        while index < format.count {
            let scalar = format[index]
            index += 1
            if scalar != "%" {
                output.append(scalar)
            } else if index < format.count, format[index] == "%" {
                output.append("%")
                index += 1
            } else {
                try conversion()
            }
        }
        return String(output)
    }

    /// One conversion, after its `%`: a name in parentheses, flags, width, precision, a length that means nothing, a letter.
    private mutating func conversion() throws(ExpansionError) {
        let given = try name()
        var field = FormatField()
        while let scalar = next, let flag = FormatField.Flag(scalar) {
            field.flags.insert(flag)
            index += 1
        }
        field.width = try number("width") ?? 0
        if next == "." {
            index += 1
            field.precision = try number("precision") ?? 0
        }
        if let scalar = next, ["h", "l", "L"].contains(scalar) { index += 1 }
        guard let letter = next else { throw .badFormat("incomplete format") }
        index += 1
        guard FormatField.letters.contains(letter) else {
            let shown = (0x20..<0x7f).contains(letter.value) ? letter : "?"
            let code = String(letter.value, radix: 16)
            throw .badFormat("unsupported format character '\(shown)' (0x\(code)) at index \(index - 1)")
        }
        guard let given else { throw .badFormat("not enough arguments for format string") }
        output.append(contentsOf: try field.text(of: given, as: letter).unicodeScalars)
    }

    private var next: Unicode.Scalar? { index < format.count ? format[index] : nil }

    /// What the name stands for; nil where no name is given. Parentheses may be nested in a name.
    private mutating func name() throws(ExpansionError) -> ExpansionValue? {
        guard next == "(" else { return nil }
        let start = index + 1
        var depth = 0
        while let scalar = next {
            index += 1
            if scalar == "(" { depth += 1 }
            if scalar == ")" { depth -= 1 }
            if depth == 0 {
                let name = String(format[start..<(index - 1)])
                guard let value = value(name) else { throw .unknownName(name) }
                return value
            }
        }
        throw .badFormat("incomplete format key")
    }

    private mutating func number(_ what: String) throws(ExpansionError) -> Int? {
        if next == "*" { throw .badFormat("not enough arguments for format string") }
        var number: Int?
        while let scalar = next, ("0"..."9").contains(scalar) {
            number = (number ?? 0) * 10 + Int(scalar.value - 0x30)
            if let number, number > Expansion.widthLimit { throw .badFormat("\(what) too big") }
            index += 1
        }
        return number
    }
}
