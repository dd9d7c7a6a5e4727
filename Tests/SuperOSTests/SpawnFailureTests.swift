import SuperBase
import SuperOS
import Testing

@Suite struct SpawnFailureTests {
    /// What a request fails with.
    private func failure(_ configure: (inout SpawnRequest) -> Void) throws -> SpawnError {
        do {
            let pid = try spawn(try shell("exit 0", configure))
            _ = try end(of: pid)
            throw Missing(what: "a failure to start")
        } catch let error as SpawnError {
            return error
        }
    }

    @Test func aMissingProgramFailsWhileExecuting() throws {
        let error = try failure { $0.executable = "/no/such/program" }
        #expect(error.stage == .executing && error.errno == .noSuchFile)
        #expect(error.description == "executing /no/such/program: No such file or directory")
    }

    @Test func aSocketThatIsNotOpenIsNamed() {
        let error = SpawnError(
            stage: .findingSocket, errno: .noSuchFile, executable: "/bin/x", socket: "socket/tcp://:80")
        #expect(error.description == "socket socket/tcp://:80 is not open")
        let unnamed = SpawnError(stage: .findingSocket, errno: .noSuchFile, executable: "/bin/x")
        #expect(unnamed.description == "a socket of the program is not open")
    }

    @Test func aFileWithoutPermissionFailsWhileExecuting() throws {
        let error = try failure { $0.executable = "/etc/passwd" }
        #expect(error.description == "executing /etc/passwd: Permission denied")
    }

    @Test func aScriptWithoutInterpreterFailsWhileExecuting() throws {
        let folder = try TemporaryFolder()
        // Written by another process: a child of another test could still hold a write end of this one's.
        try run("echo echo no >\(folder / "script"); chmod 755 \(folder / "script")").expectSuccess()
        let error = try failure { $0.executable = folder / "script" }
        #expect(error.stage == .executing && error.errno == .noExecutableFormat)
    }

    @Test func aMissingDirectoryIsNamed() throws {
        let error = try failure { $0.directory = "/srv/no/such" }
        #expect(error.stage == .changingDirectory)
        #expect(error.description == "changing directory to /srv/no/such: No such file or directory")
    }

    @Test func theDirectoryMustBeOpenToTheUserOfTheChild() throws {
        let folder = try TemporaryFolder()
        try FileSystem.changeMode(of: folder.path, to: 0o700)
        let error = try failure {
            $0.directory = folder.path
            $0.identity = nobody
        }
        #expect(error.stage == .changingDirectory && error.errno == .accessDenied)
    }

    @Test func aLimitAboveTheHardOneFails() throws {
        let error = try failure { $0.openFiles = ResourceLimit(soft: 10, hard: 5) }
        #expect(error.description == "setting the limit of open files: Invalid argument")
    }

    @Test func anUnknownDeathSignalFails() throws {
        let error = try failure { $0.deathSignal = Signal(rawValue: 99) }
        #expect(error.description == "setting the parent-death signal: Invalid argument")
    }

    @Test func anArgumentWithAZeroByteIsRefused() throws {
        #expect(try failure { $0.arguments.append("a\0b") }.errno == .invalidArgument)
        #expect(try failure { $0.environment.append(EnvironmentVariable("A", "a\0b")) }.errno == .invalidArgument)
    }

    @Test func argumentsThatAreTooLongFailWhileExecuting() throws {
        let error = try failure { $0.arguments.append(String(repeating: "x", count: 1 << 20)) }
        #expect(error.stage == .executing && error.errno.description == "Argument list too long")
    }

    @Test func onlyRootChangesTheIdentity() async {
        await #expect(processExitsWith: .success) {
            try CurrentProcess.become(nobody)
            func stage(_ identity: ProcessSpec.Identity) throws -> SpawnError.Stage? {
                do {
                    _ = try spawn(try shell("") { $0.identity = identity })
                    return nil
                } catch let error as SpawnError {
                    try #require(error.errno == .notPermitted)
                    return error.stage
                }
            }
            try #require(try stage(ProcessSpec.Identity(user: 0, group: 0, groups: [0])) == .settingGroups)
        }
    }

    /// The number −1 means "no change" to the kernel: a child that was to lose its rights would keep them.
    @Test func theNumberThatMeansNoChangeIsRefused() throws {
        let group = try failure { $0.identity = ProcessSpec.Identity(user: 1, group: .max, groups: []) }
        #expect(group.description == "becoming group 4294967295: Invalid argument")
        let user = try failure { $0.identity = ProcessSpec.Identity(user: .max, group: 1, groups: []) }
        #expect(user.description == "becoming user 4294967295: Invalid argument")
        let groups = try failure { $0.identity = ProcessSpec.Identity(user: 1, group: 1, groups: [.max]) }
        #expect(groups.description == "setting the supplementary groups: Invalid argument")
    }

    @Test func aFullProcessTableFailsWhileForking() async {
        await #expect(processExitsWith: .success) {
            try CurrentProcess.become(nobody)
            let limit = try ResourceLimit.current(.processes)
            try ResourceLimit(soft: 1, hard: limit.hard).apply(to: .processes)
            // The address sanitizer starts a process at the end.
            defer { try? limit.apply(to: .processes) }
            do {
                _ = try spawn(try shell(""))
                throw Missing(what: "a failure to fork")
            } catch let error as SpawnError {
                try #require(error.stage == .forking && error.errno == .again)
                try #require(error.description == "forking: Resource temporarily unavailable")
            }
        }
    }

    @Test func aUserWithTooManyProcessesFailsWhileExecuting() async {
        await #expect(processExitsWith: .success) {
            // The user's first process waits for input that ends with this helper.
            let input = try Pipe()
            _ = try spawn(
                try shell("read line") {
                    $0.identity = nobody
                    $0.descriptors[0] = input.readEnd
                })
            // The kernel lets root fork and change to a user who has too many, and stops the exec.
            try ResourceLimit(soft: 0, hard: 0).apply(to: .processes)
            do {
                _ = try spawn(try shell("") { $0.identity = nobody })
                throw Missing(what: "a failure to execute")
            } catch let error as SpawnError {
                try #require(error.stage == .executing && error.errno == .again)
            }
            try input.writeEnd.writeAll("\n".utf8)
        }
    }

    @Test func aFailedChildIsNotLeftToReap() async {
        await #expect(processExitsWith: .success) {
            _ = try? spawn(try shell("") { $0.executable = "/nowhere" })
            try #require(try reapChild() == .noChildren)
        }
    }
}
