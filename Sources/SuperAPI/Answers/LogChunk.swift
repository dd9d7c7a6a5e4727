/// An output stream of a process.
public enum LogStream: String, Codable, Sendable, Hashable, CaseIterable {
    case stdout, stderr
}

/// A part of a log.
public struct LogChunk: Documented, Hashable {
    /// The full name of the process; nil in the main log.
    public var name: String?
    /// Nil in the main log.
    public var stream: LogStream?
    /// The bytes as UTF-8, with U+FFFD for what is not.
    public var text: String
    /// The exact bytes, where `text` could not hold them.
    public var base64: String?
    /// Of the first byte, from the beginning of the file.
    public var offset: Int
    /// Where to go on.
    public var nextOffset: Int
    /// Of the whole file.
    public var size: Int

    public init(_ bytes: [UInt8], name: String? = nil, stream: LogStream? = nil, offset: Int, size: Int) {
        self.name = name
        self.stream = stream
        text = String(decoding: bytes, as: UTF8.self)
        base64 = String(validating: bytes, as: UTF8.self) == nil ? JSON.base64(bytes) : nil
        self.offset = offset
        nextOffset = offset + bytes.count
        self.size = size
    }

    /// The exact bytes.
    public var bytes: [UInt8] { base64.flatMap(JSON.bytes(base64:)) ?? Array(text.utf8) }

    public static let fields: [Field] = [
        Field("name", .string, .optional, "The full name of the process; not in the main log"),
        Field("stream", .word(LogStream.allCases.map(\.rawValue)), .optional, "The stream; not in the main log"),
        Field("text", .string, "The bytes as UTF-8, with U+FFFD for what is not"),
        Field("base64", .string, .optional, "The exact bytes, where they are not UTF-8"),
        Field("offset", .integer, "Of the first byte, from the beginning of the file"),
        Field("nextOffset", .integer, "Where to go on"),
        Field("size", .integer, "Of the whole file, in bytes"),
    ]

    public static let example = LogChunk(
        [0x68, 0x69, 0xff, 0x0a], name: "web:web_00", stream: .stdout, offset: 96, size: 100)
}

/// A change of a process's state, as it happened.
public struct StateEvent: Documented, Hashable {
    /// Supervisor's name of the event, such as `PROCESS_STATE_RUNNING`.
    public var type: String
    /// The full name of the process, or the name of the group in `PROCESS_GROUP_…`.
    public var name: String
    /// Seconds since 1970.
    public var at: Int
    /// The state before, by its word.
    public var from: String?
    /// The state now, by its word.
    public var to: String?
    public var pid: Int?
    /// After an end: whether its exit code is one of `exitcodes`.
    public var isExpected: Bool?
    /// In words, where there is something to say: how it ended, why it could not start.
    public var message: String?

    public init(type: String, name: String, at: Int) {
        self.type = type
        self.name = name
        self.at = at
    }

    public static let fields: [Field] = [
        Field("type", .string, "Supervisor's name of the event, such as `PROCESS_STATE_RUNNING`"),
        Field("name", .string, "The full name of the process, or of the group in `PROCESS_GROUP_ADDED` and `_REMOVED`"),
        Field("at", .integer, "When, in seconds since 1970"),
        Field("from", .string, .optional, "The state before"),
        Field("to", .string, .optional, "The state now"),
        Field("pid", .integer, .optional, "The process id"),
        Field("isExpected", .boolean, .optional, "After an end: whether its exit code is one of `exitcodes`"),
        Field("message", .string, .optional, "How it ended, or why it could not start"),
    ]

    public static var example: StateEvent {
        var event = StateEvent(type: "PROCESS_STATE_EXITED", name: "web:web_00", at: 1_700_000_000)
        event.from = "RUNNING"
        event.to = "EXITED"
        event.pid = 4711
        event.isExpected = false
        event.message = "exit status 1"
        return event
    }
}
