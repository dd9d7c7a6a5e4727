import SuperBase
public import SuperOS

/// The brain's end of the channel to its keeper.
public final class KeeperLink {
    /// The number under which a brain finds the channel.
    public static let channelNumber = Keeper.channelNumber

    private let channel: Channel

    /// Takes over the channel that the keeper left under `channelNumber`.
    public init() throws(SystemError) {
        channel = try Channel(try Descriptor.inherited(Self.channelNumber))
    }

    /// What the loop watches.
    public var descriptor: Descriptor { channel.descriptor }

    /// Whether messages wait for room; then `flush` is to be called when there is some.
    public var hasUnsent: Bool { channel.hasUnsent }

    /// Tells the keeper, without waiting. Throws when the keeper has gone.
    public func send(_ message: BrainMessage, _ descriptors: [Descriptor] = []) throws(SystemError) {
        try channel.send(message.bytes, descriptors)
    }

    public func flush() throws(SystemError) {
        try channel.flush()
    }

    /// The next message; nil where there is none now. Kinds that this version does not know are passed over, and so is what cannot be read.
    /// Throws when the keeper has gone.
    public func receive() throws(SystemError) -> (message: KeeperMessage, descriptors: [Descriptor])? {
        while true {
            do {
                guard let (body, descriptors) = try channel.receive() else { return nil }
                if let message = try? KeeperMessage(bytes: body) { return (message, descriptors) }
            } catch  where error.errno == .tooManyOpenFiles || error.errno == .fileTooLarge {
                continue
            }
        }
    }
}
