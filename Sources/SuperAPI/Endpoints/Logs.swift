import SuperBase

/// Reads a part of a log.
public struct ReadLog: Endpoint, Hashable {
    public typealias Response = LogChunk
    public static let method = Method.get
    public static let path = "/v1/processes/{name}/log"
    public static let summary = "Reads a part of a log"
    public static let notes = """
        Below zero, `offset` gives the last bytes and `length` must be 0. At most 1 MiB is given at once.
        """

    /// The full name of the process.
    public var name: String
    public var stream: LogStream
    /// Below zero counts from the end.
    public var offset: Int
    /// Zero reads to the end.
    public var length: Int

    public init(name: String, stream: LogStream = .stdout, offset: Int = 0, length: Int = 0) {
        self.name = name
        self.stream = stream
        self.offset = offset
        self.length = length
    }

    public static let fields: [Field] = [
        .processName,
        .stream,
        Field("offset", .integer, .defaulted(.integer(0)), "The first byte; below zero counts from the end"),
        Field("length", .integer, .defaulted(.integer(0)), "How many bytes; 0 reads to the end"),
    ]
    public static let example = ReadLog(name: "web:web_00", offset: 96, length: 4)
    public var call: ControlCall { .readLog(self) }
}

/// Reads the end of a log.
public struct TailLog: Endpoint, Hashable {
    public typealias Response = LogChunk
    public static let method = Method.get
    public static let path = "/v1/processes/{name}/log/tail"
    public static let summary = "Reads the end of a log"
    public static let notes = """
        Given both, `lines` counts. The problem of a process without this log has the result `noLogFile`. At most 1 MiB is given.
        """

    /// The full name of the process.
    public var name: String
    public var stream: LogStream
    public var bytes: Int?
    public var lines: Int?

    public init(name: String, stream: LogStream = .stdout, bytes: Int? = nil, lines: Int? = nil) {
        self.name = name
        self.stream = stream
        self.bytes = bytes
        self.lines = lines
    }

    public static let fields: [Field] = [
        .processName,
        .stream,
        Field("bytes", .integer, .optional, "The last bytes; 1600 if neither is given"),
        Field("lines", .integer, .optional, "The last lines, whole ones"),
    ]
    public static let example = TailLog(name: "web:web_00", bytes: 1600, lines: 10)
    public var call: ControlCall { .tailLog(self) }
}

/// Streams what processes write to their logs.
public struct FollowLogs: ResumableEndpoint, Hashable {
    public typealias Response = LogChunk
    public static let method = Method.get
    public static let path = "/v1/logs/follow"
    public static let summary = "Streams what processes write to their logs"
    public static let notes = """
        Events of the kind `log`; `truncated` says that a file was emptied and starts over. Processes that appear later and fit
        the selectors are included.
        """
    public static let isStream = true

    public var select: [String]
    /// Nil is both.
    public var stream: LogStream?
    public var lines: Int?
    public var bytes: Int?
    /// The id of the last event seen; the header `Last-Event-ID` says the same.
    public var after: String?

    public init(
        _ select: [String], stream: LogStream? = nil, lines: Int? = nil, bytes: Int? = nil, after: String? = nil
    ) {
        self.select = select
        self.stream = stream
        self.lines = lines
        self.bytes = bytes
        self.after = after
    }

    public static let fields: [Field] = [
        .select,
        Field("stream", .word(LogStream.allCases.map(\.rawValue)), .optional, "Only this stream; both if left out"),
        Field("lines", .integer, .optional, "Begin with the last lines of each log; 10 if neither is given"),
        Field("bytes", .integer, .optional, "Begin with the last bytes of each log"),
        Field("after", .string, .optional, "Go on after the event of this id, as the header `Last-Event-ID`"),
    ]
    public static let example = FollowLogs(["web:*", "db"], stream: .stdout, lines: 10, bytes: 1024, after: "17")
    public var call: ControlCall { .followLogs(self) }
}

/// Reads a part of the main log.
public struct ReadMainLog: Endpoint, Hashable {
    public typealias Response = LogChunk
    public static let method = Method.get
    public static let path = "/v1/daemon/log"
    public static let summary = "Reads a part of the main log"
    public static let notes = """
        As with the log of a process.
        """

    /// Below zero counts from the end.
    public var offset: Int
    /// Zero reads to the end.
    public var length: Int

    public init(offset: Int = 0, length: Int = 0) {
        self.offset = offset
        self.length = length
    }

    public static let fields: [Field] = [
        Field("offset", .integer, .defaulted(.integer(0)), "The first byte; below zero counts from the end"),
        Field("length", .integer, .defaulted(.integer(0)), "How many bytes; 0 reads to the end"),
    ]
    public static let example = ReadMainLog(offset: 96, length: 4)
    public var call: ControlCall { .readMainLog(self) }
}

/// Reads the end of the main log.
public struct TailMainLog: Endpoint, Hashable {
    public typealias Response = LogChunk
    public static let method = Method.get
    public static let path = "/v1/daemon/log/tail"
    public static let summary = "Reads the end of the main log"
    public static let notes = """
        As with the log of a process.
        """

    public var bytes: Int?
    public var lines: Int?

    public init(bytes: Int? = nil, lines: Int? = nil) {
        self.bytes = bytes
        self.lines = lines
    }

    public static let fields: [Field] = [
        Field("bytes", .integer, .optional, "The last bytes; 1600 if neither is given"),
        Field("lines", .integer, .optional, "The last lines, whole ones"),
    ]
    public static let example = TailMainLog(bytes: 1600, lines: 10)
    public var call: ControlCall { .tailMainLog(self) }
}

/// Streams what superd writes to its main log.
public struct FollowMainLog: ResumableEndpoint, Hashable {
    public typealias Response = LogChunk
    public static let method = Method.get
    public static let path = "/v1/daemon/log/follow"
    public static let summary = "Streams what superd writes to its main log"
    public static let notes = """
        As with the logs of processes.
        """
    public static let isStream = true

    public var lines: Int?
    public var bytes: Int?
    /// The id of the last event seen; the header `Last-Event-ID` says the same.
    public var after: String?

    public init(lines: Int? = nil, bytes: Int? = nil, after: String? = nil) {
        self.lines = lines
        self.bytes = bytes
        self.after = after
    }

    public static let fields: [Field] = [
        Field("lines", .integer, .optional, "Begin with the last lines; 10 if neither is given"),
        Field("bytes", .integer, .optional, "Begin with the last bytes"),
        Field("after", .string, .optional, "Go on after the event of this id, as the header `Last-Event-ID`"),
    ]
    public static let example = FollowMainLog(lines: 10, bytes: 1024, after: "17")
    public var call: ControlCall { .followMainLog(self) }
}

/// Empties the main log.
public struct ClearMainLog: Endpoint, Hashable {
    public typealias Response = Accepted
    public static let method = Method.delete
    public static let path = "/v1/daemon/log"
    public static let summary = "Empties the main log"

    public init() {}

    public static let fields: [Field] = []
    public static let example = ClearMainLog()
    public var call: ControlCall { .clearMainLog(self) }
}

/// Streams changes of state as they happen.
public struct FollowEvents: ResumableEndpoint, Hashable {
    public typealias Response = StateEvent
    public static let method = Method.get
    public static let path = "/v1/events"
    public static let summary = "Streams changes of state as they happen"
    public static let notes = """
        Events of the kind `state`. Changes of groups are included where all processes are selected.
        """
    public static let isStream = true

    public var select: [String]
    /// The id of the last event seen; the header `Last-Event-ID` says the same.
    public var after: String?

    public init(_ select: [String] = [], after: String? = nil) {
        self.select = select
        self.after = after
    }

    public static let fields: [Field] = [
        .selectOrAll,
        Field("after", .string, .optional, "Go on after the event of this id, as the header `Last-Event-ID`"),
    ]
    public static let example = FollowEvents(["web:*"], after: "17")
    public var call: ControlCall { .followEvents(self) }
}
