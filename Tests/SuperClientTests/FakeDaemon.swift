import Foundation
import SuperAPI
import SuperBase
import SuperCore
import SuperOS

@testable import SuperDaemon

/// The real control server with a service of canned answers, in a thread of the test process.
final class FakeDaemon: Sendable {
    let url: String
    let directory: String
    private let stop: Descriptor
    private let ended = DispatchSemaphore(value: 0)

    var socketPath: String { directory + "/s" }

    /// Serves these processes on a Unix socket in a folder of its own, or on a TCP port that the kernel chooses.
    init(
        overTCP: Bool = false, _ processes: [SuperAPI.ProcessInfo] = FakeService.plainProcesses,
        _ change: @Sendable (inout ServerConfig) -> Void = { _ in }
    ) throws {
        directory = FileManager.default.temporaryDirectory.path + "/superctl-\(UUID().uuidString.prefix(8))"
        try FileSystem.makeDirectory(directory)
        let path = directory + "/s"
        let listener = overTCP ? try Descriptor.listen(host: "127.0.0.1", port: 0) : try Descriptor.listen(unix: path)
        var server = ServerConfig(section: "unix_http_server", address: .unix(path: path, mode: 0o700, owner: nil))
        url = try {
            guard overTCP, case .internet(_, let port) = try listener.localAddress() else { return "unix://\(path)" }
            server.address = .inet(host: "127.0.0.1", port: port)
            return "http://127.0.0.1:\(port)"
        }()
        change(&server)
        let pipe = try SuperOS.Pipe()
        stop = pipe.writeEnd
        let config = server
        let ended = ended
        let thread = Thread {
            FakeDaemon.serve(listener, config, processes, until: pipe.readEnd)
            ended.signal()
        }
        thread.start()
    }

    deinit {
        try? stop.writeAll([1])
        ended.wait()
        try? FileManager.default.removeItem(atPath: directory)
    }

    private static func serve(
        _ listener: Descriptor, _ config: ServerConfig, _ processes: [SuperAPI.ProcessInfo], until stop: Descriptor
    ) {
        do {
            let reactor = try Reactor()
            let service = FakeService(processes)
            let server = ControlServer(reactor: reactor, service: service, version: "9.9.9")
            service.server = server
            let refusal = server.listen(on: listener, as: config, daemonUser: CurrentProcess.user)
            precondition(refusal == nil, refusal ?? "")
            var isOver = false
            _ = try reactor.watch(stop, .readable, rank: .notice) { _ in isOver = true }
            while !isOver {
                try reactor.turn(until: server.deadline) { server.expire(at: Clock.now()) }
                try service.serveStream()
            }
        } catch {
            preconditionFailure("\(error)")
        }
    }
}
