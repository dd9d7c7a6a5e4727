import SuperBase
import SuperOptions
import Testing

@testable import SuperDaemon

/// superd's command line.
struct DaemonFlagsTests {
    private func flags(_ words: String..., program: String = "superd") throws -> DaemonFlags {
        try DaemonFlags(words, program: program)
    }

    private func complaint(_ words: String..., program: String = "superd") -> String? {
        do {
            _ = try DaemonFlags(words, program: program)
            return nil
        } catch {
            return error.description
        }
    }

    @Test func everyOptionOfTheTableIsTakenInEveryWriting() throws {
        let rows = OptionTable.supervisord.compactMap { row in row.flag.map { ($0, row.name) } }
        #expect(rows.count > 10)
        for (flag, _) in rows {
            let expected = [DaemonArguments.Override(flag.long, flag.takesValue ? "7" : "true")]
            var writings = flag.takesValue ? [["--\(flag.long)", "7"], ["--\(flag.long)=7"]] : [["--\(flag.long)"]]
            // Supervisor's letter for --strip_ansi checks the configuration here.
            if let short = flag.short, short != "t" {
                writings += flag.takesValue ? [["-\(short)", "7"], ["-\(short)7"]] : [["-\(short)"]]
            }
            for words in writings {
                #expect(try DaemonFlags(words, program: "superd").overrides == expected, "\(words)")
            }
        }
    }

    @Test func everyFlagTouchesAnOptionThatTheLoaderKnows() {
        let names = Set(OptionTable.supervisord.map(\.name))
        for row in OptionTable.supervisord {
            if let flag = row.flag { #expect(names.contains(flag.long), "\(flag.long)") }
        }
    }

    @Test func lettersMayShareAWord() throws {
        let flags = try flags("-nsc", "/etc/x")
        #expect(flags.overrides == [.init("nodaemon", "true"), .init("silent", "true")])
        #expect(flags.configurationPath == "/etc/x")
        #expect(try self.flags("-c/etc/x").configurationPath == "/etc/x")
        #expect(try self.flags("--configuration=/etc/x").configurationPath == "/etc/x")
        #expect(try self.flags("--logfile=").overrides == [.init("logfile", "")])
        #expect(try self.flags("--logfile=a=b").overrides == [.init("logfile", "a=b")])
    }

    @Test func verbsAreTakenByTheirNames() throws {
        for verb in DaemonFlags.Verb.allCases where verb != .configuration {
            #expect(try flags("--\(verb.rawValue)").verbs == [verb])
        }
        #expect(try flags("-v").verbs == [.version])
        #expect(try flags("-h").verbs == [.help])
        #expect(try flags("-?").verbs == [.help])
        #expect(try flags("--profile_options=time").overrides.map(\.option) == ["profile_options"])
    }

    @Test func theLetterTMeansWhatTheProgramsNameMakesOfIt() throws {
        #expect(try flags("-t").verbs == [.check])
        let supervisor = try flags("-t", program: "/usr/bin/supervisord")
        #expect(supervisor.verbs.isEmpty)
        #expect(supervisor.overrides == [.init("strip_ansi", "true")])
    }

    @Test func mistakesAreNamed() {
        #expect(complaint("--logfil=x") == "option --logfil not recognized (did you mean --logfile?)")
        #expect(complaint("--nodaemon=yes") == "option --nodaemon must not have an argument")
        #expect(complaint("-n", "-n") == "conflicting command line option '-n'")
        #expect(complaint("-l", "a", "--logfile=b") == "conflicting command line option '--logfile'")
        #expect(complaint("-X") == "option -X not recognized")
        #expect(complaint("start") == "positional arguments are not supported: ['start']")
        #expect(complaint("-") == "positional arguments are not supported: ['-']")
        #expect(complaint("-c")?.hasPrefix("option -c requires a value") == true)
        #expect(complaint("--")?.hasPrefix("option -- not recognized") == true)
    }

    @Test func helpNamesEverySwitch() throws {
        let help = try flags().help
        for row in OptionTable.supervisord {
            if let flag = row.flag { #expect(help.contains("--\(flag.long)"), "\(flag.long)") }
        }
        for verb in DaemonFlags.Verb.allCases { #expect(help.contains("--\(verb.rawValue)")) }
    }

    @Test func whatSuperdWasStartedWithSurvivesTheKeeper() throws {
        var arguments = DaemonArguments(
            configurationPath: "/etc/x", overrides: [.init("logfile", "ü")], startDirectory: "/srv")
        #expect(try DaemonArguments(bytes: arguments.bytes) == arguments)
        arguments.pidFile = "/run/x"
        arguments.isForeground = true
        arguments.launchLines = [.init(.critical, "a"), .init(.info, "")]
        #expect(try DaemonArguments(bytes: arguments.bytes) == arguments)
        for length in 0..<arguments.bytes.count {
            #expect(throws: MalformedBytes.self) { try DaemonArguments(bytes: Array(arguments.bytes[..<length])) }
        }
    }
}
