import Testing

@testable import SuperOS

@Suite struct DaemonTests {
    @Test func theCommandEndsOnceTheDaemonHasStarted() async {
        await #expect(processExitsWith: .exitCode(0)) {
            let command = CurrentProcess.pid
            let report = try Daemon.fork(silence: "no word")
            guard CurrentProcess.pid != command, try session(of: CurrentProcess.pid) == CurrentProcess.pid else {
                report.failed("not in a session of its own", code: 9)
                CurrentProcess.exitAtOnce(9)
            }
            report.started()
            CurrentProcess.exitAtOnce(0)
        }
    }

    @Test func theCommandSaysWhyTheDaemonHasNotStarted() async throws {
        let result = try await #require(processExitsWith: .exitCode(7), observing: [\.standardErrorContent]) {
            try Daemon.fork(silence: "no word").failed("the port is taken", code: 7)
            CurrentProcess.exitAtOnce(0)
        }
        #expect(String(decoding: result.standardErrorContent, as: UTF8.self).hasSuffix("the port is taken\n"))
    }

    @Test func theCommandSaysHowASilentDaemonEnded() async throws {
        let result = try await #require(processExitsWith: .exitCode(1), observing: [\.standardErrorContent]) {
            _ = try Daemon.fork(silence: "superd ended before it had started")
            CurrentProcess.exitAtOnce(3)
        }
        let text = String(decoding: result.standardErrorContent, as: UTF8.self)
        #expect(text.hasSuffix("superd ended before it had started: exit status 3\n"))
    }

    @Test func aProcessWithThreadsDoesNotDetach() async {
        await #expect(processExitsWith: .failure) {
            let pipe = try Pipe()
            try startThread(named: "waits") { _ = try? pipe.readEnd.wait(for: .readable, until: nil) }
            try Daemon.detach(silence: "no word").started()
        }
    }

    @Test func standardStreamsCanBeSilenced() async {
        await #expect(processExitsWith: .success) {
            try Daemon.silenceStandardStreams()
            let null = try #require(try FileSystem.status("/dev/null"))
            for stream in [Descriptor.standardInput, .standardOutput, .standardError] {
                try #require(try stream.status().isSameFile(as: null) && !stream.isCloseOnExec())
            }
        }
    }
}

/// The session of a process: field 6 of its stat, after a name that the test process has no spaces in.
private func session(of pid: Int32) throws -> Int32? {
    let fields = String(decoding: try FileSystem.read("/proc/\(pid)/stat"), as: UTF8.self).split(separator: " ")
    return fields.count > 5 ? Int32(fields[5]) : nil
}
