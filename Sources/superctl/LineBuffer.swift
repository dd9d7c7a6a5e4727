/// A line that is being typed: keys in, text and cursor out. It knows no terminal.
struct LineBuffer {
    /// What a key did to the line as a whole.
    enum Outcome {
        case edited
        case finished
        /// Ctrl-C.
        case abandoned
        /// Ctrl-D on an empty line.
        case ended
        case wantsCompletion
        case wantsClearScreen
    }

    private(set) var text: [Character] = []
    private(set) var cursor = 0
    /// The lines before, oldest first, and this one at the end.
    private var history: [[Character]]
    private var place: Int
    /// Bytes of an escape sequence or of a character that is not complete.
    private var pending: [UInt8] = []

    init(history: [String]) {
        self.history = history.map(Array.init) + [[]]
        place = history.count
    }

    /// Takes one byte from the terminal.
    mutating func take(_ byte: UInt8) -> Outcome {
        if pending.first == 27 {
            pending.append(byte)
            return takeEscape()
        }
        switch byte {
        case 27: pending = [byte]
        case 1: cursor = 0
        case 2: cursor = max(0, cursor - 1)
        case 3: return .abandoned
        case 4 where text.isEmpty: return .ended
        case 4: delete()
        case 5: cursor = text.count
        case 6: cursor = min(text.count, cursor + 1)
        case 8, 127: eraseBackwards(to: max(0, cursor - 1))
        case 9: return .wantsCompletion
        case 10, 13: return .finished
        case 11: text.removeSubrange(cursor...)
        case 12: return .wantsClearScreen
        case 14: recall(place + 1)
        case 16: recall(place - 1)
        case 21: eraseBackwards(to: 0)
        case 23: eraseBackwards(to: startOfWord(ignoringBlanks: true))
        case ..<32: break
        default: takeText(byte)
        }
        return .edited
    }

    /// The word at the cursor, up to it.
    var wordToComplete: String { String(text[startOfWord()..<cursor]) }

    /// What stands before that word.
    var textBeforeWord: String { String(text[..<startOfWord()]) }

    /// Puts `word` in the place of the word at the cursor.
    mutating func complete(with word: String) {
        eraseBackwards(to: startOfWord())
        insert(Array(word))
    }

    private func startOfWord(ignoringBlanks: Bool = false) -> Int {
        var start = cursor
        if ignoringBlanks { while start > 0, text[start - 1] == " " { start -= 1 } }
        while start > 0, text[start - 1] != " " { start -= 1 }
        return start
    }

    /// A character of several bytes is taken when it is complete.
    private mutating func takeText(_ byte: UInt8) {
        pending.append(byte)
        if let characters = String(validating: pending, as: UTF8.self) {
            insert(Array(characters))
            pending = []
        } else if pending.count >= 4 {
            pending = []
        }
    }

    /// Arrows, Home, End and Delete, as terminals send them: `ESC [ A`, `ESC O A`, `ESC [ 3 ~`.
    private mutating func takeEscape() -> Outcome {
        let isDone = pending.count > 2 && (64...126).contains(pending[pending.count - 1])
        guard isDone || pending.count > 8 || (pending.count == 2 && ![91, 79].contains(pending[1])) else {
            return .edited
        }
        defer { pending = [] }
        switch String(decoding: pending.dropFirst(2), as: UTF8.self) {
        case "A": recall(place - 1)
        case "B": recall(place + 1)
        case "C": cursor = min(text.count, cursor + 1)
        case "D": cursor = max(0, cursor - 1)
        case "H", "1~", "7~": cursor = 0
        case "F", "4~", "8~": cursor = text.count
        case "3~": delete()
        default: break
        }
        return .edited
    }

    private mutating func insert(_ characters: [Character]) {
        text.insert(contentsOf: characters, at: cursor)
        cursor += characters.count
    }

    private mutating func delete() {
        if cursor < text.count { text.remove(at: cursor) }
    }

    private mutating func eraseBackwards(to start: Int) {
        text.removeSubrange(start..<cursor)
        cursor = start
    }

    /// Shows another line of the history; what was typed so far stays where it was.
    private mutating func recall(_ newPlace: Int) {
        guard history.indices.contains(newPlace) else { return }
        history[place] = text
        place = newPlace
        text = history[newPlace]
        cursor = text.count
    }
}
