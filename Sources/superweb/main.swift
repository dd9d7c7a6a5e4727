internal import ArgumentParser
internal import SuperBase
internal import SuperWebServer

/// Serves a folder, or a page about itself.
struct SuperwebCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "superweb", abstract: "Serve a folder of files, or a built-in page, over HTTP.",
        discussion: """
            Examples:
              superweb /srv/www
              superweb --bind 0.0.0.0:8000 --reuse-port --access-log

            TERM and INT finish the requests under way and exit; a second one, or QUIT, exits at once.
            """,
        version: Version.current)

    @Option(
        help: ArgumentHelp(
            "Listen on HOST:PORT or unix:PATH. Repeatable. (default: \(SuperwebOptions.defaultAddress))",
            valueName: "address"),
        transform: { text in
            guard let address = ListenAddress(text) else { throw ValidationError("expected HOST:PORT or unix:PATH") }
            return address
        })
    var bind: [ListenAddress] = []

    @Option(
        help: ArgumentHelp("Take connections from this open listening socket. Repeatable.", valueName: "n"),
        transform: { text in
            guard let number = Int32(text), number >= 0 else { throw ValidationError("expected a descriptor's number") }
            return number
        })
    var fd: [Int32] = []

    @Flag(name: .customLong("reuse-port"), help: "Let several processes listen on one TCP port (SO_REUSEPORT).")
    var reusePort = false

    @Option(help: ArgumentHelp("Serve this folder; the same as FOLDER.", valueName: "dir"))
    var root: String?

    @Flag(name: .customLong("access-log"), help: "Write a line per request to standard output.")
    var accessLog = false

    @Option(
        name: .customLong("graceful-timeout"),
        help: ArgumentHelp(
            "Seconds that requests under way may take after TERM. (default: \(SuperwebOptions().gracefulTimeout.components.seconds))",
            valueName: "s"),
        transform: seconds)
    var gracefulTimeout: Duration?

    @Option(
        name: .customLong("keep-alive"),
        help: ArgumentHelp(
            "Seconds that an idle connection stays open. (default: \(SuperwebOptions().keepAlive.components.seconds))",
            valueName: "s"),
        transform: seconds)
    var keepAlive: Duration?

    @Argument(help: "The folder to serve; without one, a page about superweb itself.")
    var folder: String?

    func validate() throws {
        if root != nil, folder != nil {
            throw ValidationError("--root and FOLDER are the same thing: expected one of them")
        }
    }

    var options: SuperwebOptions {
        var options = SuperwebOptions()
        options.addresses = bind
        options.descriptors = fd
        options.sharesPort = reusePort
        options.root = root ?? folder
        options.hasAccessLog = accessLog
        if let gracefulTimeout { options.gracefulTimeout = gracefulTimeout }
        if let keepAlive { options.keepAlive = keepAlive }
        return options
    }

    /// Reads `30` or `0.5`.
    @Sendable static func seconds(_ text: String) throws -> Duration {
        guard let seconds = Double(text), seconds >= 0, seconds <= 1e9 else {
            throw ValidationError("expected a number of seconds")
        }
        return .seconds(seconds)
    }
}

/// The library's own code for wrong usage is 64; superd's programs say 2.
let usageError = ExitCode(2)

do {
    let command = try SuperwebCommand.parse()
    SuperwebCommand.exit(withError: ExitCode(Superweb.run(command.options)))
} catch {
    guard SuperwebCommand.exitCode(for: error) == .validationFailure else { SuperwebCommand.exit(withError: error) }
    Superweb.note(SuperwebCommand.fullMessage(for: error))
    SuperwebCommand.exit(withError: usageError)
}
