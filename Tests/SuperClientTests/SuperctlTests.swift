import Foundation
import SuperAPI
import SuperBase
import SuperOS
import Testing

/// The texts and exit codes of Supervisor's supervisorctl, from the built superctl.
@Suite struct SuperctlTests {
    /// One command line, what it prints and its exit code.
    struct Case: Sendable, CustomTestStringConvertible {
        var words: String
        var out: String
        var code: Int32

        init(_ words: String, _ out: String, _ code: Int32) {
            (self.words, self.out, self.code) = (words, out, code)
        }

        var testDescription: String { words }
    }

    static let statusLines = """
        bad                              FATAL     can't find command '/x'
        cat                              RUNNING   pid 7, uptime 1 day, 1:01:01
        db                               EXITED    Nov 22 05:01 PM
        web:web_00                       RUNNING   pid 123, uptime 0:00:05
        web:web_01                       STARTING  \("")

        """

    static let cases: [Case] = [
        Case("status", statusLines, 3),
        Case("status all", statusLines, 3),
        Case("status cat", "cat                              RUNNING   pid 7, uptime 1 day, 1:01:01\n", 0),
        Case("status web:*", statusLines.split(separator: "\n").suffix(2).map { $0 + "\n" }.joined(), 0),
        Case("status w*_01", "web:web_01                       STARTING  \n", 0),
        Case("status web", "web: ERROR (no such process)\n", 4),
        Case("status no:*", "no: ERROR (no such group)\n", 4),
        Case(
            "status nosuch db",
            "nosuch: ERROR (no such process)\ndb                               EXITED    Nov 22 05:01 PM\n", 3),
        Case("start db", "db: started\n", 0),
        Case("start cat", "cat: ERROR (already started)\n", 0),
        Case("start nosuch", "nosuch: ERROR (no such process)\n", 1),
        Case("start no:*", "no: ERROR (no such group)\n", 2),
        Case("start bad", "bad: ERROR (spawn error)\n", 7),
        Case("start bad db", "bad: ERROR (spawn error)\ndb: started\n", 7),
        Case("start all", "bad: ERROR (spawn error)\ndb: started\n", 7),
        Case("start web:*", "", 0),
        Case("stop cat", "cat: stopped\n", 0),
        Case("stop db", "db: ERROR (not running)\n", 0),
        Case("stop no:*", "no: ERROR (no such group)\n", 1),
        Case("stop all", "cat: stopped\nweb:web_00: stopped\nweb:web_01: stopped\n", 0),
        Case("restart db", "db: ERROR (not running)\ndb: started\n", 0),
        Case("signal HUP cat", "cat: signalled\n", 0),
        Case("signal HUP db", "db: ERROR (not running)\n", 7),
        Case("signal NOPE cat", "cat: ERROR (bad signal name)\n", 1),
        Case("clear cat nosuch", "cat: cleared\nnosuch: ERROR (no such process)\n", 1),
        Case("pid", "4700\n", 0),
        Case("pid --brain", "4701\n", 0),
        Case("pid cat", "7\n", 0),
        Case("pid db", "0\n", 7),
        Case("pid all", "0\n7\n0\n123\n124\n", 0),
        Case("pid nosuch", "No such process nosuch\n", 1),
        Case("tail web:web_00", "one\ntwo 1600 stdout\n", 0),
        Case("tail -40 web:web_00 stderr", "one\ntwo 40 stderr\n", 0),
        Case("tail db", "db: ERROR (no log file)\n", 1),
        Case("tail nosuch", "nosuch: ERROR (no such process name)\n", 1),
        Case("tail -f web:web_00", "==> Press Ctrl-C to exit <==\nhello\n==> File truncated <==\nagain", 0),
        Case("maintail", "main 1600\n", 0),
        Case("maintail -7", "main 7\n", 0),
        Case("logs web:*", "web:web_00 | one\nweb:web_00 | two - stdout\n", 0),
        Case("logs -f web:*", "web:web_00 | hello\nweb:web_00 | again\n", 0),
        Case("reread", "cat: changed\nnew: available\nold: disappeared\n", 0),
        Case("avail", "web:web_00                       in use    auto      999:999\n", 0),
        Case("add new", "new: added process group\n", 0),
        Case("add cat", "ERROR: process group already active\n", 0),
        Case("add zz", "ERROR: no such process/group: zz\n", 1),
        Case("remove old", "old: removed process group\n", 0),
        Case("remove cat", "ERROR: process/group still running: cat\n", 1),
        Case("remove zz", "ERROR: no such process/group: zz\n", 1),
        Case(
            "update",
            "old: stopped\nold: removed process group\ncat: stopped\ncat: updated process group\nnew: added process group\n",
            0),
        Case("update zz", "ERROR: no such group: zz\n", 1),
        Case("update broken", "ERROR: CANT_REREAD: not a valid boolean value: 'maybe'\n", 1),
        Case(
            "diff",
            """
            web: changed
              web:web_00: changed, would restart
                stopwaitsecs: 10 -> 30
            superd itself, with 'superctl reload':
              loglevel: info -> debug

            """, 0),
        Case(
            "check",
            "/etc/superd/superd.ini:12: error: [program:web] autostart: not a valid boolean value: 'maybe' (true or false)\n",
            1),
        Case("reload", "Restarted supervisord\n", 0),
        Case("shutdown", "Shut down\n", 0),
        Case("version", "1.0.0\n", 0),
        Case("fg", "ERROR: no process name supplied\n", 1),
        Case("fg a b", "ERROR: too many process names supplied\n", 1),
        Case("fg nosuch", "ERROR: bad process name supplied\n", 1),
        Case("fg db", "ERROR: process not running\n", 1),
        Case("fg web:web_00", "==> Press Ctrl-C to exit <==\nhello\nagain", 0),
        Case("foo", "*** Unknown syntax: foo\n", 1),
    ]

    @Test func everyCommandPrintsAndExitsAsSupervisorDoes() throws {
        let daemon = try FakeDaemon()
        for command in Self.cases {
            let run = try SuperctlRun(["-s", daemon.url] + command.words.split(separator: " ").map(String.init))
            #expect(run.out == command.out, "\(command.words)")
            #expect(run.code == command.code, "\(command.words)")
        }
    }

    @Test func tcpAnswersAsTheSocketDoes() throws {
        let daemon = try FakeDaemon(overTCP: true)
        let run = try SuperctlRun(["status", "-s", daemon.url])
        #expect(run.out == Self.statusLines)
        #expect(run.code == 3)
    }

    @Test(arguments: [
        ("start", "Error: start requires a process name\n", 2 as Int32),
        ("stop", "Error: stop requires a process name\n", 1),
        ("restart", "Error: restart requires a process name\n", 1),
        ("signal HUP", "Error: signal requires a signal name and a process name\n", 1),
        ("tail", "Error: too few arguments\n", 1), ("tail a stdout c", "Error: too many arguments\n", 1),
        ("tail a foo", "Error: bad channel 'foo'\n", 1), ("tail -x a", "Error: bad argument -x\n", 1),
    ])
    func aMissingOrBadArgumentIsToldWithTheHelp(words: String, sentence: String, code: Int32) throws {
        // Nobody listens there, and nobody is asked.
        let run = try SuperctlRun(["-s", "unix:///nonexistent"] + words.split(separator: " ").map(String.init))
        #expect(run.out.hasPrefix(sentence))
        #expect(run.out.contains("USAGE: superctl \(words.prefix { $0 != " " })"))
        #expect(run.out.contains("Examples:\n  superctl "))
        #expect(run.code == code)
    }

    @Test(arguments: [
        ("status", "unix:///nonexistent/s no such file\n", 4 as Int32),
        ("start a", "unix:///nonexistent/s no such file\n", 7),
        ("pid", "unix:///nonexistent/s no such file\n", 7),
        ("reread", "unix:///nonexistent/s no such file\n", 1),
        ("shutdown", "ERROR: unix:///nonexistent/s no such file (already shut down?)\n", 1),
    ])
    func aMissingSocketIsToldWithWhatToDo(words: String, out: String, code: Int32) throws {
        let run = try SuperctlRun(["-s", "unix:///nonexistent/s"] + words.split(separator: " ").map(String.init))
        #expect(run.out == out)
        #expect(run.code == code)
        #expect(run.errors.hasPrefix("superctl: the directory /nonexistent does not exist; superd makes the socket"))
        #expect(run.errors.contains("is it running, and does file= of [unix_http_server] name the same path?"))
    }

    @Test func aSocketWithoutAListenerIsToldFromOneThatIsMissing() throws {
        let directory = FileManager.default.temporaryDirectory.path + "/superctl-\(UUID().uuidString.prefix(8))"
        try FileSystem.makeDirectory(directory)
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let missing = try SuperctlRun(["-s", "unix://\(directory)/s", "status"])
        #expect(missing.errors.hasPrefix("superctl: \(directory)/s does not exist; "))
        // A listener that ends leaves its file.
        _ = try Descriptor.listen(unix: directory + "/s")
        let left = try SuperctlRun(["-s", "unix://\(directory)/s", "status"])
        #expect(left.out == "unix://\(directory)/s refused connection\n")
        #expect(
            left.errors == "superctl: the file \(directory)/s is left over from a superd that has ended: start superd\n"
        )
        #expect(left.code == 4)
    }

    @Test func somebodyElseOnThePortIsToldFromSuperd() throws {
        let listener = try Descriptor.listen(host: "127.0.0.1", port: 0)
        guard case .internet(_, let port) = try listener.localAddress() else { return }
        // One connection, answered as Supervisor's own server does.
        let thread = Thread {
            guard (try? listener.wait(for: .readable, until: nil)) == true,
                case .connection(let client, _)? = try? listener.accept(),
                (try? client.wait(for: .readable, until: nil)) == true
            else { return }
            try? client.writeAll(
                Array("HTTP/1.0 404 Not Found\r\nServer: Medusa/1.12\r\nContent-Length: 0\r\n\r\n".utf8))
            try? client.shutdown(.writing)
        }
        thread.start()
        let run = try SuperctlRun(["-s", "http://127.0.0.1:\(port)", "pid"])
        #expect(run.out == "http://127.0.0.1:\(port) is not superd: it calls itself Medusa/1.12\n")
        #expect(run.code == 3)
    }

    @Test func aRefusedConnectionIsToldByWhatRefusesIt() throws {
        // A port that was free a moment ago, and a socket file whose listener is gone.
        let url = try FakeDaemon(overTCP: true).url
        let overTCP = try SuperctlRun(["-s", url, "status"])
        #expect(overTCP.out == "\(url) refused connection\n")
        #expect(overTCP.code == 4)
        #expect(overTCP.errors.contains("nothing listens on port"))
        let shutdown = try SuperctlRun(["-s", url, "shutdown"])
        #expect(shutdown.out == "ERROR: \(url) refused connection (already shut down?)\n")
        #expect(shutdown.code == 1)
    }

    @Test func credentialsAreAskedForAndTaken() throws {
        let daemon = try FakeDaemon(overTCP: true) {
            $0.username = "admin"
            $0.password = "{SHA256}5e884898da28047151d0e56f8dc6292773603d0d6aabbdd62a11ef721d1542d8"
        }
        let without = try SuperctlRun(["-s", daemon.url, "pid"])
        #expect(without.out == "Server requires authentication\n")
        #expect(without.code == 1)
        let with = try SuperctlRun(["-s", daemon.url, "-u", "admin", "-p", "password", "pid"])
        #expect(with.out == "4700\n")
        #expect(with.code == 0)
    }

    @Test func jsonIsWhatTheAPIAnswered() throws {
        let daemon = try FakeDaemon()
        let run = try SuperctlRun(["status", "--json", "-s", daemon.url, "cat"])
        let list = try JSON.decode(ProcessList.self, from: Array(run.out.utf8))
        #expect(list.processes.map(\.name) == ["cat"])
        #expect(run.code == 0)
        let failed = try SuperctlRun(["start", "nosuch", "--json", "-s", daemon.url])
        let problem = try JSON.decode(Problem.self, from: Array(failed.out.utf8))
        #expect(problem.results?.first?.code == .noSuchProcess)
        #expect(failed.code == 1)
        let unreachable = try SuperctlRun(["status", "--json", "-s", "unix:///nonexistent/s"])
        #expect(unreachable.out.isEmpty)
        #expect(unreachable.errors.hasPrefix("unix:///nonexistent/s no such file\n"))
        #expect(unreachable.code == 4)
    }

    @Test func theShellRunsLinesFromAPipe() throws {
        let daemon = try FakeDaemon()
        let run = try SuperctlRun(["-s", daemon.url], input: "\nstart 'db'\nfoo\nshutdown\nn\npid\nquit\npid\n")
        #expect(
            run.out == Self.statusLines + "supervisor> supervisor> db: started\nsupervisor> *** Unknown syntax: foo\n"
                + "supervisor> Really shut the remote supervisord process down y/N? supervisor> 4700\nsupervisor> \n")
        #expect(run.code == 0)
    }

    @Test func theFileSaysWhereSuperdIsWhateverElseIsWrongInIt() throws {
        let daemon = try FakeDaemon()
        let path = daemon.directory + "/c.conf"
        let text = "[program:x]\nautostart=maybe\n[supervisorctl]\nserverurl=\(daemon.url)\nprompt=box\n[supervisord\n"
        try Array(text.utf8).write(to: path)
        let run = try SuperctlRun(["-c", path, "pid"])
        #expect(run.out == "4700\n")
        #expect(run.code == 0)
        try Array("[supervisord]\n".utf8).write(to: path)
        let without = try SuperctlRun(["-c", path, "pid"])
        #expect(without.errors.hasPrefix("Error: .ini file does not include supervisorctl section\n"))
        #expect(without.code == 2)
    }

    @Test(arguments: [
        ["--nosuch"], ["-s", "ftp://x", "pid"], ["-c", "/nonexistent", "pid"], ["start", "a", "--nosuch"],
    ])
    func aBadCommandLineExitsWith2(arguments: [String]) throws {
        let run = try SuperctlRun(arguments)
        #expect(run.code == 2)
        #expect(run.errors.hasPrefix("Error: "))
        #expect(run.errors.hasSuffix("For help, use superctl -h\n"))
    }

    @Test(arguments: ["-h", "-?", "--help"]) func helpExitsWith0(flag: String) throws {
        let run = try SuperctlRun([flag])
        #expect(run.code == 0)
        #expect(run.out.contains("Starts, stops and watches the processes of superd."))
    }

    @Test func namesAreCompletedByAskingSuperd() throws {
        let daemon = try FakeDaemon()
        let script = try SuperctlRun(["--generate-completion-script", "bash"])
        #expect(script.code == 0)
        #expect(script.out.contains("---completion start"))
        let run = try SuperctlRun([
            "---completion", "start", "--", "positional@0", "1", "1", "superctl", "-s", daemon.url, "start", "",
        ])
        #expect(run.out.split(separator: "\n").contains("web:web_00"))
        #expect(run.out.split(separator: "\n").contains("web:*"))
    }
}
