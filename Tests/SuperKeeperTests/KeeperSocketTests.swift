import SuperBase
import SuperOS
import Testing

@testable import SuperKeeper

/// Sockets and a pipe for readiness, given to programs under a keeper.
struct KeeperSocketTests {
    /// Says what it was given: its pid right or not, the ports of its descriptors, and what 0 is.
    private static let report = """
        import os, socket
        def name(fd):
            try: return str(socket.socket(fileno=fd).getsockname()[1])
            except OSError: return "closed"
        print(int(os.environ["LISTEN_PID"]) == os.getpid(), name(3), name(4), name(5), name(0))
        """

    private func listener() throws -> (socket: Descriptor, port: UInt16) {
        let socket = try Descriptor.listen(address: "127.0.0.1", port: 0, isIPv6Only: true)
        guard case .internet(_, let port) = try socket.localAddress() else { throw Missing(what: "a port") }
        return (socket, port)
    }

    @Test func aProgramHasItsSocketsInOrderAndItsPid() throws {
        let keeper = try RunningKeeper()
        var brain = try keeper.readyBrain()
        let (first, second) = (try listener(), try listener())
        try brain.send(.hold(key: "socket/first"), [first.socket])
        try brain.send(.hold(key: "socket/second"), [second.socket])
        // They outlive the brain that opened them.
        try brain.exit(0)
        brain = try keeper.readyBrain()
        let (fact, streams) = try brain.spawn(1, ["/usr/bin/python3", "-c", Self.report]) {
            $0.sockets = ["socket/second", "socket/first"]
            $0.stdinSocket = "socket/first"
            $0.pidVariables = ["LISTEN_PID"]
        }
        #expect(fact.streams == [.stdout, .stderr])
        #expect(try streams[.stdout]?.readLine() == "True \(second.port) \(first.port) closed \(first.port)")
    }

    @Test func aSocketThatIsNotHeldIsAFailedStartWithAStageOfItsOwn() throws {
        let keeper = try RunningKeeper()
        let brain = try keeper.readyBrain()
        for change: (inout ProcessSpec) -> Void in [{ $0.sockets = ["socket/x"] }, { $0.stdinSocket = "socket/x" }] {
            try brain.send(.spawn(generation: 5, Self.spec(change)))
            let line = try brain.next { if case .say(.critical, let text) = $0 { text } else { nil } }
            #expect(line.value == "g:p: socket socket/x is not open")
            #expect(try brain.failedStage(of: 5) == SpawnError.Stage.findingSocket.rawValue)
        }
    }

    @Test(arguments: [3, 4, 60]) func aProgramSaysThatItIsReadyUnderItsNumber(number: Int32) throws {
        let keeper = try RunningKeeper()
        var brain = try keeper.readyBrain()
        let script = """
            echo up >/proc/self/fd/\(number)
            for n in 0 1 2 3 4 5 59 60 61; do [ -e /proc/self/fd/$n ] && printf "$n "; done
            read x
            echo late >/proc/self/fd/\(number)
            """
        let (fact, streams) = try brain.spawn(1, ["/bin/sh", "-c", script]) { $0.notificationDescriptor = number }
        #expect(fact.streams == [.stdin, .stdout, .stderr, .readiness])
        #expect(try streams[.readiness]?.readLine() == "up")
        let numbers = "0 1 2 \(number) "
        #expect(try streams[.stdout]?.readText(numbers.utf8.count) == numbers)
        try brain.crash()
        brain = try keeper.readyBrain()
        let place = try #require(brain.inventory.firstIndex(of: .child(fact)))
        let again = try #require(brain.inventoryDescriptors[place])
        try again[0].writeAll(Array("x\n".utf8))
        #expect(try again[3].readLine() == "late")
    }

    @Test func theSocketsAreBelowTheNumberForReadiness() throws {
        let keeper = try RunningKeeper()
        let brain = try keeper.readyBrain()
        try brain.send(.hold(key: "socket/x"), [try listener().socket])
        for number: Int32 in [-1, 0, 2, 3, 1_024, .max] {
            let spec = Self.spec {
                $0.sockets = ["socket/x"]
                $0.notificationDescriptor = number
            }
            try brain.send(.spawn(generation: 5, spec))
            #expect(try brain.failedStage(of: 5) == SpawnError.Stage.installingDescriptors.rawValue)
        }
    }

    @Test func anOpenPipeForReadinessKeepsNoRunThatIsOver() throws {
        let keeper = try RunningKeeper()
        var brain = try keeper.readyBrain()
        _ = try brain.spawn(1, ["/bin/true"]) { $0.notificationDescriptor = 3 }
        _ = try brain.exit(of: 1)
        try brain.send(.acknowledge(generation: 1))
        try brain.send(.close(generation: 1, .stdout))
        try brain.send(.close(generation: 1, .stderr))
        try brain.exit(0)
        brain = try keeper.readyBrain()
        #expect(brain.inventory.map(\.generation).allSatisfy { $0 == nil })
    }

    /// In a process of its own, whose signals the keeper takes.
    @Test func aConnectionOnAProgramsSocketIsNotTheKeepersBusiness() async {
        await #expect(processExitsWith: .success) {
            let settings = Keeper.Settings(brainExecutable: "/bin/true", brainArguments: ["true"], environment: [])
            for (key, events) in [("socket/x", 0), ("listen/x", 1)] {
                let keeper = try Keeper(settings)
                let path = "/tmp/superd-listen-\(UInt32.random(in: 0...(.max)))"
                defer { _ = try? FileSystem.remove(path) }
                keeper.hold(try Descriptor.listen(unix: path), as: key)
                let client = try Descriptor.connect(unix: path)
                try #require(try keeper.poller.wait(until: Clock.now()).count == events)
                withExtendedLifetime(client) {}
            }
        }
    }

    private static func spec(_ change: (inout ProcessSpec) -> Void) -> ProcessSpec {
        var spec = ProcessSpec(
            name: ProcessName(group: "g", process: "p"), executable: "/bin/true", arguments: ["true"], environment: [])
        change(&spec)
        return spec
    }
}

extension PlayedBrain {
    /// Waits until the keeper tells that a start has failed, and in which stage.
    func failedStage(of generation: UInt64) throws -> UInt8 {
        try next { message -> UInt8? in
            if case .spawnFailed(generation, let stage, _) = message { stage } else { nil }
        }.value
    }
}
