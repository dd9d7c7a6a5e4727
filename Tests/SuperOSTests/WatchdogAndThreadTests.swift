import SuperBase
import SuperOS
import Testing

@Suite struct WatchdogAndThreadTests {
    @Test func aProcessThatSpinsIsEnded() async {
        await #expect(processExitsWith: .signal(6)) {
            SignalReceiver.unblockAll()
            let watchdog = try ProcessorTimeWatchdog()
            watchdog.rearm(.milliseconds(30))
            let start = Clock.processorTime()
            while Clock.processorTime() - start < .seconds(20) {}
        }
    }

    @Test func aProcessThatSaysAllIsWellIsNot() async {
        await #expect(processExitsWith: .success) {
            let watchdog = try ProcessorTimeWatchdog()
            for _ in 0..<10 {
                watchdog.rearm(.milliseconds(200))
                let start = Clock.processorTime()
                while Clock.processorTime() - start < .milliseconds(30) {}
            }
            watchdog.disarm()
            let start = Clock.processorTime()
            while Clock.processorTime() - start < .milliseconds(250) {}
        }
    }

    @Test func whatOtherThreadsUseDoesNotCount() async {
        await #expect(processExitsWith: .success) {
            let watchdog = try ProcessorTimeWatchdog()
            watchdog.rearm(.milliseconds(100))
            let pipe = try Pipe()
            try startThread(named: "busy") {
                let start = Clock.processorTime()
                while Clock.processorTime() - start < .milliseconds(300) {}
                try? pipe.writeEnd.writeAll([1])
            }
            _ = try pipe.readEnd.wait(for: .readable, until: nil)
        }
    }

    @Test func aThreadRunsWithItsNameAndAllSignalsBlocked() throws {
        let pipe = try Pipe()
        try startThread(named: "a name that is cut off") {
            let status = try? FileSystem.read("/proc/thread-self/status")
            try? pipe.writeEnd.writeAll(status ?? [])
            try? pipe.writeEnd.writeAll(bytes("end\n"))
        }
        var text = ""
        while !text.hasSuffix("end\n"), let more = try pipe.readEnd.readText() { text += more }
        #expect(text.contains("Name:\ta name that is \n"))
        // All but KILL (9), STOP (19) and the two of the C library (32 and 33).
        #expect(text.contains("SigBlk:\tfffffffe7ffbfeff\n"))
    }
}
