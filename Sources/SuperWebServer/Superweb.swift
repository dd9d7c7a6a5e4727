internal import SuperBase
internal import SuperOS
internal import SuperWebCore

/// What `superweb` was asked for on its command line. The defaults stand here and in `WebLimits`.
public struct SuperwebOptions: Sendable {
    /// Where to listen; `defaultAddress` where nothing is here, in `descriptors`, or passed in the manner of systemd.
    public var addresses: [ListenAddress] = []
    /// Numbers of listening sockets that were handed over.
    public var descriptors: [Int32] = []
    /// Whether other processes may listen on the same TCP ports.
    public var sharesPort = false
    /// The folder to serve; nil for the built-in page.
    public var root: String?
    public var hasAccessLog = false
    public var gracefulTimeout = WebLimits().graceful
    public var keepAlive = WebLimits().keepAlive

    public static let defaultAddress = ListenAddress.tcp(host: "127.0.0.1", port: 8000)

    public init() {}
}

/// The program: opens what is asked for, serves, and says how it went.
public enum Superweb {
    /// Serves until a signal ends it. The exit code: 0 after a stop that was asked for, 1 after an error, which is told
    /// in one line on standard error.
    public static func run(_ options: SuperwebOptions) -> Int32 {
        do {
            try serve(options)
            return 0
        } catch {
            note("superweb: \(error)")
            return 1
        }
    }

    /// Writes a line to standard error, where there is one.
    public static func note(_ text: String) {
        try? Descriptor.standardError.writeAll("\(text)\n".utf8)
    }

    private static func serve(_ options: SuperwebOptions) throws {
        Signal.pipe.ignore()
        let signals = try SignalReceiver([.terminate, .interrupt, .quit])
        var limits = WebLimits()
        limits.graceful = options.gracefulTimeout
        limits.keepAlive = options.keepAlive
        let application = try application(options)
        // The server alone refers to its listeners, so that they are closed when it lets go of them.
        let server = try WebServer(
            listeners: try openListeners(options), application: application, limits: limits, signals: signals)
        if options.hasAccessLog { server.accessLog = AccessLog() }
        try server.run()
    }

    private static func application(_ options: SuperwebOptions) throws(SystemError) -> any WebApplication {
        guard let root = options.root else {
            let name = environmentValue("SUPERVISOR_PROCESS_NAME") ?? "superweb"
            return StatusPage(name: name, pid: CurrentProcess.pid, at: Clock.now())
        }
        guard let status = try FileSystem.status(root) else {
            throw SystemError("serving", root, errno: .noSuchFile)
        }
        guard status.kind == .directory else { throw SystemError("serving", root, errno: .notDirectory) }
        return StaticFiles(root: root)
    }

    private static func environmentValue(_ name: String) -> String? {
        CurrentProcess.environment.first { $0.name == name }?.value
    }

    private static func openListeners(_ options: SuperwebOptions) throws -> [Listener] {
        let passed = try Listener.countPassed(environmentValue, pid: CurrentProcess.pid)
        var listeners: [Listener] = []
        for number in (0..<passed).map({ 3 + $0 }) + options.descriptors {
            listeners.append(try Listener.inherited(number))
        }
        let isDefault = listeners.isEmpty && options.addresses.isEmpty
        for address in isDefault ? [SuperwebOptions.defaultAddress] : options.addresses {
            listeners.append(try Listener.open(address, sharesPort: options.sharesPort))
        }
        for listener in listeners { note("superweb: listening on \(try listener.descriptor.localAddress())") }
        return listeners
    }
}
