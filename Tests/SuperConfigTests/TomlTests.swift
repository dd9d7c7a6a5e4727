import SuperBase
import SuperConfig
import Testing

/// The result of loading one TOML file.
private func loadTOML(_ text: String, _ files: [String: String] = [:]) -> LoadResult {
    var fake = FakeFiles()
    fake.files["/base/here/main.toml"] = Array(text.utf8)
    for (path, text) in files { fake.files[path] = Array(text.utf8) }
    return fake.load("/base/here/main.toml")
}

@Test func bothSyntaxesComeToTheSame() {
    let toml = loadTOML(
        """
        [supervisord]
        loglevel = "debug"
        minfds = 2048
        logfile_maxbytes = "10MB"
        environment = { STAGE = "prod", N = 1 }

        [group.site]
        programs = ["web", "api"]

        [program.web]
        command = "/usr/bin/web --here %(here)s --n %(process_num)d"
        numprocs = 2
        process_name = "w%(process_num)d"
        autostart = false
        exitcodes = [0, 2]
        umask = "022"
        restart_delay = 0.5
        [program.web.environment]
        TEXT = 'say "x", it''s'

        [program.api]
        command = '''
        /usr/bin/api
          --flag'''
        stdout_logfile_maxbytes = 0

        [unix_http_server]
        file = "/run/s.sock"
        [inet_http_server.two]
        port = "127.0.0.1:9001"
        """.replacing("it''s", with: "its"))
    let ini = load(
        """
        [supervisord]
        loglevel=debug
        minfds=2048
        logfile_maxbytes=10MB
        environment=STAGE="prod",N=1
        [group:site]
        programs=web,api
        [program:web]
        command=/usr/bin/web --here %(here)s --n %(process_num)d
        numprocs=2
        process_name=w%(process_num)d
        autostart=false
        exitcodes=0,2
        umask=022
        restart_delay=0.5
        environment=TEXT='say "x", its'
        [program:api]
        command=/usr/bin/api
        stdout_logfile_maxbytes=0
        [unix_http_server]
        file=/run/s.sock
        [inet_http_server:two]
        port=127.0.0.1:9001
        """)
    #expect(toml.errors == [])
    #expect(ini.errors == [])
    guard var left = toml.configuration, var right = ini.configuration else { return }
    #expect(left.groups[0].processes.first { $0.program == "api" }?.command == "/usr/bin/api\n  --flag")
    for index in left.groups[0].processes.indices where left.groups[0].processes[index].program == "api" {
        left.groups[0].processes[index].command = "/usr/bin/api"
    }
    (left.files, right.files) = ([], [])
    // A table has no order of its own.
    left.daemon.environment.sort { $0.name > $1.name }
    for index in left.groups[0].processes.indices {
        left.groups[0].processes[index].environment.sort { $0.name < $1.name }
    }
    for index in right.groups[0].processes.indices {
        right.groups[0].processes[index].environment.sort { $0.name < $1.name }
    }
    #expect(left == right)
}

@Test func aBrokenFileIsReportedWithItsLine() {
    let result = loadTOML("[supervisord]\n\nloglevel = \n")
    #expect(result.errors.map(\.kind) == ["parse.syntax"])
    #expect(result.errors.first?.location?.line == 3)
}

@Test func aBadValueIsReportedWithItsLine() {
    let result = loadTOML(
        """
        # a comment with a [program.web]
        [supervisord]
        identifier = \"\"\"
        [program.web]
        autostart = 1
        \"\"\"
        [program."web"]  # the one
        exitcodes = [
          0, # zero
          1,
        ]
        command = "x = y # z"
        'autostart' = "maybe"
        priority = 1.5
        [program]
        api.command = "x"
        api.numprocs = "x"
        """)
    #expect(result.errors.map { $0.location?.line } == [14, 13, 17])
    #expect(result.errors.map(\.section) == ["program:web", "program:web", "program:api"])
}

@Test func aValueOutsideEverySectionIsAnError() {
    let result = loadTOML("loglevel = \"debug\"\n[supervisord]\n")
    #expect(result.errors.map(\.kind) == ["parse.missing_section_header"])
}

@Test func bothSyntaxesIncludeEachOther() {
    let toml = loadTOML(
        "[supervisord]\n[include]\nfiles = [\"a.ini\"]\n", ["/base/here/a.ini": "[program:a]\ncommand=/bin/a\n"])
    #expect(toml.configuration?.groups.map(\.name) == ["a"])
    var fake = FakeFiles("[supervisord]\n[include]\nfiles=*.toml\n")
    fake.files["/base/here/b.toml"] = Array("[program.b]\ncommand = '%(here)s/b'\n".utf8)
    #expect(fake.load().configuration?.groups.first?.processes.first?.command == "/base/here/b")
}

@Test func aTextThatIsNotUTF8IsAnErrorInTOMLToo() {
    var fake = FakeFiles()
    fake.files["/x.toml"] = [0x5b, 0xff]
    #expect(fake.load("/x.toml").errors.map(\.kind) == ["parse.encoding"])
}

@Test(arguments: [
    "[", "[\n=1\n", "[ =x]\n", "[[\n", "[.a]\n", "[é]\n", "[]\n", "[[a]\n", "[ [a]]\n", "[[[", "[[ [a]", "[\u{a0}a]",
])
func aBrokenHeaderIsAnErrorAndNotTheEnd(_ header: String) {
    let result = loadTOML("[supervisord]\nidentifier = 'x'\n" + header)
    #expect(result.errors.map(\.kind) == ["parse.syntax"])
    #expect((3...4).contains(result.errors.first?.location?.line ?? 0))
}

@Test func bracketsInsideStringsAndListsAreNoHeaders() {
    let result = loadTOML(
        "[supervisord]\nidentifier = '''\n[=\n'''\n[program.a]\ncommand = 'x'\nexitcodes = [\n[ # 1\n], 2]\n")
    #expect(result.errors.map { $0.location?.line } == [7])
    #expect(result.errors.map(\.option) == ["exitcodes"])
}
