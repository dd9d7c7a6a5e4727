import ArgumentParser
import SuperAPI
import SuperClient

extension Session {
    /// Asks what reads the configuration on disk; its errors are printed in full.
    fileprivate func askConfiguration<Request: Endpoint>(_ request: Request) -> Request.Response? {
        do {
            return try attempt(request)
        } catch {
            guard case .problem(let problem) = error, problem.kind == .badConfiguration else {
                report(error, .unchecked)
                return nil
            }
            let diagnostics = problem.diagnostics ?? []
            say("ERROR: CANT_REREAD: \(diagnostics.first?.message ?? problem.detail)")
            for diagnostic in diagnostics { advise(diagnostic.text) }
            fail(1)
            return nil
        }
    }
}

struct Reread: Verb {
    static let configuration = superctl.configuration(
        "reread", "Reads the configuration and says which groups differ; applies nothing.", "reread", "reread --json")

    func run(_ session: Session) {
        guard let changes = session.askConfiguration(RereadConfiguration()) else { return }
        let lines =
            (changes.added.map { ($0, "available") } + changes.changed.map { ($0, "changed") }
            + changes.removed.map { ($0, "disappeared") }).sorted { $0.0 < $1.0 }
        if lines.isEmpty { session.say("No config updates to processes") }
        for (group, word) in lines { session.say("\(group): \(word)") }
    }
}

struct Update: Verb {
    static let configuration = superctl.configuration(
        "update", "Reads the configuration and applies what differs.", "update", "update web mail")

    @Argument(help: "Only these groups.", completion: groupNames)
    var groups: [String] = []
    @OptionGroup var waiting: WaitOptions

    func run(_ session: Session) {
        let isEverything = groups.contains("all")
        let request = UpdateConfiguration(
            groups: isEverything ? [] : groups, wait: waiting.wait, timeout: waiting.timeout)
        guard let answer = session.askConfiguration(request) else { return }
        session.report(answer.results, words: answer.results.map(\.name))
    }
}

struct Add: Verb {
    static let configuration = superctl.configuration(
        "add", "Makes groups of the configuration that was read last active.", "add web", "add web mail")

    @Argument(help: "Which groups.", completion: groupNames)
    var groups: [String] = []

    func run(_ session: Session) {
        for group in groups {
            guard let answer = session.ask(AddGroup(group: group), .unchecked) else { return }
            session.report(answer.results, words: groups)
        }
    }
}

struct Remove: Verb {
    static let configuration = superctl.configuration(
        "remove", "Removes groups whose processes are stopped.", "remove old", "remove old older")

    @Argument(help: "Which groups.", completion: groupNames)
    var groups: [String] = []

    func run(_ session: Session) {
        for group in groups {
            guard let answer = session.ask(RemoveGroup(group: group), .unchecked) else { return }
            session.report(answer.results, words: groups)
        }
    }
}

struct Avail: Verb {
    static let configuration = superctl.configuration(
        "avail", "Shows the processes of the configuration that was read last.", "avail", "avail --json")

    func run(_ session: Session) {
        guard let list = session.ask(ListAvailable(), .unchecked) else { return }
        for process in list.processes {
            session.say(
                [
                    padded(process.name, 32), padded(process.inUse ? "in use" : "avail", 9),
                    padded(process.autostart ? "auto" : "manual", 9),
                    "\(process.groupPriority):\(process.processPriority)",
                ].joined(separator: " "))
        }
    }
}

struct Diff: Verb {
    static let configuration = superctl.configuration(
        "diff", "Shows what an update would change and restart.", "diff", "diff --json")

    func run(_ session: Session) {
        guard let difference = session.askConfiguration(DiffConfiguration()) else { return }
        if difference.groups.isEmpty && difference.daemon.isEmpty { session.say("No config updates to processes") }
        for group in difference.groups {
            session.say("\(group.group): \(group.change.rawValue)")
            say(group.options, indentation: "  ", session)
            for process in group.processes {
                session.say(
                    "  \(process.name): \(process.change.rawValue)\(process.restarts ? ", \(effect(process.change))" : "")"
                )
                say(process.options, indentation: "    ", session)
            }
        }
        guard !difference.daemon.isEmpty else { return }
        session.say("superd itself, with 'superctl reload':")
        say(difference.daemon, indentation: "  ", session)
    }

    private func effect(_ change: Change) -> String {
        switch change {
        case .added: "would start"
        case .changed: "would restart"
        case .removed: "would stop"
        }
    }

    private func say(_ options: [OptionDifference], indentation: String, _ session: Session) {
        for option in options {
            session.say("\(indentation)\(option.option): \(option.old ?? "(not set)") -> \(option.new ?? "(not set)")")
        }
    }
}

struct Check: Verb {
    static let configuration = superctl.configuration(
        "check", "Reads the configuration on disk and says what is wrong with it.", "check", "check --json")

    func run(_ session: Session) {
        guard let report = session.ask(CheckConfiguration(), .unchecked) else { return }
        for diagnostic in report.diagnostics { session.say(diagnostic.text) }
        if report.isValid { session.say("the configuration is valid") } else { session.fail(1) }
    }
}
