/// Shows superd itself.
public struct ShowDaemon: Endpoint, Hashable {
    public typealias Response = DaemonInfo
    public static let method = Method.get
    public static let path = "/v1/daemon"
    public static let summary = "Shows superd itself"

    public init() {}

    public static let fields: [Field] = []
    public static let example = ShowDaemon()
    public var call: ControlCall { .showDaemon(self) }
}

/// Stops everything, reads the configuration and starts again.
public struct ReloadDaemon: Endpoint, Hashable {
    public typealias Response = Accepted
    public static let method = Method.post
    public static let path = "/v1/daemon/reload"
    public static let summary = "Stops everything, reads the configuration and starts again"
    public static let notes = """
        A configuration with errors changes nothing.
        """

    public init() {}

    public static let fields: [Field] = []
    public static let example = ReloadDaemon()
    public var call: ControlCall { .reloadDaemon(self) }
}

/// Stops everything and ends superd.
public struct ShutdownDaemon: Endpoint, Hashable {
    public typealias Response = Accepted
    public static let method = Method.post
    public static let path = "/v1/daemon/shutdown"
    public static let summary = "Stops everything and ends superd"
    public static let notes = """
        The answer comes at once.
        """

    public init() {}

    public static let fields: [Field] = []
    public static let example = ShutdownDaemon()
    public var call: ControlCall { .shutdownDaemon(self) }
}

/// Closes and opens all logs, after they were moved.
public struct ReopenLogs: Endpoint, Hashable {
    public typealias Response = Accepted
    public static let method = Method.post
    public static let path = "/v1/daemon/reopen-logs"
    public static let summary = "Closes and opens all logs, after they were moved"

    public init() {}

    public static let fields: [Field] = []
    public static let example = ReopenLogs()
    public var call: ControlCall { .reopenLogs(self) }
}

/// Says that superd answers.
public struct CheckHealth: Endpoint, Hashable {
    public typealias Response = Health
    public static let method = Method.get
    public static let path = "/healthz"
    public static let summary = "Says that superd answers"
    public static let notes = """
        Needs no credentials.
        """
    public static let isPublic = true

    public init() {}

    public static let fields: [Field] = []
    public static let example = CheckHealth()
    public var call: ControlCall { .checkHealth(self) }
}

/// Says whether everything that starts by itself is up.
public struct CheckReadiness: Endpoint, Hashable {
    public typealias Response = Readiness
    public static let method = Method.get
    public static let path = "/readyz"
    public static let summary = "Says whether everything that starts by itself is up"
    public static let notes = """
        Needs no credentials. The status is 503 while it is not ready.
        """
    public static let isPublic = true

    public init() {}

    public static let fields: [Field] = []
    public static let example = CheckReadiness()
    public var call: ControlCall { .checkReadiness(self) }
}

extension CheckReadiness {
    /// 200 when ready, else 503, both with the same fields.
    public func answer(_ response: Readiness) -> Answer {
        let body = (try? JSON.encode(response)) ?? []
        return Answer(status: response.isReady ? 200 : 503, contentType: "application/json", body: body)
    }
}
