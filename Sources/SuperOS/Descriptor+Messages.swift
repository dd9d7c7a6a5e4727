import CSuperOS
import Glibc

/// What came of receiving a message.
public enum MessageResult: Sendable {
    case message(ReceivedMessage)
    /// The other side has closed.
    case endOfFile
    case wouldBlock
}

/// A message whose bytes are in the caller's buffer.
public struct ReceivedMessage: Sendable {
    /// The bytes received.
    public var length: Int
    /// What came along, in the order in which it was sent.
    public var descriptors: [Descriptor]
    /// Some descriptors did not arrive: this process has no number free for them.
    public var hasLostDescriptors: Bool
    /// Who sent it, on a socket that asks for senders.
    public var sender: PeerCredentials?
}

// Messages on sockets that keep their bounds: `messagePair` and datagrams.
extension Descriptor {
    /// The most descriptors that one message carries.
    public static let maximumDescriptorsPerMessage = Int(SUPEROS_MESSAGE_DESCRIPTORS)

    /// Sends one message, whole or not at all, with copies of the descriptors.
    ///
    /// The message must not be empty, because an empty one looks like the end. Throws `messageTooLong` for more bytes
    /// than the send buffer takes at once and `brokenPipe` where the other side has closed.
    public func sendMessage(
        _ bytes: UnsafeRawBufferPointer, descriptors: [Descriptor] = []
    ) throws(SystemError) -> WriteResult {
        precondition(!bytes.isEmpty, "an empty message cannot be told from the end of the connection")
        // The numbers must not be closed before the kernel has copied what they stand for.
        defer { withExtendedLifetime(descriptors) {} }
        return try send(bytes, descriptors.map(\.number), to: nil)
    }

    /// Sends one datagram to a Unix socket's path, as `sd_notify` does; never waits.
    public static func sendDatagram(
        _ bytes: UnsafeRawBufferPointer, toUnix path: String
    ) throws(SystemError) -> WriteResult {
        let socket = try unixSocket(SOCK_DGRAM)
        try socket.setNonBlocking()
        return try socket.send(bytes, [], to: try unixAddress(path, "sending to"))
    }

    /// Receives one message. One that is longer than the buffer throws `messageTooLong`; its rest is gone.
    public func receiveMessage(into buffer: UnsafeMutableRawBufferPointer) throws(SystemError) -> MessageResult {
        while true {
            var numbers: [Int32] = []
            let result = withUnsafeTemporaryAllocation(of: Int32.self, capacity: Int(SUPEROS_MESSAGE_DESCRIPTORS)) {
                room in
                let result = superos_receive_message(
                    number,
                    superos_message(
                        bytes: buffer.baseAddress, length: buffer.count, descriptors: room.baseAddress,
                        descriptor_count: room.count, address: nil, address_length: 0))
                if result.descriptor_count > 0 { numbers = Array(room[..<result.descriptor_count]) }
                return result
            }
            let descriptors = numbers.map(Descriptor.init(owning:))
            switch result.error {
            case 0: return try message(result, descriptors)
            case EAGAIN: return .wouldBlock
            // A peer that ended with messages unread makes the kernel say so once, ahead of what the peer had sent:
            // asked again, it gives the messages and then the end.
            case EINTR, ECONNRESET: continue
            default: throw SystemError("receiving on", { self.description }, code: result.error)
            }
        }
    }

    private func message(
        _ result: superos_message_result, _ descriptors: [Descriptor]
    ) throws(SystemError) -> MessageResult {
        guard !result.is_cut else { throw SystemError("receiving on", description, errno: .messageTooLong) }
        guard result.length > 0 else { return .endOfFile }
        return .message(
            ReceivedMessage(
                length: result.length, descriptors: descriptors, hasLostDescriptors: result.has_lost_descriptors,
                sender: result.has_sender ? PeerCredentials(result.sender) : nil))
    }

    private func send(
        _ bytes: UnsafeRawBufferPointer, _ numbers: [Int32], to address: RawSocketAddress?
    ) throws(SystemError) -> WriteResult {
        var numbers = numbers
        while true {
            let result = numbers.withUnsafeMutableBufferPointer { numbers in
                var message = superos_message(
                    bytes: UnsafeMutableRawPointer(mutating: bytes.baseAddress), length: bytes.count,
                    descriptors: numbers.baseAddress, descriptor_count: numbers.count, address: nil, address_length: 0)
                guard let address else { return superos_send_message(number, message) }
                return address.withPointer {
                    message.address = $0
                    message.address_length = $1
                    return superos_send_message(number, message)
                }
            }
            switch result.error {
            case 0: return .bytes(result.length)
            case EAGAIN: return .wouldBlock
            case EINTR: continue
            default: throw SystemError("sending on", { self.description }, code: result.error)
            }
        }
    }
}
