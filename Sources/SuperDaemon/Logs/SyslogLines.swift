import SuperBase
import SuperOS

/// Cuts output into lines for syslog: one message a line, each with the same prefix. Used by the log thread alone.
struct SyslogLines {
    let prefix: String
    private var rest: [UInt8] = []

    /// A line longer than this is sent in pieces; syslog daemons cut at 8 KiB or less.
    private static let limit = 8000

    init(prefix: String) {
        self.prefix = prefix
    }

    mutating func append(_ bytes: UnsafeRawBufferPointer) {
        for byte in bytes {
            if byte == UInt8(ascii: "\n") {
                flush()
            } else {
                rest.append(byte)
                if rest.count >= Self.limit { flush() }
            }
        }
    }

    /// Sends the unfinished line.
    mutating func flush() {
        guard !rest.isEmpty else { return }
        Syslog.send(prefix + String(decoding: rest, as: UTF8.self))
        rest = []
    }
}
