import SuperBase
import SuperOptions

/// One load after the files are parsed: it goes through the sections in Supervisor's order, so that the first error it
/// finds is the one that Supervisor would report, and goes on after each.
struct Evaluation {
    let source: FileSource
    let context: ValueContext
    let mainFile: String
    /// The main file alone, which is all that superctl's section may stand in.
    let main: RawDocument
    /// Everything, included files too.
    var document: RawDocument
    var problems: Problems
    /// The numbers of processes that are in force instead of `numprocs`, by program.
    let scales: [String: Int]
    /// The numbers of processes in the files, by program.
    var counts: [String: Int] = [:]
    /// `ENV_NAME` by name: superd's environment and, once read, that of `[supervisord]`.
    var environment: [String: ExpansionValue]

    init(
        source: FileSource, context: ValueContext, mainFile: String, main: RawDocument, problems: Problems,
        scales: [String: Int]
    ) {
        self.source = source
        self.context = context
        self.mainFile = mainFile
        self.main = main
        document = main
        self.problems = problems
        self.scales = scales
        environment = Dictionary(
            source.environment.map { ("ENV_" + $0.name, .text($0.value)) }, uniquingKeysWith: { $1 })
    }

    /// The files that the main file's `[include]` names, in the order in which they are read.
    mutating func includedFiles() -> [String] {
        guard let section = main.section("include") else { return [] }
        var draft = IncludeDraft()
        let count = problems.errorCount
        apply(OptionTable.include, of: section, names: ["host_node_name": .text(source.hostName)], to: &draft)
        guard let patterns = draft.files else {
            if problems.errorCount == count {
                report(
                    section, "files", kind: "include.no_files",
                    "[include] needs files=, the patterns of the files to read")
            }
            return []
        }
        return patterns.flatMap { pattern in
            let base = directoryPart(of: context.normalized(mainFile))
            let whole = pattern.hasPrefix("/") ? pattern : base + (base == "/" ? "" : "/") + pattern
            let files = source.glob(whole).sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
            if files.isEmpty {
                report(
                    section, "files", .warning, kind: "no_match", "no file matches \(whole)",
                    details: [.init("pattern", .text(whole))])
            }
            return files
        }
    }

    /// The whole configuration. It is to be used only if no error was found.
    mutating func run(flags: [(name: String, value: String)]) -> Configuration {
        var configuration = Configuration(files: problems.files)
        configuration.daemon = readDaemon()
        configuration.rpcInterfaces = readPlugins("rpcinterface:", OptionTable.interfaceFactory, of: document)
        configuration.groups = readGroups(daemon: configuration.daemon)
        configuration.counts = counts
        configuration.servers = readServers()
        finishDaemon(&configuration.daemon, servers: configuration.servers, flags: flags)
        configuration.client = readClient()
        if configuration.client != nil {
            configuration.clientPlugins = readPlugins("ctlplugin:", OptionTable.clientPluginFactory, of: main)
        }
        warnOfPlugins(configuration)
        warnOfUnknownNames()
        return configuration
    }

    // MARK: Options

    /// The option of a section, or of `[DEFAULT]`.
    func option(_ name: String, of section: RawSection) -> RawOption? {
        section.options[name] ?? document.defaults?.options[name]
    }

    /// Reads the options of these rows that are given, in the order of the rows.
    mutating func apply<Owner>(
        _ rows: some Sequence<OptionRow<Owner>>, of section: RawSection, names: [String: ExpansionValue] = [:],
        to owner: inout Owner
    ) {
        for row in rows {
            guard let option = option(row.name, of: section),
                let value = expanded(option, of: section, names: names)
            else { continue }
            do {
                try row.read(value, context, &owner)
            } catch {
                problems.add(
                    Diagnostic(
                        .error, kind: error.kind, at: option.location, section: section.title, option: row.name,
                        error.message, hint: error.hint, details: error.details))
                continue
            }
            guard case .text(let text) = value else { continue }
            for doubt in row.doubts(text) {
                report(section, row.name, .warning, kind: "value.doubtful", doubt)
            }
        }
    }

    /// The option's value with every text in it expanded; nil, and an error reported, where that cannot be done.
    mutating func expanded(
        _ option: RawOption, of section: RawSection, names: [String: ExpansionValue] = [:]
    ) -> OptionValue? {
        do {
            return try expanded(option.value, option, names)
        } catch {
            guard case .text(let text) = option.value else {
                report(section, option.name, error, "a value")
                return nil
            }
            report(section, option.name, error, "'\(text)'", names: names)
            return nil
        }
    }

    private func expanded(
        _ value: OptionValue, _ option: RawOption, _ names: [String: ExpansionValue]
    ) throws(ExpansionError) -> OptionValue {
        switch value {
        case .none, .boolean, .integer: return value
        case .text(let text):
            return .text(
                try Expansion.expand(text) { name in
                    if name == "here" { return .text(context.normalized(directoryPart(of: option.location.file))) }
                    return names[name] ?? environment[name]
                })
        case .list(let values):
            var list: [OptionValue] = []
            for value in values { list.append(try expanded(value, option, names)) }
            return .list(list)
        case .map(let entries):
            var map: [OptionValue.Entry] = []
            for entry in entries { map.append(.init(entry.key, try expanded(entry.value, option, names))) }
            return .map(map)
        }
    }

    private mutating func report(
        _ section: RawSection, _ option: String, _ error: ExpansionError, _ text: String,
        names: [String: ExpansionValue] = [:]
    ) {
        let subject = "format string \(text) for '\(section.title).\(option)'"
        switch error {
        case .unknownName(let name) where isMissingSocket(name, option, names):
            reportMissingSocket(section, option, subject, name)
        case .unknownName(let name):
            let available = (["here"] + names.keys + environment.keys).sorted()
            report(
                section, option, kind: "expand.unknown_name",
                "\(subject) contains names ('\(name)') which cannot be expanded. Available names: "
                    + available.joined(separator: ", "),
                hint: nearMiss(of: name, among: available).map { "did you mean %(\($0))s?" },
                details: [.init("name", .text(name))])
        case .badFormat(let why):
            report(
                section, option, kind: "expand.bad_format", "\(subject) is badly formatted: \(why)",
                hint: "write %% for a percent sign", details: [.init("why", .text(why))])
        }
    }

    // MARK: Reports

    /// Reports a problem at the option, or at the section where the option is not given.
    mutating func report(
        _ section: RawSection, _ name: String?, _ severity: Diagnostic.Severity = .error, kind: String,
        _ message: String, hint: String? = nil, details: [OptionValue.Entry] = []
    ) {
        let given = name.flatMap { option($0, of: section) }
        problems.add(
            Diagnostic(
                severity, kind: kind, at: given?.location ?? section.location, section: section.title, option: name,
                message, hint: hint, details: details))
    }

    /// The name of a program, group or pool from its section; nil, and an error reported, where it is none.
    mutating func name(of section: RawSection) -> String? {
        let name = section.suffix ?? ""
        return check(name, section, nil) ? name : nil
    }

    /// Whether this can be a name; an error is reported where not.
    mutating func check(_ name: String, _ section: RawSection, _ option: String?) -> Bool {
        guard !name.isEmpty else {
            report(section, option, kind: "name.empty", "the name is empty")
            return false
        }
        // In this order: the first one found is reported.
        for character in [" ", ":", "/"] where name.contains(character) {
            report(
                section, option, kind: "name.invalid_character",
                "invalid name: '\(name)' because of character: '\(character)'",
                details: [.init("name", .text(name)), .init("character", .text(character))])
            return false
        }
        return true
    }
}
