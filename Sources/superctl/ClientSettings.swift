import SuperBase
import SuperConfig
import SuperOS
import SuperOptions

/// Why superctl does not know where superd is.
struct SettingsError: Error {
    var message: String
}

/// What the options say, and where they say nothing the file: `-c`, or the first that exists of those that Supervisor looks for.
func clientSettings(_ options: GlobalOptions) throws(SettingsError) -> ClientConfig {
    var settings = ClientConfig()
    if let path = options.configuration ?? defaultConfigurationPath() { settings = try readSettings(path) }
    if let serverURL = options.serverURL { settings.serverURL = serverURL }
    if let username = options.username { settings.username = username }
    if let password = options.password { settings.password = password }
    if let historyFile = options.historyFile { settings.historyFile = historyFile }
    return settings
}

/// Supervisor's order: beside the program, in the working directory, in /etc.
private func defaultConfigurationPath() -> String? {
    let directory = (try? CurrentProcess.executablePath()).map { directoryPart(of: $0) } ?? "."
    let candidates = [
        "\(directory)/../etc/supervisord.conf", "\(directory)/../supervisord.conf", "supervisord.conf",
        "etc/supervisord.conf", "/etc/supervisord.conf", "/etc/supervisor/supervisord.conf",
    ]
    return candidates.first { (try? FileSystem.status($0)) != nil }
}

private func readSettings(_ path: String) throws(SettingsError) -> ClientConfig {
    let bytes: [UInt8]
    do {
        bytes = try FileSystem.read(path)
    } catch {
        throw SettingsError(message: "could not find config file \(path): \(error.reason ?? error.errno.description)")
    }
    let own = ownSections(String(decoding: bytes, as: UTF8.self))
    let source = FileSource(
        read: { (_) throws(FileReadError) in own },
        glob: { _ in [] },
        context: ValueContext(
            userExists: { _ in true }, groupExists: { _ in true }, directoryExists: { _ in true },
            homeDirectory: { _ in CurrentProcess.environment.first { $0.name == "HOME" }?.value },
            currentDirectory: (try? CurrentProcess.workingDirectory()) ?? "/"),
        hostName: CurrentProcess.hostName, environment: CurrentProcess.environment)
    let result = ConfigurationLoader(source: source, isOffline: true).load(path)
    if let error = result.errors.first { throw SettingsError(message: error.description) }
    guard let client = result.configuration?.client else {
        throw SettingsError(message: ".ini file does not include supervisorctl section")
    }
    return client
}

/// The file with every line emptied that is not superctl's, so that an error elsewhere does not keep an operator from asking
/// superd about it. Lines keep their numbers; the section that every file must have stands at the end.
private func ownSections(_ text: String) -> [UInt8] {
    var isOwn = false
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map { line -> Substring in
        if line.hasPrefix("[") {
            let name = line.dropFirst().prefix { $0 != "]" }
            isOwn = name == "supervisorctl" || name == "DEFAULT"
        }
        return isOwn ? line : ""
    }
    return Array((lines.joined(separator: "\n") + "\n[supervisord]\n").utf8)
}
