import SuperAPI
import SuperBase
import SuperClient

/// `superctl` without a command: reads commands until `quit` or the end of input.
struct Shell {
    private let session: Session

    init(_ session: Session) {
        self.session = session
    }

    /// Always 0, as in Supervisor: what failed was seen.
    func run() -> Int32 {
        let session = session
        let editor = LineEditor(historyFile: session.settings.historyFile) { before, word in
            Shell.candidates(session, before: before)
        }
        logIn(editor)
        Status.show(session)
        while let line = editor.readLine(prompt: "\(session.settings.prompt)> ") {
            let words: [String]
            do {
                words = try ShellWords.split(line)
            } catch {
                session.say("*** \(error)")
                continue
            }
            guard let verb = words.first else { continue }
            if ["quit", "exit"].contains(verb) { break }
            guard isConfirmed(verb, editor) else { continue }
            Superctl.execute(words, session)
        }
        session.say("")
        editor.saveHistory()
        return 0
    }

    /// Asks for credentials if superd wants some and the ones at hand do not do.
    private func logIn(_ editor: LineEditor) {
        do {
            _ = try session.client.call(ShowDaemon())
        } catch .problem(let problem) where problem.kind == .unauthorized {
            session.say("Server requires authentication")
            guard let username = editor.readLine(prompt: "Username:"),
                let password = editor.readSecret(prompt: "Password:")
            else { return }
            session.setCredentials(username: username, password: password)
        } catch {
            // The status that comes next says it.
        }
    }

    private func isConfirmed(_ verb: String, _ editor: LineEditor) -> Bool {
        let question: String
        switch verb {
        case "shutdown": question = "Really shut the remote supervisord process down y/N? "
        case "reload": question = "Really restart the remote supervisord process y/N? "
        default: return true
        }
        return editor.readLine(prompt: question)?.lowercased().hasPrefix("y") == true
    }

    /// Commands for the first word, names for the others.
    private static func candidates(_ session: Session, before: String) -> [String] {
        switch before.split(separator: " ").first {
        case nil: return Superctl.verbs.sorted() + ["exit", "help", "quit"]
        case "help": return Superctl.verbs.sorted()
        case "scale": return session.programNames()
        case "add", "remove", "update": return Set(session.processNames().map(\.group)).sorted()
        case .some:
            let names = session.processNames()
            let groups = Set(names.filter { $0.group != $0.process }.map { "\($0.group):*" })
            return names.map(\.description) + groups.sorted()
        }
    }

    /// What `help` prints.
    static var commandList: String {
        let title = "default commands (type help <topic>):"
        let verbs = (Superctl.verbs + ["exit", "help", "quit"]).sorted()
        let columns = 6
        let rows = (verbs.count + columns - 1) / columns
        let lines = (0..<rows).map { row in
            stride(from: row, to: verbs.count, by: rows).map { padded(verbs[$0], 13) }.joined()
        }
        return "\n\(title)\n\(String(repeating: "=", count: title.count))\n\(lines.joined(separator: "\n"))\n"
    }
}
