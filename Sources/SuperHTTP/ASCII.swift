/// The character classes of RFC 9110 and comparisons that know only the letters of ASCII.
enum ASCII {
    static func lowercased(_ byte: UInt8) -> UInt8 {
        byte >= 65 && byte <= 90 ? byte | 0x20 : byte
    }

    static func isDigit(_ byte: UInt8) -> Bool { byte >= 48 && byte <= 57 }

    static func isBlank(_ byte: UInt8) -> Bool { byte == 32 || byte == 9 }

    /// What a method or a field name consists of: letters, digits and ``!#$%&'*+-.^_`|~``.
    static func isToken(_ byte: UInt8) -> Bool {
        // One bit per character, 0-63 and 64-127.
        let low: UInt64 = 0x03ff_6cfa_0000_0000
        let high: UInt64 = 0x57ff_ffff_c7ff_fffe
        return byte < 128 && ((byte < 64 ? low : high) >> UInt64(byte & 63)) & 1 == 1
    }

    /// What a field value may hold: visible characters, blanks and the bytes above ASCII.
    static func isFieldValue(_ byte: UInt8) -> Bool { byte >= 32 && byte != 127 || byte == 9 }

    /// What a request target may hold: visible ASCII without the fragment's `#`.
    static func isTarget(_ byte: UInt8) -> Bool { byte > 32 && byte < 127 && byte != UInt8(ascii: "#") }

    /// What the Host field may hold: a name or an address and a port; nothing that could be a path or a user.
    static func isHost(_ byte: UInt8) -> Bool {
        isToken(byte) || byte == UInt8(ascii: ":") || byte == UInt8(ascii: "[") || byte == UInt8(ascii: "]")
    }

    static func equalIgnoringCase(_ a: some Collection<UInt8>, _ b: String) -> Bool {
        a.count == b.utf8.count && zip(a, b.utf8).allSatisfy { lowercased($0) == lowercased($1) }
    }

    /// The value of a hexadecimal digit.
    static func hexadecimal(_ byte: UInt8) -> UInt8? {
        switch byte {
        case 48...57: byte - 48
        case 65...70: byte - 55
        case 97...102: byte - 87
        default: nil
        }
    }

    /// Without the blanks at both ends.
    static func trimmed(_ bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        guard let first = bytes.firstIndex(where: { !isBlank($0) }),
            let last = bytes.lastIndex(where: { !isBlank($0) })
        else { return [] }
        return bytes[first...last]
    }

    static func trimmed(_ bytes: UnsafeBufferPointer<UInt8>) -> UnsafeBufferPointer<UInt8> {
        var first = 0
        var end = bytes.count
        while first < end, isBlank(bytes[first]) { first += 1 }
        while end > first, isBlank(bytes[end - 1]) { end -= 1 }
        return UnsafeBufferPointer(rebasing: bytes[first..<end])
    }

    /// A number of decimal digits only: no sign, no blanks. `Int.max` where it is larger than that; nil where it is none.
    static func decimal(_ bytes: some Collection<UInt8>) -> Int? {
        guard !bytes.isEmpty, bytes.allSatisfy(isDigit) else { return nil }
        var value = 0
        for byte in bytes {
            let (product, tooLarge) = value.multipliedReportingOverflow(by: 10)
            let (sum, stillTooLarge) = product.addingReportingOverflow(Int(byte - 48))
            if tooLarge || stillTooLarge { return .max }
            value = sum
        }
        return value
    }
}
