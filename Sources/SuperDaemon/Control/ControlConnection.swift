import SuperAPI
import SuperBase
import SuperCore
import SuperHTTP
import SuperOS

/// One client of a control endpoint: bytes in, requests out, answers in, bytes out.
///
/// ```
///  reading ── request complete ──▶ waiting(ticket) ── answer ──▶ reading, or draining
///     │                               └─ a stream ──▶ streaming(ticket) ── end ──▶ draining
///     └── garbage, too slow ──▶ draining ── all taken ──▶ closed; lingering where input was left unread
/// ```
/// It has one request in hand at a time: the bytes of the next one stay in the kernel until the answer is out.
final class ControlConnection {
    enum State: Hashable {
        /// For a request, since then.
        case reading(since: Instant)
        case waiting(Ticket)
        case streaming(Ticket)
        /// Writes what is left, then closes, or lingers.
        case draining(since: Instant, lingers: Bool)
        /// Everything is written; throws away what still comes. Closing with unread input would make the kernel reset the
        /// connection and take the answer from the client.
        case lingering(since: Instant)
    }

    let socket: Descriptor
    let access: ControlAccess
    /// Nil on TCP.
    let peer: PeerCredentials?
    var state: State
    private var parser: RequestParser
    private(set) var head: HTTPRequestHead?
    private var body: [UInt8] = []
    private var output: [UInt8] = []
    private var written = 0
    /// When the reader of a stream last got something.
    private(set) var lastWrite: Instant

    init(_ socket: Descriptor, access: ControlAccess, peer: PeerCredentials?, at now: Instant) {
        self.socket = socket
        self.access = access
        self.peer = peer
        state = .reading(since: now)
        lastWrite = now
        var limits = HTTPLimits(body: .mebibytes(1))
        limits.head = .kibibytes(16)
        parser = RequestParser(limits: limits)
    }

    /// Between two requests, without a byte of the next.
    var isIdle: Bool {
        if case .reading = state { parser.isBetweenRequests && backlog == 0 } else { false }
    }

    /// Since when it waits for a request.
    var idleSince: Instant {
        if case .reading(let since) = state { since } else { lastWrite }
    }

    /// The bytes that the client has not taken.
    var backlog: Int { output.count - written }

    /// What must become ready for this connection to go on.
    var interest: Poller.Interest {
        var interest: Poller.Interest =
            switch state {
            // The next request waits in the kernel until the answer before it is taken.
            case .reading: backlog == 0 ? .readable : []
            case .lingering: .readable
            case .streaming: .peerClosed
            // A client that shuts its sending side has not left: only the end of both sides says so.
            case .waiting, .draining: []
            }
        if backlog > 0 { interest.insert(.writable) }
        return interest
    }

    /// When patience with this client ends.
    func deadline(_ limits: ControlLimits) -> Instant? {
        switch state {
        case .reading(let since), .draining(let since, _), .lingering(let since): since + limits.patience
        case .waiting: nil
        case .streaming: lastWrite + limits.streamSilence
        }
    }

    /// What came of reading.
    enum Input {
        /// Nothing complete yet.
        case incomplete
        /// The fields are here and the content is not; the place to refuse early.
        case head(HTTPRequestHead)
        case request(HTTPRequestHead, body: [UInt8])
        case malformed(HTTPParseError)
    }

    /// Takes what has come, once, into the parser. False where the client has closed.
    func receive() -> Bool {
        withUnsafeTemporaryAllocation(byteCount: 16_384, alignment: 1) { buffer in
            do {
                switch try socket.read(into: buffer) {
                case .bytes(let count):
                    parser.receive(buffer.bindMemory(to: UInt8.self).span.extracting(first: count))
                    return true
                case .wouldBlock: return true
                case .endOfFile: return false
                }
            } catch {
                return false
            }
        }
    }

    /// Throws away what has come. False where the client has closed.
    func discardInput() -> Bool {
        withUnsafeTemporaryAllocation(byteCount: 16_384, alignment: 1) { buffer in
            let result = try? socket.read(into: buffer)
            return result != nil && result != .endOfFile
        }
    }

    /// The next step of reading what was received.
    func nextInput() -> Input {
        do {
            while let event = try parser.next() {
                switch event {
                case .head(let head):
                    self.head = head
                    return .head(head)
                case .body(let bytes): body += bytes
                case .end:
                    guard let head else { return .incomplete }
                    defer { body = [] }
                    return .request(head, body: body)
                }
            }
            return .incomplete
        } catch {
            return .malformed(error)
        }
    }

    /// Whether the client waits for a word before it sends the content.
    var awaitsContinue: Bool { head?.expectsContinue == true && parser.expectsContent && !parser.hasBufferedBytes }

    /// Puts bytes behind those that still wait.
    func append(_ bytes: some Collection<UInt8>) {
        if written > 0 {
            output.removeFirst(written)
            written = 0
        }
        output += bytes
    }

    /// Writes what the client takes now. False where it is gone.
    func flush(at now: Instant) -> Bool {
        do {
            while backlog > 0 {
                let socket = socket
                let rest = output[written...]
                switch try rest.withUnsafeBytes({ bytes in try socket.write(bytes) }) {
                case .bytes(let count):
                    written += count
                    lastWrite = now
                case .wouldBlock: return true
                }
            }
            output.removeAll(keepingCapacity: false)
            written = 0
            return true
        } catch {
            return false
        }
    }
}
