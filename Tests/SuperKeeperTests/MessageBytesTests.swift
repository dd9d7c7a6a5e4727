import SuperBase
import Testing

@testable import SuperKeeper

/// What is sent is what is heard, and what cannot be read is refused.
struct MessageBytesTests {
    private static let name = ProcessName(group: "web", process: "web:00 ü")

    private static func spec(_ change: (inout ProcessSpec) -> Void = { _ in }) -> ProcessSpec {
        var spec = ProcessSpec(
            name: name, executable: "/bin/sh", arguments: ["sh", "-c", "exit 3", ""],
            environment: [EnvironmentVariable("A", "1"), EnvironmentVariable("EMPTY", "")])
        change(&spec)
        return spec
    }

    private static let fact = ChildFact(
        generation: 9, name: name, pid: 4711, startedAt: Instant(nanoseconds: -5), lastSignal: .kill,
        streams: [.stdin, .stderr, .readiness])

    static let fromBrain: [BrainMessage] = [
        .spawn(generation: .max, spec()),
        .spawn(
            generation: 1,
            spec {
                $0.directory = "/srv"
                $0.umask = 0o027
                $0.identity = ProcessSpec.Identity(user: 1, group: 2, groups: [2, 3, .max])
                $0.stdin = .inherit
                $0.stdout = .null
                $0.stderr = .sameAsStdout
                $0.stdinSocket = "socket/unix:///a b"
                $0.sockets = ["socket/tcp://:80", ""]
                $0.notificationDescriptor = 5
                $0.pidVariables = ["LISTEN_PID", "WATCHDOG_PID"]
            }),
        .signal(generation: 3, .hangup, toGroup: true), .signal(generation: 3, Signal(rawValue: 64), toGroup: false),
        .acknowledge(generation: 4), .close(generation: 5, .stdout), .record(key: "a/b", bytes: [0, 255]),
        .record(key: "", bytes: []), .forget(key: "ü"), .hold(key: "listen/x"), .release(key: "y"), .ready,
        .exit(code: -1), .pong(number: 7), .took(.terminate), .adopt(generation: 6, pid: 4711),
        .together([RecordChange(key: "a", bytes: [1]), RecordChange(key: "b", bytes: nil)]), .together([]),
    ]

    static let fromKeeper: [KeeperMessage] = [
        .welcome(version: 1, pid: 2, brains: 3, lastGeneration: 4), .record(key: "k", bytes: Array(0...255)),
        .held(key: "flight"), .child(fact), .remains(fact), .inventoryEnd, .spawned(fact),
        .spawnFailed(generation: 1, stage: 10, errno: 2),
        .exited(
            ExitFact(
                generation: 8, pid: 12, status: .signaled(.kill, coreDumped: true), at: Instant(nanoseconds: 77),
                userTime: .nanoseconds(123_456_789), systemTime: .seconds(3), maxResident: .kibibytes(12))),
        .exited(
            ExitFact(
                generation: 8, pid: 12, status: .exited(code: 255), at: Instant(nanoseconds: 77), userTime: .zero,
                systemTime: .zero, maxResident: ByteSize(bytes: 0))),
        .notFollowed(generation: 9, pid: 4712), .signalled(.user2), .strangerReaped(pid: 5, .exited(code: 1)),
        .say(.critical, "text ü"), .ping(number: .max),
    ]

    @Test(arguments: fromBrain) func everyMessageOfTheBrainSurvivesTheWire(message: BrainMessage) throws {
        #expect(try BrainMessage(bytes: message.bytes) == message)
    }

    @Test(arguments: fromKeeper) func everyMessageOfTheKeeperSurvivesTheWire(message: KeeperMessage) throws {
        #expect(try KeeperMessage(bytes: message.bytes) == message)
    }

    @Test(arguments: fromBrain) func aCutMessageOfTheBrainIsRefused(message: BrainMessage) {
        // A spawn that ends where those of version 1 do is one of that version.
        let whole = Self.lengthInVersion1(message)
        for length in 0..<message.bytes.count where length != whole {
            #expect(throws: MalformedBytes.self) { try BrainMessage(bytes: Array(message.bytes[..<length])) }
        }
    }

    @Test func aSpawnOfVersion1IsUnderstood() throws {
        let message = BrainMessage.spawn(generation: 1, Self.spec { $0.stderr = .inherit })
        let bytes = Array(message.bytes[..<(try #require(Self.lengthInVersion1(message)))])
        #expect(try BrainMessage(bytes: bytes) == message)
    }

    /// Where a spawn of version 1 ended; nil for another message. What came after is written here once more, field by field.
    private static func lengthInVersion1(_ message: BrainMessage) -> Int? {
        guard case .spawn(_, let spec) = message else { return nil }
        func size(_ text: String) -> Int { 4 + text.utf8.count }
        let input = 1 + (spec.stdinSocket.map(size) ?? 0)
        let number = spec.notificationDescriptor == nil ? 1 : 5
        let lists = [spec.sockets, spec.pidVariables].map { $0.reduce(4) { $0 + size($1) } }
        return message.bytes.count - input - number - lists.reduce(0, +)
    }

    @Test(arguments: fromKeeper) func aCutMessageOfTheKeeperIsRefused(message: KeeperMessage) {
        for length in 0..<message.bytes.count {
            #expect(throws: MalformedBytes.self) { try KeeperMessage(bytes: Array(message.bytes[..<length])) }
        }
    }

    @Test func aKindOfAnotherVersionIsNoMessageAndNoError() throws {
        #expect(try BrainMessage(bytes: [200, 1, 2]) == nil)
        #expect(try KeeperMessage(bytes: [200]) == nil)
    }

    @Test func aStreamThatThereIsNotIsRefused() {
        var bytes = BrainMessage.close(generation: 1, .stdout).bytes
        bytes[bytes.count - 1] = 4
        #expect(throws: MalformedBytes.self) { try BrainMessage(bytes: bytes) }
    }

    /// Bytes drawn by chance, and good messages with bytes changed: whatever comes of it is a message, nothing or an error.
    @Test(arguments: [1, 2, 3, 4]) func noBytesEndTheReader(seed: UInt64) {
        var random = SystemLikeRandom(state: seed)
        for _ in 0..<3_000 {
            var bytes = Self.fromBrain.randomElement(using: &random)?.bytes ?? []
            if Bool.random(using: &random) {
                bytes = (0..<Int.random(in: 0...60, using: &random)).map { _ in .random(in: 0...255, using: &random) }
            }
            for _ in 0..<Int.random(in: 0...3, using: &random) where !bytes.isEmpty {
                bytes[.random(in: bytes.indices, using: &random)] = .random(in: 0...255, using: &random)
            }
            if let message = try? BrainMessage(bytes: bytes) {
                #expect((try? BrainMessage(bytes: message.bytes)) == message)
            }
            if let message = try? KeeperMessage(bytes: bytes) {
                #expect((try? KeeperMessage(bytes: message.bytes)) == message)
            }
        }
    }
}

/// Numbers that depend on the seed alone.
private struct SystemLikeRandom: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return state ^ (state >> 29)
    }
}
