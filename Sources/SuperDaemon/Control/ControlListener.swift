import SuperBase
import SuperOS

/// The listening socket of a control endpoint, as it is opened at the start and at a reload.
struct ControlListener {
    let socket: Descriptor
    /// By which the keeper holds it, and its place.
    let key: String
    /// Which file in the file system is the socket's, so that nobody else's is deleted in the end; nil for TCP.
    let place: [UInt8]?

    /// Why it cannot be opened.
    enum Problem: Error, CustomStringConvertible {
        /// Another program listens there.
        case inUse(String)
        case failed(String)

        var description: String {
            switch self {
            case .inUse(let place): "another program is listening on \(place)"
            case .failed(let why): why
            }
        }
    }

    /// Opens the socket of an endpoint.
    init(opening server: ServerConfig) throws(Problem) {
        key = Self.key(of: server)
        do {
            switch server.address {
            case .unix(let path, let mode, let owner):
                socket = try Descriptor.listen(unix: path, mode: mode, owner: try owner.map(FileOwner.init))
            case .inet(let host, let port): socket = try Descriptor.listen(host: host, port: port)
            }
        } catch let error as SystemError where error.errno == .addressInUse {
            throw .inUse(key)
        } catch {
            throw .failed("\(error)")
        }
        place = Self.place(of: server)
    }

    /// Deletes the file of a socket, if it is still the one that was noted as `place`.
    static func remove(_ server: ServerConfig, place: [UInt8]?) {
        guard case .unix(let path, _, _) = server.address else { return }
        SocketFile.remove(path, ifAt: place)
    }

    private static func place(of server: ServerConfig) -> [UInt8]? {
        guard case .unix(let path, _, _) = server.address else { return nil }
        return SocketFile.place(of: path)
    }

    /// `unix:///run/superd.sock`, `http://127.0.0.1:9001`: two endpoints at one place have one key.
    static func key(of server: ServerConfig) -> String {
        switch server.address {
        case .unix(let path, _, _): HeldKey.listener("unix://\(path)")
        case .inet(let host, let port): HeldKey.listener("http://\(host.isEmpty ? "*" : host):\(port)")
        }
    }
}
