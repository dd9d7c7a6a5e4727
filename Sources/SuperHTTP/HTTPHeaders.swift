/// The fields of a message in their order; names compare without regard to case.
///
/// All names and values lie one after the other in a single array, so that a parsed head costs two allocations
/// however many fields it has.
public struct HTTPHeaders: Sendable, Hashable {
    private var bytes: [UInt8] = []
    private var fields: [Field] = []

    /// Where one field lies in `bytes`: its name directly followed by its value.
    private struct Field: Sendable, Hashable {
        var name: UInt32
        var value: UInt32
        var end: UInt32
    }

    public init() {}

    public var count: Int { fields.count }
    public var isEmpty: Bool { fields.isEmpty }

    /// Adds a field after the others, also where one of that name exists.
    ///
    /// Bytes that would end the line (CR, LF and NUL) become spaces, so that no value can smuggle in another field.
    public mutating func add(_ name: String, _ value: String) {
        let start = bytes.count
        bytes.append(contentsOf: name.utf8)
        let middle = bytes.count
        bytes.append(contentsOf: value.utf8)
        for i in start..<bytes.count where bytes[i] == 13 || bytes[i] == 10 || bytes[i] == 0 { bytes[i] = 32 }
        fields.append(Field(name: UInt32(start), value: UInt32(middle), end: UInt32(bytes.count)))
    }

    /// Replaces every field of that name by one with this value.
    public mutating func set(_ name: String, _ value: String) {
        remove(name)
        add(name, value)
    }

    /// Removes every field of that name.
    public mutating func remove(_ name: String) {
        fields = fields.filter { !hasName($0, name) }
    }

    /// The value of the first field of that name.
    public subscript(name: String) -> String? {
        fields.first { hasName($0, name) }.map(value)
    }

    /// The values of all fields of that name, in their order.
    public func values(_ name: String) -> [String] {
        fields.filter { hasName($0, name) }.map(value)
    }

    /// Whether a field of that name exists.
    public func contains(_ name: String) -> Bool {
        fields.contains { hasName($0, name) }
    }

    /// Whether the fields of that name, as comma-separated lists, hold this word in any case.
    public func hasToken(_ token: String, in name: String) -> Bool {
        fields.contains { field in
            hasName(field, name)
                && bytes[Int(field.value)..<Int(field.end)].split(separator: UInt8(ascii: ",")).contains {
                    ASCII.equalIgnoringCase(ASCII.trimmed($0), token)
                }
        }
    }

    private func hasName(_ field: Field, _ name: String) -> Bool {
        Int(field.value - field.name) == name.utf8.count
            && ASCII.equalIgnoringCase(bytes[Int(field.name)..<Int(field.value)], name)
    }

    private func value(_ field: Field) -> String {
        String(decoding: bytes[Int(field.value)..<Int(field.end)], as: UTF8.self)
    }
}

extension HTTPHeaders: ExpressibleByDictionaryLiteral {
    /// Fields in the order written; a name may occur more than once.
    public init(dictionaryLiteral pairs: (String, String)...) {
        for (name, value) in pairs { add(name, value) }
    }
}

extension HTTPHeaders: Sequence {
    /// Every field as text; bytes that are not UTF-8 are shown as U+FFFD.
    public func makeIterator() -> AnyIterator<(name: String, value: String)> {
        var rest = fields.makeIterator()
        return AnyIterator {
            rest.next().map { field in
                (String(decoding: bytes[Int(field.name)..<Int(field.value)], as: UTF8.self), value(field))
            }
        }
    }

    public var underestimatedCount: Int { fields.count }
}

extension HTTPHeaders: CustomStringConvertible {
    public var description: String { map { "\($0.name): \($0.value)" }.joined(separator: "\n") }
}

extension HTTPHeaders {
    /// Calls `body` with each field's bytes as they came; for those to whom a value is not text.
    public func forEachField(_ body: (_ name: Span<UInt8>, _ value: Span<UInt8>) -> Void) {
        let all = bytes.span
        for field in fields {
            body(
                all.extracting(Int(field.name)..<Int(field.value)),
                all.extracting(Int(field.value)..<Int(field.end)))
        }
    }

    /// Appends the fields as lines, without the empty line that ends a head.
    public func write(into output: inout [UInt8]) {
        for field in fields {
            output.append(contentsOf: bytes[Int(field.name)..<Int(field.value)])
            output.append(UInt8(ascii: ":"))
            output.append(UInt8(ascii: " "))
            output.append(contentsOf: bytes[Int(field.value)..<Int(field.end)])
            output.append(13)
            output.append(10)
        }
    }

    /// Adds a field that the parser has checked.
    mutating func add(name: UnsafeBufferPointer<UInt8>, value: UnsafeBufferPointer<UInt8>) {
        let start = bytes.count
        bytes.append(contentsOf: name)
        bytes.append(contentsOf: value)
        fields.append(
            Field(name: UInt32(start), value: UInt32(start + name.count), end: UInt32(start + name.count + value.count))
        )
    }

    /// Forgets the fields and keeps their memory for the next head.
    mutating func removeAllKeepingCapacity() {
        bytes.removeAll(keepingCapacity: true)
        fields.removeAll(keepingCapacity: true)
    }
}
