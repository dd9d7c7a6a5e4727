import SuperBase
import Testing

@testable import SuperOptions

/// A world in which everything exists.
let anywhere = ValueContext(
    userExists: { !$0.isEmpty }, groupExists: { !$0.isEmpty }, directoryExists: { _ in true },
    homeDirectory: { $0 == nil ? "/home/me" : nil }, currentDirectory: "/here")

/// The stored values of a configuration by their paths, such as `process.stdout.maxBytes`.
///
/// A table that is not part of a configuration of its own (a name, a size, a signal) counts as one value.
private func leaves(_ value: Any, _ path: String = "") -> [String: String] {
    let inner: [any Any.Type] = [
        DaemonConfig.self, ProgramDraft.self, ProcessConfig.self, StreamConfig.self, SocketDraft.self, GroupDraft.self,
        IncludeDraft.self, UnixServerDraft.self, InetServerDraft.self, Credentials.self, ClientConfig.self,
        EventListenerConfig.self, SocketsDraft.self, HealthConfig.self, RecyclingConfig.self, RollingConfig.self,
        HookConfig.self,
    ]
    if let commands = value as? [Hook: String] {
        return Dictionary(
            uniqueKeysWithValues: Hook.allCases.map { ("\(path).\($0)", "\(String(describing: commands[$0]))") })
    }
    guard inner.contains(where: { $0 == type(of: value) }) else { return [path: "\(value)"] }
    var found: [String: String] = [:]
    for child in Mirror(reflecting: value).children {
        let label = child.label ?? ""
        found.merge(leaves(child.value, path.isEmpty ? label : "\(path).\(label)")) { $1 }
    }
    return found
}

/// Checks that the example of every row changes one stored value, each another, and together all but `derived`.
private func expectOneRowPerProperty<Owner: HasDefaults>(_ rows: [OptionRow<Owner>], derived: Set<String> = []) {
    let before = leaves(Owner())
    var changedBy: [String: String] = [:]
    for row in rows {
        var owner = Owner()
        do {
            try row.read(.text(row.example), anywhere, &owner)
        } catch {
            Issue.record("the example of \(row.name) is refused: \(error.message)")
        }
        let changed = leaves(owner).filter { before[$0.key] != $0.value }.map(\.key)
        #expect(changed.count == 1, "\(row.name) changes \(changed)")
        #expect(row.differsFromDefault(owner), "\(row.name)")
        for path in changed {
            #expect(changedBy[path] == nil, "\(path) is changed by \(row.name) and \(changedBy[path] ?? "")")
            changedBy[path] = row.name
        }
    }
    #expect(Set(before.keys).subtracting(changedBy.keys) == derived)
}

@Test func everyStoredPropertyHasExactlyOneRow() {
    expectOneRowPerProperty(OptionTable.supervisord, derived: ["serverURL"])
    expectOneRowPerProperty(
        OptionTable.programWithSockets,
        derived: [
            "process.name", "process.program", "process.sharedSocket", "process.sockets",
            "process.stdout.hasEmptyLogFile", "process.stderr.hasEmptyLogFile",
        ])
    expectOneRowPerProperty(OptionTable.group)
    expectOneRowPerProperty(OptionTable.fcgi)
    expectOneRowPerProperty(OptionTable.eventListener)
    expectOneRowPerProperty(OptionTable.include)
    expectOneRowPerProperty(OptionTable.unixServer)
    expectOneRowPerProperty(OptionTable.inetServer)
    expectOneRowPerProperty(OptionTable.client)
}

/// Checks that the text of each default, where it has one, reads as the default.
private func expectDefaultsReadBack<Owner: HasDefaults & Hashable>(_ rows: [OptionRow<Owner>]) {
    for row in rows {
        guard let text = row.text(Owner()) else { continue }
        var owner = Owner()
        do {
            try row.read(.text(text), anywhere, &owner)
        } catch {
            Issue.record("the default of \(row.name) is refused: \(error.message)")
        }
        #expect(owner == Owner(), "\(row.name)=\(text)")
    }
}

@Test func everyDefaultReadsBackAsItself() {
    expectDefaultsReadBack(OptionTable.supervisord)
    expectDefaultsReadBack(OptionTable.programWithSockets)
    expectDefaultsReadBack(OptionTable.group)
    expectDefaultsReadBack(OptionTable.fcgi)
    expectDefaultsReadBack(OptionTable.eventListener)
    expectDefaultsReadBack(OptionTable.include)
    expectDefaultsReadBack(OptionTable.unixServer)
    expectDefaultsReadBack(OptionTable.inetServer)
    expectDefaultsReadBack(OptionTable.client)
}

@Test func noSectionHasAnOptionTwice() {
    for section in OptionTable.sections {
        let names = section.options.map(\.name)
        #expect(Set(names).count == names.count, "\(section.title)")
    }
    let program = Set(OptionTable.program.map(\.name))
    #expect(program.isDisjoint(with: OptionTable.fcgi.map(\.name)))
    let programWithSockets = Set(OptionTable.programWithSockets.map(\.name))
    #expect(programWithSockets.isDisjoint(with: OptionTable.eventListener.map(\.name)))
}

@Test func everyRowIsDocumentedInASentence() {
    for option in OptionTable.sections.flatMap(\.options) {
        #expect(option.summary.hasSuffix(".") && option.summary.first?.isUppercase == true, "\(option.name)")
        #expect(!option.expected.isEmpty && !option.typeName.isEmpty && !option.example.isEmpty, "\(option.name)")
        #expect(option.detail.isEmpty || option.detail.hasSuffix("."), "\(option.name)")
    }
}

@Test func theCommandLineHasSupervisorsLetters() {
    let flags = OptionTable.supervisord.compactMap(\.flag)
    #expect(
        Set(flags.compactMap(\.short)) == ["n", "s", "u", "m", "d", "l", "y", "z", "e", "j", "i", "q", "k", "a", "t"])
    #expect(flags.filter { !$0.takesValue }.compactMap(\.short).sorted() == ["k", "n", "s", "t"])
    #expect(flags.contains { $0.long == "minprocs" && $0.short == nil })
}
