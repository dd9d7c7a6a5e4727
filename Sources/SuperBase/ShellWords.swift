/// Splits a command into words by the rules of a POSIX shell: blanks separate, quotes and backslashes protect. Nothing is expanded.
///
/// The rules are those of Python's `shlex.split`, which Supervisor uses, comments off: inside double quotes a backslash protects only `"`
/// and itself.
public enum ShellWords {
    public enum Problem: Error, Sendable, Hashable, CustomStringConvertible {
        case noClosingQuotation
        case noEscapedCharacter

        /// The words of Python's shlex, which operators know from Supervisor.
        public var description: String {
            switch self {
            case .noClosingQuotation: "No closing quotation"
            case .noEscapedCharacter: "No escaped character"
            }
        }
    }

    private enum State {
        case between
        case word
        case quoted(UInt8)
        /// After a backslash, inside quotes or not.
        case escaped(quote: UInt8?)
    }

    private static let backslash = UInt8(ascii: "\\")
    private static let doubleQuote = UInt8(ascii: "\"")
    private static let singleQuote = UInt8(ascii: "'")

    public static func split(_ text: String) throws(Problem) -> [String] {
        var words: [String] = []
        var word: [UInt8] = []
        var state = State.between
        for byte in text.utf8 {
            switch state {
            case .between, .word:
                switch byte {
                case 0x20, 0x09, 0x0a, 0x0d:
                    if case .word = state { words.append(String(decoding: word, as: UTF8.self)) }
                    word = []
                    state = .between
                case backslash: state = .escaped(quote: nil)
                case doubleQuote, singleQuote: state = .quoted(byte)
                default:
                    word.append(byte)
                    state = .word
                }
            case .quoted(let quote):
                if byte == quote {
                    state = .word
                } else if byte == backslash && quote == doubleQuote {
                    state = .escaped(quote: quote)
                } else {
                    word.append(byte)
                }
            case .escaped(let quote):
                if let quote, byte != quote, byte != backslash { word.append(backslash) }
                word.append(byte)
                state = quote.map(State.quoted) ?? .word
            }
        }
        switch state {
        case .between: return words
        case .word: return words + [String(decoding: word, as: UTF8.self)]
        case .quoted: throw .noClosingQuotation
        case .escaped: throw .noEscapedCharacter
        }
    }
}
