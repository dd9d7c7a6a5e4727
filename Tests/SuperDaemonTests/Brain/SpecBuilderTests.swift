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
}
