import SuperBase
import Testing

@testable import SuperOS

/// Connections of listening sockets, as the kernel's tables tell them.
@Suite struct ListenSocketUseTests {
    /// As a machine with least significant bytes first prints them.
    private static let tcp = Array(
        """
          sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
           0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 1 1 0 100 0 0 10 0
           1: 0100007F:1F90 0100007F:C350 01 00000000:00000000 00:00000000 00000000     0        0 2 1 0 20 4 30 10 -1
           2: 0200007F:1F90 0100007F:C351 01 00000000:00000000 00:00000000 00000000     0        0 3 1 0 20 4 30 10 -1
           3: 0100007F:C350 0100007F:1F90 01 00000000:00000000 00:00000000 00000000     0        0 4 1 0 20 4 30 10 -1
           4: 0100007F:1F90 0100007F:C352 08 00000000:00000000 00:00000000 00000000     0        0 5 1 0 20 4 30 10 -1
           5: 0100007F:1F9 0100007F:C353 01
           6: 0100007F
        """.utf8)
    private static let tcp6 = Array(
        """
          sl  local_address                         remote_address                        st tx_queue rx_queue
           0: 00000000000000000000000000000000:0050 00000000000000000000000000000000:0000 0A 00000000:00000000
           1: 00000000000000000000000001000000:0050 00000000000000000000000001000000:C350 01 00000000:00000000
           2: 0000000000000000FFFF00000100007F:0050 0000000000000000FFFF00000100007F:C351 01 00000000:00000000
        """.utf8)
    private static let unix = Array(
        """
        Num       RefCount Protocol Flags    Type St Inode Path
        0000000000000000: 00000002 00000000 00010000 0001 01    21 /run/web.sock
        0000000000000000: 00000003 00000000 00000000 0001 03    22 /run/web.sock
        0000000000000000: 00000002 00000000 00000000 0001 02     0 /run/web.sock
        0000000000000000: 00000003 00000000 00000000 0001 03    23
        0000000000000000: 00000003 00000000 00000000 0001 03 24 /run/a /run/web.sock
        0000000000000000: 00000003 00000000 00000000 0001 03    25 @name
        0000000000000000: 00000002 00000000 00000000 0002 01    26 /run/web.sock
        """.utf8)

    @Test func anAddressCountsItsOwnEstablishedConnections() {
        #expect(SocketTable.connections(tcp: Self.tcp, address: [127, 0, 0, 1], port: 8_080) == 1)
        #expect(SocketTable.connections(tcp: Self.tcp, address: [127, 0, 0, 2], port: 8_080) == 1)
        #expect(SocketTable.connections(tcp: Self.tcp, address: [127, 0, 0, 3], port: 8_080) == 0)
        #expect(SocketTable.connections(tcp: Self.tcp, address: [127, 0, 0, 1], port: 8_081) == 0)
    }

    @Test func anyAddressCountsThoseOfThePort() {
        #expect(SocketTable.connections(tcp: Self.tcp, address: [0, 0, 0, 0], port: 8_080) == 2)
        let any = [UInt8](repeating: 0, count: 16)
        #expect(SocketTable.connections(tcp: Self.tcp6, address: any, port: 80) == 2)
        #expect(SocketTable.connections(tcp: Self.tcp6, address: any.dropLast() + [1], port: 80) == 1)
    }

    @Test func aPathCountsWhatIsConnectedOrWaits() {
        #expect(SocketTable.connections(unix: Self.unix, path: "/run/web.sock") == 2)
        #expect(SocketTable.connections(unix: Self.unix, path: "/run/a /run/web.sock") == 1)
        #expect(SocketTable.connections(unix: Self.unix, path: "@name") == 1)
        #expect(SocketTable.connections(unix: Self.unix, path: "web.sock") == 0)
    }

    @Test func anEmptyTableHasNone() {
        #expect(SocketTable.connections(tcp: [], address: [0, 0, 0, 0], port: 80) == 0)
        #expect(SocketTable.connections(unix: [], path: "/x") == 0)
    }

    @Test(arguments: ["127.0.0.1", "0.0.0.0", "::1", "::"]) func clientsOverTCPAreCounted(address: String) throws {
        let listener = try Descriptor.listen(address: address, port: 0, isIPv6Only: false)
        guard case .internet(_, let port) = try listener.localAddress() else { throw Missing(what: "a port") }
        #expect(try ListenSocketUse.connections(of: listener) == 0)
        let isIPv6 = address.contains(":")
        var clients = [try Descriptor.connect(host: isIPv6 ? "::1" : "127.0.0.1", port: port)]
        #expect(try ListenSocketUse.connections(of: listener) == 1, "it waits to be accepted")
        let server = try listener.acceptOne().connection
        #expect(try ListenSocketUse.connections(of: listener) == 1)
        if address == "::" {
            clients.append(try Descriptor.connect(host: "127.0.0.1", port: port))
            #expect(try ListenSocketUse.connections(of: listener) == 2)
            clients.removeLast()
        }
        clients = []
        #expect(try server.wait(for: .readable, until: nil))
        #expect(try ListenSocketUse.connections(of: listener) == 0)
    }

    @Test func clientsOfASocketFileAreCounted() throws {
        let folder = try TemporaryFolder()
        let listener = try Descriptor.listen(unix: folder / "a b")
        #expect(try ListenSocketUse.connections(of: listener) == 0)
        let first = try Descriptor.connect(unix: folder / "a b")
        #expect(try ListenSocketUse.connections(of: listener) == 1)
        var server: Descriptor? = try listener.acceptOne().connection
        let second = try Descriptor.connect(unix: folder / "a b")
        #expect(try ListenSocketUse.connections(of: listener) == 2)
        #expect(server != nil)
        server = nil
        #expect(try ListenSocketUse.connections(of: listener) == 1)
        withExtendedLifetime((first, second)) {}
    }
}
