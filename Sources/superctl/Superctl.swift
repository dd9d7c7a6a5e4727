import ArgumentParser
import SuperBase
import SuperOS

import func SuperOptions.nearMiss

/// Options that stand before or behind every command.
struct GlobalOptions: ParsableArguments {
    @Option(name: [.customShort("c"), .customLong("configuration")], help: "The configuration file.")
    var configuration: String?

    @Flag(name: [.customShort("i"), .customLong("interactive")], help: "Start the shell, which no command does, too.")
    var interactive = false

    @Option(
        name: [.customShort("s"), .customLong("serverurl")], help: "Where superd is: unix:///path or http://host:port.")
    var serverURL: String?

    @Option(name: [.customShort("u"), .customLong("username")], help: "The user name for superd.")
    var username: String?

    @Option(name: [.customShort("p"), .customLong("password")], help: "The password for superd.")
    var password: String?

    @Option(name: [.customShort("r"), .customLong("history-file")], help: "Where the shell keeps its history.")
    var historyFile: String?

    @Flag(name: .customLong("json"), help: "Print what the API answered.")
    var json = false

    /// Takes these options out of a command line, wherever they stand before `--`.
    ///
    /// ArgumentParser alone would know them only before the command, or only behind it.
    static func split(_ arguments: [String]) -> (options: [String], rest: [String]) {
        let valued = [
            "-c", "-s", "-u", "-p", "-r", "--configuration", "--serverurl", "--username", "--password",
            "--history-file",
        ]
        let flags = ["-i", "--interactive", "--json"]
        var (options, rest): ([String], [String]) = ([], [])
        var next = arguments[...]
        while let word = next.popFirst() {
            if word == "--" {
                rest += [word] + next
                break
            } else if valued.contains(word) {
                options += [word] + (next.popFirst().map { [$0] } ?? [])
            } else if flags.contains(word) || valued.contains(where: { $0.hasPrefix("--") && word.hasPrefix($0 + "=") })
            {
                options.append(word)
            } else {
                rest.append(word)
            }
        }
        return (options, rest)
    }
}

/// One command. It says and fails through the session, which knows where and how.
protocol Verb: ParsableCommand {
    func run(_ session: Session)
}

/// `superctl`: without a command it is a shell.
struct Superctl: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "superctl",
        abstract: "Starts, stops and watches the processes of superd.",
        discussion: """
            Processes are named by 'name', 'group:name', 'group:*', 'all', or patterns such as '*worker*' and 'web:*_0[0-3]'.

            Examples:
              superctl status
              superctl restart 'web:*'
            """,
        version: "superctl \(SuperBase.Version.current)",
        subcommands: verbTypes,
        helpNames: [.customShort("h"), .customShort("?"), .long])

    @OptionGroup var options: GlobalOptions

    private static let verbTypes: [any ParsableCommand.Type] = [
        Status.self, Start.self, Stop.self, Restart.self, Roll.self, Scale.self, SendSignal.self, Clear.self, Pid.self,
        Foreground.self,
        Tail.self, MainTail.self, Logs.self, Events.self, Reread.self, Update.self, Add.self, Remove.self, Avail.self,
        Diff.self, Check.self, Reload.self, Shutdown.self, ReopenAllLogs.self, Version.self, Open.self,
    ]

    /// The words by which commands are called.
    static let verbs: [String] = verbTypes.map { $0._commandName }

    /// Runs the words of a command line and gives the exit code.
    static func run(_ arguments: [String]) -> Int32 {
        Signal.pipe.ignore()
        // The completion scripts call the program with words that begin with three dashes.
        if arguments.first?.hasPrefix("---") == true || arguments.contains("--generate-completion-script") {
            return runParser(arguments)
        }
        let (options, words) = GlobalOptions.split(arguments)
        do {
            let options = try GlobalOptions.parse(options)
            guard let verb = words.first else { return Shell(try Session(options)).run() }
            guard !verb.hasPrefix("-") else { return runParser(words) }
            let session = try Session(options)
            execute(words, session)
            return session.exitCode
        } catch {
            return complain(error)
        }
    }

    /// Runs one command in a session; its exit code is left there.
    static func execute(_ words: [String], _ session: Session) {
        guard let verb = words.first else { return }
        guard verbs.contains(verb) || verb == "help" else {
            session.complain("*** Unknown syntax: \(verb)")
            if let near = nearMiss(of: verb, among: verbs) { session.advise("did you mean '\(near)'?") }
            return session.fail(1)
        }
        if words == ["help"] { return session.say(Shell.commandList) }
        do {
            let command = try parseAsRoot(words)
            guard let verb = command as? any Verb else {
                session.exitCode = runParser(words)
                return
            }
            verb.run(session)
        } catch {
            let code = complain(error)
            if code != 0 { session.fail(code) }
        }
    }

    /// Lets ArgumentParser do what it brings along: help, version and completion scripts.
    private static func runParser(_ words: [String]) -> Int32 {
        do {
            var command = try parseAsRoot(words)
            try command.run()
            return 0
        } catch {
            return complain(error)
        }
    }

    /// Prints what the parser or the settings complain of, or the help that was asked for.
    private static func complain(_ error: any Error) -> Int32 {
        if let error = error as? SettingsError {
            Session.write("Error: \(error.message)\nFor help, use superctl -h", to: .standardError)
            return 2
        }
        guard exitCode(for: error) != .success else {
            Session.write(fullMessage(for: error), to: .standardOutput)
            return 0
        }
        Session.write("Error: \(message(for: error))\nFor help, use superctl -h", to: .standardError)
        return 2
    }
}
