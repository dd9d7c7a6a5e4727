internal import SuperBase
internal import SuperHTTP
internal import SuperOS
internal import SuperWebCore

/// One client: its socket, its machine and what it is still to be sent.
final class Connection {
    let id: RequestID
    let socket: Descriptor
    let peer: SocketAddress
    var machine: ConnectionMachine
    var output = OutputQueue()
    /// What the poller was last told to watch.
    var interest: Poller.Interest = []
    /// Whether our side is shut down already.
    var isShut = false
    /// The request that the application has, and when it was handed over.
    var request: (head: HTTPRequestHead, since: Instant)?

    init(id: RequestID, socket: Descriptor, peer: SocketAddress, machine: ConnectionMachine) {
        self.id = id
        self.socket = socket
        self.peer = peer
        self.machine = machine
    }

    /// What the poller should watch now.
    var wantedInterest: Poller.Interest {
        if case .flushing = machine.state { return .writable }
        return machine.wantsInput ? .readable : []
    }
}
