import SuperBase

/// Reads the bytes as a datagram of a notify socket.
///
/// Checked beside crashes: nothing that comes out is larger than promised or steers a terminal, and lines that superd does not know or that
/// say the same again change nothing.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzNotify(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let datagram = Array(UnsafeBufferPointer(start: start, count: count))
    let message = NotifyMessage(datagram)

    for text in [message.status].compactMap({ $0 }) + message.problems {
        precondition(!text.unicodeScalars.contains { $0.properties.generalCategory == .control }, "a control character")
    }
    precondition((message.status ?? "").unicodeScalars.count <= NotifyMessage.statusLimit, "a status without bound")
    precondition(message.problems.count <= NotifyMessage.problemLimit, "problems without bound")
    precondition(message.mainPid.map { $0 > 0 } ?? true, "a pid that is none")
    precondition(message.sentAt.map { $0.nanoseconds >= 0 } ?? true, "a moment before the clock began")
    for duration in [message.heartbeatInterval, message.timeoutExtension].compactMap({ $0 }) {
        precondition(duration >= .zero && duration <= NotifyMessage.durationLimit, "a time out of bounds")
    }

    // What stands behind the last NUL would be cut off with it otherwise.
    let end = datagram.lastIndex { $0 != 0 }.map { $0 + 1 } ?? 0
    let text = Array(datagram[..<end])
    precondition(NotifyMessage(text + Array("\nX_UNKNOWN=1\n\nno key".utf8)) == message, "an unknown line counts")
    var twice = NotifyMessage(text + [10] + text)
    precondition(twice.problems.count >= message.problems.count, "a problem is forgotten")
    precondition(twice.status == message.status && twice.mainPid == message.mainPid, "the last value does not count")
    twice = NotifyMessage(text + Array("\nREADY=1\nMAINPID=7".utf8))
    precondition(twice.isReady && twice.mainPid == 7, "a good line behind others does not count")
    return 0
}
