import SuperOS

/// Reads lines: with editing, history and completion on a terminal, plainly from anything else.
final class LineEditor {
    private let input = Descriptor.standardInput
    private let output = Descriptor.standardOutput
    private(set) var history: [String] = []
    private let historyFile: String?
    /// What may stand at the place of `word`, after `before`.
    private let completions: (_ before: String, _ word: String) -> [String]
    /// Bytes read and not yet used.
    private var buffered: ArraySlice<UInt8> = []

    /// The lines that the history file keeps.
    private static let historyLength = 1000

    init(historyFile: String?, completions: @escaping (_ before: String, _ word: String) -> [String]) {
        self.historyFile = historyFile
        self.completions = completions
        guard let historyFile, let bytes = try? FileSystem.read(historyFile) else { return }
        history = String(decoding: bytes, as: UTF8.self).split(separator: "\n").map(String.init)
    }

    /// The next line; nil at the end of input.
    func readLine(prompt: String) -> String? {
        guard let mode = try? input.enterKeyMode() else {
            show(prompt)
            return readPlainLine()
        }
        defer { _ = try? input.restore(mode) }
        let line = edit(prompt: prompt)
        if let line, !line.isEmpty, line != history.last { history.append(line) }
        return line
    }

    /// Reads a secret, which is not shown.
    func readSecret(prompt: String) -> String? {
        show(prompt)
        let mode = try? input.hideTyping()
        defer {
            if let mode { _ = try? input.restore(mode) }
            show("\n")
        }
        return readPlainLine()
    }

    /// Writes the history file, for its owner alone: commands may hold secrets.
    func saveHistory() {
        guard let historyFile else { return }
        let text = history.suffix(Self.historyLength).map { $0 + "\n" }.joined()
        _ = try? FileSystem.replace(historyFile, with: Array(text.utf8), permissions: 0o600)
    }

    private func edit(prompt: String) -> String? {
        var line = LineBuffer(history: history)
        draw(line, prompt)
        while let byte = nextByte() {
            switch line.take(byte) {
            case .edited: break
            case .finished:
                show("\n")
                return String(line.text)
            case .abandoned:
                show("^C\n")
                line = LineBuffer(history: history)
            case .ended: return nil
            case .wantsCompletion: complete(&line)
            case .wantsClearScreen: show("\u{1b}[H\u{1b}[2J")
            }
            draw(line, prompt)
        }
        return nil
    }

    /// Completes as far as all candidates agree, and lists them where that adds nothing.
    private func complete(_ line: inout LineBuffer) {
        let word = line.wordToComplete
        let candidates = completions(line.textBeforeWord, word).filter { $0.hasPrefix(word) }
        guard let first = candidates.first else { return }
        let common = candidates.dropFirst().reduce(first) { $0.commonPrefix(with: $1) }
        if candidates.count == 1 {
            line.complete(with: first + " ")
        } else if common.count > word.count {
            line.complete(with: common)
        } else {
            show("\n" + candidates.joined(separator: "  ") + "\n")
        }
    }

    private func draw(_ line: LineBuffer, _ prompt: String) {
        let back = line.text.count - line.cursor
        show("\r\(prompt)\(String(line.text))\u{1b}[K" + (back > 0 ? "\u{1b}[\(back)D" : ""))
    }

    private func show(_ text: String) {
        Session.writeAll(Array(text.utf8), to: output)
    }

    private func readPlainLine() -> String? {
        var line: [UInt8] = []
        while let byte = nextByte() {
            if byte == UInt8(ascii: "\n") { return String(decoding: line, as: UTF8.self) }
            line.append(byte)
        }
        return line.isEmpty ? nil : String(decoding: line, as: UTF8.self)
    }

    private func nextByte() -> UInt8? {
        if let byte = buffered.popFirst() { return byte }
        var buffer = [UInt8](repeating: 0, count: 4096)
        let result = buffer.withUnsafeMutableBytes { bytes in try? input.read(into: bytes) }
        guard case .bytes(let count) = result else { return nil }
        buffered = buffer[..<count]
        return buffered.popFirst()
    }
}

extension String {
    fileprivate func commonPrefix(with other: String) -> String {
        String(zip(self, other).prefix { $0 == $1 }.map(\.0))
    }
}
