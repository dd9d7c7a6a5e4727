import SuperAPI
import SuperBase
import SuperHTTP
import SuperOS
import Testing

@testable import SuperDaemon

/// Who is let in to a control endpoint.
@Suite struct ControlAccessTests {
    private func unix(mode: UInt32 = 0o700) -> ServerConfig {
        ServerConfig(section: "unix_http_server", address: .unix(path: "/s", mode: mode, owner: nil))
    }

    private func inet(_ host: String = "127.0.0.1", _ change: (inout ServerConfig) -> Void = { _ in }) -> ServerConfig {
        var server = ServerConfig(section: "inet_http_server", address: .inet(host: host, port: 9001))
        change(&server)
        return server
    }

    private func status(
        _ server: ServerConfig, user: UInt32? = nil, authorization: String? = nil
    ) -> Int? {
        ControlAccess(server: server, daemonUser: 500, socketOwner: 600)
            .problem(user: user, authorization: authorization)?.status
    }

    @Test(arguments: [(0, true), (500, true), (600, true), (700, false), (nil, false)] as [(UInt32?, Bool)])
    func aUnixSocketLetsInRootSuperdsUserAndItsOwner(user: UInt32?, isLetIn: Bool) {
        #expect(status(unix(), user: user) == (isLetIn ? nil : 403))
    }

    @Test(arguments: [0o720, 0o770, 0o702, 0o777] as [UInt32])
    func aSocketThatOthersMayWriteIsLeftToTheKernel(mode: UInt32) {
        #expect(status(unix(mode: mode), user: 700) == nil)
    }

    @Test func readPermissionAloneLetsNobodyIn() {
        #expect(status(unix(mode: 0o744), user: 700) == 403)
    }

    @Test func configuredCredentialsAreAskedOfEverybody() {
        var server = unix()
        server.username = "admin"
        server.password = "password"
        #expect(status(server, user: 0) == 401)
        #expect(status(server, user: 700, authorization: "Basic YWRtaW46cGFzc3dvcmQ=") == nil)
    }

    /// `password` in every form a file may hold.
    @Test(arguments: [
        "password", "{SHA}5baa61e4c9b93f3f0682250b6cf8331b7ee68fd8", "{SHA}5BAA61E4C9B93F3F0682250B6CF8331B7EE68FD8",
        "{SHA256}5e884898da28047151d0e56f8dc6292773603d0d6aabbdd62a11ef721d1542d8",
    ])
    func passwordsInPlainTextAndAsDigests(secret: String) {
        let server = inet {
            $0.username = "admin"
            $0.password = secret
        }
        func basic(_ text: String) -> String { "Basic " + JSON.base64(Array(text.utf8)) }
        #expect(status(server, authorization: basic("admin:password")) == nil)
        #expect(status(server, authorization: "bASIC " + JSON.base64(Array("admin:password".utf8))) == nil)
        let wrong = [
            basic("admin:passwort"), basic("admin:"), basic("Admin:password"), basic(":password"),
            basic("adminpassword"),
            basic("admin:\(secret)x"), "Basic", "Basic !!!", "Bearer password", "", "Basic a b",
        ]
        for authorization in wrong { #expect(status(server, authorization: authorization) == 401, "\(authorization)") }
        #expect(status(server) == 401)
    }

    @Test func aPasswordMayHoldColons() {
        let server = inet {
            $0.username = "a"
            $0.password = "b:c"
        }
        #expect(status(server, authorization: "Basic " + JSON.base64(Array("a:b:c".utf8))) == nil)
    }

    @Test func tokensAreTakenAsBearer() {
        let server = inet { $0.token = "{SHA256}5e884898da28047151d0e56f8dc6292773603d0d6aabbdd62a11ef721d1542d8" }
        #expect(status(server, authorization: "Bearer password") == nil)
        #expect(status(server, authorization: "bearer password") == nil)
        #expect(status(server, authorization: "Bearer Password") == 401)
        #expect(status(server, authorization: "Basic cGFzc3dvcmQ6") == 401)
    }

    @Test(arguments: [
        ("127.0.0.1", true), ("127.8.8.8", true), ("localhost", true), ("::1", true), ("[::1]", true),
        ("", false), ("*", false), ("0.0.0.0", false), ("10.0.0.1", false), ("::", false), ("127.evil.com", false),
    ])
    func onlyThisMachineMayComeWithoutCredentials(host: String, isOpened: Bool) {
        #expect((ControlAccess.refusal(of: inet(host)) == nil) == isOpened)
        #expect(ControlAccess.refusal(of: inet(host) { $0.token = "x" }) == nil)
        #expect(ControlAccess.refusal(of: inet(host) { $0.allowUnauthenticated = true }) == nil)
    }

    private func guarded(_ headers: HTTPHeaders, at server: ServerConfig) -> Int? {
        BrowserGuard.problem(HTTPRequestHead(method: .post, target: "/", headers: headers), at: server)?.status
    }

    @Test(arguments: [
        ("127.0.0.1:9001", true), ("localhost:9001", true), ("[::1]:9001", true), ("app.localhost", true),
        ("evil.com", false), ("evil.com:9001", false), ("127.0.0.1.evil.com", false), ("", false),
        ("localhost.evil.com", false),
    ])
    func aForeignHostNameIsRefused(host: String, isPassed: Bool) {
        #expect((guarded(["Host": host], at: inet()) == nil) == isPassed)
        #expect(guarded(["Host": host], at: inet { $0.token = "x" }) == nil)
    }

    @Test func pagesOfOtherOriginsAreRefused() {
        let own: (String, String) = ("Host", "127.0.0.1:9001")
        func guarded(_ name: String, _ value: String) -> Int? {
            var headers = HTTPHeaders()
            headers.add(own.0, own.1)
            headers.add(name, value)
            return self.guarded(headers, at: inet { $0.token = "x" })
        }
        #expect(guarded("Origin", "http://127.0.0.1:9001") == nil)
        #expect(guarded("Origin", "http://evil.com") == 403)
        #expect(guarded("Origin", "http://127.0.0.1:9002") == 403)
        #expect(guarded("Origin", "null") == 403)
        #expect(guarded("Sec-Fetch-Site", "cross-site") == 403)
        #expect(guarded("Sec-Fetch-Site", "same-site") == 403)
        #expect(guarded("Sec-Fetch-Site", "same-origin") == nil)
        #expect(guarded("Sec-Fetch-Site", "none") == nil)
        #expect(guarded("Content-Type", "text/plain") == 415)
        #expect(guarded("Content-Type", "application/x-www-form-urlencoded") == 415)
        #expect(guarded("Content-Type", "application/json; charset=utf-8") == nil)
        #expect(guarded("Content-Length", "3") == 415)
    }
}
