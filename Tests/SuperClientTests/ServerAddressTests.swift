import Testing

@testable import SuperClient

@Suite struct ServerAddressTests {
    @Test(arguments: [
        ("unix:///run/s.sock", ServerAddress.unix(path: "/run/s.sock")), ("unix://rel", .unix(path: "rel")),
        ("http://localhost:9001", .tcp(host: "localhost", port: 9001)), ("http://h", .tcp(host: "h", port: 80)),
        ("http://[::1]:9001/", .tcp(host: "[::1]", port: 9001)), ("http://[::1]", .tcp(host: "[::1]", port: 80)),
    ])
    func urlsOfServers(url: String, address: ServerAddress) {
        #expect(ServerAddress(url) == address)
    }

    @Test(arguments: [
        "", "unix://", "http://", "https://x", "localhost:9001", "http://h:x", "http://h:99999", "http://:9001",
    ])
    func whatIsNoURLOfAServer(url: String) {
        #expect(ServerAddress(url) == nil)
    }
}
