import SuperBase
import SuperOS

/// A file of `NAME=VALUE` lines, as `env_file` names it.
///
/// Blank lines and lines that begin with `#` are passed over. `export ` may stand before a name, and quotes of either kind around a value,
/// with a comment behind them. Nothing in a value is replaced or expanded, and without quotes a `#` in it is a character like any other.
struct EnvironmentFile {
    let variables: [EnvironmentVariable]

    /// What is wrong, and in which line, from 1; nil for the file as a whole.
    struct Problem: Error, Hashable {
        var line: Int?
        var why: String
    }

    private static let sizeLimit = 1 << 20

    /// Reads a file now. Nothing but a regular file is opened to be read, because a pipe would keep the brain waiting.
    init(reading path: String) throws(Problem) {
        let bytes: [UInt8]
        do {
            let file = try Descriptor.open(path, [.readOnly, .nonBlocking])
            guard try file.status().kind == .regular else { throw Problem(why: "not a regular file") }
            bytes = try file.readAll(limit: Self.sizeLimit)
        } catch let problem as Problem {
            throw problem
        } catch {
            throw Problem(why: (error as? SystemError)?.errno.description ?? "\(error)")
        }
        try self.init(bytes)
    }

    /// Reads the contents of a file.
    init(_ bytes: [UInt8]) throws(Problem) {
        var variables: [EnvironmentVariable] = []
        // By bytes: a combining mark behind a line feed would make one character of both.
        for (index, line) in bytes.split(separator: 10, omittingEmptySubsequences: false).enumerated() {
            do {
                if let variable = try Self.variable(in: line) { variables.append(variable) }
            } catch {
                throw Problem(line: index + 1, why: error.why)
            }
        }
        self.variables = variables
    }

    /// The variable of a line; nil where it has none.
    private static func variable(in line: ArraySlice<UInt8>) throws(Problem) -> EnvironmentVariable? {
        guard !line.contains(0) else { throw Problem(why: "a zero byte") }
        var line = trimmed(line)
        guard let first = line.first, first != UInt8(ascii: "#") else { return nil }
        if line.starts(with: "export ".utf8) || line.starts(with: "export\t".utf8) { line = trimmed(line.dropFirst(7)) }
        guard let equals = line.firstIndex(of: UInt8(ascii: "=")) else { throw Problem(why: "expected NAME=VALUE") }
        let name = trimmed(line[..<equals])
        guard isName(name) else { throw Problem(why: "expected NAME=VALUE") }
        let value = try unquoted(trimmed(line[(equals + 1)...]))
        return EnvironmentVariable(String(decoding: name, as: UTF8.self), String(decoding: value, as: UTF8.self))
    }

    private static func unquoted(_ value: ArraySlice<UInt8>) throws(Problem) -> ArraySlice<UInt8> {
        guard let quote = value.first, quote == UInt8(ascii: "'") || quote == UInt8(ascii: "\"") else { return value }
        let rest = value.dropFirst()
        guard let end = rest.firstIndex(of: quote) else { throw Problem(why: "no closing quotation mark") }
        let behind = trimmed(rest[(end + 1)...])
        guard behind.isEmpty || behind.first == UInt8(ascii: "#") else {
            throw Problem(why: "text behind the closing quotation mark")
        }
        return rest[..<end]
    }

    /// Letters, digits, `_`, `.` and `-`, and no digit first.
    private static func isName(_ bytes: ArraySlice<UInt8>) -> Bool {
        guard let first = bytes.first, !isDigit(first) else { return false }
        return bytes.allSatisfy { isDigit($0) || isLetter($0) || [0x5f, 0x2e, 0x2d].contains($0) }
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }
    private static func isLetter(_ byte: UInt8) -> Bool { (0x41...0x5a).contains(byte & 0xdf) }

    /// Without spaces, tabs and carriage returns at its ends.
    private static func trimmed(_ bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 || byte == 0x0d }
        guard let last = bytes.lastIndex(where: { !isBlank($0) }) else { return [] }
        return bytes[...last].drop(while: isBlank)
    }
}
