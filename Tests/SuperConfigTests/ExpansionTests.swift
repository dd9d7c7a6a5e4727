import SuperBase
import SuperConfig
import Testing

/// The values of a corpus' table as expansion knows them.
private func value(_ tree: JSONTree?) -> ExpansionValue? {
    switch tree {
    case .text(let text): .text(text)
    case .integer(let number): .integer(number)
    default: nil
    }
}

@Test func everyFormatComesOutAsInPython() throws {
    let corpus = try JSONTree.corpus("expansion/python.json")
    let cases = corpus["cases"]?.elements ?? []
    #expect(cases.count >= 150)
    for example in cases {
        let format = example["format"]?.text ?? ""
        do throws(ExpansionError) {
            let result = try Expansion.expand(format) { value(corpus["values"]?[$0]) }
            #expect(example["result"]?.text == result, "\(format.debugDescription)")
        } catch .unknownName(let name) {
            #expect(example["unknown"]?.text == name, "\(format.debugDescription)")
        } catch .badFormat(let why) {
            #expect(example["why"]?.text == why, "\(format.debugDescription)")
        }
    }
}

@Test(arguments: ["%(n)999999999d", "%(n).999999999f", "%(s)99999999999999999999s"])
func aWidthBeyondReasonIsAnError(_ format: String) {
    #expect(throws: ExpansionError.self) {
        try Expansion.expand(format) { $0 == "n" ? .integer(1) : .text("x") }
    }
}

@Test func aConversionWithoutANameIsAnErrorAndNotTheWholeTable() {
    #expect(throws: ExpansionError.badFormat("not enough arguments for format string")) {
        try Expansion.expand("date +%s") { _ in .text("secret") }
    }
}

@Test func anInheritedVariableWithAPercentSignIsLeftAlone() {
    var fake = FakeFiles("[supervisord]\nenvironment=B=\"100%%\"\n[program:a]\ncommand=x %(ENV_A)s %(ENV_B)s\n")
    fake.environment["A"] = "50%d %(x)s"
    #expect(fake.load().configuration?.groups.first?.processes.first?.command == "x 50%d %(x)s 100%")
}

@Test func everyValueIsExpandedOnce() {
    let result = load(
        "[supervisord]\nenvironment=A=\"%%(here)s\"\n[program:a]\ncommand=x\nstdout_logfile=/l/%%d\nstderr_logfile=/l/%%%%\n"
    )
    let process = result.configuration?.groups.first?.processes.first
    #expect(process?.environment == [EnvironmentVariable("A", "%(here)s")])
    #expect(process?.stdout.logFile == .path("/l/%d"))
    #expect(process?.stderr.logFile == .path("/l/%%"))
}

@Test(arguments: [
    "priority", "autostart", "autorestart", "startsecs", "startretries", "stopsignal", "stopwaitsecs", "stopasgroup",
    "killasgroup", "exitcodes", "user", "umask", "redirect_stderr", "serverurl", "stdout_capture_maxbytes",
    "stderr_capture_maxbytes", "stdout_events_enabled", "stderr_events_enabled", "numprocs", "numprocs_start",
])
func theProcessNumberIsNotKnownInAnOptionOfTheSection(_ option: String) {
    let result = loadProgram("\(option)=%(process_num)s")
    #expect(result.errors.map(\.kind) == ["expand.unknown_name"])
    #expect(result.errors.first?.option == option)
}

@Test func theProcessNumberIsKnownInTheOptionsOfAProcess() {
    let process = process(
        """
        process_name=p%(process_num)d
        directory=/d%(numprocs)d
        environment=N="%(process_num)d"
        stdout_logfile=/l/%(process_num)d
        stdout_logfile_backups=%(process_num)d
        stdout_logfile_maxbytes=%(process_num)dKB
        stderr_syslog=%(process_num)d
        """)
    #expect(process?.directory == "/d1")
    #expect(process?.environment == [EnvironmentVariable("N", "0")])
    #expect(process?.stdout.logFile == .path("/l/0"))
    #expect(process?.stdout.backups == 0)
    #expect(process?.stdout.maxBytes == ByteSize(bytes: 0))
    #expect(process?.stderr.syslog == false)
}
