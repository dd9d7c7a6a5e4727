import SuperBase

/// Reads an integer as Supervisor does: a sign, digits, single underscores between them, blanks around.
func parseInteger(_ text: some StringProtocol, radix: Int = 10) -> Int? {
    var digits = Array(text.utf8)[...].drop { isBlank($0) }
    while let last = digits.last, isBlank(last) { digits.removeLast() }
    var sign = ""
    if let first = digits.first, first == UInt8(ascii: "-") || first == UInt8(ascii: "+") {
        sign = first == UInt8(ascii: "-") ? "-" : ""
        digits.removeFirst()
    }
    if radix == 8, digits.count > 2, digits.first == UInt8(ascii: "0"),
        digits.dropFirst().first.map({ $0 | 0x20 }) == UInt8(ascii: "o")
    {
        digits.removeFirst(2)
        // An underscore may follow the prefix.
        if digits.first == UInt8(ascii: "_") { digits.removeFirst() }
    }
    let groups = digits.split(separator: UInt8(ascii: "_"), omittingEmptySubsequences: false)
    guard groups.allSatisfy({ !$0.isEmpty && $0.allSatisfy { (0x30...0x39).contains($0) } }) else { return nil }
    return Int(sign + groups.map { String(decoding: $0, as: UTF8.self) }.joined(), radix: radix)
}

private func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0d).contains(byte) }

/// `1 to 65535`, `of at least 1`, or nothing.
private func describe(_ range: ClosedRange<Int>) -> String {
    switch (range.lowerBound, range.upperBound) {
    case (.min, .max): ""
    case (let low, .max): " of at least \(low)"
    case (.min, let high): " of at most \(high)"
    case (let low, let high): " from \(low) to \(high)"
    }
}

extension OptionType where Value == Int {
    /// A whole number within a range.
    static func integer(_ range: ClosedRange<Int> = .min ... .max) -> OptionType {
        let expected = "an integer" + describe(range)
        return OptionType(
            "integer", expected: expected,
            parse: { (text, _) throws(ValueError) in
                guard let number = parseInteger(text), range.contains(number) else { throw mismatch(text, expected) }
                return number
            }, value: { .integer($0) })
    }
}

extension OptionType where Value == Int {
    /// How many processes a program has: a number, or as many as there are processors.
    static var processCount: OptionType {
        let integer = integer(.min...10_000)
        let expected = integer.expected + ", or auto"
        return OptionType(
            "integer", expected: expected, words: ["auto"],
            parse: { (text, context) throws(ValueError) in
                if trimmed(text).lowercased() == "auto" { return context.processors }
                guard let number = try? integer.parse(text, context) else {
                    throw mismatch(text, expected, words: ["auto"])
                }
                return number
            }, value: { .integer($0) })
    }
}

extension OptionType where Value == ByteSize {
    /// A number of bytes, with an optional suffix.
    static var size: OptionType {
        let expected = "a number of bytes, with KB, MB or GB after it if wanted"
        var type = OptionType(
            "size", expected: expected,
            parse: { (text, _) throws(ValueError) in
                let lower = text.lowercased()
                let units: [(suffix: String, shift: Int)] = [("kb", 10), ("mb", 20), ("gb", 30)]
                let unit = units.first { lower.hasSuffix($0.suffix) }
                guard let number = parseInteger(lower.dropLast(unit == nil ? 0 : 2)) else {
                    let isShort =
                        ["k", "m", "g"].contains { lower.hasSuffix($0) } && parseInteger(lower.dropLast()) != nil
                    throw ValueError(
                        "\(quoted(text)) is not \(expected)",
                        hint: isShort ? "did you mean \(text.uppercased())B?" : nil)
                }
                let (bytes, overflow) = number.multipliedReportingOverflow(by: 1 << (unit?.shift ?? 0))
                guard !overflow else { throw ValueError("\(quoted(text)) is too large") }
                return ByteSize(bytes: bytes)
            }, value: { .integer($0.bytes) })
        type.text = { $0.text }
        return type
    }
}

extension OptionType where Value == ByteSize {
    /// A size that cannot be negative.
    static var limit: OptionType {
        var type = size
        let parse = type.parse
        let checked: @Sendable (String, ValueContext) throws(ValueError) -> ByteSize = {
            (text, context) throws(ValueError) in
            let size = try parse(text, context)
            guard size.bytes >= 0 else { throw ValueError("\(quoted(text)) is below 0") }
            return size
        }
        type.parse = checked
        type.read = { (given, context) throws(ValueError) in
            guard let text = given.plainText else { throw ValueError("\(given.typeName) is not \(size.expected)") }
            return try checked(text, context)
        }
        return type
    }
}

extension ByteSize {
    /// In the largest unit that leaves no fraction, such as `50MB`.
    var text: String {
        let units = [("GB", 30), ("MB", 20), ("KB", 10)]
        guard bytes != 0, let unit = units.first(where: { bytes % (1 << $0.1) == 0 }) else { return String(bytes) }
        return "\(bytes >> unit.1)\(unit.0)"
    }
}

extension OptionType where Value == UInt32 {
    /// The bits of a file mode or mask, in octal digits.
    static var octal: OptionType {
        let expected = "an octal number such as 022"
        var type = OptionType(
            "octal", expected: expected,
            parse: { (text, _) throws(ValueError) in
                guard let number = parseInteger(text, radix: 8).flatMap(UInt32.init(exactly:)) else {
                    throw mismatch(text, expected)
                }
                return number
            },
            value: {
                let digits = String($0, radix: 8)
                return .text(String(repeating: "0", count: max(0, 3 - digits.count)) + digits)
            })
        let parse = type.parse
        type.read = { (given, context) throws(ValueError) in
            // A TOML integer does not tell whether it was written 22 or 0o26.
            guard case .text(let text) = given else {
                throw ValueError("\(given.typeName) is not \(expected)", hint: "write it in quotes, such as \"022\"")
            }
            return try parse(text, context)
        }
        return type
    }
}

extension OptionType where Value == [Int32] {
    /// Exit codes, separated by commas.
    static var exitCodes: OptionType {
        let expected = "a comma-separated list of exit codes from 0 to 255"
        return OptionType(
            "exit codes", expected: expected,
            parse: { (text, _) throws(ValueError) in
                guard !text.isEmpty else { return [] }
                var codes: [Int32] = []
                for word in text.split(separator: ",", omittingEmptySubsequences: false) {
                    guard let code = parseInteger(word), (0...255).contains(code) else {
                        throw mismatch(text, expected)
                    }
                    codes.append(Int32(code))
                }
                return codes
            }, value: { .list($0.map { .integer(Int($0)) }) })
    }
}

extension OptionType where Value == Duration {
    /// A length of time: seconds, or a number with a unit.
    static var duration: OptionType { duration("a duration such as 0.5, 500ms, 5s or 2m") { $0 >= .zero } }

    /// The same, but not 0.
    static var positiveDuration: OptionType {
        duration("a duration above 0 such as 0.5, 500ms, 5s or 2m") { $0 > .zero }
    }

    private static func duration(
        _ expected: String, _ isAccepted: @escaping @Sendable (Duration) -> Bool
    ) -> OptionType {
        OptionType(
            "duration", expected: expected,
            parse: { (text, _) throws(ValueError) in
                guard let duration = parseDuration(text), isAccepted(duration) else {
                    throw mismatch(text, expected)
                }
                return duration
            }, value: { .text($0.text) })
    }
}

/// Reads `5`, `0.5`, `500ms`, `5s`, `2m` or `1h`, to the nanosecond; at most about 30 years.
func parseDuration(_ text: String) -> Duration? {
    let lower = text.lowercased()
    let units: [(suffix: String, nanoseconds: Int)] = [
        ("ms", 1_000_000), ("s", 1_000_000_000), ("m", 60_000_000_000), ("h", 3_600_000_000_000),
    ]
    let unit = units.first { lower.hasSuffix($0.suffix) }
    var number = lower.dropLast(unit?.suffix.count ?? 0)
    while number.last == " " { number.removeLast() }
    let parts = number.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
    let whole = parts[0]
    let fraction = parts.count == 2 ? parts[1] : ""
    guard (parts.count == 1 || !fraction.isEmpty), (whole + fraction).utf8.allSatisfy({ (0x30...0x39).contains($0) }),
        fraction.count <= 9, let wholeNumber = Int(whole), wholeNumber <= 1_000_000_000,
        let fractionNumber = Int(fraction.isEmpty ? "0" : fraction)
    else { return nil }
    let scale = unit?.nanoseconds ?? 1_000_000_000
    let (nanoseconds, overflow) = wholeNumber.multipliedReportingOverflow(by: scale)
    var fractionNanoseconds = fractionNumber
    var digits = fraction.count
    // Times the scale, over ten to the digits, without leaving 64 bits: one digit of the scale at a time.
    var rest = scale
    while digits > 0, rest % 10 == 0 { (rest, digits) = (rest / 10, digits - 1) }
    fractionNanoseconds *= rest
    while digits > 0 { (fractionNanoseconds, digits) = (fractionNanoseconds / 10, digits - 1) }
    guard !overflow, nanoseconds <= 1_000_000_000_000_000_000 else { return nil }
    return .nanoseconds(nanoseconds + fractionNanoseconds)
}

extension Duration {
    /// As it is written in a file, in the largest unit that leaves no fraction: `2m`, `5s`, `500ms`, `0.0005s`.
    var text: String {
        let nanoseconds = wholeNanoseconds
        let units: [(String, Int64)] = [("m", 60_000_000_000), ("s", 1_000_000_000), ("ms", 1_000_000)]
        if nanoseconds == 0 { return "0s" }
        if let unit = units.first(where: { nanoseconds % $0.1 == 0 }) { return "\(nanoseconds / unit.1)\(unit.0)" }
        let digits = String(nanoseconds % 1_000_000_000)
        return "\(nanoseconds / 1_000_000_000)." + String(repeating: "0", count: 9 - digits.count) + digits + "s"
    }
}
