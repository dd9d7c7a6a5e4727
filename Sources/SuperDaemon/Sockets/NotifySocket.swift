import SuperBase
import SuperOS

/// The socket on which programs say how they are, as sd_notify(3) does: one for all of them, held by the keeper so that it outlives brains
/// and no message is lost between two.
///
/// It has an address without a file and with a name that nobody can guess: a program needs no right to any folder, and others do not find
/// it. Who has sent a message is told by the kernel; to which run that process belongs, `ProcessAncestry` finds out.
struct NotifySocket {
    /// Under which the keeper holds it.
    static let key = "notify"

    struct Message {
        /// Lines such as `READY=1`.
        var bytes: [UInt8]
        var sender: PeerCredentials
        /// What came along. Closing the one that comes with `BARRIER=1` is the answer to it.
        var descriptors: [Descriptor]
    }

    let descriptor: Descriptor
    /// For NOTIFY_SOCKET.
    let address: String

    /// sd_notify(3) sends less; what is longer is passed over.
    private static let sizeLimit = 64 << 10

    /// Opens it.
    init() throws(SystemError) {
        let name = (0..<2).map { _ in hexadecimal(UInt64.random(in: 0...(.max))) }.joined()
        try self.init(adopting: try Descriptor.receiveDatagrams(unix: "@superd-\(name)"))
    }

    /// Takes over what an earlier brain has opened.
    init(adopting descriptor: Descriptor) throws(SystemError) {
        self.descriptor = descriptor
        address = try descriptor.localAddress().description
    }

    /// The messages that have come, in their order. The descriptor stays readable while there are more: a program that floods the socket
    /// cannot keep the loop from everything else.
    func receive(atMost limit: Int = 64) throws(SystemError) -> [Message] {
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: Self.sizeLimit, alignment: 8)
        defer { buffer.deallocate() }
        var messages: [Message] = []
        for _ in 0..<limit {
            do {
                switch try descriptor.receiveMessage(into: buffer) {
                case .wouldBlock: return messages
                // An empty message looks like the end, which a socket without connections does not have.
                case .endOfFile: continue
                case .message(let message):
                    guard let sender = message.sender else { continue }
                    messages.append(
                        Message(
                            bytes: Array(buffer[..<message.length]), sender: sender, descriptors: message.descriptors))
                }
            } catch  where error.errno == .messageTooLong {
                continue
            }
        }
        return messages
    }
}

private func hexadecimal(_ number: UInt64) -> String {
    let digits = String(number, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
}
