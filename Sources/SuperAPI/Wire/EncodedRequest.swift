internal import SuperBase

/// A request as it goes over the wire.
public struct EncodedRequest: Sendable, Hashable {
    public var method: Method
    /// Path and query.
    public var target: String
    /// JSON; nil where the method has no body.
    public var body: [UInt8]?
}

extension Endpoint {
    /// The request for the wire: fields go into the path, then into the query or the body as the method wants it.
    public func encoded() throws(JSON.Failure) -> EncodedRequest {
        guard case .map(var entries) = try JSON.value(of: self) else {
            throw JSON.Failure(description: "\(Self.schemaName) is not an object")
        }
        let segments = Self.path.split(separator: "/").map { segment -> String in
            guard let name = parameterName(segment) else { return String(segment) }
            let index = entries.firstIndex { $0.key == name }
            guard let index, case .text(let text) = entries.remove(at: index).value else { return "" }
            return percentEncoded(text)
        }
        let path = "/" + segments.joined(separator: "/")
        if Self.method.hasBody {
            return EncodedRequest(method: Self.method, target: path, body: Array(JSON.text(.map(entries)).utf8))
        }
        let pairs = entries.flatMap { entry in
            queryTexts(entry.value).map { "\(entry.key)=\(percentEncoded($0))" }
        }
        let query = pairs.isEmpty ? "" : "?" + pairs.joined(separator: "&")
        return EncodedRequest(method: Self.method, target: path + query, body: nil)
    }
}

/// The field that a segment such as `{name}` stands for.
func parameterName(_ segment: some StringProtocol) -> String? {
    segment.hasPrefix("{") && segment.hasSuffix("}") ? String(segment.dropFirst().dropLast()) : nil
}

/// The texts of a value in a query; a list repeats its key.
private func queryTexts(_ value: OptionValue) -> [String] {
    switch value {
    case .none, .map: []
    case .boolean(let flag): [flag ? "true" : "false"]
    case .integer(let number): [String(number)]
    case .text(let text): [text]
    case .list(let items): items.flatMap(queryTexts)
    }
}

/// Escapes everything but letters, digits, `-._~`, and the `:` and `*` that selectors hold, which are safe in path and query.
private func percentEncoded(_ text: String) -> String {
    let plain = Set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~:*".utf8)
    let digits = Array("0123456789ABCDEF".utf8)
    let bytes = text.utf8.flatMap { byte in
        plain.contains(byte) ? [byte] : [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
    }
    return String(decoding: bytes, as: UTF8.self)
}

/// Undoes percent encoding, and `+` for a blank in a query. Nil for a broken escape or bytes that are not UTF-8.
func percentDecoded(_ text: some StringProtocol, plusIsBlank: Bool) -> String? {
    var bytes: [UInt8] = []
    var rest = Array(text.utf8)[...]
    while let byte = rest.popFirst() {
        switch byte {
        case UInt8(ascii: "%"):
            guard let high = rest.popFirst().flatMap(hexadecimalDigit),
                let low = rest.popFirst().flatMap(hexadecimalDigit)
            else { return nil }
            bytes.append(high << 4 | low)
        case UInt8(ascii: "+") where plusIsBlank: bytes.append(UInt8(ascii: " "))
        default: bytes.append(byte)
        }
    }
    return String(validating: bytes, as: UTF8.self)
}

private func hexadecimalDigit(_ byte: UInt8) -> UInt8? {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
    case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
    case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
    default: nil
    }
}
