import Testing

@testable import SuperOS

/// Names that `/etc/hosts` knows.
@Suite struct HostNamesTests {
    private static let hosts = """
        # 10.9.9.9 web
        127.0.0.1\tlocalhost loop
        ::1 localhost ip6-localhost

        10.0.0.1  WEB web.example # 10.0.0.2 db
        """

    @Test(
        arguments: [
            ("localhost", "127.0.0.1"), ("loop", "127.0.0.1"), ("ip6-localhost", "::1"), ("web", "10.0.0.1"),
            ("Web.Example", "10.0.0.1"), ("db", nil), ("10.0.0.1", nil), ("", nil),
        ] as [(String, String?)])
    func theFirstAddressOfANameCounts(name: String, address: String?) {
        #expect(HostNames.address(of: name, in: Array(Self.hosts.utf8)) == address)
    }

    @Test func localhostIsKnownEverywhere() {
        #expect(HostNames.address(of: "localhost") != nil)
        #expect(HostNames.address(of: "no such host") == nil)
    }
}
