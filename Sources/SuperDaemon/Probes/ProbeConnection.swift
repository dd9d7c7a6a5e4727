import SuperBase
import SuperHTTP
import SuperOS

/// One connection of a probe: it connects, asks what is to be asked, and reads the head of the answer.
///
/// ```
///  connecting ──▶ sending ──▶ reading ──▶ succeeded or failed
///      │  └── nothing to ask ──▶ succeeded
///      └── nobody there ──▶ unreachable: another address may do
/// ```
/// It closes with its last reference.
final class ProbeConnection {
    /// How far it has come.
    enum Progress: Hashable {
        case isUnderWay
        case succeeded
        /// There is no connection, because of this.
        case unreachable(String)
        /// There was a connection and no good answer, because of this.
        case failed(String)
    }

    private enum State {
        case connecting
        case sending(ArraySlice<UInt8>)
        case reading(ResponseParser)
    }

    let socket: Descriptor
    private let isInternet: Bool
    private let request: [UInt8]?
    private var state = State.connecting
    private var hasInput = false

    /// Begins to connect. `request` is the head of a GET request; nil asks nothing.
    init(_ address: SocketAddress, request: [UInt8]?) throws(SystemError) {
        socket = try Descriptor.beginConnecting(to: address)
        isInternet = if case .internet = address { true } else { false }
        self.request = request
    }

    /// What must become ready for it to go on.
    var interest: Poller.Interest {
        switch state {
        case .connecting, .sending: .writable
        case .reading: .readable
        }
    }

    /// Goes on, now that the socket is ready for what `interest` names.
    func advance() -> Progress {
        do {
            switch state {
            case .connecting: return try connected()
            case .sending(let rest): return try send(rest)
            case .reading(let parser): return try read(parser)
            }
        } catch {
            return .failed(error.errno.description)
        }
    }

    /// Goes on as far as it can without waiting.
    func catchUp() -> Progress {
        // Not for ever: somebody may send interim answers without end.
        for _ in 0..<16 {
            let readiness: Descriptor.Readiness = interest == .writable ? .writable : .readable
            guard (try? socket.wait(for: readiness, until: Instant(nanoseconds: .min))) == true else { break }
            let progress = advance()
            if progress != .isUnderWay { return progress }
        }
        return .isUnderWay
    }

    private func connected() throws(SystemError) -> Progress {
        if let error = try socket.pendingError() { return .unreachable(error.description) }
        if isInternet, try socket.isConnectedToItself() { return .unreachable(Errno.connectionRefused.description) }
        guard let request else { return .succeeded }
        return try send(request[...])
    }

    private func send(_ bytes: ArraySlice<UInt8>) throws(SystemError) -> Progress {
        var rest = bytes
        let socket = socket
        while !rest.isEmpty {
            let result = try rest.span.withUnsafeBytes { bytes throws(SystemError) in try socket.write(bytes) }
            guard case .bytes(let count) = result else {
                state = .sending(rest)
                return .isUnderWay
            }
            rest = rest.dropFirst(count)
        }
        var limits = HTTPLimits.client
        limits.head = .kibibytes(32)
        state = .reading(ResponseParser(answering: .get, limits: limits))
        return .isUnderWay
    }

    private func read(_ before: ResponseParser) throws(SystemError) -> Progress {
        var parser = before
        let result = try receive(into: &parser)
        switch result {
        case .bytes: hasInput = true
        case .endOfFile where !hasInput: return .failed("the connection was closed without an answer")
        case .endOfFile: parser.receiveEnd()
        case .wouldBlock: return .isUnderWay
        }
        do {
            // The head is the first thing that comes; interim answers are passed over.
            guard case .head(let head)? = try parser.next() else {
                state = .reading(parser)
                return .isUnderWay
            }
            return (200...399).contains(head.status.code) ? .succeeded : .failed("answered \(head.status)")
        } catch {
            return .failed(Self.sentence(error))
        }
    }

    /// Reads once.
    private func receive(into parser: inout ResponseParser) throws(SystemError) -> ReadResult {
        // The standard library's call knows no typed throws.
        let result = withUnsafeTemporaryAllocation(byteCount: 16_384, alignment: 1) { buffer in
            Result { () throws(SystemError) in
                let result = try socket.read(into: buffer)
                if case .bytes(let count) = result {
                    parser.receive(buffer.bindMemory(to: UInt8.self).span.extracting(first: count))
                }
                return result
            }
        }
        return try result.get()
    }

    private static func sentence(_ error: HTTPParseError) -> String {
        switch error {
        case .truncated: "the connection was closed within the answer"
        // The parser's own words are for requests.
        case .startLineTooLong: "the answer is no HTTP that superd takes: the status line is too long"
        default: "the answer is no HTTP that superd takes: \(error)"
        }
    }
}
