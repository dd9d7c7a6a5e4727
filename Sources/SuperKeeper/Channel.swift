import SuperBase
import SuperOS

/// One end of the packets between keeper and brain. Sending never waits: what the socket does not take is kept and sent by `flush`.
///
/// The queue is bounded by what there is to tell: a message for each process, record and descriptor.
final class Channel {
    let descriptor: Descriptor
    /// What the loop watches for now; kept here by whoever runs the loop.
    var interest: Poller.Interest = .readable
    private var unsent: [(bytes: [UInt8], descriptors: [Descriptor])] = []

    /// A body over this size travels in memory of its own, since the kernel limits a packet to its send buffer.
    private static let packetLimit = 32 << 10
    /// No message is longer: arguments and environment of a process are limited to some 6 MiB by the kernel.
    private static let messageLimit = 16 << 20

    /// How a packet carries its body.
    private enum Form: UInt8 {
        case inline = 0
        /// The body is in the last descriptor.
        case file = 1
    }

    init(_ descriptor: Descriptor) throws(SystemError) {
        try descriptor.setNonBlocking()
        self.descriptor = descriptor
    }

    /// Our end, and the other as it is given to a new process.
    static func pair() throws(SystemError) -> (ours: Channel, theirs: Descriptor) {
        let (ours, theirs) = try Descriptor.messagePair()
        return (try Channel(ours), theirs)
    }

    var hasUnsent: Bool { !unsent.isEmpty }

    /// Sends a message, or keeps it for `flush`. Throws when the other end has gone.
    func send(_ body: [UInt8], _ descriptors: [Descriptor] = []) throws(SystemError) {
        if body.count <= Self.packetLimit {
            unsent.append(([Form.inline.rawValue] + body, descriptors))
        } else {
            let file = try Descriptor.memoryFile("superd-message")
            try file.writeAll(body)
            unsent.append(([Form.file.rawValue], descriptors + [file]))
        }
        try flush()
    }

    /// Sends what was kept, as far as the socket takes it.
    func flush() throws(SystemError) {
        var sent = 0
        defer { unsent.removeFirst(sent) }
        for message in unsent {
            let result = try message.bytes.span.withUnsafeBytes { (bytes) throws(SystemError) in
                try descriptor.sendMessage(bytes, descriptors: message.descriptors)
            }
            if case .wouldBlock = result { return }
            sent += 1
        }
    }

    /// The next message; nil where there is none now. Throws `brokenPipe` when the other end has gone, and another error for a message
    /// that was lost.
    func receive() throws(SystemError) -> (body: [UInt8], descriptors: [Descriptor])? {
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: Self.packetLimit + 1, alignment: 8)
        defer { buffer.deallocate() }
        switch try descriptor.receiveMessage(into: buffer) {
        case .wouldBlock: return nil
        case .endOfFile: throw SystemError("hearing", "the other process", errno: .brokenPipe)
        case .message(let message):
            var descriptors = message.descriptors
            guard Form(rawValue: buffer[0]) == .file else { return (Array(buffer[1..<message.length]), descriptors) }
            guard !message.hasLostDescriptors, let file = descriptors.popLast() else {
                throw SystemError("receiving on", descriptor.description, errno: .tooManyOpenFiles)
            }
            try file.seek(to: 0)
            return (try file.readAll(limit: Self.messageLimit), descriptors)
        }
    }
}
