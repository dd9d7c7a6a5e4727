internal import FoundationEssentials
public import SuperBase

/// JSON text: written from typed values and from `OptionValue`, read into both.
///
/// Numbers are whole numbers; superd has no others on the wire.
public enum JSON {
    /// Why a text is not what was expected.
    public struct Failure: Error, Hashable, CustomStringConvertible {
        public let description: String
    }

    /// The text of a value, keys in the order given; on one line, or indented by two blanks.
    public static func text(_ value: OptionValue, pretty: Bool = false) -> String {
        var text = ""
        write(value, to: &text, indentation: pretty ? 0 : nil)
        return text
    }

    /// The text of a typed value on one line, keys in alphabetical order.
    public static func encode(_ value: some Encodable) throws(Failure) -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        do {
            return try [UInt8](encoder.encode(value))
        } catch {
            throw Failure(description: "\(type(of: value)) has no JSON: \(error)")
        }
    }

    /// Reads a typed value.
    public static func decode<Value: Decodable>(_ type: Value.Type, from text: [UInt8]) throws(Failure) -> Value {
        do {
            return try JSONDecoder().decode(type, from: Data(text))
        } catch let error as DecodingError {
            throw Failure(description: describe(error))
        } catch {
            throw Failure(description: "not JSON")
        }
    }

    /// Reads any value; keys come in alphabetical order.
    public static func parse(_ text: [UInt8]) throws(Failure) -> OptionValue {
        try decode(AnyValue.self, from: text).value
    }

    /// A typed value without its type; keys come in alphabetical order.
    public static func value(of value: some Encodable) throws(Failure) -> OptionValue {
        try parse(encode(value))
    }

    /// Bytes as base64.
    public static func base64(_ bytes: [UInt8]) -> String { Data(bytes).base64EncodedString() }

    /// The bytes of a base64 text; nil where it is none.
    public static func bytes(base64 text: String) -> [UInt8]? { Data(base64Encoded: text).map { [UInt8]($0) } }

    private static func describe(_ error: DecodingError) -> String {
        func place(_ context: DecodingError.Context) -> String {
            let path = context.codingPath.map { $0.intValue.map { "[\($0)]" } ?? $0.stringValue }
            return path.isEmpty ? "" : "\(path.joined(separator: ".")): "
        }
        return switch error {
        case .keyNotFound(let key, let context): "\(place(context))\(key.stringValue) is missing"
        case .typeMismatch(_, let context), .valueNotFound(_, let context):
            "\(place(context))\(context.debugDescription)"
        case .dataCorrupted(let context): "\(place(context))\(context.debugDescription)"
        @unknown default: "not JSON of the expected shape"
        }
    }

    /// Writes with `indentation` levels of two blanks, or on one line where it is nil.
    private static func write(_ value: OptionValue, to text: inout String, indentation: Int?) {
        switch value {
        case .none: text += "null"
        case .boolean(let flag): text += flag ? "true" : "false"
        case .integer(let number): text += String(number)
        case .text(let string): write(string, to: &text)
        case .list(let items):
            writeItems(items, between: "[", "]", to: &text, indentation: indentation) { item, text, indentation in
                write(item, to: &text, indentation: indentation)
            }
        case .map(let entries):
            writeItems(entries, between: "{", "}", to: &text, indentation: indentation) { entry, text, indentation in
                write(entry.key, to: &text)
                text += indentation == nil ? ":" : ": "
                write(entry.value, to: &text, indentation: indentation)
            }
        }
    }

    private static func writeItems<Item>(
        _ items: [Item], between open: String, _ close: String, to text: inout String, indentation: Int?,
        _ writeItem: (Item, inout String, Int?) -> Void
    ) {
        let inner = indentation.map { $0 + 1 }
        func newLine(_ level: Int?, _ text: inout String) {
            if let level { text += "\n" + String(repeating: "  ", count: level) }
        }
        text += open
        for (index, item) in items.enumerated() {
            if index > 0 { text += "," }
            newLine(inner, &text)
            writeItem(item, &text, inner)
        }
        if !items.isEmpty { newLine(indentation, &text) }
        text += close
    }

    private static func write(_ string: String, to text: inout String) {
        text += "\""
        for scalar in string.unicodeScalars {
            switch scalar {
            case "\"": text += "\\\""
            case "\\": text += "\\\\"
            case "\n": text += "\\n"
            case "\r": text += "\\r"
            case "\t": text += "\\t"
            case ..<" ":
                let digits = String(scalar.value, radix: 16)
                text += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: text.unicodeScalars.append(scalar)
            }
        }
        text += "\""
    }
}

/// Lets the decoder produce an `OptionValue`.
private struct AnyValue: Decodable {
    let value: OptionValue

    private struct Key: CodingKey {
        let stringValue: String
        let intValue: Int? = nil

        init(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }

    init(from decoder: any Decoder) throws {
        if let map = try? decoder.container(keyedBy: Key.self) {
            let keys = map.allKeys.sorted { $0.stringValue < $1.stringValue }
            value = .map(try keys.map { .init($0.stringValue, try map.decode(AnyValue.self, forKey: $0).value) })
            return
        }
        if var list = try? decoder.unkeyedContainer() {
            var items: [OptionValue] = []
            while !list.isAtEnd { items.append(try list.decode(AnyValue.self).value) }
            value = .list(items)
            return
        }
        let single = try decoder.singleValueContainer()
        if single.decodeNil() {
            value = .none
        } else if let flag = try? single.decode(Bool.self) {
            value = .boolean(flag)
        } else if let number = try? single.decode(Int.self) {
            value = .integer(number)
        } else if let text = try? single.decode(String.self) {
            value = .text(text)
        } else {
            throw DecodingError.dataCorruptedError(in: single, debugDescription: "not a whole number of 64 bits")
        }
    }
}
