import SuperBase
import Testing

@testable import SuperAPI

/// What stands behind the state in `superctl status`.
@Suite struct DescriptionTests {
    @Test(arguments: [
        (0, "0:00:00"), (5, "0:00:05"), (3_600, "1:00:00"), (86_399, "23:59:59"), (86_400, "1 day, 0:00:00"),
        (93_784, "1 day, 2:03:04"), (172_800, "2 days, 0:00:00"), (-3, "0:00:00"),
    ])
    func uptimeIsWrittenAsSupervisorDoes(seconds: Int, text: String) {
        #expect(ProcessInfo.uptimeText(seconds) == text)
    }

    @Test(arguments: [
        (0, "Jan 01 12:00 AM"), (1_763_830_860, "Nov 22 05:01 PM"), (951_825_600, "Feb 29 12:00 PM"),
        (4_107_542_399, "Feb 28 11:59 PM"), (4_107_542_400, "Mar 01 12:00 AM"), (-1, "Dec 31 11:59 PM"),
    ])
    func datesAreWrittenAsSupervisorDoes(seconds: Int, text: String) {
        #expect(ProcessInfo.dateText(seconds) == text)
    }

    @Test func theDescriptionFollowsTheState() {
        #expect(description(.stopped) == "Not started")
        #expect(
            description(.exited) {
                $0.startedAt = 1
                $0.stoppedAt = 0
            } == "Jan 01 01:00 AM")
        #expect(
            description(.running) {
                $0.pid = 7
                $0.uptime = 61
            } == "pid 7, uptime 0:01:01")
        #expect(description(.fatal) == #"unknown error (try "tail g:p")"#)
        #expect(description(.backoff) { $0.spawnError = "command is empty" } == "command is empty")
        #expect(description(.starting).isEmpty)
        #expect(description(.stopping).isEmpty)
    }

    private func description(_ state: ProcessState, _ change: (inout ProcessInfo) -> Void = { _ in }) -> String {
        var info = ProcessInfo(ProcessName(group: "g", process: "p"), state, now: 0)
        change(&info)
        info.describe(utcOffset: 3600)
        return info.description
    }

    /// Of a process that has been up for 5 s as pid 123.
    private func running(_ change: (inout ProcessInfo) -> Void) -> String {
        description(.running) {
            $0.pid = 123
            $0.uptime = 5
            change(&$0)
        }
    }

    private func old(_ pid: Int) -> OtherProcess { OtherProcess(pid: pid, role: .old, state: .stopping, uptime: 9) }

    private func new(_ pid: Int?) -> OtherProcess { OtherProcess(pid: pid, role: .new, state: .starting, uptime: 0) }

    @Test func aProcessThatIsReadyAndWellLooksAsInSupervisor() {
        #expect(running { $0.readiness = .ready } == "pid 123, uptime 0:00:05")
        // One failed check is not news yet.
        let failing = running {
            $0.readiness = .ready
            $0.health = "no answer"
        }
        #expect(failing == "pid 123, uptime 0:00:05")
        #expect(running { $0.others = [] } == "pid 123, uptime 0:00:05")
    }

    @Test func aProcessThatIsNotWellSaysWhy() {
        #expect(running { $0.readiness = .degraded } == "pid 123, uptime 0:00:05, degraded")
        let text = running {
            $0.readiness = .degraded
            $0.health = "status 503"
            $0.statusText = "12 requests"
            $0.others = [new(130), old(120)]
        }
        #expect(
            text == #"pid 123, uptime 0:00:05, degraded: status 503, "12 requests", replacing (new pid 130), "#
                + "1 old process draining (pid 120)")
    }

    @Test func theOtherProcessesOfTheNameAreShown() {
        #expect(running { $0.others = [new(nil)] } == "pid 123, uptime 0:00:05, replacing")
        let two = running { $0.others = [old(120), old(121)] }
        #expect(two == "pid 123, uptime 0:00:05, 2 old processes draining (pids 120, 121)")
        #expect(description(.stopping) { $0.others = [old(120)] } == "1 old process draining (pid 120)")
    }

    @Test func aProcessThatStartsSaysWhyItIsNotReadyYet() {
        #expect(description(.starting) { $0.readiness = .starting }.isEmpty)
        let text = description(.starting) {
            $0.readiness = .starting
            $0.health = "connection refused"
            $0.statusText = "loading"
        }
        #expect(text == #"not ready yet: connection refused, "loading""#)
    }

    @Test func aProcessThatWaitsSaysForWhat() {
        let text = description(.waiting) { $0.waitingFor = "waiting for db to be ready, it is STARTING" }
        #expect(text == "waiting for db to be ready, it is STARTING")
        #expect(description(.waiting).isEmpty)
    }

    @Test func aOneshotThatIsDoneShowsWhenAsOneThatHasExited() {
        let text = description(.completed) {
            $0.startedAt = 1_763_830_800
            $0.stoppedAt = 1_763_830_860
        }
        #expect(text == "Nov 22 06:01 PM")
    }

    @Test func aProcessThatIsGoneSaysNothing() {
        #expect(description(.stopped) { $0.statusText = "bye" } == "Not started")
    }

    @Test(arguments: [
        ("a\nb\u{1b}[31mc", #""a b [31mc""#), ("\u{202e}abc\u{9b}2J", #""abc 2J""#), (" \t\u{0} ", nil),
        ("e\u{301}tat 👩‍💻", "\"e\u{301}tat 👩‍💻\""),
        (String(repeating: "é", count: 60), "\"\(String(repeating: "é", count: 60))\""),
        (String(repeating: "é", count: 61), "\"\(String(repeating: "é", count: 59))…\""),
    ])
    func whatAProgramSaysStaysOnOneShortLine(status: String, text: String?) {
        let expected = ["pid 123, uptime 0:00:05", text].compactMap { $0 }.joined(separator: ", ")
        #expect(running { $0.statusText = status } == expected)
    }

    @Test func aCharacterOfManyScalarsIsCutToo() {
        func accented(_ marks: Int) -> String { "a" + String(repeating: "\u{301}", count: marks) }
        #expect(running { $0.statusText = accented(90) } == "pid 123, uptime 0:00:05, \"\(accented(58))…\"")
    }

    @Test func reasonsAreCleanedAsWell() {
        let text = running {
            $0.readiness = .degraded
            $0.health = "bad\r\u{1b}[2Janswer"
        }
        #expect(text == "pid 123, uptime 0:00:05, degraded: bad [2Janswer")
        #expect(description(.waiting) { $0.waitingFor = "a\u{7}\nb" } == "a b")
        #expect(description(.waiting) { $0.waitingFor = String(repeating: "x", count: 500) }.count == 200)
    }

    @Test func anAnswerOfAnOlderSuperdIsRead() throws {
        let info = ProcessInfo(ProcessName(group: "g", process: "p"), .stopped, now: 7)
        let text = String(decoding: try JSON.encode(info), as: UTF8.self)
        for field in ["program", "readiness", "health", "statusText", "waitingFor", "rolling", "others"] {
            #expect(!text.contains("\"\(field)\""))
        }
        #expect(try JSON.decode(ProcessInfo.self, from: Array(text.utf8)) == info)
    }
}
