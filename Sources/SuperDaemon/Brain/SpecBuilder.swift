import SuperBase
import SuperOS

/// Why a process cannot be started, found before the keeper is asked.
enum SpecError: Error, Hashable, CustomStringConvertible {
    case commandIsEmpty
    case unparsable(command: String, why: String)
    case notFound(command: String)
    case isDirectory(path: String)
    case notExecutable(path: String)
    case noPermission(path: String)
    case noSuchUser(String)
    case notRoot
    case user(SystemError)
    case tooLong(command: String)
    case environmentFile(path: String, EnvironmentFile.Problem)
    case descriptorIsTaken(Int32, firstFree: Int32)

    /// Supervisor's words, which scripts look for.
    var description: String {
        switch self {
        case .commandIsEmpty: "command is empty"
        case .unparsable(let command, let why): "can't parse command '\(command)': \(why)"
        case .notFound(let command): "can't find command '\(command)'"
        case .isDirectory(let path): "command at '\(path)' is a directory"
        case .notExecutable(let path): "command at '\(path)' is not executable"
        case .noPermission(let path): "no permission to run command '\(path)'"
        case .noSuchUser(let name): "Can't find username '\(name)'"
        case .notRoot: "Can't drop privilege as nonroot user"
        case .user(let error): "\(error)"
        case .tooLong(let command): "couldn't exec \(command): Argument list too long"
        case .environmentFile(let path, let problem):
            "\(path)\(problem.line.map { ":\($0)" } ?? ""): \(problem.why)"
        case .descriptorIsTaken(let number, let firstFree):
            "descriptor \(number) cannot be the one for readiness: \(firstFree) is the first that is free"
        }
    }
}

/// Turns the configuration of a process into what the keeper needs to start it: words split, the program found, the environment merged, the
/// user looked up. Done at each start, so that what has changed on the machine since counts.
struct SpecBuilder {
    /// superd's own environment.
    var inherited: [EnvironmentVariable]
    /// SUPERVISOR_SERVER_URL where the process has none of its own.
    var serverURL: String?
    /// The pidfile of superd, by which a later superd knows what this one has left behind.
    var pidFile = ""
    /// Whether output goes anywhere at all; where not, the child gets `/dev/null` and no pipe is spent.
    var usesOutput: (ProcessConfig, StreamConfig) -> Bool

    /// The kernel takes 6 MiB of arguments and environment at most. The keeper need not hear of more.
    private static let sizeLimit = 8 << 20

    /// What starts a process: with `sockets` of those that the keeper holds, and where its configuration wants that, with the address of the
    /// notify socket.
    func spec(
        for config: ProcessConfig, sockets: SocketKeys = .none, notifyAddress: String? = nil
    ) throws(SpecError) -> ProcessSpec {
        let protocols = ProtocolVariables(config, sockets: sockets, notifyAddress: notifyAddress)
        var environment = try environment(for: config)
        for variable in protocols.variables { environment.set(variable) }
        var spec = try spec(config.command, for: config, environment)
        spec.stdout = usesOutput(config, config.stdout) ? .pipe : .null
        spec.stderr =
            config.redirectStderr ? .sameAsStdout : usesOutput(config, config.stderr) ? .pipe : .null
        spec.sockets = sockets.listening
        spec.stdinSocket = sockets.input
        spec.pidVariables = protocols.pidVariables
        if case .descriptor(let number) = config.readiness {
            guard number >= spec.firstFreeDescriptor else {
                throw .descriptorIsTaken(number, firstFree: spec.firstFreeDescriptor)
            }
            spec.notificationDescriptor = number
        }
        return spec
    }

    /// What starts a command beside a process, such as a hook: with the user, the directory, the mask and the environment of the process and
    /// `variables` above these, without input and sockets. Its errors go where its output goes.
    func spec(
        forHelper command: String, of config: ProcessConfig, variables: [EnvironmentVariable],
        output: ProcessSpec.Stream
    ) throws(SpecError) -> ProcessSpec {
        var environment = try environment(for: config)
        for variable in variables { environment.set(variable) }
        var spec = try spec(command, for: config, environment)
        spec.stdin = .null
        spec.stdout = output
        spec.stderr = .sameAsStdout
        return spec
    }

    /// A command with everything but its streams.
    private func spec(
        _ command: String, for config: ProcessConfig, _ environment: Environment
    ) throws(SpecError) -> ProcessSpec {
        let words: [String]
        do {
            words = try ShellWords.split(command)
        } catch {
            throw .unparsable(command: command, why: error.description)
        }
        let environment = environment.variables
        let executable = try findExecutable(words, environment)
        let size = words.reduce(environment.reduce(0) { $0 + $1.value.utf8.count }) { $0 + $1.utf8.count }
        guard size <= Self.sizeLimit else { throw .tooLong(command: executable) }
        var spec = ProcessSpec(
            name: config.name, executable: executable, arguments: words, environment: environment)
        spec.directory = config.directory
        spec.umask = config.umask
        spec.identity = try identity(of: config)
        return spec
    }

    /// The program that the command names, without anything else that a start needs.
    func executable(for config: ProcessConfig) throws(SpecError) -> String {
        do {
            return try findExecutable(try ShellWords.split(config.command), environment(for: config).variables)
        } catch let problem as ShellWords.Problem {
            throw .unparsable(command: config.command, why: problem.description)
        } catch let error as SpecError {
            throw error
        } catch {
            throw .commandIsEmpty
        }
    }

    private func findExecutable(
        _ words: [String], _ environment: [EnvironmentVariable]
    ) throws(SpecError) -> String {
        guard let name = words.first, !name.isEmpty else { throw .commandIsEmpty }
        let path = environment.last { $0.name == "PATH" }?.value ?? "/bin:/usr/bin:/usr/local/bin"
        switch SuperOS.findExecutable(name, path: path) {
        case .found(let file): return file
        case .notFound: throw .notFound(command: name)
        case .isDirectory(let file): throw .isDirectory(path: file)
        case .notExecutable(let file): throw .notExecutable(path: file)
        case .noPermission(let file): throw .noPermission(path: file)
        }
    }

    /// superd's own, what Supervisor adds, the files of `env_file`, the global `environment=` and the program's; the later of a name wins.
    private func environment(for config: ProcessConfig) throws(SpecError) -> Environment {
        var environment = Environment(inherited.filter { !ProtocolVariables.names.contains($0.name) })
        environment.set(EnvironmentVariable("SUPERVISOR_ENABLED", "1"))
        if let url = config.serverURL ?? serverURL {
            environment.set(EnvironmentVariable("SUPERVISOR_SERVER_URL", url))
        }
        environment.set(EnvironmentVariable("SUPERVISOR_PROCESS_NAME", config.name.process))
        environment.set(EnvironmentVariable("SUPERVISOR_GROUP_NAME", config.name.group))
        environment.set(EnvironmentVariable(Leftovers.variable, pidFile))
        for entry in config.environmentFiles {
            for variable in try variables(ofFile: entry) { environment.set(variable) }
        }
        for variable in config.environment { environment.set(variable) }
        return environment
    }

    /// The variables of an entry of `env_file`. What begins with `-` need not exist.
    private func variables(ofFile entry: String) throws(SpecError) -> [EnvironmentVariable] {
        let isOptional = entry.hasPrefix("-")
        let path = isOptional ? String(entry.dropFirst()) : entry
        if isOptional && Self.isMissing(path) { return [] }
        do {
            return try EnvironmentFile(reading: path).variables
        } catch {
            throw .environmentFile(path: path, error)
        }
    }

    /// Whether there is nothing at a path; of one that cannot be looked at, reading tells more.
    private static func isMissing(_ path: String) -> Bool {
        do {
            return try FileSystem.status(path) == nil
        } catch {
            return false
        }
    }

    /// Nil where the process runs as superd does.
    private func identity(of config: ProcessConfig) throws(SpecError) -> ProcessSpec.Identity? {
        guard let name = config.user else { return nil }
        do {
            guard let account = try UserAccount(name) else { throw SpecError.noSuchUser(name) }
            if account.user == CurrentProcess.user { return nil }
            guard CurrentProcess.user == 0 else { throw SpecError.notRoot }
            return try account.identity()
        } catch let error as SystemError {
            throw .user(error)
        } catch {
            throw error as? SpecError ?? .noSuchUser(name)
        }
    }
}

/// Variables in order of their first mention.
private struct Environment {
    private(set) var variables: [EnvironmentVariable]
    private var places: [String: Int] = [:]

    init(_ variables: [EnvironmentVariable]) {
        self.variables = variables
        for (index, variable) in variables.enumerated() { places[variable.name] = index }
    }

    /// Adds a variable, or changes the one of its name.
    mutating func set(_ variable: EnvironmentVariable) {
        if let place = places[variable.name] {
            variables[place].value = variable.value
        } else {
            places[variable.name] = variables.count
            variables.append(variable)
        }
    }
}
