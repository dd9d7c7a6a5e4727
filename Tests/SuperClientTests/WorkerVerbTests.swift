import SuperAPI
import SuperBase
import Testing

@testable import superctl

/// The commands and texts for pools of workers, from the built superctl.
@Suite struct WorkerVerbTests {
    private typealias Case = SuperctlTests.Case

    private static let statusLines = """
        app                              WAITING   waiting for db to be ready, it is FATAL
        cron                             RUNNING   pid 20, uptime 0:00:05
        migrate                          COMPLETED Nov 22 05:01 PM
        off                              STOPPED   Not started
        web:web_00                       RUNNING   pid 123, uptime 0:00:05, "3 requests in flight", \
        replacing (new pid 130), 1 old process draining (pid 120)
        web:web_01                       RUNNING   pid 123, uptime 0:00:05, degraded: status 503
        web:web_02                       STARTING  not ready yet: connection refused

        """

    private static let cases: [Case] = [
        Case("status", statusLines, 3),
        Case("status app", "app                              WAITING   waiting for db to be ready, it is FATAL\n", 0),
        Case("status migrate", "migrate                          COMPLETED Nov 22 05:01 PM\n", 0),
        Case("roll web:web_00", "web:web_00: replaced\n", 0),
        Case(
            "roll web:*",
            """
            web:web_00: replaced
            web:web_01: ERROR (not replaced: - - - true)
            web:web_02: ERROR (went back to its old configuration)

            """, 1),
        Case("roll *_01", "web:web_01: ERROR (not replaced: - - - true)\n", 1),
        Case(
            "roll web:web_01 --batch 2 --verify 5s --timeout 300",
            "web:web_01: ERROR (not replaced: 2 5 300 true)\n", 1),
        Case(
            "roll --verify 2m web:web_01 --no-wait", "web:web_01: ERROR (not replaced: - 120 - false)\n", 1),
        Case("roll cron", "cron: ERROR (not a rolling program: restart_mode=stop-first)\n", 1),
        Case("roll off", "off: ERROR (not running)\n", 7),
        Case("roll o*", "off: ERROR (not running)\n", 7),
        Case("roll app", "app: ERROR (timed out)\n", 1),
        Case("roll nosuch", "nosuch: ERROR (no such process)\n", 1),
        Case("roll no:*", "no: ERROR (no such group)\n", 1),
        Case("roll web:* --batch 0", "ERROR: batch: expected a whole number from 1 to 10000\n", 1),
        Case("scale web 8", "web: scaled to 8\n", 0),
        Case("scale web 0", "web: scaled to 0\n", 0),
        Case("scale web --reset", "web: scaled to 4\n", 0),
        Case("scale weak 4", "weak:weak_03: ERROR (spawn error)\nweak: scaled to 4\n", 7),
        Case("scale slow 4 --timeout 1", "slow: ERROR (timed out)\n", 1),
        Case("scale fixed 4", "fixed: ERROR (process_name has no number)\n", 1),
        Case("scale zz 4", "zz: ERROR (no such program)\n", 1),
        Case("scale web 10001", "ERROR: count: expected a whole number from 0 to 10000\n", 1),
        Case("restart web:*", "web:web_00: replaced\nweb:web_01: replaced\nweb:web_02: replaced\n", 0),
        Case("start app", "app: ERROR (dependency: waiting for db to be ready, it is FATAL)\n", 1),
        Case(
            "update old web",
            "old: stopped\nold: removed process group\nweb: ERROR (web:web_01: it hangs)\n", 1),
    ]

    @Test func everyCommandPrintsAndExitsAsDocumented() throws {
        let daemon = try FakeDaemon(FakeService.pool)
        for command in Self.cases {
            let run = try SuperctlRun(["-s", daemon.url] + command.words.split(separator: " ").map(String.init))
            #expect(run.out == command.out, "\(command.words)")
            #expect(run.code == command.code, "\(command.words)")
        }
    }

    @Test func aReasonIsToldOnce() throws {
        let daemon = try FakeDaemon(FakeService.pool)
        let inItsLine = try SuperctlRun(["-s", daemon.url, "start", "app"])
        #expect(inItsLine.errors.isEmpty)
        let besideIt = try SuperctlRun(["-s", daemon.url, "scale", "weak", "4"])
        #expect(besideIt.errors == "superctl: weak:weak_03: no memory\n")
    }

    @Test func jsonIsWhatTheAPIAnswered() throws {
        let daemon = try FakeDaemon(FakeService.pool)
        let rolled = try SuperctlRun(["-s", daemon.url, "roll", "web:web_00", "--json"])
        let results = try JSON.decode(ActionResults.self, from: Array(rolled.out.utf8))
        #expect(results.results == [ActionResult("web:web_00", .roll, .replaced)])
        #expect(rolled.code == 0)
        let failed = try SuperctlRun(["-s", daemon.url, "roll", "web:*", "--json"])
        let problem = try JSON.decode(Problem.self, from: Array(failed.out.utf8))
        #expect(problem.results?.map(\.code) == [.replaced, .notReplaced, .restored])
        #expect(failed.errors == "superctl: web:web_01: - - - true\n")
        #expect(failed.code == 1)
        let scaled = try SuperctlRun(["-s", daemon.url, "scale", "web", "3", "--json"])
        #expect(
            try JSON.decode(ActionResults.self, from: Array(scaled.out.utf8)).results == [
                ActionResult(scaled: "web", to: 3)
            ])
        let status = try SuperctlRun(["-s", daemon.url, "status", "web:web_00", "--json"])
        let list = try JSON.decode(ProcessList.self, from: Array(status.out.utf8))
        #expect(list.processes.first?.others?.map(\.role) == [.new, .old])
    }

    @Test(arguments: [
        ("roll", "Error: roll requires a process name\n"),
        ("scale", "Error: scale requires a program name and a number of processes\n"),
        ("scale web", "Error: scale requires a program name and a number of processes\n"),
        ("scale web 4 --reset", "Error: scale requires a program name and a number of processes\n"),
    ])
    func aMissingArgumentIsToldWithTheHelp(words: String, sentence: String) throws {
        // Nobody listens there, and nobody is asked.
        let run = try SuperctlRun(["-s", "unix:///nonexistent"] + words.split(separator: " ").map(String.init))
        #expect(run.out.hasPrefix(sentence))
        #expect(run.out.contains("USAGE: superctl \(words.prefix { $0 != " " })"))
        #expect(run.out.contains("Examples:\n  superctl "))
        #expect(run.code == 1)
    }

    @Test(arguments: [
        ["roll", "web", "--verify", "soon"], ["roll", "web", "--batch", "x"], ["scale", "web", "many"],
    ])
    func aBadNumberIsRefusedBeforeSuperdIsAsked(words: [String]) throws {
        let run = try SuperctlRun(["-s", "unix:///nonexistent"] + words)
        #expect(run.code == 2)
        #expect(run.errors.hasPrefix("Error: The value '\(words.last ?? "")' is invalid for "))
    }

    @Test(
        arguments: [
            ("0", 0), ("5", 5), ("5s", 5), ("2m", 120), ("1h", 3600), ("-1", nil), ("", nil), ("s", nil), ("1.5", nil),
            ("500ms", nil), ("9223372036854775807h", nil),
        ] as [(String, Int?)])
    func timesAreGivenInWholeSecondsOrLargerUnits(text: String, count: Int?) {
        #expect(WholeSeconds(argument: text)?.count == count)
    }

    @Test(arguments: ["roll", "scale"]) func theHelpEndsWithTwoExamples(verb: String) throws {
        let run = try SuperctlRun(["help", verb])
        #expect(run.code == 0)
        #expect(run.out.split(separator: "\n").count { $0.hasPrefix("  superctl \(verb) ") } == 2)
        #expect(try SuperctlRun(["help"]).out.split { " \n".contains($0) }.contains(Substring(verb)))
    }

    @Test(arguments: ["bash", "zsh", "fish"]) func theyAreInEveryShellsCompletions(shell: String) throws {
        let script = try SuperctlRun(["--generate-completion-script", shell])
        #expect(script.code == 0)
        #expect(script.out.contains("---completion roll"))
        #expect(script.out.contains("---completion scale"))
    }

    @Test func namesAreCompletedByAskingSuperd() throws {
        let daemon = try FakeDaemon(FakeService.pool)
        func candidates(_ verb: String) throws -> [Substring] {
            let run = try SuperctlRun([
                "---completion", verb, "--", "positional@0", "1", "1", "superctl", "-s", daemon.url, verb, "",
            ])
            return run.out.split(separator: "\n")
        }
        #expect(try candidates("roll").contains("web:*"))
        #expect(try candidates("roll").contains("web:web_00"))
        #expect(try candidates("scale") == ["app", "cron", "migrate", "worker"])
    }
}
