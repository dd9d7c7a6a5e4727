import SuperBase
import SuperOS
import Testing

@testable import SuperDaemon

/// From the configuration of a process to what the keeper starts.
struct SpecBuilderTests {
    private let builder: SpecBuilder

    init() {
        var builder = SpecBuilder(
            inherited: [.init("PATH", "/usr/bin:/bin"), .init("A", "inherited"), .init("SUPERVISOR_ENABLED", "0")],
            serverURL: "unix:///run/x", usesOutput: { _, _ in true })
        builder.pidFile = "/run/pid"
        self.builder = builder
    }

    private func config(_ command: String, _ change: (inout ProcessConfig) -> Void = { _ in }) -> ProcessConfig {
        var config = ProcessConfig(name: name("web_1", in: "web"), command: command)
        change(&config)
        return config
    }

    private func complaint(_ command: String, _ change: (inout ProcessConfig) -> Void = { _ in }) -> String? {
        do {
            _ = try builder.spec(for: config(command, change))
            return nil
        } catch {
            return error.description
        }
    }

    @Test func wordsAndProgramAreFound() throws {
        let spec = try builder.spec(for: config("sh -c 'exec  sleep 1'"))
        #expect(spec.arguments == ["sh", "-c", "exec  sleep 1"])
        #expect(["/usr/bin/sh", "/bin/sh"].contains(spec.executable))
        #expect(spec.name == name("web_1", in: "web"))
        #expect(try builder.executable(for: config("sh")) == spec.executable)
    }

    @Test func theLaterOfAVariableWinsInThePlaceOfTheFirst() throws {
        let spec = try builder.spec(
            for: config("sh") {
                $0.environment = [.init("A", "program"), .init("B", ""), .init("SUPERVISOR_GROUP_NAME", "own")]
                $0.serverURL = "http://x"
            })
        #expect(
            spec.environment == [
                .init("PATH", "/usr/bin:/bin"), .init("A", "program"), .init("SUPERVISOR_ENABLED", "1"),
                .init("SUPERVISOR_SERVER_URL", "http://x"), .init("SUPERVISOR_PROCESS_NAME", "web_1"),
                .init("SUPERVISOR_GROUP_NAME", "own"), .init("SUPERD_PIDFILE", "/run/pid"), .init("B", ""),
            ])
        #expect(
            try builder.spec(for: config("sh")).environment.contains(.init("SUPERVISOR_SERVER_URL", "unix:///run/x")))
    }

    @Test func theProgramsOwnPathIsSearched() throws {
        #expect(complaint("sh") { $0.environment = [.init("PATH", "/nowhere")] } == "can't find command 'sh'")
    }

    @Test func whatCannotBeStartedIsSaidInSupervisorsWords() throws {
        let folder = try Folder()
        try folder.write("file", "")
        #expect(complaint("") == "command is empty")
        #expect(complaint("''") == "command is empty")
        #expect(complaint("'x") == "can't parse command ''x': No closing quotation")
        #expect(complaint("no-such-program x") == "can't find command 'no-such-program'")
        #expect(complaint(folder.path) == "command at '\(folder.path)' is a directory")
        #expect(complaint(folder / "file") == "command at '\(folder / "file")' is not executable")
        #expect(complaint("sh") { $0.user = "no-such-user" } == "Can't find username 'no-such-user'")
        #expect(
            complaint("sh") { $0.environment = [.init("A", String(repeating: "x", count: 9 << 20))] }?.hasSuffix(
                "Argument list too long") == true)
    }

    @Test func outputThatGoesNowhereCostsNoPipe() throws {
        var builder = builder
        builder.usesOutput = { _, stream in stream.logFile != .none }
        let spec = try builder.spec(for: config("sh") { $0.stdout.logFile = .none })
        #expect([spec.stdin, spec.stdout, spec.stderr] == [.pipe, .null, .pipe])
        let joined = try builder.spec(for: config("sh") { $0.redirectStderr = true })
        #expect(joined.stderr == .sameAsStdout)
    }

    @Test func theOwnUserNeedsNoChange() throws {
        #expect(try builder.spec(for: config("sh") { $0.user = "\(CurrentProcess.user)" }).identity == nil)
        if CurrentProcess.user == 0 {
            #expect(try builder.spec(for: config("sh") { $0.user = "nobody" }).identity?.user == 65_534)
        } else {
            #expect(complaint("sh") { $0.user = "root" } == "Can't drop privilege as nonroot user")
        }
    }

    @Test func directoryAndMaskArePassedOn() throws {
        let spec = try builder.spec(
            for: config("sh") {
                $0.directory = "/srv"
                $0.umask = 0o027
            })
        #expect(spec.directory == "/srv")
        #expect(spec.umask == 0o027)
    }

    // MARK: - What a process is given

    private static let sockets = [
        SharedSocket(address: .inet(host: "127.0.0.1", port: 8_000)),
        SharedSocket(address: .inet(host: "::1", port: 8_001)), SharedSocket(address: .inet(host: "", port: 8_002)),
        SharedSocket(address: .unix(path: "/run/web.sock", mode: 0o700, owner: nil)),
    ]

    private func given(_ spec: ProcessSpec) -> [String] {
        spec.environment.filter { ProtocolVariables.names.contains($0.name) }.map { "\($0.name)=\($0.value)" }
    }

    @Test func aProcessIsToldOfItsSockets() throws {
        let config = config("sh") {
            $0.sockets = Self.sockets
            $0.sockets[0].name = "web"
            $0.sockets[3].name = "admin"
            // The sockets are superd's to tell of.
            $0.environment = [.init("LISTEN_FDS", "9")]
        }
        let spec = try builder.spec(for: config, sockets: SocketKeys(of: config))
        #expect(
            given(spec) == [
                "LISTEN_FDS=4", "LISTEN_FDNAMES=web:::admin",
                "SERVER_STARTER_PORT=127.0.0.1:8000=3;[::1]:8001=4;8002=5;/run/web.sock=6",
            ])
        #expect(spec.pidVariables == ["LISTEN_PID"])
        #expect(spec.sockets == SocketKeys(of: config).listening && spec.sockets.count == 4)
        #expect(spec.stdinSocket == nil)
    }

    @Test func aSocketCanBeTheInput() throws {
        let first = config("sh") {
            $0.sockets = Self.sockets
            $0.hasSocketAsInput = true
        }
        #expect(
            try builder.spec(for: first, sockets: SocketKeys(of: first)).stdinSocket == "socket/tcp://127.0.0.1:8000")
        let fcgi = config("sh") { $0.sharedSocket = Self.sockets[3] }
        let spec = try builder.spec(for: fcgi, sockets: SocketKeys(of: fcgi))
        #expect(spec.stdinSocket == "socket/unix:///run/web.sock")
        #expect(spec.sockets == [] && spec.pidVariables == [] && given(spec) == [])
    }

    @Test func theNotifySocketIsToldWhereItIsOfUse() throws {
        #expect(given(try builder.spec(for: config("sh"), notifyAddress: "@n")) == [])
        let notifying = config("sh") { $0.readiness = .notify }
        #expect(given(try builder.spec(for: notifying, notifyAddress: "@n")) == ["NOTIFY_SOCKET=@n"])
        #expect(given(try builder.spec(for: notifying)) == [])
        let beating = config("sh") {
            $0.health.check = .heartbeat
            $0.health.interval = .milliseconds(1_500)
        }
        let spec = try builder.spec(for: beating, notifyAddress: "@n")
        #expect(given(spec) == ["NOTIFY_SOCKET=@n", "WATCHDOG_USEC=1500000"])
        #expect(spec.pidVariables == ["WATCHDOG_PID"])
    }

    @Test func whatSuperdWasGivenItselfIsNotPassedOn() throws {
        var builder = builder
        builder.inherited += ProtocolVariables.names.sorted().map { EnvironmentVariable($0, "superd's") }
        builder.inherited.append(EnvironmentVariable("LISTEN_PORT", "80"))
        let spec = try builder.spec(for: config("sh"))
        #expect(given(spec) == [])
        #expect(spec.environment.contains(.init("LISTEN_PORT", "80")))
    }

    @Test func theNumberForReadinessIsAboveTheSockets() throws {
        let free = config("sh") { $0.readiness = .descriptor(3) }
        #expect(try builder.spec(for: free).notificationDescriptor == 3)
        let taken = config("sh") {
            $0.readiness = .descriptor(4)
            $0.sockets = Array(Self.sockets.prefix(2))
        }
        let error = #expect(throws: SpecError.self) { try builder.spec(for: taken, sockets: SocketKeys(of: taken)) }
        #expect(error?.description == "descriptor 4 cannot be the one for readiness: 5 is the first that is free")
    }

    @Test func filesOfVariablesStandBelowTheProgramsOwn() throws {
        let folder = try Folder()
        try folder.write("first", "A=first\nB=first\nC=first\nPATH=/usr/bin:/bin\nSUPERVISOR_ENABLED=file\n")
        try folder.write("second", "B=second\n")
        let config = config("sh") {
            $0.environmentFiles = [folder / "first", "-" + folder / "second", "-" + folder / "none"]
            $0.environment = [.init("C", "own")]
        }
        func values() throws -> [String] {
            let environment = try builder.spec(for: config).environment
            return ["A", "B", "C", "SUPERVISOR_ENABLED"].map { name in
                environment.filter { $0.name == name }.map(\.value).joined(separator: "|")
            }
        }
        #expect(try values() == ["first", "second", "own", "file"])
        // Read at each start.
        try folder.write("second", "B=changed")
        #expect(try values()[1] == "changed")
    }

    @Test func aFileOfVariablesWithAMistakeIsNamedWithItsLine() throws {
        let folder = try Folder()
        try folder.write("file", "A=1\nB")
        #expect(
            complaint("sh") { $0.environmentFiles = [folder / "file"] } == "\(folder / "file"):2: expected NAME=VALUE")
        #expect(
            complaint("sh") { $0.environmentFiles = [folder / "none"] }
                == "\(folder / "none"): No such file or directory")
        // One that must not be there may still not be what it is.
        #expect(complaint("sh") { $0.environmentFiles = ["-/"] } == "/: not a regular file")
    }

    @Test func aHelperRunsAsItsProcessDoes() throws {
        let config = config("no-such-program") {
            $0.directory = "/srv"
            $0.umask = 0o027
            $0.environment = [.init("A", "program"), .init("HOOK", "program")]
            $0.sockets = Self.sockets
            $0.sharedSocket = Self.sockets[3]
            $0.readiness = .notify
            $0.redirectStderr = true
        }
        let spec = try builder.spec(
            forHelper: "sh -c 'exit 3'", of: config, variables: [.init("HOOK", "pre_start")], output: .pipe)
        #expect(spec.arguments == ["sh", "-c", "exit 3"])
        #expect(spec.name == config.name && spec.directory == "/srv" && spec.umask == 0o027)
        #expect(
            spec.environment.contains(.init("A", "program")) && spec.environment.contains(.init("HOOK", "pre_start")))
        #expect([spec.stdin, spec.stdout, spec.stderr] == [.null, .pipe, .sameAsStdout])
        #expect(spec.sockets == [] && spec.stdinSocket == nil && spec.notificationDescriptor == nil)
        #expect(given(spec) == [] && spec.pidVariables == [])
        #expect(
            try builder.spec(forHelper: "sh", of: config, variables: [], output: .null).stdout == .null)
        let error = #expect(throws: SpecError.self) {
            try builder.spec(forHelper: "nothing-here", of: config, variables: [], output: .null)
        }
        #expect(error?.description == "can't find command 'nothing-here'")
    }
}
