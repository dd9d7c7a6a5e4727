import SuperAPI
import SuperBase
import SuperConfig
import SuperKeeper
import SuperOS
import SuperOptions

/// The program `superd`: its command line, and everything it can do.
public enum DaemonProgram {
    /// Does what the words say and answers the exit code: 0, or 2 for a command line or configuration that cannot be used.
    public static func run(_ words: [String]) -> Int32 {
        if BrainProgram.isWanted { return BrainProgram.run() }
        let flags: DaemonFlags
        do {
            flags = try DaemonFlags(Array(words.dropFirst()), program: words.first ?? "superd")
        } catch {
            Launcher.complain(error.description)
            return 2
        }
        if flags.verbs.contains(.help) { return say(flags.help) }
        if flags.verbs.contains(.version) { return say(Version.current) }
        if flags.verbs.contains(.printSample) { return say(SampleConfiguration.ini()) }
        if flags.verbs.contains(.printReference) { return say(OptionReference.markdown()) }
        let directory = (try? CurrentProcess.workingDirectory()) ?? "/"
        guard let path = configurationPath(flags, program: words.first ?? "superd", in: directory) else { return 2 }
        let arguments = DaemonArguments(
            configurationPath: path, overrides: flags.overrides, startDirectory: directory)
        if flags.verbs.contains(.check) { return check(arguments, flags) }
        var launcher = Launcher(Launcher.LaunchOptions(arguments: arguments, words: words))
        return launcher.run()
    }

    static func say(_ text: String) -> Int32 {
        do {
            try Descriptor.standardOutput.writeAll(Array((text.hasSuffix("\n") ? text : text + "\n").utf8))
            return 0
        } catch {
            // A closed pipe is a normal end.
            return error.errno == .brokenPipe ? 0 : 1
        }
    }

    // MARK: - The configuration file

    private static func configurationPath(_ flags: DaemonFlags, program: String, in directory: String) -> String? {
        func absolute(_ path: String) -> String { path.hasPrefix("/") ? path : "\(directory)/\(path)" }
        if let path = flags.configurationPath { return absolute(path) }
        let candidates = searchPaths(program: program).map(absolute)
        if let found = candidates.first(where: { ((try? FileSystem.status($0)) ?? nil) != nil }) { return found }
        Launcher.complain(
            "No config file found at default paths (\(candidates.joined(separator: ", "))); use the -c option to specify "
                + "a config file at a different path")
        return nil
    }

    /// Where Supervisor looks, and superd's own place.
    static func searchPaths(program: String) -> [String] {
        let folder = program.lastIndex(of: "/").map { String(program[..<$0]) } ?? "."
        return [
            "\(folder)/../etc/supervisord.conf", "\(folder)/../supervisord.conf", "supervisord.conf",
            "etc/supervisord.conf", "/etc/supervisord.conf", "/etc/supervisor/supervisord.conf",
            "/etc/superd/supervisor.ini",
        ]
    }

    // MARK: - Checking

    private static func check(_ arguments: DaemonArguments, _ flags: DaemonFlags) -> Int32 {
        let loader = ConfigurationLoader(
            source: .system(in: arguments.startDirectory), isOffline: flags.verbs.contains(.offline))
        let result = loader.load(arguments.configurationPath, flags: arguments.flags)
        let isGood = result.errors.isEmpty && !(flags.verbs.contains(.strict) && !result.warnings.isEmpty)
        if flags.verbs.contains(.json) {
            let code = say(JSON.text(ConfigurationReport.value(of: result), pretty: true))
            return isGood ? code : 2
        }
        for diagnostic in result.diagnostics {
            try? Descriptor.standardError.writeAll(Array("\(diagnostic)\n".utf8))
        }
        guard isGood else {
            let warnings = flags.verbs.contains(.strict) ? result.warnings.count : 0
            _ = say("\(arguments.configurationPath): \(result.errors.count + warnings) problems")
            return 2
        }
        let programs = result.configuration?.groups.reduce(0) { $0 + $1.processes.count } ?? 0
        return say("\(arguments.configurationPath): good, \(programs) processes")
    }
}
