import SuperBase
import SuperOptions

/// superd's command line, in the grammar of supervisord (getopt): `-n`, `-c FILE`, `-cFILE`, `--nodaemon`, `--logfile FILE`,
/// `--logfile=FILE`.
///
/// The switches for options of `[supervisord]` come from the option table, so that a row stays the one place in which an option is declared.
struct DaemonFlags {
    /// What a switch without a row does.
    enum Verb: String, CaseIterable {
        case configuration
        case help
        case version
        case check
        case json
        case strict
        case offline
        case printSample = "print-sample"
        case printReference = "print-reference"
    }

    /// A word of the command line that superd does not take; with what it takes instead.
    struct UsageError: Error, CustomStringConvertible {
        let description: String
    }

    private struct Switch {
        var short: String?
        var long: String
        var takesValue: Bool
        var summary: String
        /// Nil for an option of `[supervisord]`.
        var verb: Verb?
    }

    private(set) var configurationPath: String?
    private(set) var verbs: Set<Verb> = []
    private(set) var overrides: [DaemonArguments.Override] = []
    private let switches: [Switch]

    /// Reads the words after the program's name. Called as `supervisord`, `-t` is Supervisor's `--strip_ansi`; as `superd` it checks.
    init(_ words: [String], program: String) throws(UsageError) {
        switches = Self.switches(calledAsSupervisor: program.hasSuffix("supervisord"))
        var seen: Set<String> = []
        var rest = words[...]
        while let word = rest.popFirst() {
            let (found, name, inline) = try find(word, &rest)
            guard seen.insert(found.long).inserted else {
                throw UsageError(description: "conflicting command line option '\(name)'")
            }
            var value = inline
            if found.takesValue && value == nil {
                guard let next = rest.popFirst() else {
                    throw UsageError(description: "option \(name) requires a value: \(found.summary)")
                }
                value = next
            }
            take(found, value)
        }
    }

    private mutating func take(_ found: Switch, _ value: String?) {
        switch found.verb {
        case .configuration: configurationPath = value
        case let verb?: verbs.insert(verb)
        case nil: overrides.append(DaemonArguments.Override(found.long, value ?? "true"))
        }
    }

    /// The switch that a word names, the name as written, and a value that was written in the same word.
    private func find(
        _ word: String, _ rest: inout ArraySlice<String>
    ) throws(UsageError) -> (Switch, name: String, value: String?) {
        if word.hasPrefix("--") { return try findLong(word) }
        guard word.hasPrefix("-"), word.count > 1 else {
            throw UsageError(description: "positional arguments are not supported: ['\(word)']")
        }
        let letter = String(word.dropFirst().prefix(1))
        let tail = String(word.dropFirst(2))
        guard let found = switches.first(where: { $0.short == letter }) else {
            throw UsageError(description: "option -\(letter) not recognized")
        }
        if found.takesValue { return (found, "-\(letter)", tail.isEmpty ? nil : tail) }
        // `-ns` is `-n -s`.
        if !tail.isEmpty { rest = ["-\(tail)"] + rest }
        return (found, "-\(letter)", nil)
    }

    private func findLong(_ word: String) throws(UsageError) -> (Switch, name: String, value: String?) {
        let parts = word.dropFirst(2).split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(
            String.init)
        let name = parts.first ?? ""
        guard let found = switches.first(where: { $0.long == name }) else {
            let hint = nearMiss(of: name, among: switches.map(\.long)).map { " (did you mean --\($0)?)" } ?? ""
            throw UsageError(description: "option --\(name) not recognized\(hint)")
        }
        if parts.count > 1 && !found.takesValue {
            throw UsageError(description: "option --\(name) must not have an argument")
        }
        return (found, "--\(name)", parts.count > 1 ? parts[1] : nil)
    }

    // MARK: - What there is

    private static func switches(calledAsSupervisor: Bool) -> [Switch] {
        let check = calledAsSupervisor ? nil : "t"
        let own = [
            Switch(
                short: "c", long: "configuration", takesValue: true, summary: "the configuration file",
                verb: .configuration),
            Switch(
                short: check, long: "check", takesValue: false, summary: "check the configuration and exit",
                verb: .check),
            Switch(
                long: "json", takesValue: false, summary: "with --check: print the effective configuration as JSON",
                verb: .json),
            Switch(long: "strict", takesValue: false, summary: "with --check: warnings are errors", verb: .strict),
            Switch(
                long: "offline", takesValue: false,
                summary: "with --check: do not look for users, groups and folders on this machine", verb: .offline),
            Switch(
                long: "print-sample", takesValue: false, summary: "print a commented configuration and exit",
                verb: .printSample),
            Switch(
                long: "print-reference", takesValue: false, summary: "print the reference of all options and exit",
                verb: .printReference),
            Switch(
                short: "v", long: "version", takesValue: false, summary: "print the version and exit", verb: .version),
            Switch(short: "h", long: "help", takesValue: false, summary: "print this and exit", verb: .help),
            Switch(short: "?", long: "help", takesValue: false, summary: "print this and exit", verb: .help),
        ]
        let options = OptionTable.supervisord.compactMap { row in
            row.flag.map { flag in
                // Supervisor's letter for --strip_ansi is taken by --check.
                Switch(
                    short: flag.short == check ? nil : flag.short, long: flag.long, takesValue: flag.takesValue,
                    summary: row.summary)
            }
        }
        // Supervisor's profiler: accepted for scripts that pass it, and without effect.
        return own + options + [
            Switch(long: "profile_options", takesValue: true, summary: "ignored; Supervisor's profiler")
        ]
    }

    /// The text of `--help`.
    var help: String {
        let lines = switches.filter { $0.short != "?" }.map { item in
            let value = item.takesValue ? " VALUE" : ""
            let names = (item.short.map { "-\($0), " } ?? "    ") + "--\(item.long)\(value)"
            return "  " + names + String(repeating: " ", count: max(2, 34 - names.count)) + item.summary
        }
        return """
            superd: run and watch the programs of a configuration file.

            Usage: superd [-c FILE] [-n] [options]
                   superd --check -c FILE [--json] [--strict] [--offline]

            Without -c the file is looked for where supervisord looks: ../etc/supervisord.conf and ../supervisord.conf
            beside the program's folder, ./supervisord.conf, ./etc/supervisord.conf, /etc/supervisord.conf,
            /etc/supervisor/supervisord.conf; and in /etc/superd/supervisor.ini.

            Options (those of [supervisord] beat the file):
            \(lines.joined(separator: "\n"))

            Signals: TERM, INT, QUIT stop everything and exit; HUP reads the configuration and restarts everything;
            USR2 opens the log files again.

            Examples:
              superd -c supervisor.ini              run in the background
              superd -n -c supervisor.ini           run in the foreground
              superd --check -c supervisor.ini      list everything that is wrong with the file
            """
    }
}
