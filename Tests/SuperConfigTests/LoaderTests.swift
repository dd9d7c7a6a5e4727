import SuperBase
import SuperConfig
import Testing

@Test func allErrorsAreReportedTheFirstAsSupervisorWouldAndTheRestInFileOrder() {
    let result = load(
        """
        [program:b]
        priority=x
        autostart=maybe
        [program:a]
        command=/bin/a %(nope)s
        stdout_logfile_maxbytes=1M
        [inet_http_server]
        username=u
        [supervisord]
        loglevel=verbose
        minfds=many
        """)
    #expect(result.configuration == nil)
    let lines = result.errors.map { $0.location?.line }
    // minfds comes before loglevel in Supervisor, and [supervisord] before everything else.
    #expect(lines == [11, 1, 2, 3, 5, 6, 7, 7, 10])
    #expect(
        result.errors.map(\.kind) == [
            "value.invalid", "program.no_command", "value.invalid", "value.invalid", "expand.unknown_name",
            "value.invalid", "http.incomplete_auth", "http.no_port", "value.invalid",
        ])
}

@Test func groupsAreLookedAtBeforeProgramsAndListenersBeforeFCGI() {
    let result = load(
        """
        [supervisord]
        [fcgi-program:f]
        [eventlistener:e]
        [program:p]
        [group:g]
        programs=ghost
        """)
    let first = result.errors.first
    #expect(first?.kind == "group.unknown_program")
    #expect(result.errors.dropFirst().map { $0.location?.line } == [2, 2, 3, 3, 4])
}

@Test func everyLineThatIsNoneIsReported() {
    let result = load("[supervisord]\none\ntwo=2\nthree\n")
    #expect(result.errors.map(\.kind) == ["parse.syntax", "parse.syntax"])
    #expect(result.errors.map { $0.location?.line } == [2, 4])
    #expect(result.errors.first?.description == "/base/here/main.conf:2: error: expected option=value or option: value")
}

@Test func aMainFileThatCannotBeReadIsAnError() {
    let result = FakeFiles().load("/nowhere.conf")
    #expect(result.errors.map(\.description) == ["/nowhere.conf: error: reading the file: No such file or directory"])
}

@Test func anErrorNamesWhatWasExpectedAndWhatIsNear() {
    let result = loadProgram("autorestart=unexpectd")
    #expect(
        result.errors.map(\.description) == [
            "/base/here/main.conf:4: error: [program:app] autorestart: \"unexpectd\" is not true, false or unexpected"
                + " (did you mean unexpected?)"
        ])
}

@Test func unknownOptionsAndSectionsAreWarnedOfWithTheNearName() {
    let result = load("[supervisord]\n[progam:a]\n[program:b]\ncommand=x\nautorestat=1\nzzz=1\n[superd:x]\n")
    #expect(result.configuration != nil)
    #expect(result.warnings.map(\.kind) == ["section.unknown", "option.unknown", "option.unknown", "section.unknown"])
    #expect(
        result.warnings.map(\.hint) == [
            "did you mean [program:x]?", "did you mean autorestart?", nil, "did you mean [superd]?",
        ])
}

@Test func anOptionOfTheDefaultSectionIsNotUnknownElsewhere() {
    #expect(load("[DEFAULT]\nautostart=false\n[supervisord]\n[program:a]\ncommand=x\n").diagnostics == [])
}

@Test func superdAndSuperctlAreOtherNamesOfTheirSections() {
    let result = load("[superd]\nidentifier=a\n[supervisord]\nloglevel=debug\n[superctl]\nprompt=p\n")
    #expect(result.configuration?.daemon.identifier == "a")
    #expect(result.configuration?.daemon.logLevel == .debug)
    #expect(result.configuration?.client?.prompt == "p")
}

@Test func aFlagBeatsTheFile() {
    let fake = FakeFiles("[supervisord]\nloglevel=debug\nnodaemon=false\n")
    let result = fake.load(flags: [("loglevel", "warn"), ("nodaemon", "true"), ("logfile", "x.log")])
    #expect(result.configuration?.daemon.logLevel == .warn)
    #expect(result.configuration?.daemon.noDaemon == true)
    #expect(result.configuration?.daemon.logFile == "/base/x.log")
    #expect(fake.load(flags: [("umask", "9")]).errors.first?.option == "--umask")
}

@Test func offlineNothingIsLookedUp() {
    var fake = FakeFiles("[supervisord]\nchildlogdir=/no\n[program:a]\ncommand=x\nuser=nobody\nstdout_logfile=/no/x\n")
    fake.users = []
    fake.directories = []
    #expect(fake.load().errors.map(\.option) == ["childlogdir", "user", "stdout_logfile"])
    fake.isOffline = true
    #expect(fake.load().diagnostics == [])
}

@Test func aBareFileNameNeedsNoDirectory() {
    var fake = FakeFiles("[supervisord]\nlogfile=x.log\npidfile=sub/x.pid\n")
    fake.directories = []
    #expect(fake.load().errors.map(\.option) == ["pidfile"])
}

// MARK: Groups

@Test func twoGroupsOfOneNameAreAnError() {
    let result = load("[supervisord]\n[program:web]\ncommand=x\n[group:web]\nprograms=a\n[program:a]\ncommand=x\n")
    #expect(result.errors.map(\.kind) == ["group.equal_names"])
    #expect(result.errors.first?.section == "program:web")
}

@Test func aGroupMayHaveTheNameOfItsOwnProgram() {
    #expect(load("[supervisord]\n[program:web]\ncommand=x\n[group:web]\nprograms=web\n").diagnostics == [])
}

@Test(arguments: ["[program:]", "[program: ]", "[group:]", "[eventlistener:]", "[fcgi-program:]"])
func anEmptyNameIsAnError(_ header: String) {
    let result = load("[supervisord]\n\(header)\ncommand=x\nevents=TICK\nsocket=tcp://a:1\n")
    #expect(result.errors.first?.kind == "name.empty")
}

@Test func aNameThatIsBadOnlyAfterExpansionIsAnError() {
    var fake = FakeFiles("[supervisord]\n[program:a]\ncommand=x\nprocess_name=p%(ENV_N)s\n")
    fake.environment["N"] = "a:b"
    #expect(fake.load().errors.map(\.kind) == ["name.invalid_character"])
}

@Test func processesStartByPriorityAndAreListedByDefinition() {
    let result = load(
        """
        [supervisord]
        [group:g]
        programs=late,early
        [program:late]
        command=x
        numprocs=11
        process_name=l%(process_num)d
        [program:early]
        command=x
        priority=1
        """)
    let group = result.configuration?.groups.first
    #expect(group?.processes.prefix(4).map(\.name.process) == ["early", "l0", "l1", "l10"])
    #expect(group?.programs == ["late", "early"])
}

@Test func anFCGIProgramKeepsItsSocketInsideAGroup() {
    let text = "[supervisord]\n[group:g]\nprograms=f\n[fcgi-program:f]\ncommand=x\n"
    let socket = SharedSocket(address: .inet(host: "h", port: 80))
    #expect(load(text + "socket=tcp://h:80\n").configuration?.groups.first?.processes.first?.sharedSocket == socket)
    #expect(load(text).configuration?.groups.first?.processes.first?.sharedSocket == nil)
    #expect(load(text + "socket=tcp://h\n").errors.map(\.option) == ["socket"])
}

@Test func aProgramThatIsAlsoAnFCGIProgramIsAmbiguousInAGroup() {
    let result = load(
        "[supervisord]\n[group:g]\nprograms=a\n[program:a]\ncommand=x\n[fcgi-program:a]\ncommand=x\nsocket=tcp://h:1\n")
    #expect(result.errors.first?.kind == "group.ambiguous_program")
}

@Test func noProcessesComeOfNumprocsZero() {
    #expect(loadProgram("numprocs=0").configuration?.groups.first?.processes == [])
    #expect(loadProgram("numprocs=-2").configuration?.groups.first?.processes == [])
    #expect(loadProgram("numprocs=10001").errors.map(\.option).contains("numprocs"))
}

@Test func ownOptionsAreRead() {
    let process = process("restart_delay=500ms\nrestart_delay_max=1m\nrestart_jitter=20")
    #expect(process?.restartDelay == .milliseconds(500))
    #expect(process?.restartDelayMax == .seconds(60))
    #expect(process?.restartJitter == 20)
    #expect(loadProgram("restart_jitter=101").errors.map(\.option) == ["restart_jitter"])
}

// MARK: Servers

@Test func anOpenPortWithoutCredentialsIsWarnedOfAndStillLoads() {
    let text = "[supervisord]\n[inet_http_server]\nport="
    #expect(load(text + "*:9001").warnings.map(\.kind) == ["http.unauthenticated"])
    #expect(load(text + "*:9001").configuration?.servers.count == 1)
    for sound in [
        "127.0.0.1:9001", "localhost:9001", "*:9001\nusername=u\npassword=p", "*:9001\ntoken=t",
        "*:9001\nallow_unauthenticated=true",
    ] { #expect(load(text + sound).diagnostics == [], "\(sound)") }
}

@Test func theServerURLIsTheFirstUnixOneElseTheLastInetOne() {
    let inet = "[supervisord]\n[inet_http_server]\nport=127.0.0.1:1\n[inet_http_server:b]\nport=127.0.0.1:2\n"
    #expect(load(inet).configuration?.daemon.serverURL == "http://127.0.0.1:2")
    let unix = "[unix_http_server:z]\nfile=/z\n[unix_http_server:a]\nfile=/a\n"
    #expect(load(inet + unix).configuration?.daemon.serverURL == "unix:///z")
}

@Test func pythonCodeOfOthersIsNotLoadedAndTheOperatorKnows() {
    let own = "supervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface\n"
    #expect(load("[supervisord]\n[rpcinterface:supervisor]\n" + own).diagnostics == [])
    let other = load("[supervisord]\n[rpcinterface:x]\nsupervisor.rpcinterface_factory=a.b:c\n[ctlplugin:y]\n")
    #expect(other.warnings.map(\.kind) == ["plugin.not_loaded", "plugin.not_loaded"])
    #expect(load("[supervisord]\n[rpcinterface:x]\n").errors.map(\.kind) == ["plugin.no_factory"])
}
