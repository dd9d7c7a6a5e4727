import Glibc
import SuperBase
import SuperOS
import Testing

@Suite struct ChildrenTests {
    @Test func anEndIsReportedOnceWithItsUsage() throws {
        let pid = try spawn(try shell("i=0; while [ $i -lt 20000 ]; do i=$((i+1)); done; exit 7"))
        guard case .reaped(let child) = try reapChild(pid, waits: true) else { throw Missing(what: "child") }
        #expect(child.pid == pid && child.status == .exited(code: 7))
        #expect(child.usage.userTime + child.usage.systemTime > .zero)
        #expect(child.usage.maximumResident > .kibibytes(100))
        #expect(try reapChild(pid) == .noChildren)
    }

    @Test func aDeathBySignalIsReported() throws {
        let pid = try spawn(try shell("kill -SEGV $$"))
        guard case .signaled(let signal, _) = try end(of: pid) else { throw Missing(what: "signal") }
        #expect(signal.name == "SEGV")
    }

    @Test func aChildThatRunsIsNotReaped() throws {
        let input = try Pipe()
        let pid = try spawn(try shell("read line") { $0.descriptors[0] = input.readEnd })
        #expect(try reapChild(pid) == .noneEnded)
        try Signal.terminate.send(toProcess: pid)
        #expect(try end(of: pid) == .signaled(.terminate, coreDumped: false))
        #expect(throws: SystemError("sending", "SIGTERM to process \(pid)", errno: .noSuchProcess)) {
            try Signal.terminate.send(toProcess: pid)
        }
    }

    @Test func aSignalReachesTheWholeGroup() throws {
        let input = try Pipe()
        let (pid, output) = try start(
            try shell("sh -c 'echo ready; read line <&3' & wait") {
                $0.descriptors[0] = input.readEnd
                $0.descriptors.append(input.readEnd)
            })
        #expect(try output.readText() == "ready\n")
        try Signal.kill.send(toGroup: pid)
        #expect(try end(of: pid) == .signaled(.kill, coreDumped: false))
        // The grandchild had the other write end.
        #expect(try output.readByte() == .endOfFile)
    }

    @Test func theDescriptorOfAProcessTellsItsEndAndTakesSignals() throws {
        let input = try Pipe()
        let pid = try spawn(try shell("read line") { $0.descriptors[0] = input.readEnd })
        let process = try Descriptor.process(pid)
        #expect(try !process.wait(for: .readable, until: Instant(nanoseconds: 0)))
        try Signal.kill.send(through: process)
        #expect(try process.wait(for: .readable, until: nil))
        #expect(try end(of: pid) == .signaled(.kill, coreDumped: false))
        #expect(throws: SystemError.self) { try Signal.kill.send(through: process) }
    }

    @Test func aStrayGrandchildComesToTheSubreaper() async {
        await #expect(processExitsWith: .success) {
            try CurrentProcess.becomeSubreaper()
            let input = try Pipe()
            let (pid, output) = try start(
                try shell("sh -c 'read line <&3; exit 9' & echo $!") { $0.descriptors.append(input.readEnd) })
            let text = try output.readText() ?? ""
            let grandchild = try #require(Int32(text.filter(\.isNumber)))
            try #require(try end(of: pid) == .exited(code: 0))
            // Its parent is gone; now it ends.
            try input.writeEnd.writeAll(bytes("\n"))
            guard case .reaped(let child) = try reapChild(waits: true) else { throw Missing(what: "grandchild") }
            try #require(child.pid == grandchild && child.status == .exited(code: 9))
        }
    }
}

@Suite struct SignalReceiverTests {
    @Test func signalsAreReadInsteadOfTakingEffect() async {
        await #expect(processExitsWith: .success) {
            let receiver = try SignalReceiver([.terminate, .user1])
            try #require(try receiver.next() == nil)
            // To this thread alone: those of the test runner would let the signals end the process.
            raise(SIGTERM)
            raise(SIGUSR1)
            var signals: Set<Signal> = []
            try #require(try receiver.descriptor.wait(for: .readable, until: nil))
            while let notice = try receiver.next() {
                signals.insert(notice.signal)
                try #require(notice.pid == CurrentProcess.pid && notice.user == CurrentProcess.user)
            }
            try #require(signals == [.terminate, .user1])
        }
    }

    @Test func theDefaultOfASignalComesBack() async {
        await #expect(processExitsWith: .signal(13)) {
            Signal.pipe.ignore()
            let (_, writeEnd) = try pipeEnds()
            _ = try? writeEnd().write(text: "x")
            Signal.pipe.restoreDefault()
            SignalReceiver.unblockAll()
            let (_, second) = try pipeEnds()
            _ = try second().write(text: "x")
        }
    }
}
