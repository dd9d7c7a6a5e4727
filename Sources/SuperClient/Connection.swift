import SuperBase
import SuperHTTP
import SuperOS

/// One request and its answer over one blocking socket.
///
/// A connection is used once: connecting to a neighbour takes microseconds, and a connection that is used again may have
/// been closed by the other side meanwhile.
struct Connection {
    let socket: Descriptor
    private var parser: ResponseParser

    /// The time that connecting may take, and the time between two pieces of an answer that should come at once.
    static let patience = Duration.seconds(30)

    /// Connects and sends the request. With `isPatient` the answer may take as long as it likes.
    init(
        to address: ServerAddress, sending head: HTTPRequestHead, body: [UInt8], isPatient: Bool
    ) throws(ClientError) {
        parser = ResponseParser(answering: head.method)
        var bytes: [UInt8] = []
        head.write(into: &bytes)
        bytes += body
        do {
            socket =
                switch address {
                case .unix(let path): try Descriptor.connect(unix: path, timeout: Self.patience)
                case .tcp(let host, let port): try Descriptor.connect(host: host, port: port, timeout: Self.patience)
                }
            try socket.setTimeLimit(isPatient ? nil : Self.patience)
            try socket.writeAll(bytes)
        } catch {
            throw ClientError(error)
        }
    }

    /// The next piece of the answer; waits for it. Nil after its end.
    mutating func next() throws(ClientError) -> ResponseParser.Event? {
        while true {
            if let event = try parsed() { return event == .end ? nil : event }
            try receive()
        }
    }

    /// Reads once from the socket what is there.
    mutating func receive() throws(ClientError) {
        let socket = socket
        var buffer = [UInt8](repeating: 0, count: 65_536)
        let result = buffer.withUnsafeMutableBytes { bytes in
            Result { () throws(SystemError) in try socket.read(into: bytes) }.mapError(ClientError.init)
        }
        switch try result.get() {
        case .bytes(let count): parser.receive(buffer.span.extracting(first: count))
        case .endOfFile: parser.receiveEnd()
        case .wouldBlock: throw .timedOut
        }
    }

    /// The next piece of what was received; nil where more is needed.
    mutating func parsed() throws(ClientError) -> ResponseParser.Event? {
        do {
            return try parser.next()
        } catch .truncated {
            throw .disconnected("closed the connection before its answer was complete")
        } catch {
            throw .notSuperd("what it answers is not HTTP (\(error))")
        }
    }
}

extension ClientError {
    init(_ error: SystemError) {
        switch error.errno {
        case .noSuchFile, .notDirectory: self = .noSuchFile
        case .accessDenied, .notPermitted: self = .permissionDenied
        case .connectionRefused: self = .refused
        case .timedOut, .again: self = .timedOut
        case .connectionReset, .brokenPipe: self = .disconnected("closed the connection")
        default: self = .disconnected(error.reason ?? error.errno.description)
        }
    }
}
