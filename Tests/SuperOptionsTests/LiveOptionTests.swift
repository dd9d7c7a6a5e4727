import SuperBase
import Testing

@testable import SuperOptions

/// A process as the loader makes it from a draft.
private func process(_ draft: ProgramDraft) -> ProcessConfig {
    var process = draft.process
    process.name = ProcessName(group: "app", process: draft.processName)
    process.sockets = draft.sockets.sockets
    return process
}

/// A program whose every option can be told from its default.
private func draft() throws -> ProgramDraft {
    var draft = ProgramDraft()
    draft.sockets.named = try OptionType<[NamedSocket]>.sockets.parse("unix:///run/other.sock", anywhere)
    return draft
}

@Test(arguments: OptionTable.programWithSockets.map(\.name))
func anOptionIsLiveWhereARunningProcessWouldNotDiffer(_ name: String) throws {
    let row = try #require(OptionTable.programWithSockets.first { $0.name == name })
    let old = try draft()
    var new = old
    try row.read(.text(row.example), anywhere, &new)
    #expect(process(old).runsLike(process(new)) == row.isLive)
    #expect(row.appliesLive(old, new) == row.isLive)
}

@Test(arguments: ["health", "health_interval"])
func aChangeThatAHeartbeatIsPartOfIsNotLive(_ name: String) throws {
    let row = try #require(OptionTable.program.first { $0.name == name })
    var old = try draft()
    old.process.health.check = .heartbeat
    var new = old
    try row.read(.text(row.example), anywhere, &new)
    #expect(!process(old).runsLike(process(new)))
    #expect(!row.appliesLive(old, new))
    #expect(!process(new).runsLike(process(old)))
    #expect(!row.appliesLive(new, old))
}

@Test func aFinishedProcessTellsTheSocketsItCameFrom() throws {
    for text in [
        "tcp://*:80", "tcp://[::1]:80 unix:///s", "a=tcp://h:80 tcp://h:81 socket9=tcp://h:82 tcp://h:83",
    ] {
        var draft = ProgramDraft()
        draft.sockets.named = try OptionType<[NamedSocket]>.sockets.parse(text, anywhere)
        draft.sockets.backlog = 7
        if text.contains("unix") { draft.sockets.owner = Owner(user: "web") }
        if text.contains("unix") { draft.sockets.mode = 0o770 }
        #expect(ProgramDraft(process(draft)).sockets == draft.sockets, "\(text)")
    }
}
