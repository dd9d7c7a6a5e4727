import SuperBase
import Testing

@testable import SuperOptions

/// What a type makes of a text; nil where it is refused.
private func parse<Value>(_ type: OptionType<Value>, _ text: String) -> Value? { try? type.parse(text, anywhere) }

/// Why a type refuses a text, with its hint; nil where it does not.
private func refusal<Value>(_ type: OptionType<Value>, _ text: String) -> String? {
    do throws(ValueError) {
        _ = try type.parse(text, anywhere)
        return nil
    } catch {
        return error.message + (error.hint.map { " (\($0))" } ?? "")
    }
}

// MARK: Sockets

@Test func socketsHaveNamesOrGetThem() {
    let sockets = parse(.sockets, "tcp://LocalHost:80\n  http.1=tcp://*:8080 unix:///a/../b tcp://[::1]:81")
    #expect(sockets?.map(\.name) == ["socket", "http.1", "socket2", "socket3"])
    #expect(
        sockets?.map(\.address) == [
            .inet(InetAddress(host: "localhost", port: 80)), .inet(InetAddress(host: "", port: 8080)),
            .unix(path: "/b"), .inet(InetAddress(host: "::1", port: 81)),
        ])
    #expect(
        sockets.map(NamedSocket.texts) == ["tcp://localhost:80", "http.1=tcp://*:8080", "unix:///b", "tcp://[::1]:81"])
    #expect(parse(.sockets, "unix:///a=b")?.map(\.name) == ["socket"])
    #expect(parse(.sockets, "") == [])
}

@Test(arguments: [
    ("80", "is not tcp://host:port or unix:///absolute/path"),
    ("localhost:80", "did you mean tcp://localhost:80?"),
    ("http://h:80/", "did you mean tcp://h:80?"),
    ("/run/s", "did you mean unix:///run/s?"),
    ("tcp://h", "names no port (write it after the host, such as 127.0.0.1:8000)"),
    ("tcp://[::1]", "names no port"),
    ("tcp://::1:80", "an IPv6 address stands in brackets, as in [::1]:8000"),
    ("tcp://[h]:80", "hold no IPv6 address"),
    ("tcp://h:0", "is not a number from 1 to 65535"),
    ("tcp://h:65536", "is not a number from 1 to 65535"),
    ("tcp://h:+80", "is not a number from 1 to 65535"),
    ("tcp://:80", "has no host before its port"),
    ("unix://run/s", "is not absolute (write unix:/// and the path)"),
    ("unix:///", "names no file"),
    ("unix:///" + String(repeating: "x", count: 107), "is longer than 107 bytes"),
    ("a:b=tcp://h:80", "\"a:b\" cannot be the name of a socket; expected letters, digits, _, - and ."),
    ("=tcp://h:80", "\"\" cannot be the name of a socket"),
    ("a=tcp://h:80 a=tcp://h:81", "two sockets are named \"a\""),
    ("socket=tcp://h:80 tcp://h:81", "two sockets are named \"socket\""),
    ("a=tcp://h:80 b=tcp://H:80", "tcp://h:80 is given twice"),
])
func aBadSocketIsRefusedWithTheReason(_ text: String, _ reason: String) {
    #expect(refusal(.sockets, text)?.contains(reason) == true, "\(refusal(.sockets, text) ?? "accepted")")
}

@Test func theLongestPathOfASocketIsTaken() {
    #expect(parse(.sockets, "unix:///" + String(repeating: "x", count: 106)) != nil)
}

// MARK: Readiness and health

@Test func readinessIsAWordADescriptorALineOrAProbe() {
    let forms: [(String, Readiness)] = [
        ("startsecs", .uptime), ("notify", .notify), ("fd:3", .descriptor(3)), ("fd:255", .descriptor(255)),
        ("line:* ready: *", .line("* ready: *")),
        ("tcp://h:80", .probe(.tcp(host: "h", port: 80))),
        ("unix:///run/s", .probe(.unix(path: "/run/s"))),
        ("http://[::1]:80/a?b=c:d", .probe(.http(host: "::1", port: 80, path: "/a?b=c:d"))),
        ("http+unix:///run/s:/a:/b", .probe(.httpUnix(socket: "/run/s", path: "/a:/b"))),
        ("exec:test -e '/x y'", .probe(.command("test -e '/x y'"))),
    ]
    for (text, readiness) in forms {
        #expect(parse(.readiness, text) == readiness, "\(text)")
        #expect(readiness.text == text)
    }
    #expect(parse(.readiness, "http://h:80") == .probe(.http(host: "h", port: 80, path: "/")))
    #expect(parse(.readiness, "http+unix:///run/s") == .probe(.httpUnix(socket: "/run/s", path: "/")))
}

@Test(arguments: [
    ("sd_notify", "did you mean notify?"), ("notfy", "did you mean notify?"), ("startsec", "did you mean startsecs?"),
    ("heartbeat", "that is for health; write notify here"),
    ("https://h:443/", "superd speaks no TLS: probe an http:// address, or write exec: and a command that does"),
    ("htp://h:80/", "did you mean http://…?"), ("lines:x", "did you mean line:…?"),
    ("/bin/check", "write exec: before a command"),
    ("fd:2", "is not a number from 3 to 255"), ("fd:256", "is not a number from 3 to 255"), ("fd:", "is not a number"),
    ("line:", "has no pattern"), ("exec:", "there is no command"), ("exec:a 'b", "No closing quotation"),
    ("tcp://*:80", "write 127.0.0.1 for this machine"), ("http://h/x", "names no port"),
    ("http://h:80/a b", "holds a blank"), ("http+unix://s:/x", "is not absolute"), ("", "is not startsecs"),
])
func badReadinessIsRefusedWithTheReason(_ text: String, _ reason: String) {
    #expect(refusal(.readiness, text)?.contains(reason) == true, "\(refusal(.readiness, text) ?? "accepted")")
}

@Test func healthIsAHeartbeatOrAProbe() {
    #expect(parse(.healthCheck, "heartbeat") == .heartbeat)
    #expect(parse(.healthCheck, "tcp://h:80") == .probe(.tcp(host: "h", port: 80)))
    for (text, reason) in [
        ("startsecs", "that is for ready"), ("line:x", "that is for ready"), ("fd:3", "that is for ready"),
        ("watchdog", "did you mean heartbeat?"), ("hartbeat", "did you mean heartbeat?"),
        ("https://h:80/", "superd speaks no TLS"),
    ] { #expect(refusal(.healthCheck, text)?.contains(reason) == true, "\(text)") }
}

// MARK: Policies

@Test func dependenciesHaveConditions() throws {
    #expect(
        parse(.dependencies, "db, cache=started g:p=Healthy\nmigrate=completed") == [
            Dependency("db"), Dependency("cache", .started), Dependency("g:p", .healthy),
            Dependency("migrate", .completed),
        ])
    #expect(parse(.dependencies, "") == [])
    let list = OptionValue.list([.text("db"), .text("a=started")])
    #expect(try OptionType<[Dependency]>.dependencies.read(list, anywhere).map(\.text) == ["db", "a=started"])
    for (text, reason) in [
        ("db=helthy", "did you mean healthy?"), ("db = ready", "write no blanks around ="),
        ("a:b:c", "is not the name"),
        ("db db=started", "\"db\" is given twice"), ("db=", "write no blanks around ="),
    ] { #expect(refusal(.dependencies, text)?.contains(reason) == true, "\(text)") }
    #expect(throws: ValueError.self) { try OptionType<[Dependency]>.dependencies.read(.list([.integer(1)]), anywhere) }
}

@Test func aRestartLimitIsANumberInATime() {
    #expect(parse(.restartLimit, "5/60s") == RestartLimit(count: 5, window: .seconds(60)))
    #expect(parse(.restartLimit, " 1 / 2m") == RestartLimit(count: 1, window: .seconds(120)))
    for text in ["", "5", "0/60s", "5/0", "-1/5", "5/60s/2", "x/60", "5/x", "/60", "5/"] {
        #expect(parse(.restartLimit, text) == nil, "\(text)")
    }
}

@Test func aStopSequenceIsSignalsAndTimes() throws {
    let steps = [
        StopStep(.interrupt, wait: .seconds(5)), StopStep(.terminate, wait: .milliseconds(500)),
        StopStep(.kill, wait: .zero),
    ]
    #expect(parse(.stopSteps, "INT 5, SIGTERM 500ms,KILL") == steps)
    #expect(OptionType<[StopStep]>.stopSteps.text(steps) == "INT 5s, TERM 500ms, KILL")
    #expect(parse(.stopSteps, "15") == [StopStep(.terminate, wait: .seconds(10))])
    #expect(parse(.stopSteps, "") == [])
    let list = OptionValue.list([.text("INT 5"), .text("KILL")])
    #expect(try OptionType<[StopStep]>.stopSteps.read(list, anywhere) == [steps[0], steps[2]])
    for (text, reason) in [
        ("INT, TERM 5", "has no time, which only the last step may leave out"), ("INT 5 TERM 10", "by commas"),
        ("KILL 5, TERM", "nothing can follow KILL"), ("INT 5,", "a signal is missing"), ("INTT 5", "did you mean INT?"),
        ("INT x", "is not a duration"),
    ] { #expect(refusal(.stopSteps, text)?.contains(reason) == true, "\(text)") }
}

@Test func environmentFilesAreAbsoluteAndMayBeMissing() {
    #expect(parse(.environmentFiles, "/a.env, -b.env\n~/c") == ["/a.env", "-/here/b.env", "/home/me/c"])
    #expect(parse(.environmentFiles, "-") == nil)
}

@Test func choicesAreWordsInAnyCase() {
    #expect(parse(.choice("mode"), "Stop-First") == RestartMode.stopFirst)
    #expect(parse(.choice("type"), "oneshot") == ProgramKind.oneshot)
    #expect(
        refusal(OptionType<ExitCondition>.choice("condition"), "all-stoped")
            == "\"all-stoped\" is not never, all-stopped, any-exited or any-fatal (did you mean all-stopped?)")
}

@Test func aPositiveDurationIsNotZeroAndALimitNotNegative() {
    #expect(parse(.positiveDuration, "0") == nil)
    #expect(parse(.positiveDuration, "1ms") == .milliseconds(1))
    #expect(parse(.limit, "-1") == nil)
    #expect(parse(.limit, "1KB") == ByteSize(bytes: 1024))
    #expect(throws: ValueError.self) { try OptionType<ByteSize>.limit.read(.integer(-1), anywhere) }
}

@Test func theCountOfProcessesMayBeLeftToTheMachine() throws {
    var machine = anywhere
    machine.processors = 12
    #expect(try OptionType<Int>.processCount.parse("Auto", machine) == 12)
    #expect(parse(.processCount, "3") == 3)
    #expect(
        refusal(.processCount, "atuo") == "\"atuo\" is not an integer of at most 10000, or auto (did you mean auto?)")
    #expect(parse(.processCount, "10001") == nil)
}
