/// One event of a `text/event-stream`.
public struct ServerSentEvent: Sendable, Hashable {
    /// By which a reader can go on after this event.
    public var id: String?
    /// The kind of event; `message` where the stream does not say.
    public var name: String
    public var data: String

    public init(id: String? = nil, name: String = "message", data: String) {
        self.id = id
        self.name = name
        self.data = data
    }

    /// The media type of streams.
    public static let contentType = "text/event-stream"

    /// The event as text, the blank line that ends it included.
    public var text: String {
        let lines = data.split(separator: "\n", omittingEmptySubsequences: false).map { "data: \($0)\n" }.joined()
        return (id.map { "id: \($0)\n" } ?? "") + "event: \(name)\n" + lines + "\n"
    }

    /// A line that readers skip: it keeps a quiet stream alive, or says why it ends.
    public static func comment(_ text: String) -> String { ": \(text)\n\n" }

    /// Cuts a stream into events, however its bytes arrive.
    public struct Reader: Sendable {
        private var line: [UInt8] = []
        private var id: String?
        private var name = "message"
        private var data: [String] = []
        /// The last comment, which says why a stream ended.
        public private(set) var lastComment: String?

        public init() {}

        /// The events that `bytes` complete. A line ends with LF or CR LF.
        public mutating func read(_ bytes: some Sequence<UInt8>) -> [ServerSentEvent] {
            var events: [ServerSentEvent] = []
            for byte in bytes {
                guard byte == UInt8(ascii: "\n") else {
                    line.append(byte)
                    continue
                }
                if line.last == UInt8(ascii: "\r") { line.removeLast() }
                if let event = take(String(decoding: line, as: UTF8.self)) { events.append(event) }
                line.removeAll(keepingCapacity: true)
            }
            return events
        }

        /// Takes one line; an empty one completes the event, if it has data.
        private mutating func take(_ line: String) -> ServerSentEvent? {
            guard !line.isEmpty else {
                defer {
                    name = "message"
                    data = []
                }
                return data.isEmpty ? nil : ServerSentEvent(id: id, name: name, data: data.joined(separator: "\n"))
            }
            let parts = line.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            var value = parts.count > 1 ? parts[1] : ""
            if value.hasPrefix(" ") { value.removeFirst() }
            switch parts[0] {
            case "": lastComment = String(value)
            case "id": id = String(value)
            case "event": name = String(value)
            case "data": data.append(String(value))
            default: break
            }
            return nil
        }
    }
}
