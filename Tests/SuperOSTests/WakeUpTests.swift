import SuperBase
import SuperOS
import Testing

@Suite struct WakeUpTests {
    private let past = Instant(nanoseconds: 0)

    @Test func anEventIsReadableFromItsSignalToItsDrain() throws {
        let event = try EventDescriptor()
        #expect(try !event.descriptor.wait(for: .readable, until: past))
        event.signal()
        event.signal()
        #expect(try event.descriptor.wait(for: .readable, until: nil))
        event.drain()
        #expect(try !event.descriptor.wait(for: .readable, until: past))
        // Without a signal it does not wait.
        event.drain()
    }

    @Test func anEventWakesALoopFromAThread() throws {
        let event = try EventDescriptor()
        try startThread(named: "signals") { event.signal() }
        #expect(try event.descriptor.wait(for: .readable, until: nil))
    }

    @Test func aTimerIsDueOnceAndNotEarly() throws {
        let timer = try TimerDescriptor()
        let start = Clock.now()
        timer.set(after: .milliseconds(3))
        #expect(try timer.descriptor.wait(for: .readable, until: nil))
        #expect(Clock.now() - start >= .milliseconds(3))
        timer.drain()
        #expect(try !timer.descriptor.wait(for: .readable, until: past))
    }

    @Test func aTimerThatIsClearedIsNotDue() throws {
        let timer = try TimerDescriptor()
        timer.set(after: .zero)
        #expect(try timer.descriptor.wait(for: .readable, until: nil))
        timer.clear()
        timer.drain()
        #expect(try !timer.descriptor.wait(for: .readable, until: past))
    }

    @Test func aPartOfAFileIsSent() throws {
        let file = try Descriptor.memoryFile("test")
        try file.writeAll(bytes("0123456789"))
        let pipe = try Pipe()
        #expect(try pipe.writeEnd.send(file: file.number, 2..<5) == .bytes(3))
        #expect(try pipe.writeEnd.send(file: file.number, 8..<20) == .bytes(2))
        #expect(try pipe.writeEnd.send(file: file.number, 10..<20) == .bytes(0))
        #expect(try pipe.readEnd.readText() == "23489")
    }

    @Test func codeThatWasGivenBackRunsOn() async {
        await #expect(processExitsWith: .success) {
            CurrentProcess.releaseCode()
            try #require(try run("echo still here").line == "still here")
        }
    }
}
