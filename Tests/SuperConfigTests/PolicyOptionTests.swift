import SuperBase
import SuperConfig
import Testing

@Test func readinessHealthAndRecyclingAreRead() {
    let process = process(
        """
        ready=http://127.0.0.1:80%(process_num)02d/ready
        ready_timeout=0
        health=heartbeat
        health_interval=5s
        health_timeout=1s
        health_failures=5
        health_successes=2
        health_grace=30s
        health_action=report
        dump_signal=QUIT
        dump_wait=4
        max_memory=512MB
        max_lifetime=12h
        recycle_jitter=0
        """)
    #expect(process?.readiness == .probe(.http(host: "127.0.0.1", port: 8000, path: "/ready")))
    #expect(process?.readyTimeout == .zero)
    var health = HealthConfig()
    health.check = .heartbeat
    (health.interval, health.timeout, health.grace) = (.seconds(5), .seconds(1), .seconds(30))
    (health.failures, health.successes, health.action) = (5, 2, .report)
    (health.dumpSignal, health.dumpWait) = (.quit, .seconds(4))
    #expect(process?.health == health)
    var recycling = RecyclingConfig()
    (recycling.maxMemory, recycling.maxLifetime, recycling.jitter) = (.mebibytes(512), .seconds(43_200), 0)
    #expect(process?.recycling == recycling)
}

@Test func theOtherPoliciesAreRead() {
    let process = process(
        """
        type=oneshot
        restart_mode=stop-first
        roll_batch=2
        roll_verify=10s
        restart_limit=5/1m
        fatal_retry=10m
        critical=true
        stop_sequence=INT 5, KILL
        hook_timeout=2m
        post_start=a
        pre_stop=b
        post_stop=c
        on_fatal=d
        env_file=/a.env -/b%(process_num)d.env
        """)
    #expect(process?.kind == .oneshot)
    var rolling = RollingConfig()
    (rolling.mode, rolling.batch, rolling.verify) = (.stopFirst, 2, .seconds(10))
    #expect(process?.rolling == rolling)
    #expect(process?.restartLimit == RestartLimit(count: 5, window: .seconds(60)))
    #expect(process?.fatalRetry == .seconds(600))
    #expect(process?.isCritical == true)
    #expect(process?.stopSequence == [StopStep(.interrupt, wait: .seconds(5)), StopStep(.kill, wait: .zero)])
    #expect(process?.hooks.commands == [.postStart: "a", .preStop: "b", .postStop: "c", .onFatal: "d"])
    #expect(process?.hooks.timeout == .seconds(120))
    #expect(process?.environmentFiles == ["/a.env", "-/b0.env"])
}

@Test(arguments: [
    "health_interval=0", "health_timeout=0", "health_failures=0", "health_successes=0", "roll_batch=0",
    "hook_timeout=0",
    "recycle_jitter=101", "max_memory=-1", "restart_limit=0/1s", "health_action=kill", "type=task", "critical=perhaps",
    "ready=later", "health=startsecs", "stop_sequence=INT,KILL", "pre_start='", "env_file=-", "dump_signal=NOPE",
    "max_lifetime=1d", "restart_mode=slow", "fatal_retry=never", "depends_on==x", "stop_command=",
])
func aValueOutOfRangeIsAnErrorAtItsLine(_ line: String) {
    let errors = loadProgram(line).errors
    #expect(errors.map(\.kind) == ["value.invalid"])
    #expect(errors.map(\.option) == [line.split(separator: "=").first.map(String.init)])
    #expect(errors.map { $0.location?.line } == [4])
}

@Test func bothSyntaxesHaveTheNewOptions() {
    var toml = FakeFiles()
    toml.files["/base/here/main.toml"] = Array(
        """
        [supervisord]
        exit_when = "any-fatal"
        [program.app]
        command = "/bin/cat"
        socket = ["http=tcp://*:80", "unix:///s"]
        depends_on = ["db", "job=completed"]
        stop_sequence = ["INT 5", "KILL"]
        env_file = ["/a", "-/b"]
        health = "heartbeat"
        health_interval = 5
        max_memory = 1048576
        critical = true
        roll_verify = 0.5
        [program.db]
        command = "x"
        [program.job]
        command = "x"
        type = "oneshot"
        """.utf8)
    let ini = load(
        """
        [supervisord]
        exit_when=any-fatal
        [program:app]
        command=/bin/cat
        socket=http=tcp://*:80 unix:///s
        depends_on=db,job=completed
        stop_sequence=INT 5, KILL
        env_file=/a -/b
        health=heartbeat
        health_interval=5
        max_memory=1MB
        critical=true
        roll_verify=0.5
        [program:db]
        command=x
        [program:job]
        command=x
        type=oneshot
        """)
    let result = toml.load("/base/here/main.toml")
    #expect(result.diagnostics == [] && ini.diagnostics == [])
    #expect(result.configuration?.groups.count == 3)
    #expect(result.configuration?.groups == ini.configuration?.groups)
    #expect(result.configuration?.daemon == ini.configuration?.daemon)
}

// MARK: The daemon

@Test func thePoolIsAProgramThatIsThere() {
    let program = "[program:web]\ncommand=x\n"
    #expect(load("[supervisord]\npool=web\n" + program).configuration?.daemon.pool == "web")
    let errors = load("[supervisord]\npool=wbe\n" + program).errors
    #expect(errors.map(\.kind) == ["pool.unknown_program"])
    #expect(errors.first?.hint == "did you mean web?")
    #expect(errors.first?.location?.line == 2)
}

@Test func theEndOfSuperdIsOneOfFourConditions() {
    #expect(load("[supervisord]\nexit_when=all-stopped\n").configuration?.daemon.exitWhen == .allStopped)
    #expect(load("[supervisord]\nexit_when=all-stoped\n").errors.first?.hint == "did you mean all-stopped?")
}

// MARK: Doubts

@Test(arguments: [
    ("type=oneshot\nrestart_mode=rolling", ["restart_mode"]), ("type=oneshot\nrestart_mode=stop-first", []),
    ("type=oneshot\nmax_lifetime=1h", ["max_lifetime"]), ("type=oneshot\nhealth=heartbeat", ["health"]),
    ("stop_sequence=INT 5,KILL\nstopsignal=INT\nstopwaitsecs=5", ["stopsignal", "stopwaitsecs"]),
    ("stop_sequence=\nstopsignal=INT", []), ("health=heartbeat", []),
])
func anOptionThatAnotherMakesMeaninglessIsWarnedOf(_ lines: String, _ options: [String]) {
    let result = loadProgram(lines)
    #expect(result.configuration != nil)
    #expect(result.warnings.map(\.option) == options)
    #expect(result.warnings.allSatisfy { $0.kind == "option.ignored" })
}

@Test(arguments: [
    ("http://127.0.0.1:80/", "tcp://*:80", 2, true), ("http://127.0.0.1:80/", "tcp://*:80", 1, false),
    ("http://localhost:80/", "tcp://127.0.0.1:80", 2, true), ("http://[::1]:80/", "tcp://[::]:80", 2, true),
    ("http://127.0.0.1:81/", "tcp://*:80", 2, false), ("http://10.0.0.1:80/", "tcp://127.0.0.1:80", 2, false),
    ("http+unix:///s:/", "unix:///s", 2, true), ("http+unix:///t:/", "unix:///s", 2, false),
    ("tcp://127.0.0.1:80", "tcp://*:80", 1, true), ("unix:///s", "unix:///s", 1, true),
    ("exec:x", "tcp://*:80", 2, false),
])
func aProbeOfASharedSocketIsWarnedOf(_ probe: String, _ socket: String, _ count: Int, _ isDoubtful: Bool) {
    for option in ["ready", "health"] {
        let result = loadProgram(
            "socket=\(socket)\n\(option)=\(probe)\nnumprocs=\(count)\nprocess_name=p%(process_num)d")
        #expect(result.configuration != nil)
        #expect(result.warnings.map(\.kind) == (isDoubtful ? ["probe.shared_socket"] : []))
        #expect(result.warnings.allSatisfy { $0.option == option })
    }
}

// MARK: The report

@Test func theReportHasOwnOptionsOnlyWhereTheyDifferFromTheDefault() {
    func report(_ lines: String) -> JSONTree? {
        JSONTree(ConfigurationReport.value(of: loadProgram(lines)))["groups"]?.elements.first?["processes"]?.elements
            .first
    }
    let plain = report("")
    let same = report("ready=startsecs\nhealth_interval=10s\nrecycle_jitter=10\nstop_sequence=\nsocket=\ntype=service")
    #expect(plain != nil && plain == same)
    let own = report(
        "socket=http=tcp://*:80 unix:///s\nsocket_mode=0700\nsocket_owner=web\nhealth=http://h:1\nmax_memory=1KB\n"
            + "stop_sequence=INT 5,KILL\npre_start=x\nrestart_limit=5/60s\nrestart_mode=rolling")
    let names = Set(own?.members.keys ?? [:].keys).subtracting(plain?.members.keys ?? [:].keys)
    #expect(
        names == [
            "socket", "socket_owner", "health", "max_memory", "stop_sequence", "pre_start", "restart_limit",
            "restart_mode",
        ])
    #expect(own?["socket"] == .array([.text("http=tcp://*:80"), .text("unix:///s")]))
    #expect(own?["health"] == .text("http://h:1/"))
    #expect(own?["max_memory"] == .integer(1024))
    #expect(own?["stop_sequence"] == .array([.text("INT 5s"), .text("KILL")]))
    #expect(own?["restart_limit"] == .text("5/1m"))
}
