import SuperHTTP
import SuperOS
import Testing

/// A folder behind the built program.
@Suite struct StaticFileTests {
    private static let big = (0..<3_000_000).map { UInt8(truncatingIfNeeded: $0 &* 2_654_435_761 >> 8) }

    /// A server of some files, and a connection to it.
    private func serve() throws -> (TemporaryFolder, RunningServer, RawClient) {
        let folder = try TemporaryFolder([
            ("index.html", Array("<p>top".utf8)), ("a b.txt", Array("0123456789".utf8)), ("empty.css", []),
            ("big.bin", Self.big), (".secret", [1]),
        ])
        try folder.makeFolder("sub")
        try folder.write("sub/index.html", Array("<p>sub".utf8))
        try folder.makeFolder("bare")
        let server = try RunningServer(["--bind", "127.0.0.1:0", folder.path])
        return (folder, server, try RawClient(port: server.port()))
    }

    @Test func filesAndFoldersAreServed() throws {
        let (folder, server, client) = try serve()
        let top = try client.get("/")
        #expect(top.text == "<p>top" && top.head.headers["Content-Type"] == "text/html; charset=utf-8")
        #expect(try client.get("/index.html").text == "<p>top")
        #expect(try client.get("/a%20b.txt").text == "0123456789")
        #expect(try client.get("/sub/").text == "<p>sub")
        let empty = try client.get("/empty.css")
        #expect(empty.head.status == .ok && empty.content.isEmpty)
        let redirect = try client.get("/sub?x=1")
        #expect(redirect.head.status == .movedPermanently && redirect.head.headers["Location"] == "/sub/?x=1")
        for target in ["/bare/", "/none", "/index.html/", "/a%20b.txt/x"] {
            #expect(try client.get(target).head.status == .notFound)
        }
        _ = (folder, server)
    }

    @Test(arguments: [
        "/../../../../etc/passwd", "/%2e%2e/%2e%2e/etc/passwd", "/..%2f..%2fetc%2fpasswd", "/sub/../../etc/passwd",
        "//etc/passwd", "/.secret", "/sub/../.secret", "/%2esecret", "/index.html%00.txt", "/\\..\\..\\etc\\passwd",
        "/....//etc/passwd",
    ])
    func nothingOutsideAndNothingHiddenIsServed(_ target: String) throws {
        let (folder, server, client) = try serve()
        let answer = try client.get(target)
        #expect([400, 404].contains(answer.head.status.code))
        #expect(!answer.text.contains("root:"))
        #expect(try client.get("/index.html").head.status == .ok)
        _ = (folder, server)
    }

    @Test func aLargeFileArrivesWholeAndInParts() throws {
        let (folder, server, client) = try serve()
        #expect(try client.get("/big.bin").content == Self.big)
        let part = try client.get("/big.bin", "Range: bytes=1000000-2999999\r\n")
        #expect(part.head.status == .partialContent && part.content == Array(Self.big[1_000_000...]))
        let tail = try client.get("/big.bin", "Range: bytes=-5\r\n")
        #expect(tail.content == Array(Self.big.suffix(5)))
        let beyond = try client.get("/big.bin", "Range: bytes=3000000-\r\n")
        #expect(beyond.head.status == .rangeNotSatisfiable)
        #expect(beyond.head.headers["Content-Range"] == "bytes */3000000")
        _ = (folder, server)
    }

    @Test func requestsBehindALargeFileAreAnsweredAfterIt() throws {
        let (folder, server, client) = try serve()
        try client.send(
            "GET /big.bin HTTP/1.1\r\nHost: a\r\n\r\nGET /a%20b.txt HTTP/1.1\r\nHost: a\r\n\r\n"
                + "HEAD /big.bin HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(try client.answer().content == Self.big)
        #expect(try client.answer().text == "0123456789")
        #expect(try client.answer(to: .head).head.headers["Content-Length"] == "3000000")
        _ = (folder, server)
    }

    @Test func anUnchangedFileIsNotSentAgain() throws {
        let (folder, server, client) = try serve()
        let first = try client.get("/a%20b.txt")
        let tag = try #require(first.head.headers["ETag"])
        let date = try #require(first.head.headers["Last-Modified"])
        #expect(try client.get("/a%20b.txt", "If-None-Match: \(tag)\r\n").head.status == .notModified)
        #expect(try client.get("/a%20b.txt", "If-Modified-Since: \(date)\r\n").head.status == .notModified)
        try folder.write("a b.txt", Array("changed".utf8))
        #expect(try client.get("/a%20b.txt", "If-None-Match: \(tag)\r\n").text == "changed")
        _ = server
    }
}
