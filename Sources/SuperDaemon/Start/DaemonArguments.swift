public import SuperBase
import SuperOS

/// What superd was started with, as every brain is told it.
public struct DaemonArguments: Sendable, Hashable {
    /// One option of `[supervisord]` given on the command line; it beats the file.
    public struct Override: Sendable, Hashable {
        public var option: String
        public var value: String

        public init(_ option: String, _ value: String) {
            self.option = option
            self.value = value
        }
    }

    /// A line for the main log that was written before there was one.
    public struct LaunchLine: Sendable, Hashable {
        public var level: LogLevel
        public var text: String

        public init(_ level: LogLevel, _ text: String) {
            self.level = level
            self.text = text
        }
    }

    /// The main configuration file, absolute.
    public var configurationPath: String
    public var overrides: [Override]
    /// Where superd was started: relative paths in the files are meant from there, wherever `directory=` leads.
    public var startDirectory: String
    /// The pidfile that superd holds locked; nil where there is none. It stays this one for as long as superd lives.
    public var pidFile: String?
    /// It stays in the foreground, where the main log is repeated on stdout.
    public var isForeground = false
    public var launchLines: [LaunchLine] = []

    /// The environment variable that tells a started superd that it is a brain.
    static let roleVariable = "SUPERD_ROLE"
    static let backtraceVariable = "SWIFT_BACKTRACE"
    static let noBacktrace = "enable=no"

    public init(configurationPath: String, overrides: [Override] = [], startDirectory: String = "/") {
        self.configurationPath = configurationPath
        self.overrides = overrides
        self.startDirectory = startDirectory
    }

    /// The overrides as the loader takes them.
    var flags: [(name: String, value: String)] { overrides.map { ($0.option, $0.value) } }

    /// superd's environment as its programs inherit it.
    static var ownEnvironment: [EnvironmentVariable] {
        CurrentProcess.environment.filter {
            $0.name != roleVariable && $0 != EnvironmentVariable(backtraceVariable, noBacktrace)
        }
    }

    /// The key of the record at the keeper.
    static let recordKey = "arguments"

    var bytes: [UInt8] {
        var writer = ByteWriter()
        writer.write(configurationPath)
        writer.write(overrides) {
            $0.write($1.option)
            $0.write($1.value)
        }
        writer.write(startDirectory)
        writer.write(pidFile) { $0.write($1) }
        writer.write(isForeground)
        writer.write(launchLines) {
            $0.write(UInt8($1.level.rawValue))
            $0.write($1.text)
        }
        return writer.bytes
    }

    init(bytes: [UInt8]) throws(MalformedBytes) {
        var reader = ByteReader(bytes)
        configurationPath = try reader.readText()
        overrides = try reader.readArray { (r) throws(MalformedBytes) in
            Override(try r.readText(), try r.readText())
        }
        startDirectory = try reader.readText()
        pidFile = try reader.readOptional { (r) throws(MalformedBytes) in try r.readText() }
        isForeground = try reader.readBool()
        launchLines = try reader.readArray { (r) throws(MalformedBytes) in
            LaunchLine(LogLevel(rawValue: Int(try r.read(UInt8.self))) ?? .info, try r.readText())
        }
    }
}
