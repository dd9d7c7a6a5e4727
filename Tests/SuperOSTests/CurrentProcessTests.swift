import SuperBase
import SuperOS
import Testing

@Suite struct CurrentProcessTests {
    @Test func theProcessKnowsItself() throws {
        let stat = String(decoding: try FileSystem.read("/proc/self/stat"), as: UTF8.self)
        #expect(stat.hasPrefix("\(CurrentProcess.pid) "))
        #expect(stat.contains(" \(CurrentProcess.parentPid) "))
        #expect(CurrentProcess.hostName == (try run("uname -n").line))
        #expect(try CurrentProcess.workingDirectory() == run("pwd").line)
        let status = try FileSystem.status(CurrentProcess.executablePath())
        #expect(status?.isSameFile(as: try #require(try FileSystem.status("/proc/self/exe"))) == true)
    }

    @Test func theEnvironmentIsThatOfTheProcess() throws {
        let raw = try FileSystem.read("/proc/self/environ").split(separator: 0).map {
            String(decoding: $0, as: UTF8.self)
        }
        let own = CurrentProcess.environment.map { "\($0.name)=\($0.value)" }
        #expect(!own.isEmpty && Set(raw).isSubset(of: own))
    }

    @Test func theProcessorsAreThoseThatTheKernelAllows() throws {
        let status = String(decoding: try FileSystem.read("/proc/thread-self/status"), as: UTF8.self)
        let line = try #require(status.split(separator: "\n").first { $0.hasPrefix("Cpus_allowed:") })
        let digits = line.dropFirst("Cpus_allowed:".count).compactMap(\.hexDigitValue)
        #expect(CurrentProcess.processorCount == digits.reduce(0) { $0 + $1.nonzeroBitCount })
    }

    @Test func theDirectoryCanBeChanged() async {
        await #expect(processExitsWith: .success) {
            try CurrentProcess.changeDirectory(to: "/usr")
            try #require(try CurrentProcess.workingDirectory() == "/usr")
        }
    }

    @Test func anotherUserIsBecomeInEveryThread() async {
        await #expect(processExitsWith: .success) {
            let pipe = try Pipe()
            try startThread(named: "waits") { _ = try? pipe.readEnd.readByte() }
            defer { _ = try? pipe.writeEnd.write(text: "x") }
            try CurrentProcess.become(ProcessSpec.Identity(user: 65_534, group: 65_533, groups: [65_533, 7]))
            // The first thread of a test runner is in the C library's exit for ever, which no change reaches.
            let threads = try FileSystem.list("/proc/self/task").filter { $0 != "\(CurrentProcess.pid)" }
            try #require(threads.count > 1)
            for thread in threads {
                let lines = String(decoding: try FileSystem.read("/proc/self/task/\(thread)/status"), as: UTF8.self)
                try #require(lines.contains("Uid:\t65534\t65534\t65534\t65534\n"))
                try #require(lines.contains("Gid:\t65533\t65533\t65533\t65533\n"))
                try #require(lines.contains("Groups:\t7 65533 \n"))
            }
        }
    }

    @Test func limitsAreSetAndRead() async {
        await #expect(processExitsWith: .success) {
            let limit = try ResourceLimit.current(.openFiles)
            try ResourceLimit(soft: 100, hard: limit.hard).apply(to: .openFiles)
            try #require(try ResourceLimit.current(.openFiles).soft == 100)
            try #require(try run("ulimit -Sn").line == "100")
        }
    }

    @Test func theNameShows() async {
        await #expect(processExitsWith: .success) {
            try startThread(named: "unused") {}
            CurrentProcess.setName("superd: keeper and more")
            let name = String(decoding: try FileSystem.read("/proc/thread-self/comm"), as: UTF8.self)
            try #require(name == "superd: keeper \n" || name == "superd: keeper\n")
        }
    }

    @Test func theProcessCanBecomeAnotherProgram() async throws {
        let result = try await #require(processExitsWith: .exitCode(6), observing: [\.standardOutputContent]) {
            try CurrentProcess.execute(
                "/bin/sh", arguments: ["sh", "-c", "echo $A; exit 6"], environment: [EnvironmentVariable("A", "b c")])
        }
        #expect(String(decoding: result.standardOutputContent, as: UTF8.self).hasSuffix("b c\n"))
    }

    @Test func aProgramThatIsNotThereIsNamed() {
        #expect(throws: SystemError("executing", "/no/such", errno: .noSuchFile)) {
            try CurrentProcess.execute("/no/such", arguments: ["x"], environment: [])
        }
    }

    @Test func theDeathSignalOfTheProcessIsSet() async {
        await #expect(processExitsWith: .success) {
            try CurrentProcess.setDeathSignal(.kill)
            try CurrentProcess.setDeathSignal(nil)
            #expect(throws: SystemError.self) { try CurrentProcess.setDeathSignal(Signal(rawValue: 99)) }
        }
    }
}
