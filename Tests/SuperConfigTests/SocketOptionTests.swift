import SuperBase
import SuperConfig
import Testing

/// The processes of a program with these lines.
private func processes(_ lines: String) -> [ProcessConfig] {
    loadProgram(lines).configuration?.groups.flatMap(\.processes) ?? []
}

@Test func aProgramMayHaveSocketsOfEitherKind() {
    let process = process(
        "socket=http=tcp://*:80\n  unix:///run/%(program_name)s.sock\nsocket_backlog=9\nsocket_owner=web:adm\nsocket_mode=0770"
    )
    var http = SharedSocket(address: .inet(host: "", port: 80), backlog: 9)
    http.name = "http"
    var other = SharedSocket(
        address: .unix(path: "/run/app.sock", mode: 0o770, owner: Owner(user: "web", group: "adm")), backlog: 9)
    other.name = "socket"
    #expect(process?.sockets == [http, other])
    #expect(process?.sharedSocket == nil)
}

@Test func aSocketFileIsItsOwnersAlone() {
    #expect(process("socket=unix:///s")?.sockets.map(\.address) == [.unix(path: "/s", mode: 0o700, owner: nil)])
}

@Test func eachProcessMayHaveASocketOfItsOwn() {
    let sockets = processes("numprocs=2\nprocess_name=p%(process_num)d\nsocket=tcp://h:80%(process_num)02d")
        .flatMap(\.sockets)
    #expect(sockets.map(\.url) == ["tcp://h:8000", "tcp://h:8001"])
}

@Test func anEventListenerMayHaveASocket() {
    let section = "[supervisord]\n[eventlistener:e]\ncommand=x\nevents=TICK\nsocket=tcp://h:1\n"
    #expect(load(section).configuration?.groups.first?.processes.first?.sockets.count == 1)
    #expect(load(section + "socket_stdin=true\n").errors.map(\.kind) == ["eventlistener.socket_stdin"])
}

@Test func anFCGIProgramHasNothingButItsOwnSocket() {
    let section = "[supervisord]\n[fcgi-program:f]\ncommand=x\nsocket=tcp://h:1\n"
    #expect(load(section).configuration?.groups.first?.processes.first?.sockets == [])
    #expect(load(section + "start_on_demand=true\n").warnings.map(\.kind) == ["option.unknown"])
    let number = load(section.replacing("command=x", with: "command=x %(socket_fd)s"))
    #expect(number.errors.map(\.kind) == ["expand.no_socket"])
    #expect(number.errors.first?.hint == "the socket of an fcgi-program is descriptor 0")
}

@Test(arguments: [
    ("socket_stdin=true", "socket.needed", "socket_stdin"),
    ("start_on_demand=true", "socket.needed", "start_on_demand"),
    ("socket_reuseport=true", "socket.needed", "socket_reuseport"),
    ("socket=\nsocket_stdin=true", "socket.needed", "socket_stdin"),
    ("socket=tcp://h:1\nsocket_mode=0770", "value.invalid", "socket_mode"),
    ("socket=tcp://h:1\nsocket_owner=web", "value.invalid", "socket_owner"),
    ("socket=tcp://h:1 unix:///s\nsocket_reuseport=true", "value.invalid", "socket_reuseport"),
    ("socket=tcp://h:1\nidle_timeout=5", "idle_timeout.without_demand", "idle_timeout"),
    ("socket=tcp://h:1\nready=fd:3", "ready.descriptor_taken", "ready"),
    ("socket=tcp://h:1 tcp://h:2\nready=fd:4", "ready.descriptor_taken", "ready"),
    ("socket=tcp://h", "value.invalid", "socket"), ("socket_backlog=0", "value.invalid", "socket_backlog"),
])
func whatDoesNotGoWithASocketIsAnError(_ lines: String, _ kind: String, _ option: String) {
    let errors = loadProgram(lines).errors
    #expect(errors.map(\.kind) == [kind])
    #expect(errors.map(\.option) == [option])
}

@Test func whatGoesWithASocketIsRead() {
    let process = process(
        "socket=tcp://h:1\nsocket_reuseport=true\nsocket_stdin=true\nstart_on_demand=true\nidle_timeout=5m\nready=fd:4")
    #expect(process?.sockets.first?.reusesPort == true)
    #expect(process?.hasSocketAsInput == true)
    #expect(process?.startsOnDemand == true)
    #expect(process?.idleTimeout == .seconds(300))
    #expect(process?.readiness == .descriptor(4))
}

// MARK: The numbers of descriptors

@Test func theNumbersOfSocketsAreKnownInTheOptionsOfAProcess() {
    let process = process(
        """
        socket=http=tcp://h:1 tcp://h:2 a-b=tcp://h:3
        command=x %(socket_fd)s %(socket_fd_http)d %(socket_fd_2)s %(socket_fd_socket)s %(socket_fd_a-b)s
        environment=FD="%(socket_fd_3)s"
        stop_command=y %(ENV_FD)s
        pre_start=z %(socket_fd)s
        ready=exec:r %(socket_fd_2)s
        health=exec:h %(socket_fd_2)s
        """)
    #expect(process?.command == "x 3 3 4 4 5")
    #expect(process?.environment == [EnvironmentVariable("FD", "5")])
    #expect(process?.stopCommand == "y 5")
    #expect(process?.hooks.commands == [.preStart: "z 3"])
    #expect(process?.readiness == .probe(.command("r 4")))
    #expect(process?.health.check == .probe(.command("h 4")))
}

@Test func aNameOfASocketWinsOverThePlaceOfAnother() {
    let process = process("socket=2=tcp://h:1 1=tcp://h:2\ncommand=x %(socket_fd_2)s %(socket_fd_1)s")
    #expect(process?.command == "x 3 4")
}

@Test(arguments: ["command=x", "environment=A=", "stop_command=x", "pre_start=x", "ready=exec:x", "health=exec:x"])
func theNumberOfASocketThatIsNotThereIsAnError(_ line: String) {
    for lines in ["\(line) %(socket_fd)s", "socket=\n\(line) %(socket_fd_http)s"] {
        let errors = loadProgram(lines).errors
        #expect(errors.map(\.kind) == ["expand.no_socket"])
        #expect(errors.first?.message.hasSuffix(", and the program has no socket") == true)
        #expect(errors.first?.hint == "write socket=tcp://127.0.0.1:8000")
    }
}

@Test func aSocketThatIsMisspeltIsAnErrorWithAHint() {
    let errors = loadProgram("socket=http=tcp://h:1\ncommand=x %(socket_fd_htpt)s").errors
    #expect(errors.map(\.kind) == ["expand.unknown_name"])
    #expect(errors.first?.hint == "did you mean %(socket_fd_http)s?")
    #expect(loadProgram("socket=nope\ncommand=x %(socket_fd)s").errors.map(\.option) == ["socket"])
    #expect(loadProgram("socket=tcp://h:1\npriority=%(socket_fd)s").errors.map(\.kind) == ["expand.unknown_name"])
}

// MARK: One socket, one program

@Test func aSocketBelongsToOneProgram() {
    let result = load(
        """
        [supervisord]
        [group:g]
        programs=a,b
        [program:a]
        command=x
        socket=tcp://h:1
        [program:b]
        command=x
        socket=tcp://h:2 again=tcp://h:1
        [program:c]
        command=x
        socket=tcp://H:1
        socket_backlog=5
        """)
    #expect(result.errors.map(\.section) == ["program:b", "program:c"])
    #expect(result.errors.map(\.kind) == ["socket.taken", "socket.taken"])
    #expect(
        result.errors.first?.message
            == "tcp://h:1 is a socket of [program:a] at /base/here/main.conf:4, too; a socket belongs to one program")
}

@Test func aProgramInTwoGroupsSharesItsSocketWithItself() {
    let text = "[supervisord]\n[group:g]\nprograms=a\n[group:h]\nprograms=a\n[program:a]\ncommand=x\nsocket=unix:///s\n"
    #expect(load(text).diagnostics == [])
}

@Test func theSocketOfAnFCGIProgramIsNotThatOfAnother() {
    let fcgi = "[supervisord]\n[fcgi-program:f]\ncommand=x\nsocket=unix:///s\n"
    #expect(load(fcgi + "[program:a]\ncommand=x\nsocket=unix:///s\n").errors.map(\.section) == ["program:a"])
    #expect(load(fcgi + "[fcgi-program:g]\ncommand=x\nsocket=unix:///s\n").diagnostics == [])
}
