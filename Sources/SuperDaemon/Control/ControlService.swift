import SuperAPI
import SuperCore

/// Who carries out what the control endpoints ask for.
protocol ControlService: AnyObject {
    /// Carries out a call, or begins to. The ticket names the answer that is still to come, or the stream.
    func handle(_ call: ControlCall, _ ticket: Ticket) -> ControlReply
    /// The reader of a stream has left, or was too slow.
    func streamEnded(_ ticket: Ticket)
}

/// What becomes of a call.
enum ControlReply {
    case now(Answer)
    /// `ControlServer.answer(_:_:)` follows. If the client leaves before, the answer is dropped, the command is not.
    case later
    /// `ControlServer.send(_:to:)` follows, any number of times. The last must be `ControlServer.end(_:because:)`.
    case stream
}

/// What the control endpoints grant a client.
struct ControlLimits {
    /// Open at once, over all endpoints; beyond it the one that has been idle longest goes.
    var connections = 256
    /// From the first moment of waiting for a request to its last byte, and for taking an answer.
    var patience = Duration.seconds(10)
    /// A quiet stream says something after this, so that a reader that is gone without a word is found.
    var streamSilence = Duration.seconds(15)
    /// Bytes of a stream that its reader has not taken; beyond it the stream ends.
    var streamBacklog = 1 << 20
}
