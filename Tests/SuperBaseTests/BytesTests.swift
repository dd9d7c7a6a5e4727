import SuperBase
import Testing

struct BytesTests {
    @Test func integersAreWrittenLittleEndFirst() {
        var writer = ByteWriter()
        writer.write(UInt32(0x0102_0304))
        writer.write(Int16(-2))
        #expect(writer.bytes == [4, 3, 2, 1, 0xfe, 0xff])
    }

    @Test(arguments: [0, 1, -1, .min, .max] as [Int64])
    func integersComeBack(value: Int64) throws {
        var writer = ByteWriter()
        writer.write(value)
        writer.write(Int32(truncatingIfNeeded: value))
        writer.write(UInt64(bitPattern: value))
        writer.write(Int8(truncatingIfNeeded: value))
        writer.write(Instant(nanoseconds: value))
        var reader = ByteReader(writer.bytes)
        #expect(try reader.read(Int64.self) == value)
        #expect(try reader.read(Int32.self) == Int32(truncatingIfNeeded: value))
        #expect(try reader.read(UInt64.self) == UInt64(bitPattern: value))
        #expect(try reader.read(Int8.self) == Int8(truncatingIfNeeded: value))
        #expect(try reader.readInstant() == Instant(nanoseconds: value))
        #expect(reader.isAtEnd)
    }

    @Test func everythingElseComesBack() throws {
        let bytes = BytesTests.sample
        var reader = ByteReader(bytes)
        #expect(try BytesTests.read(&reader) == ["größer", "", "true", "[0, 255]", "nil", "7", "[\"a\", \"b\"]"])
        #expect(reader.isAtEnd)
    }

    @Test func bytesCutShortAreRefused() {
        let bytes = BytesTests.sample
        for length in bytes.indices {
            #expect(throws: MalformedBytes.self) {
                var reader = ByteReader(bytes[..<length])
                _ = try BytesTests.read(&reader)
            }
        }
    }

    @Test func aSliceIsReadFromItsOwnStart() throws {
        let bytes: [UInt8] = [9, 9, 5, 0, 9]
        var reader = ByteReader(bytes[2..<4])
        #expect(try reader.read(UInt16.self) == 5)
        #expect(reader.isAtEnd)
        #expect(throws: MalformedBytes.self) { try reader.read(UInt8.self) }
    }

    @Test func lengthsBeyondTheEndAreRefused() {
        let bytes: [UInt8] = [0xff, 0xff, 0xff, 0xff, 1, 2]
        #expect(throws: MalformedBytes.self) {
            var reader = ByteReader(bytes)
            _ = try reader.readBytes()
        }
        #expect(throws: MalformedBytes.self) {
            var reader = ByteReader(bytes)
            _ = try reader.readText()
        }
        #expect(throws: MalformedBytes.self) {
            var reader = ByteReader(bytes)
            _ = try reader.readArray { (r) throws(MalformedBytes) in try r.read(UInt8.self) }
        }
    }

    @Test func textThatIsNotUTF8IsRepaired() throws {
        var writer = ByteWriter()
        writer.write([0x61, 0xff])
        var reader = ByteReader(writer.bytes)
        #expect(try reader.readText() == "a\u{fffd}")
    }

    // MARK: - A sample of each

    private static var sample: [UInt8] {
        var writer = ByteWriter()
        writer.write("größer")
        writer.write("")
        writer.write(true)
        writer.write([0, 255] as [UInt8])
        writer.write(nil as Int32?) { $0.write($1) }
        writer.write(7 as Int32?) { $0.write($1) }
        writer.write(["a", "b"]) { $0.write($1) }
        return writer.bytes
    }

    private static func read(_ reader: inout ByteReader) throws(MalformedBytes) -> [String] {
        var words = [try reader.readText(), try reader.readText()]
        words.append("\(try reader.readBool())")
        words.append("\(try reader.readBytes())")
        for _ in 0..<2 {
            let value = try reader.readOptional { (r) throws(MalformedBytes) in try r.read(Int32.self) }
            words.append(value.map(String.init) ?? "nil")
        }
        words.append("\(try reader.readArray { (r) throws(MalformedBytes) in try r.readText() })")
        return words
    }
}
