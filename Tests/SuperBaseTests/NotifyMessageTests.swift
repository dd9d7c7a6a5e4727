import Foundation
import SuperBase
import Testing

@Suite struct NotifyMessageTests {
    private func message(_ text: String) -> NotifyMessage { NotifyMessage(Array(text.utf8)) }

    @Test func aProcessSaysThatItIsReadyAndWhatItDoes() {
        let message = message("READY=1\nSTATUS=Listening on 127.0.0.1:8000\nMAINPID=4711\n")
        #expect(message.isReady)
        #expect(message.status == "Listening on 127.0.0.1:8000")
        #expect(message.mainPid == 4711)
        #expect(!message.isReloading && !message.isStopping && !message.isBarrier)
        #expect(message.heartbeat == nil && message.problems == [])
    }

    @Test func aReloadSaysWhenItBegan() {
        let message = message("RELOADING=1\nMONOTONIC_USEC=1234567")
        #expect(message.isReloading && !message.isReady)
        #expect(message.sentAt == Instant(nanoseconds: 1_234_567_000))
    }

    @Test func everyOtherWordIsUnderstood() {
        #expect(message("STOPPING=1").isStopping)
        #expect(message("BARRIER=1").isBarrier)
        #expect(message("WATCHDOG=1").heartbeat == .beat)
        #expect(message("WATCHDOG=trigger").heartbeat == .trigger)
        #expect(message("WATCHDOG_USEC=20000000").heartbeatInterval == .seconds(20))
        #expect(message("WATCHDOG_USEC=0").heartbeatInterval == .zero)
        #expect(message("EXTEND_TIMEOUT_USEC=1500").timeoutExtension == .microseconds(1_500))
    }

    @Test(arguments: [
        "", "\n\n", "READY", "X=1", "ERRNO=2\nBUSERROR=a.b\nEXIT_STATUS=1", "FDSTORE=1\nFDNAME=x\nFDPOLL=0", "ready=1",
        " READY=1", "=1", "\0\0",
    ])
    func whatIsUnknownOrOfNoUseSaysNothing(text: String) {
        #expect(message(text) == message(""))
    }

    @Test func ofTwoValuesTheLastOneCounts() {
        let message = message("STATUS=a\nMAINPID=1\nWATCHDOG=1\nSTATUS=b\nMAINPID=2\nWATCHDOG=trigger\nMAINPID=x")
        #expect(message.status == "b")
        #expect(message.mainPid == 2)
        #expect(message.heartbeat == .trigger)
    }

    @Test func anEmptyStatusTakesTheOldOneBack() {
        #expect(message("STATUS=").status == "")
        #expect(message("READY=1").status == nil)
    }

    @Test func theEndOfACStringIsNoPartOfTheMessage() {
        #expect(message("STATUS=x\0").status == "x")
        #expect(message("READY=1\n\0\0").isReady)
    }

    @Test(arguments: [
        ("MAINPID=0", "MAINPID=0: not a number from 1 to 2147483647"),
        ("MAINPID=-5", "MAINPID=-5: not a number from 1 to 2147483647"),
        ("MAINPID=2147483648", "MAINPID=2147483648: not a number from 1 to 2147483647"),
        ("MAINPID=", "MAINPID=: not a number from 1 to 2147483647"),
        ("MAINPID= 7", "MAINPID= 7: not a number from 1 to 2147483647"),
        ("WATCHDOG_USEC=1s", "WATCHDOG_USEC=1s: not a number of microseconds"),
        ("EXTEND_TIMEOUT_USEC=-1", "EXTEND_TIMEOUT_USEC=-1: not a number of microseconds"),
        ("MONOTONIC_USEC=9223372036854776", "MONOTONIC_USEC=9223372036854776: not a number from 0 to 9223372036854775"),
        ("READY=yes", "READY=yes: not 1"), ("STOPPING=0", "STOPPING=0: not 1"),
        ("WATCHDOG=2", "WATCHDOG=2: neither 1 nor trigger"),
        ("MAINPID=\u{1b}[2J", "MAINPID= [2J: not a number from 1 to 2147483647"),
    ])
    func aValueThatCannotBeIsToldOfAndTheRestCounts(line: String, problem: String) {
        let message = message(line + "\nSTATUS=on")
        #expect(message.problems == [problem])
        #expect(message.status == "on")
        var rest = self.message("STATUS=on")
        #expect(message != rest)
        rest = self.message("STATUS=on\n" + line)
        #expect(message == rest)
        #expect(message.mainPid == nil && message.heartbeat == nil && message.heartbeatInterval == nil)
        #expect(message.sentAt == nil && message.timeoutExtension == nil && !message.isReady && !message.isStopping)
    }

    @Test(arguments: [
        "2592000000001", "18446744073709551615", "18446744073709551616", String(repeating: "9", count: 500),
    ])
    func noTimeIsLongerThanThirtyDays(number: String) {
        let message = message("WATCHDOG_USEC=\(number)\nEXTEND_TIMEOUT_USEC=\(number)")
        #expect(message.heartbeatInterval == .seconds(30 * 24 * 3_600))
        #expect(message.timeoutExtension == .seconds(30 * 24 * 3_600))
        #expect(message.problems == [])
    }

    @Test func aStatusIsOneLineThatSteersNoTerminal() {
        let message = message("STATUS=a\u{1b}[31m\u{9b}b\u{7f}\tc\u{2028}d\r")
        #expect(message.status == "a [31m b  c d ")
    }

    @Test func aStatusThatIsNoUTF8IsRepaired() {
        #expect(NotifyMessage(Array("STATUS=a".utf8) + [0xff, 0xc3, 0x28]).status == "a\u{fffd}\u{fffd}(")
    }

    @Test func aStatusIsCutAtAThousandCharacters() {
        let long = String(repeating: "ä", count: 1_500)
        #expect(message("STATUS=\(long)\nREADY=1").status == String(repeating: "ä", count: 1_000))
        #expect(message("STATUS=" + String(repeating: "😀", count: 1_001)).status?.count == 1_000)
    }

    @Test func notEveryProblemOfABrokenSenderIsTold() {
        let message = message(String(repeating: "MAINPID=\(String(repeating: "x", count: 1_000))\n", count: 100))
        #expect(message.problems.count == NotifyMessage.problemLimit)
        #expect(message.problems.allSatisfy { $0.utf8.count < 150 })
    }

    @Test func everyFileOfTheCorpusIsReadWithinItsBounds() throws {
        let tests = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        let folder = tests.appending(path: "Corpus/notify")
        let files = try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
        #expect(files.count > 8)
        for file in files {
            let message = NotifyMessage(Array(try Data(contentsOf: file)))
            #expect((message.status?.unicodeScalars.count ?? 0) <= NotifyMessage.statusLimit)
            #expect(message.problems.isEmpty != file.lastPathComponent.hasPrefix("bad-"), "\(file.lastPathComponent)")
        }
    }
}
