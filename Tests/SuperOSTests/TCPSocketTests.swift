import SuperBase
import SuperOS
import Testing

@Suite struct TCPSocketTests {
    private func port(_ listener: Descriptor) throws -> UInt16 {
        guard case .internet(_, let port) = try listener.localAddress() else { throw Missing(what: "a port") }
        return port
    }

    @Test func bytesGoBothWaysAndBothEndsAreKnown() throws {
        let listener = try Descriptor.listen(host: "127.0.0.1", port: 0)
        let port = try port(listener)
        #expect(try listener.localAddress().description == "127.0.0.1:\(port)")
        let client = try Descriptor.connect(host: "127.0.0.1", port: port)
        #expect(try listener.wait(for: .readable, until: nil))
        let (server, peer) = try listener.acceptOne()
        #expect(try peer == client.localAddress())
        #expect(try server.peerAddress() == peer)
        _ = try client.write(text: "hello")
        #expect(try server.wait(for: .readable, until: nil))
        #expect(try server.readText() == "hello")
    }

    @Test(arguments: ["", "*"]) func noHostMeansEveryIPv4Address(_ host: String) throws {
        let listener = try Descriptor.listen(host: host, port: 0)
        #expect(try listener.localAddress() == .internet(host: "0.0.0.0", port: port(listener)))
        _ = try Descriptor.connect(host: "127.0.0.1", port: port(listener))
    }

    @Test(arguments: ["::", "[::]"]) func theEmptyIPv6AddressServesIPv4Too(_ host: String) throws {
        let listener = try Descriptor.listen(host: host, port: 0)
        let port = try port(listener)
        #expect(try listener.localAddress().description == "[::]:\(port)")
        let client = try Descriptor.connect(host: "127.0.0.1", port: port)
        #expect(try listener.wait(for: .readable, until: nil))
        // An IPv4 client is told as one.
        #expect(try listener.acceptOne().peer == client.localAddress())
        let client6 = try Descriptor.connect(host: "[::1]", port: port)
        #expect(try listener.wait(for: .readable, until: nil))
        #expect(try listener.acceptOne().peer == client6.localAddress())
    }

    @Test func anIPv6AddressCanBeForIPv6Alone() throws {
        let listener = try Descriptor.listen(address: "::", port: 0, isIPv6Only: true)
        let port = try port(listener)
        // The other family's port is free.
        let other = try Descriptor.listen(address: "0.0.0.0", port: port, isIPv6Only: true)
        #expect(try other.localAddress() == .internet(host: "0.0.0.0", port: port))
    }

    @Test func aSocketForOthersIsBlockingAndAsksNobodyForNames() throws {
        let listener = try Descriptor.listen(address: "[::1]", port: 0, isIPv6Only: true)
        try listener.setTimeLimit(.milliseconds(5))
        #expect(try listener.accept().isWouldBlock)
        let flags = try FileSystem.read("/proc/self/fdinfo/\(listener.number)")
        // 04000 is O_NONBLOCK, 02000000 close-on-exec.
        #expect(String(decoding: flags, as: UTF8.self).contains("flags:\t02000002"))
        do throws(SystemError) {
            _ = try Descriptor.listen(address: "localhost", port: 0, isIPv6Only: true)
            Issue.record("it was looked up")
        } catch {
            #expect(error.reason != nil)
        }
    }

    @Test func aNameIsLookedUp() throws {
        let listener = try Descriptor.listen(host: "localhost", port: 0)
        #expect(try listener.localAddress() == .internet(host: "127.0.0.1", port: port(listener)))
        _ = try Descriptor.connect(host: "localhost", port: port(listener), timeout: .seconds(5))
    }

    @Test func anUnknownNameIsAnErrorWithTheResolversWords() {
        do throws(SystemError) {
            _ = try Descriptor.listen(host: "no such host", port: 80)
            Issue.record("it is known")
        } catch {
            #expect(error.description.hasPrefix("listening on no such host:80: "))
            #expect(error.reason != nil)
        }
    }

    @Test func aPortInUseIsAnError() throws {
        let first = try Descriptor.listen(host: "127.0.0.1", port: 0)
        let port = try port(first)
        do throws(SystemError) {
            _ = try Descriptor.listen(host: "127.0.0.1", port: port)
            Issue.record("two listeners")
        } catch {
            #expect(error.description == "binding 127.0.0.1:\(port): Address already in use")
        }
    }

    @Test func aPortCanBeShared() throws {
        let first = try Descriptor.listen(host: "127.0.0.1", port: 0, sharesPort: true)
        let second = try Descriptor.listen(host: "127.0.0.1", port: port(first), sharesPort: true)
        #expect(try first.localAddress() == second.localAddress())
    }

    @Test func aPortCanBeTakenAgainWhileOldConnectionsLinger() throws {
        // An address of its own, lest another test gets the port in between.
        let host = "127.77.0.1"
        var listener: Descriptor? = try Descriptor.listen(host: host, port: 0)
        let port = try port(try #require(listener))
        let client = try Descriptor.connect(host: host, port: port)
        var server: Descriptor? = try listener?.acceptOne().connection
        // The server closes first: its side stays in TIME_WAIT.
        #expect(server != nil)
        server = nil
        #expect(try client.readByte() == .endOfFile)
        listener = nil
        _ = try Descriptor.listen(host: host, port: port)
    }

    @Test func acceptedConnectionsSendSmallWritesAtOnce() throws {
        let listener = try Descriptor.listen(host: "127.0.0.1", port: 0)
        let client = try Descriptor.connect(host: "127.0.0.1", port: port(listener))
        #expect(try listener.wait(for: .readable, until: nil))
        for socket in [listener, client, try listener.acceptOne().connection] {
            // getsockopt(IPPROTO_TCP, TCP_NODELAY) of the very socket, asked by another program that inherits it.
            let program = "import socket; s = socket.socket(fileno=3); print(s.getsockopt(6, 1))"
            var request = try shell("")
            request.executable = "/usr/bin/python3"
            request.arguments = ["python3", "-c", program]
            request.descriptors.append(socket)
            #expect(try run(request).line == "1")
        }
    }

    @Test func nobodyListeningIsAnError() throws {
        // The port of a client is taken, so nobody else gets it, and nobody listens there.
        let listener = try Descriptor.listen(host: "127.0.0.1", port: 0)
        let client = try Descriptor.connect(host: "127.0.0.1", port: port(listener))
        let port = try port(client)
        do throws(SystemError) {
            _ = try Descriptor.connect(host: "127.0.0.1", port: port, timeout: .seconds(5))
            Issue.record("somebody listens")
        } catch {
            #expect(error.description == "connecting to 127.0.0.1:\(port): Connection refused")
        }
    }

    @Test func aConnectThatIsNotAnsweredEndsInTime() throws {
        // A full queue drops the first packet of further connections.
        let listener = try Descriptor.listen(host: "127.0.0.1", port: 0, backlog: 0)
        let port = try port(listener)
        let first = try Descriptor.connect(host: "127.0.0.1", port: port)
        do throws(SystemError) {
            _ = try Descriptor.connect(host: "127.0.0.1", port: port, timeout: .milliseconds(20))
            Issue.record("it connected")
        } catch {
            #expect(error.errno == .timedOut)
        }
        _ = first
    }

    @Test func aConnectionWithoutTroubleHasNoPendingError() throws {
        let listener = try Descriptor.listen(host: "127.0.0.1", port: 0)
        #expect(try Descriptor.connect(host: "127.0.0.1", port: port(listener)).pendingError() == nil)
    }
}
