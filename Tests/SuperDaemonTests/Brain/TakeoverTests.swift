import SuperBase
import SuperOS
import Testing

@testable import SuperDaemon

/// The built superd whose brains are killed at moments that nobody chose, for as long as it takes.
struct TakeoverTests {
    private let folder: Folder

    init() throws { folder = try Folder() }

    /// Its log and its programs end with it: every program is a `cat` whose input the keeper holds.
    private func start(_ programs: String) throws -> RunningSuperd {
        try folder.write(
            "main.ini",
            "[supervisord]\nlogfile=\(folder.path)/main.log\npidfile=\(folder.path)/pid\nchildlogdir=\(folder.path)\n"
                + "minfds=256\nsilent=true\nnodaemon=true\nuser=\(CurrentProcess.user)\n" + programs)
        return try RunningSuperd(folder / "main.ini")
    }

    private func cats(_ range: Range<Int>) -> String {
        range.map { "[program:p\($0)]\ncommand=cat -u p\($0) -\nstderr_logfile=NONE\n" }.joined()
    }

    @Test func aStartThatIsInterruptedAgainAndAgainStartsEveryProgramOnce() throws {
        let superd = try start(cats(0..<150))
        for _ in 0..<8 { try killBrainInTheMiddle(of: superd) }
        let expected = (0..<150).map { "p\($0)" }.sorted()
        try wait("every program") { superd.programs().sorted() == expected }
        // Everyone has an AUTO log, also those whose group came in while a brain was killed.
        #expect(try folder.names.count { $0.contains("-stdout---") } >= 150)
        for program in 0..<150 { try #expect(folder.names.contains { $0.hasPrefix("p\(program)-stdout---") }) }
        try superd.send(.terminate)
        #expect(try superd.exitStatus() == .exited(code: 0))
        #expect(try !folder.names.contains("pid"))
    }

    @Test func aRestartThatIsInterruptedEndsWithTheNewPrograms() throws {
        let superd = try start(cats(0..<80))
        try wait("every program") { superd.programs().count == 80 }
        let before = Set(superd.programPids())
        try folder.write("main.ini", try folder.read("main.ini").replacingPrograms(with: cats(40..<160)))
        try superd.send(.hangup)
        for _ in 0..<8 { try killBrainInTheMiddle(of: superd) }
        let expected = (40..<160).map { "p\($0)" }.sorted()
        try wait("the new programs") { superd.programs().sorted() == expected }
        #expect(before.isDisjoint(with: superd.programPids()))
    }

    /// Kills the brain as soon as it has started or stopped something, and waits for the next one.
    private func killBrainInTheMiddle(of superd: RunningSuperd) throws {
        let count = superd.childCount
        let deadline = Clock.now() + .milliseconds(500)
        try wait("something") { superd.childCount != count || Clock.now() > deadline }
        guard let brain = superd.brain() else { return }
        try Signal.kill.send(toProcess: brain)
        try wait("a new brain") { superd.brain() != brain && superd.brain() != nil }
    }

    @Test func aRunNeverGetsTheNumberOfOneThatLeftItsOutputOpen() throws {
        // The first leaves a child with its output behind. The second finds no file, ends, and waits; the next brain starts it again.
        let superd = try start(
            "[program:leaver]\npriority=1\ncommand=sh -c 'sleep 60 & exit 0'\nautorestart=false\nstartsecs=0\n"
                + "[program:again]\npriority=2\ncommand=sh -c 'test -e \(folder.path)/go || exit 1; exec cat -u p1 -'\n"
                + "autorestart=true\nstartsecs=0\nrestart_delay=2s\n")
        try wait("both ends") {
            let log = (try? folder.read("main.log")) ?? ""
            return log.contains("exited: leaver") && log.contains("exited: again")
        }
        let brain = try #require(superd.brain())
        try folder.write("go", "")
        try Signal.kill.send(toProcess: brain)
        try wait("a new brain") { superd.brain() != brain && superd.brain() != nil }
        try wait("the second") { superd.programs().contains("p1") }
    }
}

extension String {
    /// The configuration with other programs in the place of its own.
    fileprivate func replacingPrograms(with programs: String) -> String {
        split(separator: "\n").prefix { !$0.hasPrefix("[program") }.joined(separator: "\n") + "\n" + programs
    }
}

/// A superd in the foreground; killed with its programs when the test is done.
final class RunningSuperd {
    let pid: Int32
    private var hasEnded = false

    init(_ configuration: String) throws {
        let null = try Descriptor.open("/dev/null", .readWrite)
        pid = try spawn(
            SpawnRequest(
                executable: Self.executable, arguments: ["superd", "-n", "-c", configuration],
                environment: CurrentProcess.environment, descriptors: [null, null, .standardError]))
    }

    deinit {
        guard !hasEnded else { return }
        let left = children().map(\.pid)
        try? Signal.kill.send(toProcess: pid)
        _ = try? reapChild(pid, waits: true)
        for program in left { try? Signal.kill.send(toProcess: program) }
    }

    /// The program beside the bundle of the tests.
    private static let executable: String = {
        let bundle = CommandLine.arguments.first { $0.contains(".xctest") && $0.hasPrefix("/") }
        let folder = bundle?.split(separator: "/").prefix { !$0.hasSuffix(".xctest") }.map { "/" + $0 }.joined()
        let root = #filePath.split(separator: "/").dropLast(4).map { "/" + $0 }.joined()
        return (folder ?? root + "/.build/debug") + "/superd"
    }()

    func send(_ signal: Signal) throws { try signal.send(toProcess: pid) }

    func exitStatus() throws -> SuperBase.ExitStatus {
        let process = try Descriptor.process(pid)
        try #require(try process.wait(for: .readable, until: Clock.now() + patience), "superd does not end")
        guard case .reaped(let child) = try reapChild(pid, waits: true) else {
            throw SystemError("reaping", "superd", errno: .noSuchProcess)
        }
        hasEnded = true
        return child.status
    }

    /// The brain that runs now.
    func brain() -> Int32? { children().first { $0.words.first == "superd: brain" }?.pid }

    /// How many processes are the keeper's.
    var childCount: Int {
        let list = (try? FileSystem.read("/proc/\(pid)/task/\(pid)/children")) ?? []
        return list.count { $0 == UInt8(ascii: " ") }
    }

    /// The second word after `cat -u` of every program.
    func programs() -> [String] { children().filter { $0.words.first == "cat" }.map { $0.words[2] } }

    func programPids() -> [Int32] { children().filter { $0.words.first == "cat" }.map(\.pid) }

    private func children() -> [(pid: Int32, words: [String])] {
        guard let list = try? FileSystem.read("/proc/\(pid)/task/\(pid)/children") else { return [] }
        let pids = String(decoding: list, as: UTF8.self).split(separator: " ").compactMap { Int32($0) }
        return pids.compactMap { pid in
            guard let line = try? FileSystem.read("/proc/\(pid)/cmdline"), !line.isEmpty else { return nil }
            return (pid, line.split(separator: 0).map { String(decoding: $0, as: UTF8.self) })
        }
    }
}
