import SuperBase
import SuperConfig
import Testing

@testable import SuperOptions

/// The difference between two texts' configurations.
private func difference(_ old: String, _ new: String) -> ConfigurationDifference? {
    guard let old = load("[supervisord]\n" + old).configuration, let new = load("[supervisord]\n" + new).configuration
    else { return nil }
    return ConfigurationDifference(from: old, to: new)
}

@Test func equalConfigurationsDoNotDiffer() {
    let text = "[program:a]\ncommand=x\n[eventlistener:e]\ncommand=x\nevents=TICK\n"
    #expect(difference(text, text)?.hasNoGroups == true)
    #expect(difference(text, text)?.daemon == [])
}

@Test func groupsComeAndGo() {
    let difference = difference(
        "[program:a]\ncommand=x\n[program:b]\ncommand=x\n",
        "[program:b]\ncommand=x\n[program:d]\ncommand=x\n[program:c]\ncommand=x\n")
    #expect(difference?.added == ["c", "d"])
    #expect(difference?.removed == ["a"])
    #expect(difference?.changed == [])
}

@Test func aChangedOptionChangesTheWholeGroupAndIsNamed() {
    let program = "[group:g]\nprograms=a,b\n[program:a]\ncommand=x\n[program:b]\ncommand=y\n"
    let changed = difference(program, program + "autostart=false\nrestart_delay=1s\n")?.changed
    let name = ProcessName(group: "g", process: "b")
    #expect(changed?.map(\.name) == ["g"])
    #expect(
        changed?.first?.changes == [
            .init(process: name, option: "autostart", old: .boolean(true), new: .boolean(false), isLive: true),
            .init(process: name, option: "restart_delay", old: .text("0s"), new: .text("1s"), isLive: true),
        ])
}

@Test func moreProcessesChangeTheGroup() {
    let program = "[program:a]\ncommand=x\nprocess_name=%(process_num)d\nnumprocs="
    let changes = difference(program + "1\n", program + "2\n")?.changed.first?.changes
    #expect(
        changes == [
            .init(
                process: ProcessName(group: "a", process: "1"), option: "process", old: .none, new: .text("1"),
                isLive: true)
        ])
}

@Test func thePriorityOfAGroupAndTheEventsOfAListenerChangeIt() {
    let listener = "[eventlistener:e]\ncommand=x\nevents="
    #expect(
        difference(listener + "TICK\n", listener + "TICK,EVENT\n")?.changed.first?.changes.map(\.option) == ["events"])
    #expect(
        difference("[group:g]\npriority=1\n", "[group:g]\npriority=2\n")?.changed.first?.changes.map(\.option) == [
            "priority"
        ])
}

@Test func theSocketOfAnFCGIProgramChangesItsGroup() {
    let program = "[fcgi-program:f]\ncommand=x\nsocket=unix:///s\n"
    let changes = difference(program, program + "socket_mode=0777\n")?.changed.first?.changes
    #expect(
        changes?.first
            == .init(
                process: nil, option: "socket", old: .text("unix:///s, mode 700"), new: .text("unix:///s, mode 777")))
}

@Test func changesOfTheDaemonAreNotChangesOfGroups() {
    let difference = difference("", "loglevel=debug\n[unix_http_server]\nfile=/s\n")
    #expect(difference?.hasNoGroups == true)
    #expect(difference?.daemon.map(\.option) == ["loglevel"])
    #expect(difference?.serversChanged == true)
}

/// The options in which the processes of two programs differ, and whether each change is live.
private func liveness(_ old: String, _ new: String) -> [String: Bool] {
    let program = "[program:a]\ncommand=x\nprocess_name=%(process_num)d\n"
    let changes = difference(program + old + "\n", program + new + "\n")?.changed.flatMap(\.changes) ?? []
    return Dictionary(changes.map { ($0.option, $0.isLive) }, uniquingKeysWith: { $0 && $1 })
}

@Test func whatIsAppliedToARunningProcessIsLive() {
    #expect(liveness("", "stopwaitsecs=3\ndirectory=/x") == ["stopwaitsecs": true, "directory": false])
    #expect(liveness("numprocs=3", "numprocs=2") == ["process": true])
    #expect(liveness("", "socket=tcp://h:1") == ["socket": false])
    #expect(liveness("", "priority=3") == ["priority": true])
}

@Test func aHeartbeatComesAndGoesWithARestart() {
    #expect(
        liveness("health=tcp://h:1", "health=tcp://h:2\nhealth_interval=1") == [
            "health": true, "health_interval": true,
        ])
    #expect(liveness("", "health=heartbeat") == ["health": false])
    #expect(liveness("health=heartbeat", "health=tcp://h:1") == ["health": false])
    #expect(liveness("health=heartbeat", "health=heartbeat\nhealth_interval=1") == ["health_interval": false])
    #expect(liveness("health=heartbeat", "health=heartbeat\nhealth_timeout=1") == ["health_timeout": true])
}

@Test func aNewSocketIsNamedInTheDifference() {
    let program = "[program:a]\ncommand=x\nsocket="
    let changes = difference(program + "tcp://h:1\n", program + "admin=tcp://*:1 tcp://[::1]:2\n")?.changed.first?
        .changes
    let (old, new) = (OptionValue.list([.text("tcp://h:1")]), ["admin=tcp://*:1", "tcp://[::1]:2"])
    #expect(changes?.map(\.old) == [old])
    #expect(changes?.map(\.new) == [.list(new.map { .text($0) })])
}
