import SuperBase
import SuperOS
import Testing

@testable import SuperKeeper

/// How long a test waits for what should happen at once.
let patience = Duration.seconds(20)

/// Something that a test waited for did not come.
struct Missing: Error {
    var what: String
}

/// A keeper whose brains are played by the test. The process that it starts as its brain gives the control channel to the test, which may
/// end that process as it likes.
final class RunningKeeper {
    let pid: Int32
    let output: Descriptor
    private let listener: Descriptor
    private let path: String
    private var hasEnded = false

    /// Sends pid and channel to the test and keeps no channel itself; ends with the code that it is told, or with 0 when nobody listens.
    private static let relay = """
        import os, socket, sys
        link = socket.socket(socket.AF_UNIX)
        link.connect(sys.argv[1])
        socket.send_fds(link, [str(os.getpid()).encode()], [3])
        os.close(3)
        sys.exit((link.recv(1) or b"\\0")[0])
        """

    /// Starts it. `reports`: it tells the result of its start on `output`.
    init(brainPatience: Duration = .seconds(60), reports: Bool = false, brain: [String]? = nil) throws {
        path = "/tmp/superd-keeper-\(CurrentProcess.pid)-\(UInt32.random(in: 0...(.max)))"
        listener = try Descriptor.listen(unix: path)
        let output = try Pipe()
        let milliseconds = brainPatience.wholeNanoseconds / 1_000_000
        let words =
            ["keeper-bench", "\(milliseconds)"] + (reports ? ["report"] : [])
            + ["--"] + (brain ?? ["/usr/bin/python3", "-c", Self.relay, path])
        pid = try spawn(
            SpawnRequest(
                executable: Self.executable, arguments: words, environment: CurrentProcess.environment,
                descriptors: [try Descriptor.open("/dev/null", .readOnly), output.writeEnd, .standardError]))
        self.output = output.readEnd
    }

    /// The keeper is killed; brains and the programs of the tests end with their channel or input.
    deinit {
        _ = try? FileSystem.remove(path)
        guard !hasEnded else { return }
        try? Signal.kill.send(toProcess: pid)
        _ = try? reapChild(pid, waits: true)
    }

    /// The program beside the bundle of the tests.
    private static let executable: String = {
        let bundle = CommandLine.arguments.first { $0.contains(".xctest") && $0.hasPrefix("/") }
        let folder = bundle?.split(separator: "/").prefix { !$0.hasSuffix(".xctest") }.map { "/" + $0 }.joined()
        let root = #filePath.split(separator: "/").dropLast(3).map { "/" + $0 }.joined()
        return (folder ?? root + "/.build/debug") + "/keeper-bench"
    }()

    /// The next brain that the keeper starts, before it has heard anything.
    func brain() throws -> PlayedBrain {
        try #require(try listener.wait(for: .readable, until: Clock.now() + patience), "no brain is started")
        guard case .connection(let link, _) = try listener.accept() else { throw Missing(what: "connection") }
        try #require(try link.wait(for: .readable, until: Clock.now() + patience))
        var bytes = [UInt8](repeating: 0, count: 16)
        let result = try bytes.withUnsafeMutableBytes { try link.receiveMessage(into: $0) }
        guard case .message(let message) = result, let channel = message.descriptors.first,
            let pid = Int32(String(decoding: bytes[..<message.length], as: UTF8.self))
        else { throw Missing(what: "channel of a brain") }
        return try PlayedBrain(pid: pid, link: link, channel: Channel(channel))
    }

    /// The next brain, which has heard the inventory and has said that it is ready.
    func readyBrain() throws -> PlayedBrain {
        let brain = try brain()
        try brain.hearInventory()
        try brain.send(.ready)
        return brain
    }

    func send(_ signal: Signal) throws { try signal.send(toProcess: pid) }

    /// Waits for the end of the keeper.
    func exitStatus() throws -> SuperBase.ExitStatus {
        let process = try Descriptor.process(pid)
        try #require(try process.wait(for: .readable, until: Clock.now() + patience), "the keeper does not end")
        guard case .reaped(let child) = try reapChild(pid, waits: true) else { throw Missing(what: "the keeper") }
        hasEnded = true
        return child.status
    }

    /// The processor time that the keeper has used.
    func processorTime() throws -> Duration {
        let text = String(decoding: try FileSystem.read("/proc/\(pid)/stat"), as: UTF8.self)
        let fields = text.split(separator: ")").last?.split(separator: " ") ?? []
        // Fields 14 and 15 of all, in ticks of 10 ms.
        return .milliseconds(10 * ((Int(fields[11]) ?? 0) + (Int(fields[12]) ?? 0)))
    }
}

/// A brain played by a test.
final class PlayedBrain {
    let pid: Int32
    /// Whether pings are answered while something else is waited for.
    var answersPings = true
    private let link: Descriptor
    private var channel: Channel?
    private(set) var inventory: [KeeperMessage] = []
    /// The descriptors that came with the messages of the inventory, by the place of the message.
    private(set) var inventoryDescriptors: [Int: [Descriptor]] = [:]

    init(pid: Int32, link: Descriptor, channel: Channel) {
        self.pid = pid
        self.link = link
        self.channel = channel
    }

    func send(_ message: BrainMessage, _ descriptors: [Descriptor] = []) throws {
        try channel?.send(message.bytes, descriptors)
    }

    func sendRaw(_ bytes: [UInt8]) throws { try channel?.send(bytes) }

    /// The next message, pings left out where they are answered.
    func next() throws -> (message: KeeperMessage, descriptors: [Descriptor]) {
        let deadline = Clock.now() + patience
        while let channel {
            try channel.flush()
            if let (body, descriptors) = try channel.receive() {
                guard let message = try KeeperMessage(bytes: body) else { continue }
                guard answersPings, case .ping(let number) = message else { return (message, descriptors) }
                try send(.pong(number: number))
            } else {
                try #require(try channel.descriptor.wait(for: .readable, until: deadline), "the keeper says nothing")
            }
        }
        throw Missing(what: "channel")
    }

    /// The next message of which `pick` makes something; others are dropped.
    func next<Value>(_ pick: (KeeperMessage) -> Value?) throws -> (value: Value, descriptors: [Descriptor]) {
        while true {
            let (message, descriptors) = try next()
            if let value = pick(message) { return (value, descriptors) }
        }
    }

    func hearInventory() throws {
        while true {
            let (message, descriptors) = try next()
            inventoryDescriptors[inventory.count] = descriptors
            inventory.append(message)
            if message == .inventoryEnd { return }
        }
    }

    /// Has a program started and answers what the keeper says of it, and its streams.
    func spawn(
        _ generation: UInt64, _ words: [String], _ change: (inout ProcessSpec) -> Void = { _ in }
    ) throws -> (fact: ChildFact, streams: [StandardStream: Descriptor]) {
        var spec = ProcessSpec(
            name: ProcessName(group: "g", process: "p\(generation)"), executable: words[0], arguments: words,
            environment: [EnvironmentVariable("PATH", "/usr/bin:/bin")])
        change(&spec)
        try send(.spawn(generation: generation, spec))
        let (fact, descriptors) = try next { message -> ChildFact? in
            if case .spawned(let fact) = message, fact.generation == generation { fact } else { nil }
        }
        return (fact, Dictionary(uniqueKeysWithValues: zip(fact.streams, descriptors)))
    }

    /// Waits until the keeper tells of the end of a run.
    func exit(of generation: UInt64) throws -> ExitFact {
        try next { if case .exited(let fact) = $0, fact.generation == generation { fact } else { nil } }.value
    }

    /// Is killed; nothing that it had not said reaches the keeper.
    func crash() throws {
        channel = nil
        try Signal.kill.send(toProcess: pid)
    }

    /// Ends by itself with a code.
    func exit(_ code: UInt8) throws {
        channel = nil
        try link.writeAll([code])
    }

    /// Closes the channel and lives on.
    func closeEars() { channel = nil }

    /// Waits until its process has ended, and been reaped.
    func waitForEnd() throws {
        let deadline = Clock.now() + patience
        // The keeper reaps it, so there is nothing of ours to wait for but its disappearance.
        while (try? FileSystem.status("/proc/\(pid)")) ?? nil != nil {
            try #require(Clock.now() < deadline, "the brain does not end")
            _ = try link.wait(for: .readable, until: Clock.now() + .milliseconds(5))
        }
    }
}

extension Descriptor {
    /// Reads until `count` bytes have come.
    func readText(_ count: Int) throws -> String {
        var text: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: count)
        while text.count < count {
            try #require(try wait(for: .readable, until: Clock.now() + patience), "nothing to read")
            guard case .bytes(let read) = try buffer.withUnsafeMutableBytes({ try self.read(into: $0) }) else { break }
            text += buffer[..<read]
        }
        return String(decoding: text, as: UTF8.self)
    }
}
