/// Writes values one after another as bytes, little end first: the form of records and of messages between keeper and brain.
public struct ByteWriter: Sendable {
    public private(set) var bytes: [UInt8] = []

    public init() {}

    public mutating func write<Value: FixedWidthInteger>(_ value: Value) {
        withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) }
    }

    public mutating func write(_ value: Bool) { bytes.append(value ? 1 : 0) }

    /// Its length in 32 bits, then its UTF-8.
    public mutating func write(_ text: String) {
        write(UInt32(text.utf8.count))
        bytes.append(contentsOf: text.utf8)
    }

    public mutating func write(_ raw: [UInt8]) {
        write(UInt32(raw.count))
        bytes.append(contentsOf: raw)
    }

    public mutating func write(_ instant: Instant) { write(instant.nanoseconds) }

    /// Whether there is one, then the one.
    public mutating func write<Value>(_ value: Value?, _ body: (inout ByteWriter, Value) -> Void) {
        write(value != nil)
        if let value { body(&self, value) }
    }

    /// How many there are in 32 bits, then each.
    public mutating func write<Element>(_ values: [Element], _ body: (inout ByteWriter, Element) -> Void) {
        write(UInt32(values.count))
        for value in values { body(&self, value) }
    }
}

/// The bytes are not what the reader expects: cut short, or of another version.
public struct MalformedBytes: Error, Hashable, CustomStringConvertible {
    public init() {}
    public var description: String { "malformed or truncated bytes" }
}

/// Reads what `ByteWriter` wrote. Every length is checked against what is left, so that no input makes it allocate more than it holds.
public struct ByteReader: Sendable {
    private let bytes: ArraySlice<UInt8>
    private var position: Int

    public init(_ bytes: ArraySlice<UInt8>) {
        self.bytes = bytes
        position = bytes.startIndex
    }

    public init(_ bytes: [UInt8]) { self.init(bytes[...]) }

    public var isAtEnd: Bool { position == bytes.endIndex }

    private mutating func take(_ count: Int) throws(MalformedBytes) -> ArraySlice<UInt8> {
        guard count >= 0, bytes.endIndex - position >= count else { throw MalformedBytes() }
        defer { position += count }
        return bytes[position..<position + count]
    }

    public mutating func read<Value: FixedWidthInteger>(_: Value.Type = Value.self) throws(MalformedBytes) -> Value {
        var value: Value = 0
        for (index, byte) in try take(MemoryLayout<Value>.size).enumerated() {
            value |= Value(truncatingIfNeeded: byte) << (8 * index)
        }
        return value
    }

    public mutating func readBool() throws(MalformedBytes) -> Bool { try read(UInt8.self) != 0 }

    public mutating func readBytes() throws(MalformedBytes) -> [UInt8] {
        let count = try read(UInt32.self)
        return Array(try take(Int(count)))
    }

    public mutating func readText() throws(MalformedBytes) -> String {
        let count = try read(UInt32.self)
        return String(decoding: try take(Int(count)), as: UTF8.self)
    }

    public mutating func readInstant() throws(MalformedBytes) -> Instant { Instant(nanoseconds: try read()) }

    public mutating func readOptional<Value>(
        _ body: (inout ByteReader) throws(MalformedBytes) -> Value
    ) throws(MalformedBytes) -> Value? {
        try readBool() ? try body(&self) : nil
    }

    public mutating func readArray<Element>(
        _ body: (inout ByteReader) throws(MalformedBytes) -> Element
    ) throws(MalformedBytes) -> [Element] {
        let count = try read(UInt32.self)
        var values: [Element] = []
        for _ in 0..<count { values.append(try body(&self)) }
        return values
    }
}
