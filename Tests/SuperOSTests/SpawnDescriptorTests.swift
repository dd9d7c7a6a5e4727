import SuperBase
import SuperOS
import Testing

@Suite struct SpawnDescriptorTests {
    @Test func numbersFromThreeOnAreInstalledInOrder() throws {
        let pipes = [try Pipe(), try Pipe()]
        let outcome = try run("echo third >&3; echo fourth >&4") { $0.descriptors += pipes.map(\.writeEnd) }
        #expect(outcome.status == .exited(code: 0))
        #expect(try pipes.map { try $0.pending() } == ["third\n", "fourth\n"])
    }

    @Test func aNumberThatIsLeftOutIsClosed() throws {
        let pipe = try Pipe()
        // The number of the pipe itself is left out, too: the child's lies above it.
        let number = Int(pipe.writeEnd.number)
        let script = """
            echo there >/proc/self/fd/\(number + 2)
            for n in 3 \(number) \(number + 1); do ls -l /proc/$$/fd/$n; done
            """
        let outcome = try run(script) {
            $0.descriptors += Array(repeating: nil, count: number + 2 - $0.descriptors.count) + [pipe.writeEnd]
            $0.descriptors[2] = $0.descriptors[0]
        }
        #expect(outcome.output == "")
        #expect(try pipe.pending() == "there\n")
    }

    @Test func aNumberAboveTheLimitFailsWhileInstalling() async {
        await #expect(processExitsWith: .success) {
            let limit = try ResourceLimit.current(.openFiles)
            try ResourceLimit(soft: 64, hard: limit.hard).apply(to: .openFiles)
            func last(_ number: Int) throws -> SpawnRequest {
                try shell("exit 6") {
                    $0.descriptors += Array(repeating: nil, count: number - 3) + [.standardOutput]
                }
            }
            try #require(try end(of: spawn(last(50))) == .exited(code: 6))
            do {
                _ = try spawn(last(64))
                throw Missing(what: "a failure")
            } catch let error as SpawnError {
                try #require(error.description == "installing descriptors: Invalid argument")
            }
        }
    }

    @Test func allOtherDescriptorsAreClosed() throws {
        // One that is not close-on-exec, as a careless library leaves it.
        let stray = try Descriptor.open("/dev/null", .readOnly)
        try stray.setCloseOnExec(false)
        // The last one is the directory that the program reads.
        #expect(try run("ls /proc/self/fd | tr '\\n' ' '").output == "0 1 2 3 ")
    }

    /// Four pipes under numbers a, b, c and d in the parent; in the child each of these numbers leads to any of the
    /// four, in all 256 ways: swaps, rings, doubles and numbers that stay.
    @Test func sourcesThatOverlapTargetsComeOutRight() throws {
        let pipes = try (0..<4).map { _ in try Pipe() }
        let targets = pipes.map { Int($0.writeEnd.number) }
        let script = targets.enumerated().map { "echo \($0) >/proc/self/fd/\($1)" }.joined(separator: "; ")
        let null = try Descriptor.open("/dev/null", .readWrite)
        for code in 0..<256 {
            let sources = (0..<4).map { code >> (2 * $0) & 3 }
            var request = try shell(script)
            request.descriptors = Array(repeating: null, count: (targets.max() ?? 0) + 1)
            for (target, source) in zip(targets, sources) { request.descriptors[target] = pipes[source].writeEnd }
            try #require(try end(of: spawn(request)) == .exited(code: 0))
            for (number, pipe) in pipes.enumerated() {
                let expected = sources.indices.filter { sources[$0] == number }.map { "\($0)\n" }.joined()
                try #require(try pipe.pending() == expected, "\(sources)")
            }
        }
    }

    @Test func theParentsDescriptorsStayAsTheyAre() throws {
        let pipe = try Pipe()
        _ = try run("true") { $0.descriptors = [pipe.writeEnd, pipe.writeEnd, pipe.writeEnd, pipe.readEnd] }
        let flags = try FileSystem.read("/proc/self/fdinfo/\(pipe.writeEnd.number)")
        // 02000000 is O_CLOEXEC, as the kernel shows the flag of the descriptor.
        #expect(String(decoding: flags, as: UTF8.self).contains("flags:\t02000001"))
    }

    @Test func aSpawnNeedsNoDescriptorOfItsOwn() async {
        await #expect(processExitsWith: .success) {
            let request = try shell("exit 5") { $0.descriptors = [.standardInput, .standardOutput, .standardError] }
            let taken = try exhaustDescriptors()
            let status = try end(of: spawn(request))
            try #require(!taken.isEmpty && status == .exited(code: 5))
        }
    }

    @Test func withoutFreeNumbersAnOverlapFailsWhileInstalling() async {
        await #expect(processExitsWith: .success) {
            let request = try shell("") { $0.descriptors = [.standardOutput, .standardInput, .standardError] }
            let taken = try exhaustDescriptors()
            do {
                _ = try spawn(request)
                throw Missing(what: "a failure")
            } catch let error as SpawnError {
                try #require(!taken.isEmpty && error.stage == .installingDescriptors)
                try #require(error.errno == .tooManyOpenFiles)
                try #require(error.description == "installing descriptors: Too many open files")
            }
            try #require(try reapChild() == .noChildren)
        }
    }

    @Test func twoThousandSpawnsLeaveNoDescriptorAndNoChild() throws {
        // Other tests of this process open and close descriptors meanwhile: a few tens, not two thousand.
        let before = try FileSystem.list("/proc/self/fd").count
        let request = try shell("") { $0.executable = "/bin/true" }
        var failing = request
        failing.executable = "/nowhere"
        for _ in 0..<2_000 {
            #expect(try end(of: spawn(request)) == .exited(code: 0))
            #expect(throws: SpawnError.self) { try spawn(failing) }
        }
        #expect(try FileSystem.list("/proc/self/fd").count < before + 500)
    }
}

extension Pipe {
    /// What has come and was not read yet.
    fileprivate func pending() throws -> String {
        var bytes = [UInt8](repeating: 0, count: try readEnd.readableBytes())
        guard !bytes.isEmpty else { return "" }
        _ = try bytes.withUnsafeMutableBytes { try readEnd.read(into: $0) }
        return String(decoding: bytes, as: UTF8.self)
    }
}

/// Lowers this process's limit of open files and opens files until none is left.
private func exhaustDescriptors() throws -> [Descriptor] {
    let limit = try ResourceLimit.current(.openFiles)
    try ResourceLimit(soft: 64, hard: limit.hard).apply(to: .openFiles)
    var taken: [Descriptor] = []
    while taken.count < 64, let next = try? Descriptor.open("/dev/null", .readOnly) { taken.append(next) }
    return taken
}
