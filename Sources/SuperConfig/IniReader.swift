import CInih
import SuperBase

/// Reads INI text into a document, in the dialect of Python's `RawConfigParser` that Supervisor uses.
///
/// libinih splits sections and options; Python's rules about comments, continuation lines and indentation are applied
/// before that, line by line, because libinih's own differ. It is given three shapes of line only:
///
///     [3]             a header: the section's place in the list, for a name may be longer than libinih keeps
///     .name = value   an option, trimmed; the dot keeps a name from being empty or beginning with [ ; or #
///     <tab>value      a further line of the value before
///
/// With each option line goes a note that libinih's callback takes away. A note that is still there when the next line
/// is asked for means that libinih found neither = nor : in the line.
struct IniReader {
    /// What the text says, and everything wrong or doubtful about it.
    struct Result {
        var document = RawDocument()
        var diagnostics: [Diagnostic] = []
    }

    /// libinih's switches, set once for the process.
    private static let wholeLines: Void = inih_take_whole_lines()

    /// Reads the text of a file.
    static func read(_ bytes: [UInt8], file: String) -> Result {
        guard let text = String(validating: bytes, as: UTF8.self) else {
            return Result(diagnostics: [
                Diagnostic(
                    .error, kind: "parse.encoding", at: SourceLocation(file: file, line: lineOfInvalidByte(in: bytes)),
                    "the file is not UTF-8")
            ])
        }
        _ = wholeLines
        let feed = IniFeed(lines: IniLines(text), file: file)
        _ = withExtendedLifetime(feed) {
            // Its result is the number of the first bad line only; the feed has them all.
            ini_parse_stream(
                { buffer, size, feed in
                    guard let feed, let buffer else { return nil }
                    return Unmanaged<IniFeed>.fromOpaque(feed).takeUnretainedValue().fill(buffer, size)
                }, Unmanaged.passUnretained(feed).toOpaque(),
                { feed, section, name, value, _ in
                    guard let feed, let section, let name, let value else { return 0 }
                    Unmanaged<IniFeed>.fromOpaque(feed).takeUnretainedValue()
                        .take(String(cString: section), String(cString: name), String(cString: value))
                    return 1
                }, Unmanaged.passUnretained(feed).toOpaque())
        }
        return feed.finish()
    }

    /// The line of the first byte that is not UTF-8, counted as `IniLines` does.
    private static func lineOfInvalidByte(in bytes: [UInt8]) -> Int {
        var line = 1
        var iterator = bytes.makeIterator()
        var decoder = UTF8()
        var previous: Unicode.Scalar = " "
        while case .scalarValue(let scalar) = decoder.decode(&iterator) {
            if scalar == "\r" || (scalar == "\n" && previous != "\r") { line += 1 }
            previous = scalar
        }
        return line
    }
}

/// The lines of a text without their ends, which are LF, CR LF or CR.
struct IniLines: IteratorProtocol {
    private var rest: Substring.UnicodeScalarView

    init(_ text: String) {
        rest = text[...].unicodeScalars
    }

    mutating func next() -> [Unicode.Scalar]? {
        guard !rest.isEmpty else { return nil }
        let end = rest.firstIndex { $0 == "\n" || $0 == "\r" } ?? rest.endIndex
        let line = Array(rest[..<end])
        rest = rest[end...]
        let isCarriageReturn = rest.first == "\r"
        rest = rest.dropFirst()
        if isCarriageReturn, rest.first == "\n" { rest = rest.dropFirst() }
        return line
    }
}
