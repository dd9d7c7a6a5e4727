/// Lists processes with everything known of them.
public struct ListProcesses: Endpoint, Hashable {
    public typealias Response = ProcessList
    public static let method = Method.get
    public static let path = "/v1/processes"
    public static let summary = "Lists processes with everything known of them"

    public var select: [String]

    public init(_ select: [String] = []) {
        self.select = select
    }

    public static let fields: [Field] = [
        .selectOrAll
    ]
    public static let example = ListProcesses(["web:*", "db"])
    public var call: ControlCall { .listProcesses(self) }
}

/// Shows one process.
public struct ShowProcess: Endpoint, Hashable {
    public typealias Response = ProcessInfo
    public static let method = Method.get
    public static let path = "/v1/processes/{name}"
    public static let summary = "Shows one process"

    /// The full name of the process.
    public var name: String

    public init(name: String) {
        self.name = name
    }

    public static let fields: [Field] = [
        .processName
    ]
    public static let example = ShowProcess(name: "web:web_00")
    public var call: ControlCall { .showProcess(self) }
}

/// Starts processes.
public struct StartProcesses: Endpoint, Hashable {
    public typealias Response = ActionResults
    public static let method = Method.post
    public static let path = "/v1/processes/start"
    public static let summary = "Starts processes"
    public static let notes = """
        A process is started when it is ready: up for its `startsecs`, or as its `ready` says; without `wait`, when it was
        asked to start. What it depends on is started as well; where that comes to nothing the result is `dependencyFailed`.
        """

    public var select: [String]
    public var wait: Bool
    public var timeout: Int?

    public init(_ select: [String], wait: Bool = true, timeout: Int? = nil) {
        self.select = select
        self.wait = wait
        self.timeout = timeout
    }

    public static let fields: [Field] = [
        .select,
        .wait,
        .timeout,
    ]
    public static let example = StartProcesses(["web:*"], timeout: 30)
    public var call: ControlCall { .startProcesses(self) }
}

/// Stops processes.
public struct StopProcesses: Endpoint, Hashable {
    public typealias Response = ActionResults
    public static let method = Method.post
    public static let path = "/v1/processes/stop"
    public static let summary = "Stops processes"
    public static let notes = """
        A process that ignores its stop signal is killed after its `stopwaitsecs`.
        """

    public var select: [String]
    public var wait: Bool
    public var timeout: Int?

    public init(_ select: [String], wait: Bool = true, timeout: Int? = nil) {
        self.select = select
        self.wait = wait
        self.timeout = timeout
    }

    public static let fields: [Field] = [
        .select,
        .wait,
        .timeout,
    ]
    public static let example = StopProcesses(["web:*"], timeout: 30)
    public var call: ControlCall { .stopProcesses(self) }
}

/// Stops processes that are up and starts all that are named.
public struct RestartProcesses: Endpoint, Hashable {
    public typealias Response = ActionResults
    public static let method = Method.post
    public static let path = "/v1/processes/restart"
    public static let summary = "Stops processes that are up and starts all that are named"
    public static let notes = """
        The results of the stops come first, then those of the starts. Those of rolling programs that are up are replaced one
        by one instead, as by `/v1/processes/roll`, with one result each. The configuration is not read again.
        """

    public var select: [String]
    public var wait: Bool
    public var timeout: Int?

    public init(_ select: [String], wait: Bool = true, timeout: Int? = nil) {
        self.select = select
        self.wait = wait
        self.timeout = timeout
    }

    public static let fields: [Field] = [
        .select,
        .wait,
        .timeout,
    ]
    public static let example = RestartProcesses(["web:*"], timeout: 30)
    public var call: ControlCall { .restartProcesses(self) }
}

/// Sends a signal to processes.
public struct SignalProcesses: Endpoint, Hashable {
    public typealias Response = ActionResults
    public static let method = Method.post
    public static let path = "/v1/processes/signal"
    public static let summary = "Sends a signal to processes"
    public static let notes = """
        To each process alone, never to its process group.
        """

    public var select: [String]
    /// A name with or without `SIG`, or a number.
    public var signal: String

    public init(_ select: [String], signal: String) {
        self.select = select
        self.signal = signal
    }

    public static let fields: [Field] = [
        .select,
        Field("signal", .string, "A name with or without `SIG`, or a number"),
    ]
    public static let example = SignalProcesses(["web:*"], signal: "HUP")
    public var call: ControlCall { .signalProcesses(self) }
}

/// Empties the logs of processes.
public struct ClearLogs: Endpoint, Hashable {
    public typealias Response = ActionResults
    public static let method = Method.post
    public static let path = "/v1/processes/clear-logs"
    public static let summary = "Empties the logs of processes"
    public static let notes = """
        The current files are emptied; rotated ones stay.
        """

    public var select: [String]

    public init(_ select: [String]) {
        self.select = select
    }

    public static let fields: [Field] = [
        .select
    ]
    public static let example = ClearLogs(["web:*"])
    public var call: ControlCall { .clearLogs(self) }
}

/// Writes text to the input of a process.
public struct WriteInput: Endpoint, Hashable {
    public typealias Response = ActionResults
    public static let method = Method.post
    public static let path = "/v1/processes/{name}/stdin"
    public static let summary = "Writes text to the input of a process"
    public static let notes = """
        All of the text is taken or none: `failed` says that the process does not read.
        """

    /// The full name of the process.
    public var name: String
    public var text: String

    public init(name: String, text: String) {
        self.name = name
        self.text = text
    }

    public static let fields: [Field] = [
        .processName,
        Field("text", .string, "What to write; nothing is added"),
    ]
    public static let example = WriteInput(name: "web:web_00", text: "reload\n")
    public var call: ControlCall { .writeInput(self) }
}
