import SuperBase

extension OptionType where Value: RawRepresentable & CaseIterable, Value.RawValue == String {
    /// One of the words of an enumeration.
    static func choice(_ name: String) -> OptionType {
        let words = Value.allCases.map(\.rawValue)
        let expected = words.dropLast().joined(separator: ", ") + " or " + (words.last ?? "")
        return OptionType(
            name, expected: expected, words: words,
            parse: { (text, _) throws(ValueError) in
                guard let value = Value(rawValue: text.lowercased()) else {
                    throw mismatch(text, expected, words: words)
                }
                return value
            }, value: { .text($0.rawValue) })
    }
}

/// The command, if it can be split into words.
func checkedCommand(_ text: String) throws(ValueError) -> String {
    let words: [String]
    do {
        words = try ShellWords.split(text)
    } catch {
        throw ValueError("\(quoted(text)) cannot be split into words: \(error)")
    }
    guard let first = words.first, !first.isEmpty else { throw ValueError("there is no command in \(quoted(text))") }
    return text
}

extension OptionType where Value == String {
    /// A command with its arguments.
    static var command: OptionType {
        let expected = "a command, split into words by shell rules"
        var type = OptionType(
            "command", expected: expected,
            parse: { (text, _) throws(ValueError) in try checkedCommand(text) }, value: { .text($0) })
        type.read = { (given, _) throws(ValueError) in
            guard case .text(let text) = given else { throw ValueError("\(given.typeName) is not \(expected)") }
            return try checkedCommand(text)
        }
        return type
    }
}

extension OptionType where Value == [String] {
    /// Files to be read at each start.
    static var environmentFiles: OptionType {
        OptionType(
            "files", expected: "paths separated by blanks or commas, each with - before it if it need not exist",
            separator: " ", split: wordsBetweenBlanksAndCommas,
            elements: { (words, context) throws(ValueError) in
                var paths: [String] = []
                for word in words {
                    let isOptional = word.utf8.first == UInt8(ascii: "-")
                    let path = isOptional ? String(word.dropFirst()) : word
                    guard !path.isEmpty else { throw ValueError("there is no path after the - of \(quoted(word))") }
                    paths.append((isOptional ? "-" : "") + context.normalized(path))
                }
                return paths
            }, words: { $0 })
    }
}

extension OptionType where Value == [Dependency] {
    /// What must have happened before a start.
    static var dependencies: OptionType {
        OptionType(
            "dependencies",
            expected: "names of programs or groups, or group:process, separated by commas, "
                + "each with =started, =ready, =healthy or =completed after it if wanted",
            separator: ",", split: wordsBetweenBlanksAndCommas,
            elements: { (words, _) throws(ValueError) in
                var dependencies: [Dependency] = []
                for word in words {
                    let dependency = try Dependency(option: word)
                    guard !dependencies.contains(where: { $0.name == dependency.name }) else {
                        throw ValueError("\(quoted(dependency.name)) is given twice")
                    }
                    dependencies.append(dependency)
                }
                return dependencies
            }, words: { $0.map(\.text) })
    }
}

extension Dependency {
    /// Reads `name` or `name=condition`.
    fileprivate init(option text: String) throws(ValueError) {
        let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        guard !parts[0].isEmpty else {
            throw ValueError("\(quoted(text)) names nothing before its =", hint: "write no blanks around =")
        }
        guard ProcessName(parts[0]) != nil else {
            throw ValueError("\(quoted(parts[0])) is not the name of a program or group, or group:process")
        }
        guard parts.count == 2 else {
            self.init(parts[0])
            return
        }
        let words = Condition.allCases.map(\.rawValue)
        guard let condition = Condition(rawValue: parts[1].lowercased()) else {
            var error = OptionType<Condition>.mismatch(
                parts[1], "started, ready, healthy or completed", words: words)
            if parts[1].isEmpty { error.hint = "write no blanks around =" }
            throw error
        }
        self.init(parts[0], condition)
    }
}

extension OptionType where Value == RestartLimit {
    /// At most so many restarts in so much time.
    static var restartLimit: OptionType {
        let expected = "a number of restarts, a slash and a duration, such as 5/60s"
        return OptionType(
            "limit", expected: expected,
            parse: { (text, _) throws(ValueError) in
                let parts = text.split(separator: "/", omittingEmptySubsequences: false).map { trimmed($0) }
                guard parts.count == 2, let count = parseInteger(parts[0]), let window = parseDuration(parts[1]) else {
                    throw mismatch(text, expected)
                }
                guard count >= 1 else { throw ValueError("the number of \(quoted(text)) is not 1 or more") }
                guard window > .zero else { throw ValueError("the duration of \(quoted(text)) is not above 0") }
                return RestartLimit(count: count, window: window)
            }, value: { .text("\($0.count)/\($0.window.text)") })
    }
}

extension OptionType where Value == [StopStep] {
    /// How a process is stopped, signal by signal.
    static var stopSteps: OptionType {
        OptionType(
            "stop sequence",
            expected: "signals separated by commas, each with a time after it, such as INT 5, TERM 10, KILL",
            separator: ", ",
            split: { text in
                text.isEmpty
                    ? [] : text.split(separator: ",", omittingEmptySubsequences: false).map { trimmed($0) }
            },
            elements: { (words, context) throws(ValueError) in
                var steps: [StopStep] = []
                for (index, word) in words.enumerated() {
                    steps.append(try StopStep(word, isLast: index == words.count - 1, context))
                }
                return steps
            },
            words: { steps in
                steps.map { $0 == StopStep(.kill, wait: .zero) ? "KILL" : "\($0.signal.name) \($0.wait.text)" }
            })
    }
}

extension StopStep {
    /// What a last signal without a time is given before SIGKILL: the default of `stopwaitsecs`.
    private static let lastWait = Duration.seconds(10)

    /// Reads `TERM 10`; the time may be missing at the last step.
    fileprivate init(_ text: String, isLast: Bool, _ context: ValueContext) throws(ValueError) {
        let words = wordsBetweenBlanks(text)
        guard let first = words.first else { throw ValueError("a signal is missing between two commas, or at an end") }
        guard words.count <= 2 else {
            throw ValueError("\(quoted(text)) is not a signal and a time", hint: "separate the steps by commas")
        }
        let signal = try OptionType<Signal>.signal.parse(first, context)
        guard signal != .kill || isLast else {
            throw ValueError("nothing can follow KILL, which ends every process", hint: "make it the last step")
        }
        guard words.count == 2 else {
            guard isLast else {
                throw ValueError("\(quoted(text)) has no time, which only the last step may leave out")
            }
            self.init(signal, wait: signal == .kill ? .zero : Self.lastWait)
            return
        }
        guard let wait = parseDuration(words[1]) else {
            throw OptionType<StopStep>.mismatch(words[1], OptionType<Duration>.duration.expected)
        }
        self.init(signal, wait: wait)
    }
}
